// The kinds' tables as the properties of a client: `laz.models`, `laz.onlineEndpoints`, … each with the verbs of its shape
// and a method for every action its table has.
import { camel, type Kind, kinds } from '@lazurite/spec'
import { documentName, pascal } from './print-documents.ts'

/** Kinds with verbs of their own beside those of their shape: class, file, and the actions it has under their names. */
const rooms: Readonly<Record<string, { base: string; from: string; has: readonly string[] }>> = {
  job: { base: 'JobVerbs', from: '../src/job-verbs.ts', has: ['cancel'] },
  data: { base: 'DataVerbs', from: '../src/data-verbs.ts', has: [] },
  datastore: { base: 'DatastoreVerbs', from: '../src/datastore-verbs.ts', has: [] },
  model: { base: 'ModelVerbs', from: '../src/model-verbs.ts', has: ['package'] },
  'online-endpoint': {
    base: 'OnlineEndpointVerbs',
    from: '../src/endpoint-verbs.ts',
    has: ['listKeys', 'regenerateKeys', 'token'],
  },
  'online-deployment': { base: 'OnlineDeploymentVerbs', from: '../src/endpoint-verbs.ts', has: ['getLogs'] },
  'batch-endpoint': { base: 'BatchEndpointVerbs', from: '../src/endpoint-verbs.ts', has: ['jobs'] },
}

const shapes = {
  plain: 'PlainOperations',
  versioned: 'VersionedOperations',
  under: 'ChildOperations',
} as const

const imported = (what: string, from: string) => `import ${what} from '${from}'`
const versioned = shapes.versioned

/** `online endpoints` → `onlineEndpoints`. */
function propertyOf(kind: Kind): string {
  const name = pascal(kind.plural)
  return name.charAt(0).toLowerCase() + name.slice(1)
}

const baseOf = (kind: Kind) => rooms[kind.name]?.base ?? shapes[typeof kind.shape === 'object' ? 'under' : kind.shape]

function actionsOf(kind: Kind): string[] {
  return Object.keys(kind.actions ?? {}).filter((action) => !rooms[kind.name]?.has.includes(action))
}

/** Kinds that have rows, of their own or of another kind. */
function withRows(all: readonly Kind[]): Kind[] {
  return all.filter((kind) => kind.document === undefined || kind.document.of !== undefined)
}

/** The text of generated/operations.ts, not yet formatted. */
export function printOperations(all: readonly Kind[] = kinds): string {
  const shown = withRows(all)
  const types = shown
    .filter((kind) => !rooms[kind.name])
    .map(documentName)
    .sort()
  const bases = [...new Set(shown.map(baseOf))]
  const own = Object.values(rooms)
  const shared = bases.filter((base) => !own.some((room) => room.base === base)).sort()
  return `// Generated from the tables in packages/spec/src/kinds; \`npm run docs\` writes this file anew.
${[
  imported('type { Json, JsonObject }', '@lazurite/spec'),
  ...own.map(({ base, from }) => imported(`{ ${base} }`, from)),
  imported('type { Lazurite }', '../src/lazurite.ts'),
  imported(`{ ${shared.filter((base) => base !== versioned).join(', ')} }`, '../src/operations.ts'),
  imported(`{ ${versioned} }`, '../src/versions.ts'),
  imported(`type { ${types.join(', ')} }`, './documents.ts'),
].join('\n')}

${shown
  .filter((kind) => actionsOf(kind).length > 0)
  .map(printClass)
  .join('\n')}
/** Every kind there is, by the word for many of them. */
export abstract class KindOperations {
  /** Makes the operations of one kind for this client. */
  protected abstract operations<O>(make: new (client: Lazurite, kind: string) => O, kind: string): O

${shown.map(printGetter).join('\n')}}
`
}

const classOf = (kind: Kind) =>
  actionsOf(kind).length > 0 ? `${pascal(kind.name)}Operations` : `${baseOf(kind)}${argumentOf(kind)}`

const argumentOf = (kind: Kind) => (rooms[kind.name] ? '' : `<${documentName(kind)}>`)

function printGetter(kind: Kind): string {
  const type = classOf(kind)
  return `  /** ${kind.doc} */
  get ${propertyOf(kind)}(): ${type} {
    return this.operations(${type}, '${kind.name}')
  }
`
}

function printClass(kind: Kind): string {
  const { params, call } = argumentsOf(kind)
  const methods = actionsOf(kind).map((action) => {
    const name = camel(action)
    return `  /** The action \`${action}\` of a ${kind.name.replaceAll('-', ' ')}; waited for when it takes long. */
  ${name}(${params}, body: JsonObject = {}): Promise<Json> {
    return this.act(${call}, '${action}', body)
  }`
  })
  return `/** ${kind.doc} */
export class ${pascal(kind.name)}Operations extends ${baseOf(kind)}${argumentOf(kind)} {
${methods.join('\n\n')}
}
`
}

function argumentsOf(kind: Kind): { params: string; call: string } {
  if (kind.shape === 'versioned') return { params: 'name: string, version: string', call: '{ name, version }' }
  if (kind.shape === 'plain') return { params: 'name: string', call: '{ name }' }
  return { params: 'parent: string, name: string', call: '{ parent, name }' }
}
