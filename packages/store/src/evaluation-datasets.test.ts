import { afterEach, beforeEach, expect, test } from 'vitest'
import type { NewEvaluationRecord } from './evaluation-records.ts'
import { type ExactMap, parseExact } from './exact-json.ts'
import { openScratch, type Scratch } from './scratch.ts'

const scope = 'sub/group/main'
let scratch: Scratch

beforeEach(async () => {
  scratch = await openScratch()
})
afterEach(() => scratch.remove())

const map = (text: string): ExactMap => {
  const value = parseExact(text)
  if (!(value instanceof Map)) throw new Error(text)
  return value
}
const record = (inputs: string, more: Partial<NewEvaluationRecord> = {}): NewEvaluationRecord => ({
  inputs: map(inputs),
  ...more,
})
const make = (name: string, o: { tags?: Record<string, string>; experimentIds?: string[]; madeBy?: string } = {}) =>
  scratch.store.evaluationDatasets.create(scope, { name, tags: {}, experimentIds: [], ...o })

test('a dataset is found by tags, times and experiments, the newest first', async () => {
  const { evaluationDatasets, runs } = scratch.store
  const experiment = await runs.createExperiment(scope, { name: 'e' })
  const first = await make('first', { tags: { team: 'blue' }, experimentIds: [experiment.id] })
  scratch.clock.at += 5
  const second = await make('second', { tags: { team: 'Red' }, madeBy: 'job' })
  const names = async (o: Parameters<typeof evaluationDatasets.search>[1]) =>
    (await evaluationDatasets.search(scope, o)).map((d) => d.name)
  expect(await names({})).toEqual(['second', 'first'])
  expect(await names({ order: ['name'] })).toEqual(['first', 'second'])
  expect(await names({ filter: "tags.team ILIKE 'red'" })).toEqual(['second'])
  expect(await names({ filter: `created_time < ${second.createdAt} AND name IN ('first', 'x')` })).toEqual(['first'])
  expect(await names({ experimentIds: [experiment.id] })).toEqual(['first'])
  expect(await names({ experimentIds: [experiment.id], madeBy: 'job' })).toEqual(['second', 'first'])
  await expect(names({ filter: 'created_time > 1.5' })).rejects.toThrow('Invalid value for numeric attribute')
  await expect(names({ order: ['created_by'] })).rejects.toThrow('created_by')
  await evaluationDatasets.removeExperiments(scope, first.datasetId, [experiment.id, 'none'])
  expect(await evaluationDatasets.experimentIds(scope, first.datasetId)).toEqual([])
  await expect(evaluationDatasets.addExperiments(scope, first.datasetId, ['none'])).rejects.toThrow('No Experiment')
})

test('records of the same inputs are one, and keep their numbers', async () => {
  const { evaluationDatasets } = scratch.store
  const { datasetId, digest } = await make('d')
  scratch.clock.at += 1
  const tags = map('{"mlflow.user": "ann", "n": 12345678901234567890}')
  const told = [
    record('{"q": "a", "t": 1.0}', { tags, source: { type: 'TRACE', data: map('{"trace_id": "tr-1"}') } }),
    record('{"t": 1.00, "q": "a"}', { outputs: map('{"x": NaN}'), expectations: map('{"e": 1}') }),
    record('{"q": "a", "t": 1}', { outputs: null }),
  ]
  expect(await evaluationDatasets.mergeRecords(scope, datasetId, told)).toEqual({ inserted: 2, updated: 1 })
  const again = [record('{"q": "a", "t": 1}', { outputs: 'plain', expectations: map('{"f": [2]}') })]
  expect(await evaluationDatasets.mergeRecords(scope, datasetId, again)).toEqual({ inserted: 0, updated: 1 })
  const { records } = await evaluationDatasets.records(scope, datasetId, { max: 10 })
  expect(records).toMatchObject([
    {
      inputs: '{"q": "a", "t": 1.0}',
      outputs: '{"x": NaN}',
      expectations: '{"e": 1}',
      tags: '{"mlflow.user": "ann", "n": 12345678901234567890}',
      source: '{"source_type": "TRACE", "source_data": {"trace_id": "tr-1"}}',
      sourceId: 'tr-1',
      createdBy: 'ann',
    },
    { inputs: '{"q": "a", "t": 1}', outputs: '"plain"', expectations: '{"f": [2]}', tags: '{}' },
  ])
  const found = await evaluationDatasets.get(scope, datasetId)
  expect(found?.digest).not.toBe(digest)
  expect(found).toMatchObject({
    profile: '{"num_records": 2}',
    schema:
      '{"inputs": {"q": "string", "t": "float"}, "outputs": {"x": "float"}, "expectations": {"e": "integer", "f": "array"}, "version": "1.0"}',
  })
  const first = records[0]?.recordId ?? ''
  expect(await evaluationDatasets.deleteRecords(scope, datasetId, [first, first, 'none'])).toBe(1)
  expect((await evaluationDatasets.get(scope, datasetId))?.profile).toBe('{"num_records": 1}')
})

test('pages of records follow each other, across a restart too', async () => {
  const { datasetId } = await make('d')
  const many = Array.from({ length: 450 }, (_, i) => record(`{"i": ${i}}`))
  await scratch.store.evaluationDatasets.mergeRecords(scope, datasetId, many)
  const { evaluationDatasets } = await scratch.reopen()
  const seen: string[] = []
  let after: number | undefined
  do {
    const page = await evaluationDatasets.records(scope, datasetId, { max: 120, ...(after ? { after } : {}) })
    seen.push(...page.records.map((r) => r.inputs))
    after = page.next
  } while (after !== undefined)
  expect(seen).toEqual(many.map((_, i) => `{"i": ${i}}`))
  expect(await evaluationDatasets.mergeRecords(scope, datasetId, many)).toEqual({ inserted: 0, updated: 450 })
})

test('a dataset goes with its records, and with its workspace', async () => {
  const { evaluationDatasets, erasing } = scratch.store
  const [one, other] = [await make('one'), await make('other')]
  await evaluationDatasets.mergeRecords(scope, one.datasetId, [record('{"q": 1}')])
  await evaluationDatasets.delete(scope, one.datasetId)
  await evaluationDatasets.delete(scope, one.datasetId)
  expect(await evaluationDatasets.get(scope, one.datasetId)).toBeUndefined()
  expect(await evaluationDatasets.records(scope, one.datasetId, { max: 1 })).toEqual({ records: [] })
  await expect(evaluationDatasets.mergeRecords(scope, one.datasetId, [])).rejects.toThrow('not found')
  expect(await evaluationDatasets.get('another/one/too', other.datasetId)).toBeUndefined()
  await erasing.forget(scope)
  expect(await evaluationDatasets.search(scope, {})).toEqual([])
})
