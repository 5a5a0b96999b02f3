// A program of an official client that stays: one line of JSON in, one out.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface Program {
  /** What the client answered. Throws what it raised. */
  ask<T = unknown>(act: string, args?: Record<string, unknown>): Promise<T>
  end(): void
}

export function startProgram(python: string, script: string, env: Record<string, string>): Program {
  const child = spawn(python, ['-u', script], { env, stdio: ['pipe', 'pipe', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said = (said + text).slice(-20_000)
  })
  const waiting: { done(line: string): void; fail(error: Error): void }[] = []
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.done(line))
  child.on('close', () => {
    for (const { fail } of waiting.splice(0)) fail(new Error(`the program ended:\n${said}`))
  })
  return {
    async ask<T>(act: string, args: Record<string, unknown> = {}) {
      const line = await new Promise<string>((done, fail) => {
        waiting.push({ done, fail })
        child.stdin.write(`${JSON.stringify({ do: act, ...args })}\n`)
      })
      const answer: { is?: T; error?: string } = JSON.parse(line)
      if (answer.error !== undefined) throw new Error(`${act}: ${answer.error}`)
      return answer.is as T // the shape is what the act of the script makes
    },
    end() {
      child.stdin.end()
    },
  }
}
