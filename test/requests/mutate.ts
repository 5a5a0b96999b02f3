// Damages requests, the same way for the same seed: wrong types, missing and foreign keys, hostile texts and names.
import { isObject, type Json, type JsonObject } from '@lazurite/spec'

/** Numbers in [0, 1) that depend on the seed alone. */
export type Random = () => number

export function makeRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

export function pick<T>(random: Random, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)] as T // the list is never empty
}

const deep = (depth: number): Json => (depth === 0 ? 1 : { a: deep(depth - 1) })

const values: readonly Json[] = [
  null,
  true,
  0,
  -1,
  0.1,
  1e308,
  2 ** 60,
  '',
  ' ',
  'x'.repeat(300),
  'y'.repeat(20_000),
  '../../../etc/passwd',
  '/etc/passwd',
  'C:\\Windows',
  'a\u0000b',
  '\ud800',
  '\u202e\ufeff',
  '🙂'.repeat(50),
  '$' + '{{inputs.none}}',
  '$' + '{{',
  '$[[ $[[',
  "'; DROP TABLE resources; --",
  '<script>alert(1)</script>',
  'P1000000000D',
  'PT-1S',
  '0 0 31 2 *',
  '* * * * * * *',
  'azureml:x@latest',
  'azureml://datastores/../../x/paths/..',
  'azureml://jobs/none/outputs/x',
  'azureml://registries/none/models/x/versions/1',
  'https://user:password@example.com/',
  'http://[::1]:0/',
  'file:///etc/passwd',
  'a: [b',
  '&a *a',
  '(a+)+$',
  'constructor',
  [],
  [null],
  [[[[]]]],
  ['x', 1, { a: null }],
  {},
  { '': '' },
  { toString: 1, hasOwnProperty: 1 },
  { properties: { properties: {} } },
  deep(30),
]

const names: readonly string[] = [
  '..',
  '.',
  '%2e%2e',
  '%2e%2e%2f%2e%2e%2fetc%2fpasswd',
  '..%5c..%5cx',
  'a%00b',
  '%',
  '%ff%fe',
  '%0d%0aset-cookie:%20x',
  'x'.repeat(300),
  'x'.repeat(3000),
  '日本',
  '%20',
  "';--",
  '$(id)',
  '~root',
  '-rf',
  'constructor',
  '__proto__',
  'versions',
  'latest',
]

/** A body with one to three things damaged. */
export function mutateBody(random: Random, body: JsonObject): Json {
  let next: Json = structuredClone(body)
  const times = 1 + Math.floor(random() * 3)
  for (let i = 0; i < times; i += 1) next = mutateOne(random, next)
  return next
}

function mutateOne(random: Random, body: Json): Json {
  const places = placesOf(body)
  if (places.length === 0 || random() < 0.02) return structuredClone(pick(random, values))
  const { parent, key } = pick(random, places)
  const how = random()
  if (how < 0.55) parent[key] = structuredClone(pick(random, values))
  else if (how < 0.75) remove(parent, key)
  else if (how < 0.85) add(random, parent)
  else if (how < 0.93) respell(random, parent, key)
  else swap(parent, key, pick(random, places))
  return body
}

interface Place {
  parent: Record<string, Json>
  key: string
}

/** Every place of a value, lists included: their numbers are keys like others. */
function placesOf(value: Json): Place[] {
  if (typeof value !== 'object' || value === null) return []
  const parent = value as Record<string, Json> // a list is read by its numbers
  return Object.keys(parent).flatMap((key) => [{ parent, key }, ...placesOf(parent[key] ?? null)])
}

function remove(parent: Record<string, Json>, key: string): void {
  if (Array.isArray(parent)) parent.splice(Number(key), 1)
  else delete parent[key]
}

function add(random: Random, parent: Record<string, Json>): void {
  if (Array.isArray(parent)) parent.push(structuredClone(pick(random, values)))
  else
    parent[pick(random, ['unknown', 'Tags', 'id', 'status', 'key', 'secrets', ''])] = structuredClone(
      pick(random, values),
    )
}

function respell(random: Random, parent: Record<string, Json>, key: string): void {
  const value = parent[key] ?? null
  if (typeof value === 'string' && random() < 0.5) parent[key] = random() < 0.5 ? value.toUpperCase() : `${value} `
  else if (isObject(parent)) {
    delete parent[key]
    parent[random() < 0.5 ? key.toUpperCase() : `${key}_`] = value
  }
}

function swap(parent: Record<string, Json>, key: string, other: Place): void {
  const value = structuredClone(parent[key] ?? null)
  parent[key] = structuredClone(other.parent[other.key] ?? null)
  other.parent[other.key] = value
}

/** A path with one of its names replaced, among the segments that name things. */
export function mutatePath(random: Random, path: string): string {
  const [bare = '', query] = path.split('?')
  const segments = bare.split('/')
  const first = segments.indexOf('workspaces') + 2
  const at = Math.max(first, Math.floor(first + random() * (segments.length - first)))
  segments[Math.min(at, segments.length - 1)] = pick(random, names)
  return query === undefined ? segments.join('/') : `${segments.join('/')}?${query}`
}

/** The text of a body with a piece cut out or doubled: no JSON any more, most of the time. */
export function mutateText(random: Random, text: string): string {
  const [a, b] = [Math.floor(random() * text.length), Math.floor(random() * text.length)].sort((x, y) => x - y)
  const piece = text.slice(a, b)
  return random() < 0.5 ? text.replace(piece, '') : text.replace(piece, piece + piece)
}
