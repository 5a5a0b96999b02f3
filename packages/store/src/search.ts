/**
 * The filter and order grammar that MLflow clients write: comparisons joined by AND, nothing else. Text in, clauses
 * out; `select.ts` turns clauses into SQL, `match.ts` judges rows with them. Every refusal names the words it is about.
 * Grammar: https://mlflow.org/docs/latest/ml/search/search-runs/
 */
import { fail } from '@lazurite/spec'

export type Entity = 'attribute' | 'metric' | 'param' | 'tag' | 'dataset'
type Op = '=' | '!=' | '<' | '<=' | '>' | '>=' | 'LIKE' | 'ILIKE' | 'IN' | 'NOT IN' | 'IS NULL' | 'IS NOT NULL'

export interface Clause {
  entity: Entity
  key: string
  op: Op
  /** A number for numeric fields, a list for IN, nothing for IS NULL, else text. */
  value: string | number | readonly string[] | undefined
}

export interface Sort {
  entity: Entity
  key: string
  ascending: boolean
}

interface Attribute {
  type: 'text' | 'number'
  /** A number that must be written without a point. */
  whole?: boolean
  /** Accepts IN and NOT IN. */
  lists?: boolean
}

/** What may be asked of one kind of thing. */
export interface Grammar {
  entities: Readonly<Record<string, Entity>>
  attributes: Readonly<Record<string, Attribute>>
  /** Other spellings of attributes. */
  aliases: Readonly<Record<string, string>>
  /** Params and tags may be asked for IS NULL. */
  nulls: boolean
  /** Params and tags may be asked for IN and NOT IN. */
  lists?: boolean
  /** Only attributes have an order. */
  plainOrder?: boolean
}

const attributeWords = { attribute: 'attribute', attributes: 'attribute', attr: 'attribute' } as const
const tagWords = { tag: 'tag', tags: 'tag' } as const
const factWords = {
  metric: 'metric',
  metrics: 'metric',
  param: 'param',
  params: 'param',
  parameter: 'param',
  parameters: 'param',
} as const
const text: Attribute = { type: 'text' }
const listed: Attribute = { type: 'text', lists: true }
const number: Attribute = { type: 'number' }
const whole: Attribute = { type: 'number', whole: true }

export const runGrammar: Grammar = {
  entities: { ...attributeWords, run: 'attribute', ...factWords, ...tagWords, dataset: 'dataset', datasets: 'dataset' },
  attributes: {
    run_id: listed,
    run_name: text,
    status: text,
    user_id: text,
    artifact_uri: text,
    start_time: number,
    end_time: number,
  },
  aliases: { created: 'start_time', Created: 'start_time', 'run name': 'run_name', 'Run name': 'run_name' },
  nulls: true,
}

export const experimentGrammar: Grammar = {
  entities: { ...attributeWords, ...tagWords },
  attributes: { name: text, experiment_id: text, creation_time: number, last_update_time: number },
  aliases: {},
  nulls: true,
  plainOrder: true,
}

export const loggedModelGrammar: Grammar = {
  entities: { ...attributeWords, ...factWords, ...tagWords },
  attributes: {
    name: listed,
    model_id: listed,
    model_type: listed,
    source_run_id: listed,
    status: number,
    creation_timestamp: number,
    last_updated_timestamp: number,
  },
  aliases: { creation_timestamp_ms: 'creation_timestamp', last_updated_timestamp_ms: 'last_updated_timestamp' },
  nulls: true,
  lists: true,
}

export const registeredModelGrammar: Grammar = {
  entities: { ...attributeWords, ...tagWords },
  attributes: { name: text, creation_timestamp: number, last_updated_timestamp: number },
  aliases: { timestamp: 'last_updated_timestamp' },
  nulls: false,
  plainOrder: true,
}

export const modelVersionGrammar: Grammar = {
  entities: { ...attributeWords, ...tagWords },
  attributes: {
    name: text,
    run_id: listed,
    source_path: text,
    version_number: number,
    creation_timestamp: number,
    last_updated_timestamp: number,
  },
  aliases: { timestamp: 'last_updated_timestamp', version: 'version_number', source: 'source_path' },
  nulls: false,
  plainOrder: true,
}

