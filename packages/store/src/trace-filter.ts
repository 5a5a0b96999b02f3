/**
 * The filter and order grammar of traces: comparisons joined by AND over attributes, tags, metadata, spans, assessments
 * and issues. Words and values are read as those of runs are; what may be asked of what is in the table below.
 * Grammar: https://mlflow.org/docs/latest/genai/tracing/search-traces/
 */
import { fail } from '@lazurite/spec'
import { isWord, readList, readOp, type Token, tokenize } from './search.ts'
import { sourceRunKey, traceNameTag } from './trace-rows.ts'

export type TraceEntity =
  | 'attribute'
  | 'tag'
  | 'metadata'
  | 'span'
  | 'feedback'
  | 'expectation'
  | 'issue'
  | 'prompt'
  | 'run'
export type TraceOp =
  | '='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | 'LIKE'
  | 'ILIKE'
  | 'RLIKE'
  | 'IN'
  | 'NOT IN'
  | 'IS NULL'
  | 'IS NOT NULL'

export interface TraceClause {
  entity: TraceEntity
  key: string
  op: TraceOp
  value: string | number | readonly string[] | undefined
}

export interface TraceSort {
  entity: 'attribute' | 'tag' | 'metadata'
  key: string
  ascending: boolean
}

const entities: Readonly<Record<string, TraceEntity>> = {
  attribute: 'attribute',
  attributes: 'attribute',
  trace: 'attribute',
  tag: 'tag',
  tags: 'tag',
  metadata: 'metadata',
  request_metadata: 'metadata',
  span: 'span',
  feedback: 'feedback',
  expectation: 'expectation',
  issue: 'issue',
}

const numbers = new Set(['timestamp_ms', 'execution_time_ms', 'end_time_ms'])
const texts = new Set(['request_id', 'status', 'client_request_id', 'name', 'run_id', 'prompt', 'text'])
const listed = new Set(['request_id', 'status', 'client_request_id', 'name', 'run_id'])
const aliases: Readonly<Record<string, string>> = {
  timestamp: 'timestamp_ms',
  execution_time: 'execution_time_ms',
  end_time: 'end_time_ms',
  trace_id: 'request_id',
}
const spoken = [...texts, ...numbers, ...Object.keys(aliases)].sort().join(', ')
const spanFields = new Set(['name', 'type', 'status', 'content'])

const compared: readonly TraceOp[] = ['=', '!=', '<', '<=', '>', '>=']
const wordOps: readonly TraceOp[] = ['=', '!=', 'LIKE', 'ILIKE', 'RLIKE']
const nullOps: readonly TraceOp[] = ['IS NULL', 'IS NOT NULL']
const listOps: readonly TraceOp[] = ['IN', 'NOT IN']
const ordered: readonly TraceOp[] = ['<', '<=', '>', '>=']
const maxClauses = 100
const maxLength = 50_000
const maxOrders = 32

/** Reads a filter. An empty one has no clauses. Raises BadArgument. */
export function parseTraceFilter(filter: string | undefined): TraceClause[] {
  if (filter === undefined || filter.trim() === '') return []
  if (filter.length > maxLength) refuse(`Invalid filter string: it is longer than ${maxLength} characters.`)
  const tokens = tokenize(filter)
  const clauses: TraceClause[] = []
  for (let at = 0; at < tokens.length; ) {
    const [clause, next] = readClause(tokens, at, filter)
    clauses.push(clause)
    if (clauses.length > maxClauses) refuse(`Invalid filter string: it has more than ${maxClauses} comparisons.`)
    const joint = tokens[next]
    if (joint === undefined) break
    if (!isWord(joint, 'AND')) refuse(`Invalid clause(s) in filter string: '${joint.text}'.`)
    at = next + 1
  }
  return clauses
}

interface Field {
  entity: TraceEntity
  key: string
}

function readClause(tokens: readonly Token[], from: number, filter: string): [TraceClause, number] {
  const token = tokens[from]
  const named =
    token?.kind === 'word' ? token.parts : token?.kind === 'text' && token.text[0] === '"' ? [token.value] : undefined
  if (!named) refuse(`Invalid clause(s) in filter string: '${token?.text ?? ''}'.`)
  const asked = fieldOf(named, filter)
  const rlike = isWord(tokens[from + 1], 'RLIKE')
  const [op, at] = rlike ? (['RLIKE', from + 2] as const) : readOp(tokens, from + 1, filter)
  checkOp(asked, op)
  const field = resolve(asked, op)
  if (op === 'IS NULL' || op === 'IS NOT NULL') return [{ ...field, op, value: undefined }, at]
  if (op === 'IN' || op === 'NOT IN') {
    const [value, next] = readList(tokens, at, field.key)
    return [{ ...field, op, value }, next]
  }
  const value = tokens[at]
  if (!value) refuse(`Invalid filter '${filter}'. A value is missing after '${field.key} ${op}'.`)
  const wantsNumber = isNumeric(asked) || (isAssessment(asked.entity) && ordered.includes(op))
  return [{ ...field, op, value: wantsNumber ? readNumber(value, asked, op) : readText(value, asked) }, at + 1]
}

