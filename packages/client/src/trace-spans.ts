/** Spans of a trace as the server sends them, in either of the two shapes there are, and the tree they make. */

export interface SpanEvent {
  name: string
  /** Microseconds after the trace began. */
  atUs: number
  attributes: Record<string, unknown>
}

export interface Span {
  id: string
  parent: string
  name: string
  /** `TOOL`, `CHAT_MODEL`, …; empty when nobody said. */
  type: string
  status: 'OK' | 'ERROR' | 'UNSET'
  message: string
  /** Microseconds after the trace began. */
  fromUs: number
  /** Undefined while it goes on. */
  toUs: number | undefined
  inputs: unknown
  outputs: unknown
  tokens: Record<string, number> | undefined
  attributes: Record<string, unknown>
  events: SpanEvent[]
}

/** A span in the order of the tree. */
export interface TreeSpan extends Span {
  depth: number
  /** Spans below it, however deep. */
  below: number
}

type Wire = Record<string, unknown>

/** JSON whose whole numbers keep all their digits where the browser can tell them; those too long are texts. */
export function parseExact(text: string): unknown {
  const revive = (_key: string, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) && context?.source
      ? context.source
      : value
  return JSON.parse(text, revive as (key: string, value: unknown) => unknown) // browsers hand on a third argument
}

/** Reads the `spans` of an answer, of `traces.json` too. Times are microseconds after the first began; what is no span is left out. */
export function spansOf(wire: readonly unknown[]): Span[] {
  const drafts = wire.filter(isObject).map((one) => ('start_time_unix_nano' in one ? told(one) : filed(one)))
  const begin = drafts.map(({ from }) => from).reduce(earlier, drafts[0]?.from ?? 0n)
  const since = (at: bigint) => Number(at - begin) / 1000
  return drafts.map(({ from, to, events, attributes, ...span }) => ({
    ...span,
    ...meaning(attributes),
    fromUs: since(from),
    toUs: to === 0n ? undefined : since(to),
    events: events.map(({ at, ...event }) => ({ ...event, atUs: since(at) })),
  }))
}

const earlier = (a: bigint, b: bigint) => (b < a ? b : a)

interface Draft extends Pick<Span, 'id' | 'parent' | 'name' | 'status' | 'message'> {
  from: bigint
  to: bigint
  attributes: Record<string, unknown>
  events: { name: string; at: bigint; attributes: Record<string, unknown> }[]
}

/** As OpenTelemetry spells it. */
function told(span: Wire): Draft {
  const status = isObject(span.status) ? span.status : {}
  return {
    id: text(span.span_id),
    parent: text(span.parent_span_id),
    name: text(span.name),
    status: statusOf(text(status.code)),
    message: text(status.message),
    from: nanos(span.start_time_unix_nano),
    to: nanos(span.end_time_unix_nano),
    attributes: pairsOf(span.attributes),
    events: list(span.events).map((event) => ({
      name: text(event.name),
      at: nanos(event.time_unix_nano),
      attributes: pairsOf(event.attributes),
    })),
  }
}

/** As older clients keep it in a file beside the trace. */
function filed(span: Wire): Draft {
  const context = isObject(span.context) ? span.context : {}
  const attributes = isObject(span.attributes) ? span.attributes : {}
  return {
    id: text(context.span_id) || text(span.span_id),
    parent: text(span.parent_id),
    name: text(span.name),
    status: statusOf(text(span.status_code)),
    message: text(span.status_message),
    from: nanos(span.start_time),
    to: nanos(span.end_time),
    attributes: Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, unpacked(value)])),
    events: list(span.events).map((event) => ({
      name: text(event.name),
      at: nanos(event.timestamp) * (nanos(event.timestamp) < 10n ** 17n ? 1000n : 1n),
      attributes: isObject(event.attributes) ? event.attributes : {},
    })),
  }
}

const hidden = new Set([
  ...['mlflow.traceRequestId', 'mlflow.spanInputs', 'mlflow.spanOutputs', 'mlflow.spanType', 'mlflow.chat.tokenUsage'],
  ...['mlflow.spanLogLevel', 'mlflow.spanFunctionName'],
])

