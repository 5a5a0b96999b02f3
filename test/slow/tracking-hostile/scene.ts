// The place where hostile MLflow requests are tried: a server, a run, files outside that hold a secret, a listener that
// nobody may call. A test file calls `setScene()` once; what it exports is there from then on.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { type Lazurite, startLazurite } from '../laz.ts'
import { api, type Guarded, guard, openTrap, proxy, type Said, sender } from './calls.ts'

export let lazurite: Lazurite
export let send: ReturnType<typeof sender>
export let guarded: Guarded
export let outside: string
export let trap: Awaited<ReturnType<typeof openTrap>>
export let run: string
let before: string

export const ask = async <T = unknown>(path: string, body: unknown): Promise<T> => {
  const answer = await send('POST', `${api}/${path}`, { body })
  expect(answer.status, answer.text).toBe(200)
  return JSON.parse(answer.text)
}
export const put = (path: string, bytes: string | Buffer) =>
  send('PUT', `${proxy}/artifacts/0/${run}/artifacts/${path}`, { bytes })
let count = 0
export const fresh = (word: string) => `${word}-${++count}`

export function setScene(): void {
  beforeAll(async () => {
    lazurite = startLazurite({ env: { LAZ_ENVIRONMENT: 'host' } })
    expect(await lazurite.laz(['up'])).toMatchObject({ code: 0 })
    send = sender(lazurite)
    outside = mkdtempSync(join(tmpdir(), 'laz-tracking-hostile-'))
    guarded = guard(lazurite.home, outside)
    trap = await openTrap()
    const made: { run: { info: { run_id: string } } } = await ask('runs/create', { experiment_id: '0' })
    run = made.run.info.run_id
    expect((await put('model/MLmodel', 'flavors: {python_function: {loader_module: x}}\n')).status).toBe(200)
    before = guarded.digest()
  })

  afterAll(async () => {
    expect((await send('GET', '/health')).status).toBe(200)
    trap.close()
    lazurite.stop()
    rmSync(outside, { recursive: true, force: true, maxRetries: 20 })
  })
}

/** Neither an accident nor a leak; `most` bounds the status. */
export function harmless(answer: Said, what: string): void {
  expect(answer.status, `${what}: ${answer.text.slice(0, 500)}`).toBeLessThan(500)
  expect(answer.text, what).not.toContain(guarded.secret)
  expect(answer.text, what).not.toContain('root:x:0:0')
  expect(answer.text, what).not.toMatch(/\n\s+at .+:\d+:\d+\)?\n/)
}

export function refused(answer: Said, what: string): void {
  harmless(answer, what)
  expect(answer.status, `${what}: ${answer.text.slice(0, 500)}`).toBeGreaterThanOrEqual(400)
}

export const unharmed = () => expect(guarded.digest()).toBe(before)
