/** Runs one of the programs that build environments, line by line, until it ends or nobody wants it any more. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface ToolRun {
  command: string
  args: string[]
  env?: Record<string, string>
  cwd?: string
  signal?: AbortSignal
  onLine?: (line: string) => void
}

export interface ToolResult {
  exitCode: number
  /** Everything it printed, both streams, secrets of URLs taken out. */
  output: string
}

const keptLines = 5000

/** Never throws but for an abort: a program that cannot be started ends with 127 and says why in its output. */
export function runTool(o: ToolRun): Promise<ToolResult> {
  return new Promise((resolve, reject) => {
    const lines: string[] = []
    const take = (raw: string) => {
      const line = hideSecrets(raw)
      if (lines.length < keptLines) lines.push(line)
      o.onLine?.(line)
    }
    const child = spawn(o.command, o.args, {
      cwd: o.cwd ?? '/',
      env: { ...process.env, PYTHONUNBUFFERED: '1', ...o.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    const stop = () => {
      try {
        // the group: installers start compilers
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      } catch {
        // it ended this moment
      }
    }
    if (o.signal?.aborted) stop()
    o.signal?.addEventListener('abort', stop, { once: true })
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', take)
    const end = (exitCode: number) => {
      o.signal?.removeEventListener('abort', stop)
      if (o.signal?.aborted) reject(o.signal.reason)
      else resolve({ exitCode, output: lines.join('\n') })
    }
    child.on('error', (e) => {
      take(`${o.command}: ${e.message}`)
      end(127)
    })
    child.on('close', (code) => end(code ?? 1))
  })
}

/** Package indexes are often named with a password in them. */
export function hideSecrets(text: string): string {
  return text.replace(/(\w+:\/\/)[^\s/@]+@/g, '$1****@')
}
