// The kinds' tables as TypeScript: one interface a mapping, with the tables' own sentences as comments. What one table
// lends to several kinds is printed once.
import { type Field, type Fields, type Kind, kinds, type Variant } from '@lazurite/spec'

/** Names that TypeScript, the hand-written types or the builders have already. */
const taken = [
  ...'Array Date Error Function Json JsonObject Map Number Object Promise Record Set String Symbol'.split(' '),
  ...'Built Digest Folder Include Inline Input JobInput JobOutput Output Progress Resource Source Space Wire Which'.split(
    ' ',
  ),
]

interface Printing {
  /** Name → its declaration, in the order of their first use. */
  made: Map<string, string>
  /** A table → the name it was printed under. */
  known: Map<object, string>
  used: Set<string>
}

/** `online-endpoint`, `azure_blob` → `OnlineEndpoint`, `AzureBlob`. */
export function pascal(word: string): string {
  return word
    .split(/[^A-Za-z0-9]+/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('')
}

/** Name of the type of a kind's documents. */
export const documentName = (kind: Kind): string => pascal(kind.name)

/** The text of generated/documents.ts, not yet formatted. */
export function printDocuments(all: readonly Kind[] = kinds): string {
  const p: Printing = { made: new Map(), known: new Map(), used: new Set([...taken, ...all.map(documentName)]) }
  for (const kind of all) {
    const name = documentName(kind)
    const type = isMapping(kind.fields) ? printInto(p, kind.fields, name, kind.doc) : typeOf(p, kind.fields, [name])
    if (type !== name) p.made.set(name, `${comment(kind.doc)}export type ${name} = ${type}\n`)
  }
  return `// Generated from the tables in packages/spec/src/kinds; \`npm run docs\` writes this file anew.
${imported('Json, JsonObject', '@lazurite/spec')}
${imported('Folder', '../src/folder.ts')}
${imported('Inline, JobInput, JobOutput, Space', '../src/io.ts')}
${imported('Built', '../src/wiring.ts')}

${[...p.made.values()].join('\n')}`
}

const imported = (what: string, from: string) => `import type { ${what} } from '${from}'`
const isMapping = (field: Field) => field.t === 'object' || field.t === 'oneOf'

function comment(doc: string | undefined, notes: readonly string[] = []): string {
  const text = [doc, ...notes].filter(Boolean).join(' ').replaceAll('*/', '* /')
  return text === '' ? '' : `/** ${text} */\n`
}

/** The shortest name that nobody has: its key, then with what is around it. */
function nameFor(p: Printing, path: readonly string[]): string {
  for (let from = path.length - 1; from >= 0; from--) {
    const name = path.slice(from).map(pascal).join('')
    if (!p.used.has(name) && /^[A-Z]/.test(name)) return name
  }
  for (let n = 2; ; n++) {
    const name = `${path.map(pascal).join('')}${n}`
    if (!p.used.has(name)) return name
  }
}

function typeOf(p: Printing, field: Field, path: readonly string[]): string {
  const type = bareType(p, field, path)
  return field.nullable && field.t !== 'any' ? `${type} | null` : type
}

function bareType(p: Printing, field: Field, path: readonly string[]): string {
  switch (field.t) {
    case 'string':
      return `string${field.numbers || field.loose ? ' | number' : ''}${field.bools || field.loose ? ' | boolean' : ''}`
    case 'int':
    case 'number':
      return field.loose ? 'number | string' : 'number'
    case 'seconds':
      return 'number'
    case 'bool':
      return 'boolean'
    case 'any':
      return 'Json'
    case 'enum':
      return (field.values ?? []).map((word) => JSON.stringify(word)).join(' | ') || 'string'
    case 'object':
    case 'oneOf':
    case 'node':
      return namedType(p, field, path)
    case 'map':
    case 'list':
    case 'several':
      return collectionType(p, field, path)
    case 'union':
      return [...new Set((field.choices ?? []).map((choice) => typeOf(p, choice, path)))].join(' | ')
    case 'wrap':
      return field.of ? typeOf(p, field.of, path) : 'Json'
    case 'asset':
      return `string | ${inlineType(field.kind)}`
    case 'text':
      return 'string | JsonObject'
    case 'input':
      return 'JobInput'
    case 'output':
      return 'JobOutput'
    case 'space':
      return 'Space'
    case 'service':
      return namedType(p, { ...field, t: 'object' }, path)
    case 'scheduled':
      return 'string | Job | Built<Job> | ({ job: string } & JsonObject)'
    case 'embed':
      return `string | ${kindType(field.kind)}`
    case 'code':
    case 'path':
      return 'string | Folder'
    case 'ref':
    case 'compute':
    case 'component':
      return 'string'
    default:
      return 'Json'
  }
}

function kindType(kind: string | undefined): string {
  const found = kinds.find(({ name }) => name === kind)
  return found ? documentName(found) : 'JsonObject'
}

const inlineType = (kind: string | undefined) => (kind === undefined ? 'JsonObject' : `Inline<${kindType(kind)}>`)

function collectionType(p: Printing, field: Field, path: readonly string[]): string {
  const inner = field.of ? typeOf(p, field.of, [...path.slice(0, -1), singular(path.at(-1) ?? '')]) : 'Json'
  if (field.t === 'map') return `{ [name: string]: ${inner} }`
  const list = /[ |]/.test(inner) ? `(${inner})[]` : `${inner}[]`
  return field.t === 'several' ? `${inner} | ${list}` : list
}

function singular(word: string): string {
  if (/ies$/.test(word)) return word.replace(/ies$/, 'y')
  return /(ss|us|is)$/.test(word) ? word : word.replace(/s$/, '')
}

function namedType(p: Printing, field: Field, path: readonly string[]): string {
  const table = field.t === 'object' ? field.fields : field.variants
  const place = field.t === 'node' ? ['Step'] : path
  if (table === undefined || Object.keys(table).length === 0) return 'JsonObject'
  const known = p.known.get(table)
  if (known !== undefined) return known
  const name = nameFor(p, place)
  p.used.add(name)
  p.known.set(table, name)
  return printInto(p, field, name, field.doc)
}

function printInto(p: Printing, field: Field, name: string, doc: string | undefined): string {
  if (field.t === 'object') {
    // the place is kept before its parts take theirs
    p.made.set(name, '')
    p.made.set(name, printInterface(p, { name, doc, fields: field.fields ?? {}, open: field.open === true }))
    return name
  }
  p.made.set(name, '')
  const variants = Object.entries(field.variants ?? {}).map(([word, variant]) =>
    printVariant(p, field, [name, word], variant),
  )
  p.made.set(name, `${comment(doc)}export type ${name} = ${variants.join(' | ')}\n`)
  return name
}

function printVariant(p: Printing, field: Field, [owner, word]: [string, string], variant: Variant): string {
  const by = field.by ?? 'type'
  const name = nameFor(p, [`${word}_${owner}`])
  p.used.add(name)
  p.made.set(name, '')
  const optional = field.otherwise === word ? '?' : ''
  const head = `${by}${optional}: ${JSON.stringify(word)}`
  if (variant.whole) {
    const inner = typeOf(p, variant.whole, [name, 'task'])
    p.made.set(name, `${comment(variant.doc)}export type ${name} = { ${head} } & ${inner}\n`)
    return name
  }
  const isNode = field.t === 'node'
  const fields = isNode ? withoutRequired({ ...variant.inline, ...variant.fields }) : variant.fields
  const open = isNode ? false : (variant.open ?? field.open) === true
  p.made.set(name, printInterface(p, { name, doc: variant.doc, fields, open, head, by }))
  return name
}

/** A node names its component or holds its job in place: what one form requires the other lacks. */
function withoutRequired(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, { ...field, required: false }]))
}

interface Interface {
  name: string
  doc: string | undefined
  fields: Fields
  open: boolean
  head?: string
  by?: string
}

function printInterface(p: Printing, { name, doc, fields, open, head, by }: Interface): string {
  const lines = Object.entries(fields).flatMap(([key, field]) => {
    if (key === by) return []
    const notes = [field.out ? 'Filled by the server.' : '', field.secret ? 'Never shown again.' : '']
    const safe = /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key)
    const sign = field.required && !field.out ? '' : '?'
    const type = typeOf(p, field, [name, key])
    return [`${comment(field.doc, notes)}${field.out ? 'readonly ' : ''}${safe}${sign}: ${type}`]
  })
  const extra = open ? ['/** More keys are kept as they are. */\n[key: string]: unknown'] : []
  return `${comment(doc)}export interface ${name} {\n${[...(head ? [head] : []), ...lines, ...extra].join('\n')}\n}\n`
}
