/**
 * Where wrappers are born. Forking the server costs the more the larger it is, and stops its event loop meanwhile; a shell
 * that does nothing else forks in a fraction of that. It reads folders from its input, starts the wrapper of each in a
 * session of its own and answers the pid. It ends with the server; the wrappers do not.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { fail } from '@lazurite/spec'

interface Waiting {
  answer(pid: number): void
  refuse(error: Error): void
}

type Shell = ChildProcessByStdio<Writable, Readable, null>

/** Not a group leader, so that `setsid` need not fork: the pid stays that of the wrapper. Signals are as in a new process. */
const script = `while IFS= read -r laz_f; do
  if cd "$laz_f"; then
    { trap - INT QUIT; exec "$1" "$2" wrapper.sh "$laz_f"; } < /dev/null >> wrapper.log 2>&1 &
    echo "$!"
    disown "$!"
  else
    echo 0
  fi
done 2> /dev/null`

export class Nursery {
  readonly #o: { bash: string; setsid: string; env: Record<string, string> }
  readonly #waiting: Waiting[] = []
  #shell: Shell | undefined
  #unread = ''

  constructor(o: { bash: string; setsid: string; env: Record<string, string> }) {
    this.#o = o
  }

  /** Starts the `wrapper.sh` of a folder; answers its pid. Raises ComputeFailed; the wrapper may run nevertheless. */
  async start(folder: string): Promise<number> {
    // a line is all that the shell can read
    const pid = folder.includes('\n') ? 0 : await this.#ask(folder).catch(() => 0)
    // of two wrappers of one task, one runs: asking again cannot start it twice
    return pid > 0 ? pid : this.#startHere(folder)
  }

  #ask(folder: string): Promise<number> {
    return new Promise((answer, refuse) => {
      this.#shell ??= this.#open()
      this.#waiting.push({ answer, refuse })
      this.#shell.stdin.write(`${folder}\n`)
    })
  }

  #open(): Shell {
    const { bash, setsid, env } = this.#o
    const shell = spawn(bash, ['-c', script, 'nursery', setsid, bash], {
      cwd: '/',
      env,
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    const lose = (error: Error) => {
      if (this.#shell !== shell) return
      this.#shell = undefined
      this.#unread = ''
      for (const { refuse } of this.#waiting.splice(0)) refuse(error)
    }
    shell.on('error', lose)
    shell.stdin.on('error', lose)
    // not `exit`: what it answered before is read first
    shell.on('close', () => lose(new Error('the shell ended')))
    shell.stdout.setEncoding('latin1').on('data', (text: string) => {
      if (this.#shell === shell) this.#hear(text)
    })
    shell.unref()
    // pipes of a child are sockets, whatever their type says
    for (const pipe of [shell.stdin, shell.stdout])
      if ('unref' in pipe && typeof pipe.unref === 'function') pipe.unref()
    return shell
  }

  #hear(text: string): void {
    const lines = `${this.#unread}${text}`.split('\n')
    this.#unread = lines.pop() ?? ''
    for (const line of lines) this.#waiting.shift()?.answer(Number(line))
  }

  async #startHere(folder: string): Promise<number> {
    const { bash, setsid, env } = this.#o
    const child = spawn(setsid, [bash, 'wrapper.sh', folder], { cwd: folder, env, stdio: 'ignore' })
    await once(child, 'spawn').catch((e: Error) => fail('ComputeFailed', { name: 'local', why: e.message }))
    child.unref()
    return child.pid ?? fail('ComputeFailed', { name: 'local', why: 'the shell did not start' })
  }
}
