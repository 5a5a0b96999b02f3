// Whose server an ephemeral one is: the shell that asked for it, past npm, npx and the subshells of `$(…)` in between.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

interface Process {
  pid: number
  parent: number
  command: string
}

/** The process whose end ends an ephemeral server; undefined when nobody but init is above us. */
export function owningProcess(start = process.ppid): number | undefined {
  let here = readProcess(start)
  for (let steps = 0; here && steps < 20; steps++) {
    const above = here.parent > 1 ? readProcess(here.parent) : undefined
    const isRunner = /(^|[/\s])(npm|npx|pnpm|yarn|corepack)(-cli)?(\.c?js)?(\s|$)/.test(here.command)
    const isRunnersShell =
      /^(\/\S*\/)?(ba|da|z)?sh -c\b/.test(here.command) &&
      above !== undefined &&
      /(^|[/\s])(npm|npx|pnpm|yarn)/.test(above.command)
    // a subshell is a copy of its shell and carries its command line
    const isSubshell =
      above !== undefined && /sh$/.test(here.command.split(/\s/)[0] ?? '') && above.command === here.command
    if (!above || !(isRunner || isRunnersShell || isSubshell)) return here.pid > 1 ? here.pid : undefined
    here = above
  }
  return undefined
}

function readProcess(pid: number): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim()
    return { pid, parent, command }
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
    return parent === '' ? undefined : { pid, parent: Number(parent), command }
  } catch {
    return undefined
  }
}