export const evaluationDatasetGrammar: Grammar = {
  entities: { tags: 'tag' },
  attributes: {
    name: listed,
    created_time: whole,
    last_update_time: whole,
    created_by: text,
    last_updated_by: text,
  },
  aliases: {},
  nulls: false,
}

/** What they are put in order by. */
export const evaluationDatasetOrders: Grammar = {
  ...evaluationDatasetGrammar,
  attributes: { name: text, created_time: whole, last_update_time: whole },
  plainOrder: true,
}

const datasetFields = new Set(['name', 'digest', 'context'])
const numericOps = new Set<Op>(['=', '!=', '<', '<=', '>', '>='])
const textOps = new Set<Op>(['=', '!=', 'LIKE', 'ILIKE'])
const maxClauses = 100
const maxLength = 50_000
/** Each may be a join of its own, and no engine takes more than some dozens. */
const maxOrders = 32
const maxOrderLength = 1000

export type Token =
  | { kind: 'word'; text: string; parts: string[]; plain: boolean }
  | { kind: 'text'; text: string; value: string }
  | { kind: 'op' | 'mark'; text: string }

/** Reads a filter. An empty one has no clauses. Raises BadArgument. */
export function parseFilter(filter: string | undefined, grammar: Grammar): Clause[] {
  if (filter === undefined || filter.trim() === '') return []
  if (filter.length > maxLength) refuse(`Invalid filter string: it is longer than ${maxLength} characters.`)
  const tokens = tokenize(filter)
  const clauses: Clause[] = []
  let at = 0
  while (at < tokens.length) {
    const [clause, next] = readClause(tokens, at, { grammar, filter })
    clauses.push(clause)
    if (clauses.length > maxClauses) refuse(`Invalid filter string: it has more than ${maxClauses} comparisons.`)
    at = next
    const joint = tokens[at]
    if (joint === undefined) break
    if (!isWord(joint, 'AND')) refuse(`Invalid clause(s) in filter string: '${joint.text}'.`)
    at += 1
  }
  return clauses
}

/** Reads a list of `<entity>.<key> [ASC|DESC]`. Raises BadArgument. */
export function parseOrder(orders: readonly string[], grammar: Grammar): Sort[] {
  if (orders.length > maxOrders) refuse(`\`order_by\` has at most ${maxOrders} fields, not ${orders.length}.`)
  const sorts = orders.map((order) => readOrder(order, grammar))
  const seen = new Set<string>()
  for (const sort of sorts) {
    const name = `${sort.entity}.${sort.key}`
    if (seen.has(name)) refuse(`\`order_by\` contains duplicate fields: '${name}'.`)
    seen.add(name)
  }
  return sorts
}

function readOrder(order: string, grammar: Grammar): Sort {
  if (order.length > maxOrderLength) refuse(`Invalid order_by clause: it is longer than ${maxOrderLength} characters.`)
  const found = /^\s*(.*?)(?:\s+(asc|desc))?\s*$/is.exec(order)
  const field = found?.[1] ?? ''
  const bare = own(grammar.aliases, field) ?? field
  const ascending = found?.[2]?.toLowerCase() !== 'desc'
  if (own(grammar.attributes, bare)) return { entity: 'attribute', key: bare, ascending }
  const tokens = tokenize(field)
  const word = tokens[0]
  if (tokens.length !== 1 || word?.kind !== 'word') refuse(`Invalid order_by clause '${order}'. Could not be parsed.`)
  const { entity, key } = fieldOf(word.parts, grammar, order)
  if (entity === 'dataset') refuse(`Invalid order_by clause '${order}'. Datasets have no order.`)
  if (grammar.plainOrder && entity !== 'attribute') {
    const keys = Object.keys(grammar.attributes).join(', ')
    refuse(`Invalid order_by clause '${order}'. Valid order by keys are ${keys}.`)
  }
  return { entity, key, ascending }
}

