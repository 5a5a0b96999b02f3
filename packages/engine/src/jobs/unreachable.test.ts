import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bed, commandJob, makeBed } from '../testing/bed.ts'
import { memoryBackend } from '../testing/memory-backend.ts'

let bed: Bed
const backend = memoryBackend()
beforeAll(async () => {
  bed = await makeBed({ settings: { sweepMs: 20 }, backend: () => backend })
})
afterAll(() => bed?.close())

test('a place that does not answer is not the end of its job: it is told, waited for, and gone on with', async () => {
  await bed.put('far', commandJob('x'))
  const { facts } = await bed.until('far', ['Running'])
  const task = `${facts.runUuid}.1`
  expect(facts.node?.backend).toBe('local')
  backend.seem(task, 'unreachable')
  const silent = await bed.until('far', ['NotResponding'])
  expect(silent.facts.waiting).toMatch(/answer again/)
  backend.seem(task, undefined)
  expect((await bed.until('far', ['Running'])).facts.waiting).toBeUndefined()
  backend.seem(task, 'unreachable')
  await bed.until('far', ['NotResponding'])
  backend.end(task)
  expect((await bed.until('far')).state).toBe('Completed')
  expect(backend.starts()).toBe(1)
})