function fieldOf(parts: readonly string[], whole: string): Field {
  const [first = '', rest] = parts
  if (rest === undefined) return attributeOf(first)
  const entity = Object.hasOwn(entities, first) ? entities[first] : undefined
  if (!entity)
    refuse(
      `Invalid entity type '${first}' in '${whole.slice(0, 200)}'. Valid values are ${Object.keys(entities).join(', ')}.`,
    )
  const key = rest.replace(/^(["`])(.*)\1$/, '$2')
  if (entity === 'attribute') return attributeOf(key)
  if (key === '') refuse(`Invalid filter '${whole.slice(0, 200)}'. The name after '${first}.' is missing.`)
  if (entity === 'issue' && key !== 'id') refuse(`Invalid issue attribute '${key}'. Supported attributes: id`)
  if (entity === 'span' && !spanFields.has(key)) {
    const inner = /^attributes\.(.*)$/s.exec(key)?.[1]
    if (inner === '') refuse("Span attribute name cannot be empty after 'attributes.'")
    if (inner === undefined)
      refuse(`Invalid span attribute '${key}'. Supported attributes: name, status, type, attributes.<attribute_name>.`)
    return { entity, key: `attributes.${inner.replace(/^(["`])(.*)\1$/, '$2')}` }
  }
  return { entity, key }
}

function attributeOf(word: string): Field {
  const lower = word.toLowerCase()
  const key = Object.hasOwn(aliases, lower) ? (aliases[lower] ?? lower) : lower
  if (numbers.has(key) || texts.has(key)) return { entity: 'attribute', key }
  if (/^(or|not|between|is|in|like|ilike|rlike|and)$/.test(lower))
    refuse(`Invalid clause(s) in filter string: '${word}'.`)
  refuse(`Invalid attribute key '${word}' specified. Valid keys are '${spoken}'.`)
}

/** Attributes that are kept as a tag, as metadata, or elsewhere. */
function resolve({ entity, key }: Field, op: TraceOp): Field {
  if (entity === 'metadata' && key === sourceRunKey && op === '=') return { entity: 'run', key }
  if (entity !== 'attribute') return { entity, key }
  if (key === 'text') return { entity: 'span', key: 'content' }
  if (key === 'name') return { entity: 'tag', key: traceNameTag }
  if (key === 'prompt') return { entity: 'prompt', key }
  if (key === 'run_id') return op === '=' ? { entity: 'run', key } : { entity: 'metadata', key: sourceRunKey }
  return { entity, key }
}

function isNumeric({ entity, key }: Field): boolean {
  return entity === 'attribute' && numbers.has(key)
}

function isAssessment(entity: TraceEntity): boolean {
  return entity === 'feedback' || entity === 'expectation'
}

function checkOp(field: Field, op: TraceOp): void {
  const valid = opsOf(field)
  if (valid.includes(op)) return
  refuse(`Invalid comparator '${op}' for ${field.entity} '${field.key}': not one of '${valid.join("', '")}'.`)
}

function opsOf({ entity, key }: Field): readonly TraceOp[] {
  switch (entity) {
    case 'attribute':
      if (numbers.has(key)) return compared
      if (key === 'prompt') return ['=']
      if (key === 'text') return ['LIKE', 'ILIKE']
      return listed.has(key) ? [...wordOps, ...listOps, ...(key === 'name' ? nullOps : [])] : wordOps
    case 'tag':
    case 'metadata':
      return [...wordOps, ...nullOps]
    case 'span':
      return key === 'content' ? ['LIKE', 'ILIKE'] : [...wordOps, ...listOps]
    case 'feedback':
    case 'expectation':
      return [...wordOps, ...ordered, ...nullOps]
    case 'issue':
    case 'prompt':
    case 'run':
      return ['=']
    default:
      return entity satisfies never
  }
}

function readNumber(token: Token, { entity, key }: Field, op: string): number {
  if (token.kind === 'word' && /^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i.test(token.text)) return Number(token.text)
  refuse(`Expected a numeric value for ${entity} '${key}' when using comparator '${op}'. Got value ${token.text}`)
}

function readText(token: Token, { entity, key }: Field): string {
  if (token.kind !== 'text')
    refuse(`Expected a quoted string value for ${entity} '${key}' (e.g. 'my-value'). Got value ${token.text}`)
  if (key === 'prompt' && entity === 'attribute' && token.value.split('/').length !== 2)
    refuse(`Invalid prompts filter value '${token.value}'. Expected format: prompt = "name/version"`)
  return token.value
}

/** Reads a list of `<field> [ASC|DESC]`. Raises BadArgument. */
export function parseTraceOrder(orders: readonly string[]): TraceSort[] {
  if (orders.length > maxOrders) refuse(`\`order_by\` has more than ${maxOrders} fields.`)
  const seen = new Set<string>()
  return orders.map((order) => {
    if (order.length > 1000) refuse('Invalid order_by clause: it is longer than 1000 characters.')
    const found = /^\s*(.*?)(?:\s+(asc|desc))?\s*$/is.exec(order)
    const tokens = tokenize(found?.[1] ?? '')
    const word = tokens[0]
    if (tokens.length !== 1 || word?.kind !== 'word') refuse(`Invalid order_by clause '${order}'. Could not be parsed.`)
    const [first = '', rest] = word.parts
    const isExperiment = (rest ?? first) === 'experiment_id' && (rest === undefined || entities[first] === 'attribute')
    const asked = isExperiment ? ({ entity: 'attribute', key: 'experiment_id' } as const) : fieldOf(word.parts, order)
    const { entity, key } = resolve(asked, '!=')
    if (entity !== 'attribute' && entity !== 'tag' && entity !== 'metadata')
      refuse(`Invalid order_by clause '${order}'. Traces cannot be ordered by ${asked.entity} '${asked.key}'.`)
    const name = `${entity}.${key}`
    if (seen.has(name)) refuse(`\`order_by\` contains duplicate fields: '${name}'.`)
    seen.add(name)
    return { entity, key, ascending: found?.[2]?.toLowerCase() !== 'desc' }
  })
}

function refuse(what: string): never {
  fail('BadArgument', { what })
}
