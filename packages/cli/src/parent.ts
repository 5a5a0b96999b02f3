// Whose server an ephemeral one is: the shell that asked for it, past npm, npx and the subshells of `$(…)` in between.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'

interface Process {
  pid: number
  parent: number
  words: string[]
}

const runners = /^(npm|npx|pnpm|yarn|corepack)(-cli)?(\.c?js)?$/

/** The process whose end ends an ephemeral server; undefined when nobody but init is above us. */
export function owningProcess(
  start = process.ppid,
  read: (pid: number) => Process | undefined = readProcess,
): number | undefined {
  let here = read(start)
  for (let steps = 0; here && steps < 20; steps++) {
    const above = here.parent > 1 ? read(here.parent) : undefined
    const isRunnersShell = isShell(here) && here.words[1] === '-c' && above !== undefined && isRunner(above)
    // a subshell is a copy of its shell and carries its command line
    const isSubshell = isShell(here) && above !== undefined && above.words.join('\0') === here.words.join('\0')
    if (!above || !(isRunner(here) || isRunnersShell || isSubshell)) return here.pid > 1 ? here.pid : undefined
    here = above
  }
  return undefined
}

/** What runs: npm gives its process a title, so its first word counts; of `node script.js` the script does. */
function programOf({ words }: Process): string {
  const [first = '', second = ''] = words
  const name = basename(first.split(' ')[0] ?? '')
  return /^node(\.exe)?$/.test(name) && second !== '' ? basename(second) : name
}

const isRunner = (process: Process) => runners.test(programOf(process))
const isShell = (process: Process) => /^-?(ba|da|z|k|fi)?sh$/.test(programOf(process))

function readProcess(pid: number): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0$/, '').split('\0')
    return { pid, parent, words }
  } catch {
    return readByPs(pid)
  }
}

/** Where there is no /proc. */
function readByPs(pid: number): Process | undefined {
  if (process.platform === 'linux') return undefined
  try {
    const line = execFileSync('ps', ['-o', 'ppid=,command=', '-p', String(pid)], { encoding: 'utf8' }).trim()
    const [, parent = '', command = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? []
    return parent === '' ? undefined : { pid, parent: Number(parent), words: command.split(/\s+/) }
  } catch {
    return undefined
  }
}
