/** The container engine of this machine, by its command line. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)
const knownMs = 30_000
const mostBytes = 16 << 20

let asked: { at: number; answer: Promise<string | undefined> } | undefined

/** Why no container can run here; undefined when one can. Asked anew every half minute. */
export function dockerLack(): Promise<string | undefined> {
  if (asked === undefined || Date.now() - asked.at > knownMs) asked = { at: Date.now(), answer: ask() }
  return asked.answer
}

async function ask(): Promise<string | undefined> {
  try {
    await run('docker', ['info', '--format', '{{.ServerVersion}}'], { timeout: 5_000 })
    return undefined
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string } // what execFile raises
    if (code === 'ENOENT') return 'this machine has no docker command'
    return `docker does not answer: ${(stderr ?? '').trim().split('\n').at(-1) || 'it gives no reason'}`
  }
}

/** Runs docker. @returns what it printed. Raises an Error with the end of what it said. */
export async function docker(args: string[], o: { signal: AbortSignal; cwd?: string }): Promise<string> {
  try {
    const { stdout } = await run('docker', args, { ...o, maxBuffer: mostBytes })
    return stdout
  } catch (error) {
    if (o.signal.aborted) throw error
    const { stderr, message } = error as { stderr?: string; message: string } // what execFile raises
    throw new Error((stderr ?? message).trim().split('\n').slice(-5).join('\n'))
  }
}