export function tokenize(source: string): Token[] {
  const tokens: Token[] = []
  const pattern =
    /\s*(?:([<>=!]+)|([(),;])|('[^']*'|"[^"]*")(?!\s*\.)|((?:[^\s<>=!'"`(),;.]+|`[^`]*`|"[^"]*"|\.(?=.))+)|(\S))/suy
  while (pattern.lastIndex < source.trimEnd().length) {
    const found = pattern.exec(source)
    if (!found) break
    const [, op, mark, quoted, word, odd] = found
    if (op !== undefined) tokens.push({ kind: 'op', text: op })
    else if (mark !== undefined) tokens.push({ kind: 'mark', text: mark })
    else if (quoted !== undefined) tokens.push({ kind: 'text', text: quoted, value: quoted.slice(1, -1) })
    else if (word !== undefined) tokens.push(wordOf(word))
    else refuse(`Invalid filter '${source}'. Could not be parsed at '${odd}'.`)
  }
  return tokens
}

/** A word splits at its first dot outside quotes; quotes are taken off the parts. */
function wordOf(source: string): Token {
  const dot = /^(?:[^.`"]|`[^`]*`|"[^"]*")*\./.exec(source)?.[0].length
  const parts = dot === undefined ? [source] : [source.slice(0, dot - 1), source.slice(dot)]
  return { kind: 'word', text: source, parts: parts.map(unquote), plain: !/[`"]/.test(source) }
}

function unquote(part: string): string {
  const found = /^(?:`([^`]*)`|"([^"]*)")$/.exec(part)
  return found ? (found[1] ?? found[2] ?? '') : part
}

export function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === 'word' && token.plain && token.text.toUpperCase() === word
}

interface Place {
  grammar: Grammar
  filter: string
}

function readClause(tokens: readonly Token[], from: number, place: Place): [Clause, number] {
  const field = tokens[from]
  const named =
    field?.kind === 'word' ? field.parts : field?.kind === 'text' && field.text[0] === '"' ? [field.value] : undefined
  if (!named) refuse(`Invalid clause(s) in filter string: '${field?.text ?? ''}'.`)
  const { entity, key } = fieldOf(named, place.grammar, place.filter)
  const [op, at] = readOp(tokens, from + 1, place.filter)
  checkOp({ entity, key, op }, place.grammar)
  if (op === 'IS NULL' || op === 'IS NOT NULL') return [{ entity, key, op, value: undefined }, at]
  if (op === 'IN' || op === 'NOT IN') {
    const [value, next] = readList(tokens, at, key)
    return [{ entity, key, op, value }, next]
  }
  const token = tokens[at]
  if (!token) refuse(`Invalid filter '${place.filter}'. A value is missing after '${key} ${op}'.`)
  if (entity === 'attribute' && own(place.grammar.attributes, key)?.whole && !/^[-+]?\d+$/.test(token.text))
    refuse(`Invalid value for numeric attribute '${key}': ${token.text}`)
  const value = isNumeric(entity, key, place.grammar) ? readNumber(token, entity, key) : readText(token, entity, key)
  return [{ entity, key, op, value }, at + 1]
}

function fieldOf(parts: readonly string[], grammar: Grammar, whole: string): { entity: Entity; key: string } {
  const [first = '', rest] = parts
  const bare = own(grammar.aliases, first) ?? first
  if (rest === undefined) {
    if (own(grammar.attributes, bare)) return { entity: 'attribute', key: bare }
    if (/^(or|not|between|is|in|like|ilike|and)$/i.test(first))
      refuse(`Invalid clause(s) in filter string: '${first}'.`)
    refuse(
      `Invalid attribute key '${first}' specified. Valid keys are '${Object.keys(grammar.attributes).join(', ')}'.`,
    )
  }
  const entity = own(grammar.entities, first)
  if (!entity) {
    refuse(
      `Invalid entity type '${first}' in '${whole}'. Valid values are ${Object.keys(grammar.entities).join(', ')}.`,
    )
  }
  const key = entity === 'attribute' ? (own(grammar.aliases, rest) ?? rest) : rest
  if (entity === 'attribute' && !own(grammar.attributes, key)) {
    refuse(`Invalid attribute key '${rest}' specified. Valid keys are '${Object.keys(grammar.attributes).join(', ')}'.`)
  }
  if (entity === 'dataset' && !datasetFields.has(key)) {
    refuse(`Invalid dataset key '${rest}' specified. Valid keys are '${[...datasetFields].join(', ')}'.`)
  }
  return { entity, key }
}

export function readOp(tokens: readonly Token[], at: number, filter: string): [Op, number] {
  const [first, second, third] = [tokens[at], tokens[at + 1], tokens[at + 2]]
  if (first?.kind === 'op') {
    if (numericOps.has(first.text as Op)) return [first.text as Op, at + 1] // the set holds only operators
    refuse(`Invalid comparison operator '${first.text}' in filter string. Valid ones are =, !=, <, <=, > and >=.`)
  }
  for (const op of ['LIKE', 'ILIKE', 'IN'] as const) if (isWord(first, op)) return [op, at + 1]
  if (isWord(first, 'NOT') && isWord(second, 'IN')) return ['NOT IN', at + 2]
  if (isWord(first, 'IS') && isWord(second, 'NULL')) return ['IS NULL', at + 2]
  if (isWord(first, 'IS') && isWord(second, 'NOT') && isWord(third, 'NULL')) return ['IS NOT NULL', at + 3]
  if (first) refuse(`Invalid clause(s) in filter string: '${first.text}'.`)
  refuse(`Invalid filter '${filter}'. A comparison is missing at its end.`)
}

function checkOp(found: { entity: Entity; key: string; op: Op }, grammar: Grammar): void {
  const { entity, key, op } = found
  if (isNumeric(entity, key, grammar)) {
    if (!numericOps.has(op)) refuse(`Invalid comparison operator '${op}' for ${entity} '${key}': it is a number.`)
    return
  }
  if (textOps.has(op)) return
  const nulls = (entity === 'tag' || entity === 'param') && grammar.nulls
  if ((op === 'IS NULL' || op === 'IS NOT NULL') && nulls) return
  const words = (entity === 'tag' || entity === 'param') && grammar.lists === true
  const lists =
    words || entity === 'dataset' || (entity === 'attribute' && own(grammar.attributes, key)?.lists === true)
  if ((op === 'IN' || op === 'NOT IN') && lists) return
  if (op === 'IN' || op === 'NOT IN')
    refuse(`Only some attributes support comparison with a list: not ${entity} '${key}'.`)
  refuse(`Invalid comparison operator '${op}' for ${entity} '${key}': it is a text.`)
}

function isNumeric(entity: Entity, key: string, grammar: Grammar): boolean {
  return entity === 'metric' || (entity === 'attribute' && own(grammar.attributes, key)?.type === 'number')
}

function readNumber(token: Token, entity: Entity, key: string): number {
  if (token.kind === 'word' && /^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i.test(token.text)) return Number(token.text)
  refuse(`Expected numeric value type for ${entity} '${key}'. Found ${token.text}.`)
}

function readText(token: Token, entity: Entity, key: string): string {
  if (token.kind === 'text') return token.value
  refuse(`Expected a quoted string value for ${entity} '${key}' (e.g. 'my-value'). Got value ${token.text}.`)
}

export function readList(tokens: readonly Token[], from: number, key: string): [string[], number] {
  const values: string[] = []
  if (tokens[from]?.text !== '(') refuse(`Expected a list in parentheses after '${key} IN'.`)
  for (let at = from + 1; at < tokens.length; at += 2) {
    const [item, mark] = [tokens[at], tokens[at + 1]]
    if (item?.kind !== 'text')
      refuse(`While parsing a list in the query, expected a quoted string, got '${item?.text}'.`)
    values.push(item.value)
    if (mark?.text === ')') return [values, at + 2]
    if (mark?.text !== ',') break
  }
  refuse(`While parsing a list in the query, the closing parenthesis after '${key} IN (' is missing.`)
}

function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined
}

function refuse(what: string): never {
  fail('BadArgument', { what })
}