/** What attributes say in MLflow's words, and the others. */
function meaning(
  attributes: Record<string, unknown>,
): Pick<Span, 'type' | 'inputs' | 'outputs' | 'tokens' | 'attributes'> {
  const usage = unpacked(attributes['mlflow.chat.tokenUsage'])
  const type = text(unpacked(attributes['mlflow.spanType']))
  return {
    type: type === 'UNKNOWN' ? '' : type,
    inputs: unpacked(attributes['mlflow.spanInputs']),
    outputs: unpacked(attributes['mlflow.spanOutputs']),
    tokens: isObject(usage) ? numbersOf(usage) : undefined,
    attributes: Object.fromEntries(Object.entries(attributes).filter(([key]) => !hidden.has(key))),
  }
}

function numbersOf(words: Wire): Record<string, number> {
  return Object.fromEntries(
    Object.entries(words).filter((pair): pair is [string, number] => typeof pair[1] === 'number'),
  )
}

/** The spans with the root first and each below its parent, by time; who has no parent here stands at the top. */
export function treeOf(spans: readonly Span[]): TreeSpan[] {
  const known = new Set(spans.map(({ id }) => id))
  const children = new Map<string, Span[]>()
  for (const span of spans) {
    const parent = known.has(span.parent) && span.parent !== span.id ? span.parent : ''
    const others = children.get(parent)
    if (others) others.push(span)
    else children.set(parent, [span])
  }
  const seen = new Set<string>()
  const tree: TreeSpan[] = []
  const open: { row: TreeSpan; at: number }[] = []
  const closeFrom = (depth: number) => {
    for (let last = open.at(-1); last && last.row.depth >= depth; last = open.at(-1)) {
      last.row.below = tree.length - last.at
      open.pop()
    }
  }
  // what is still to be shown, the next one last: a chain of calls may be deeper than a stack
  const left: { span: Span; depth: number }[] = []
  const add = (parent: string, depth: number) => {
    const some = (children.get(parent) ?? []).sort((a, b) => a.fromUs - b.fromUs).reverse()
    for (const span of some) left.push({ span, depth })
  }
  add('', 0)
  for (let next = left.pop(); next; next = left.pop()) {
    const { span, depth } = next
    if (seen.has(span.id)) continue
    seen.add(span.id)
    closeFrom(depth)
    const row: TreeSpan = { ...span, depth, below: 0 }
    open.push({ row, at: tree.push(row) })
    add(span.id, depth + 1)
  }
  closeFrom(0)
  // spans that name each other as parents are shown all the same
  for (const span of spans) if (!seen.has(span.id)) tree.push({ ...span, depth: 0, below: 0 })
  return tree
}

/** A text that is JSON is what it says. */
function unpacked(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*(?:[[{"]|-?\d|true|false|null)/.test(value)) return value
  try {
    return parseExact(value)
  } catch {
    return value
  }
}

function pairsOf(words: unknown): Record<string, unknown> {
  return Object.fromEntries(list(words).map((word) => [text(word.key), plainOf(word.value)]))
}

/** The plain value of OpenTelemetry's shape. */
function plainOf(value: unknown): unknown {
  if (!isObject(value)) return null
  const [kind, inner] = Object.entries(value)[0] ?? []
  if (kind === 'array_value') return isObject(inner) && Array.isArray(inner.values) ? inner.values.map(plainOf) : []
  if (kind === 'kvlist_value') return isObject(inner) ? pairsOf(inner.values) : {}
  return inner ?? null
}

function statusOf(word: string): Span['status'] {
  const found = /(OK|ERROR)$/.exec(word)?.[1]
  return found === 'OK' || found === 'ERROR' ? found : 'UNSET'
}

/** Times have more digits than a number holds: the last are lost where they came as one. */
function nanos(value: unknown): bigint {
  const digits = typeof value === 'number' ? String(Math.round(value)) : text(value)
  return /^\d{1,20}$/.test(digits) ? BigInt(digits) : 0n
}

function isObject(value: unknown): value is Wire {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const list = (value: unknown): Wire[] => (Array.isArray(value) ? value.filter(isObject) : [])
const text = (value: unknown): string => (typeof value === 'string' ? value : '')
