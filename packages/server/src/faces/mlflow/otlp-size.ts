/**
 * How many messages a request in protobuf holds, told without making them: a message of two bytes becomes an object of
 * two hundred, and a few kilobytes of gzip hold millions of them.
 */
import { fail } from '@lazurite/spec'

/** Of all kinds together; each attribute is two. */
export const mostMessages = 500_000
export const mostSpans = 50_000
const maxDepth = 250

/** Fields by message, as far as they are messages themselves. */
export type Nesting = Readonly<Record<string, ReadonlyMap<number, string>>>

/** Raises TooLarge for more than may be decoded, BadArgument for what is nested too deep. What is no protobuf is left to who decodes it. */
export function assertDecodable(bytes: Uint8Array, nesting: Nesting, root: string): void {
  const walk = { bytes, nesting, messages: 0, spans: 0 }
  scan(walk, { of: root, from: 0, to: bytes.length, depth: 0 })
}

interface Scan {
  bytes: Uint8Array
  nesting: Nesting
  messages: number
  spans: number
}

function scan(walk: Scan, { of, from, to, depth }: { of: string; from: number; to: number; depth: number }): void {
  walk.messages += 1
  if (of === 'Span') walk.spans += 1
  if (walk.messages > mostMessages) tooMany(`${mostMessages} values`)
  if (walk.spans > mostSpans) tooMany(`${mostSpans} spans`)
  if (depth > maxDepth) fail('BadArgument', { what: 'Invalid OpenTelemetry format: the body is nested too deep.' })
  const inner = walk.nesting[of]
  for (let at = from; at < to; ) {
    const [tag, behind] = varint(walk.bytes, at)
    const wire = tag % 8
    const [length, start] = wire === 2 ? varint(walk.bytes, behind) : [0, behind]
    at = wire === 2 ? start + length : wire === 1 ? start + 8 : wire === 5 ? start + 4 : varint(walk.bytes, start)[1]
    if (wire > 2 && wire !== 5) return
    const name = wire === 2 ? inner?.get(Math.floor(tag / 8)) : undefined
    if (name !== undefined) scan(walk, { of: name, from: start, to: Math.min(at, to), depth: depth + 1 })
  }
}

/** The number, and where what follows it begins. */
function varint(bytes: Uint8Array, from: number): [number, number] {
  let [value, unit] = [0, 1]
  for (let at = from; at < from + 10; at += 1) {
    const byte = bytes[at] ?? 0
    value += (byte % 128) * unit
    if (byte < 128) return [value, at + 1]
    unit *= 128
  }
  return [value, from + 10]
}

function tooMany(limit: string): never {
  fail('TooLarge', { what: 'The request', limit })
}
