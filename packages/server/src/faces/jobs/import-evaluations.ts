/** Evaluation datasets as they were somewhere else; their records come as the JSON they were, numbers included. */
import { asArray, asObject, asString, fail, type JsonObject } from '@lazurite/spec'
import {
  type BroughtDataset,
  type BroughtRecord,
  type Exact,
  type ExactMap,
  Numeral,
  parseExact,
  printExact,
} from '@lazurite/store'
import type { JobVerb } from './call.ts'
import { timeOf } from './import-values.ts'

export const importEvaluations: JobVerb = {
  method: 'POST',
  path: '/evaluations/import',
  async handle({ room, scope, body }) {
    const { evaluationDatasets: sets } = room.deps.store
    const datasetId = asString(body.dataset_id) ?? ''
    if (!/^d-[A-Za-z0-9]{1,64}$/.test(datasetId))
      fail('BadArgument', { what: `dataset_id is no id: ${JSON.stringify(datasetId.slice(0, 100))}` })
    const known = (await sets.get(scope, datasetId)) !== undefined
    if (body.dataset !== undefined) await sets.bring(scope, datasetOf(datasetId, asObject(body.dataset)))
    if (body.records !== undefined) await sets.bringRecords(scope, datasetId, readRecords(asString(body.records) ?? ''))
    return { dataset_id: datasetId, known, records: await sets.countRecords(scope, datasetId) }
  },
}

function datasetOf(datasetId: string, wanted: JsonObject): BroughtDataset {
  const text = (key: string, field: string) => (asString(wanted[key]) ? { [field]: asString(wanted[key]) } : {})
  const name = asString(wanted.name) ?? ''
  if (name === '' || name.length > 255)
    fail('BadArgument', { what: `The dataset ${datasetId} has no name of 1 to 255 letters.` })
  const createdAt = timeOf(wanted.created_time, 'created_time') ?? 0
  return {
    datasetId,
    name,
    createdAt,
    updatedAt: timeOf(wanted.last_update_time, 'last_update_time') ?? createdAt,
    ...text('digest', 'digest'),
    ...text('created_by', 'createdBy'),
    ...text('last_updated_by', 'updatedBy'),
    ...text('schema', 'schema'),
    ...text('profile', 'profile'),
    tags: Object.fromEntries(
      Object.entries(asObject(wanted.tags)).map(([key, value]) => [key.slice(0, 255), String(value).slice(0, 5000)]),
    ),
    experimentIds: asArray(wanted.experiment_ids).map(String),
  }
}

function readRecords(text: string): BroughtRecord[] {
  const value = parseExact(text)
  if (!Array.isArray(value)) fail('BadArgument', { what: 'records must be the text of a JSON list of mappings.' })
  return value.map((item, i) => (item instanceof Map ? recordOf(item, i) : wrong(i, 'it is no mapping')))
}

function wrong(i: number, why: string): never {
  fail('BadArgument', { what: `records[${i}]: ${why}.` })
}

function recordOf(record: ExactMap, i: number): BroughtRecord {
  const at = (key: string): Exact => record.get(key) ?? null
  const text = (key: string, field: string) =>
    typeof at(key) === 'string' && at(key) !== '' ? { [field]: at(key) } : {}
  const json = (key: string, field: string) => (at(key) === null ? {} : { [field]: printExact(at(key)) })
  const time = (key: string) => {
    const value = at(key)
    return value instanceof Numeral ? timeOf(Number(value.text), `records[${i}].${key}`) : undefined
  }
  const [recordId, inputs] = [at('dataset_record_id'), at('inputs')]
  if (typeof recordId !== 'string' || !/^dr-[A-Za-z0-9]{1,64}$/.test(recordId)) wrong(i, 'dataset_record_id is no id')
  if (!(inputs instanceof Map)) wrong(i, 'inputs are no mapping')
  const createdAt = time('created_time') ?? 0
  return {
    recordId,
    inputs,
    tags: at('tags') === null ? '{}' : printExact(at('tags')),
    createdAt,
    updatedAt: time('last_update_time') ?? createdAt,
    ...json('outputs', 'outputs'),
    ...json('expectations', 'expectations'),
    ...json('source', 'source'),
    ...text('source_type', 'sourceType'),
    ...text('source_id', 'sourceId'),
    ...text('created_by', 'createdBy'),
    ...text('last_updated_by', 'updatedBy'),
  }
}
