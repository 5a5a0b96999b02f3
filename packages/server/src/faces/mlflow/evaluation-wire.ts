/** What evaluation datasets hold, read from and printed into the JSON texts that MLflow's clients send. */
import {
  type EvaluationRecord,
  type ExactMap,
  type NewEvaluationRecord,
  Numeral,
  parseExact,
  printExact,
} from '@lazurite/store'
import { refuse } from './args.ts'

const maxTagKey = 255
const maxTagValue = 5000
const sourceTypes = ['UNSPECIFIED', 'TRACE', 'HUMAN', 'DOCUMENT', 'CODE']

/** Values that are no texts become what Python prints; null is no tag. */
export function readTags(text: string): Record<string, string> {
  const value = text === '' ? null : parseExact(text)
  if (value === null) return {}
  if (!(value instanceof Map)) refuse("Invalid value for parameter 'tags' supplied: it must be a JSON mapping.")
  const tags = new Map<string, string>()
  for (const [key, item] of value) {
    if (item === null) continue
    if (Array.isArray(item) || item instanceof Map)
      refuse(`Invalid value for tag '${shorten(key)}': it must be a text.`)
    const word = item instanceof Numeral ? item.shown : item === true ? 'True' : item === false ? 'False' : item
    if (key.length > maxTagKey) refuse(`'Tag key' exceeds the maximum length of ${maxTagKey} characters`)
    if (word.length > maxTagValue) refuse(`'Tag value' exceeds the maximum length of ${maxTagValue} characters`)
    tags.set(key, word)
  }
  return Object.fromEntries(tags)
}

export function tagsWire(tags: Record<string, string>): string {
  return printExact(new Map(Object.entries(tags)))
}

/** Raises BadArgument that names the record. */
export function readRecords(text: string): NewEvaluationRecord[] {
  const value = parseExact(text)
  if (!Array.isArray(value))
    refuse("Invalid value for parameter 'records' supplied: it must be a JSON list of mappings.")
  return value.map((item, i) => {
    const where = `records[${i}]`
    if (!(item instanceof Map)) refuse(`Invalid ${where}: it must be a mapping with inputs.`)
    return readRecord(item, where)
  })
}

function readRecord(record: ExactMap, where: string): NewEvaluationRecord {
  const part = (name: string): ExactMap | undefined => {
    const value = record.get(name)
    if (value === undefined || value === null) return undefined
    return value instanceof Map ? value : refuse(`Invalid ${where}.${name}: it must be a mapping.`)
  }
  if (record.get('inputs') === null) refuse(`Invalid ${where}.inputs: it must be a mapping.`)
  const [outputs, expectations, tags, source] = [
    record.get('outputs'),
    part('expectations'),
    part('tags'),
    part('source'),
  ]
  return {
    inputs: part('inputs') ?? new Map(),
    ...(outputs === undefined ? {} : { outputs }),
    ...(expectations === undefined ? {} : { expectations }),
    ...(tags === undefined ? {} : { tags }),
    ...(source?.size ? { source: readSource(source, `${where}.source`) } : {}),
  }
}

function readSource(source: ExactMap, where: string): { type: string; data: ExactMap } {
  const [type, data = null] = [source.get('source_type'), source.get('source_data')]
  const known = typeof type === 'string' ? type.toUpperCase() : ''
  if (!sourceTypes.includes(known)) {
    refuse(
      `Invalid dataset record source type: ${shorten(typeof type === 'string' ? known : printExact(type ?? null))}. Valid source types: [${sourceTypes.map((each) => `'${each}'`).join(', ')}]`,
    )
  }
  if (data !== null && !(data instanceof Map)) refuse(`Invalid ${where}.source_data: it must be a mapping.`)
  const odd = [...source.keys()].find((key) => key !== 'source_type' && key !== 'source_data')
  if (odd !== undefined) refuse(`Invalid ${where}: '${shorten(odd)}' is no field of a source.`)
  return { type: known, data: data ?? new Map() }
}

function shorten(text: string): string {
  return text.slice(0, 100)
}

/** One record as JSON. */
export function recordWire(record: EvaluationRecord, datasetId: string): string {
  const text = (value: string | undefined) => (value === undefined ? undefined : JSON.stringify(value))
  const fields: [string, string | undefined][] = [
    ['dataset_record_id', text(record.recordId)],
    ['dataset_id', text(datasetId)],
    ['inputs', record.inputs],
    ['outputs', record.outputs],
    ['expectations', record.expectations],
    ['tags', record.tags],
    ['source', record.source],
    ['source_id', text(record.sourceId)],
    ['source_type', text(record.sourceType)],
    ['created_time', String(record.createdAt)],
    ['last_update_time', String(record.updatedAt)],
    ['created_by', text(record.createdBy)],
    ['last_updated_by', text(record.updatedBy)],
  ]
  const said = fields.filter(([, value]) => value !== undefined)
  return `{${said.map(([name, value]) => `"${name}": ${value}`).join(', ')}}`
}
