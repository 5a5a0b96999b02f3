// Which commands there are. Every kind gets its verbs from the shape in its table; what only some kinds can do stands in
// the groups-* files. Only the group that was asked for is put together.
import { type Kind, kindByName } from '@lazurite/spec'
import { type Command, command, type Group, type Groups, nameWord, type Registry, type Run } from './command.ts'
import { assetGroups } from './groups-assets.ts'
import { endpointGroups } from './groups-endpoints.ts'
import { jobGroups } from './groups-jobs.ts'
import { placeGroups } from './groups-places.ts'
import { logVerbs, runVerbs } from './groups-runs.ts'
import { traceVerbs } from './groups-traces.ts'
import { rootCommands, storeVerbs } from './roots.ts'
import * as words from './surface.ts'
import { edits, type Filled, file, noWait, registry as registryFlag, type Surface, yes } from './surface.ts'
import { dryRun } from './surface-jobs.ts'
import { surfaceOf } from './surfaces.ts'

const runGroups: Groups = { run: runVerbs, log: logVerbs, trace: traceVerbs, store: storeVerbs }
const special = { ...jobGroups, ...assetGroups, ...placeGroups, ...endpointGroups, ...runGroups }

type Verb = 'create' | 'show' | 'list' | 'update' | 'archive' | 'restore' | 'remove' | 'removeAsked'
const does =
  (verb: Verb): (() => Promise<Run>) =>
  async () =>
    (await import('./verbs/resource.ts'))[verb]

/** The verbs that a kind's shape gives it. */
function generic(name: string, kind: Kind): Command[] {
  const own = surfaceOf(name)
  const versioned = kind.shape === 'versioned'
  const which = own.which ?? (versioned ? words.versioned : [words.named])
  const it = `${/^[aeiou]/.test(name) ? 'an' : 'a'} ${name}`
  const one = (verb: string, doc: string, load: Verb, more: readonly Filled[] = []) =>
    command(`${name} ${verb}`, {
      kind,
      workspace: true,
      positionals: [nameWord],
      doc,
      flags: together(kind, own, [...which, ...more]),
      load: does(load),
    })
  const verbs = [
    { ...one('create', `Create ${it}.`, 'create'), flags: together(kind, own, own.create ?? []), positionals: [] },
    one('show', `Show ${it}.`, 'show', own.show),
    {
      ...one('list', `List ${kind.plural}.`, 'list'),
      lists: kind.columns.length > 0,
      flags: together(kind, own, own.list ?? [words.max]),
      positionals: [],
    },
    {
      ...one('update', `Change ${it}.`, 'update'),
      flags: together(kind, own, [...whichOfUpdate(which, own), ...edits, ...(own.update ?? [])]),
    },
    ...(versioned
      ? [
          one('archive', `Hide ${it} from lists.`, 'archive', [accepted, noWait]),
          one('restore', `Bring an archived ${name} back.`, 'restore', [accepted, noWait]),
          ...(own.without?.includes('delete') ? [] : [eraser(one, kind)]),
        ]
      : [one('delete', `Delete ${it}.`, own.asks ? 'removeAsked' : 'remove', [yes, noWait, ...(own.remove ?? [])])]),
  ]
  return verbs.filter((verb) => !own.without?.includes(verb.path.slice(name.length + 1)))
}

/** Assets are deleted for good, a version or all of them. */
function eraser(one: (verb: string, doc: string, load: Verb, more: readonly Filled[]) => Command, kind: Kind): Command {
  const doc = `Delete ${kind.plural} for good: a version, or a name with all of them; and the bytes that nothing else names.`
  const shape = one('delete', doc, 'remove', [dryRun, yes])
  return { ...shape, load: async () => (await import('./verbs/erase.ts')).eraseAsset }
}

/** Hiding asks nothing and is done at once; scripts say these all the same. */
const accepted: Filled = { ...yes, doc: 'Accepted; hiding asks nothing.' }

/** A file may name what is updated. */
function whichOfUpdate(which: readonly Filled[], own: Surface): readonly Filled[] {
  if (!own.update?.includes(file)) return which
  return which.map((flag) => (flag.required ? { ...flag, required: false } : flag))
}

/** The verb's flags, those of every verb of the noun, and the registry for what may live in one. */
function together(kind: Kind, own: Surface, flags: readonly Filled[]): Filled[] {
  const all = [...flags, ...(own.every ?? []), ...(kind.registry ? [registryFlag] : [])]
  return all.filter((flag, i) => all.findIndex((other) => other.name === flag.name) === i)
}

/** What stands in `laz -h`, in this order. */
const everyGroup = [
  'job',
  'experiment',
  'run',
  'log',
  'trace',
  'schedule',
  'data',
  'data label',
  'model',
  'model label',
  'environment',
  'environment label',
  'component',
  'component label',
  'code',
  'index',
  'datastore',
  'connection',
  'compute',
  'online-endpoint',
  'online-deployment',
  'batch-endpoint',
  'batch-deployment',
  'serverless-endpoint',
  'marketplace-subscription',
  'azure-openai-deployment',
  'feature-store',
  'feature-set',
  'feature-store-entity',
  'registry',
  'deployment-template',
  'workspace',
  'workspace outbound-rule',
  'capability-host',
  'store',
]

/** Groups whose verbs are written one by one: their kind, where there is one, and what they are for. */
const written: Readonly<Record<string, { kind?: string; doc: string }>> = {
  experiment: { doc: 'What jobs and runs are filed under.' },
  run: { doc: 'Runs from and to other tracking servers; what was deleted.' },
  log: { doc: 'Metrics, parameters, tags and files, logged by hand or by a job without a library.' },
  store: { doc: 'Where the server keeps its rows: in the home, or in PostgreSQL.' },
  trace: { doc: 'What calls of models and agents did, step by step.' },
  'workspace outbound-rule': { kind: 'outbound-rule', doc: 'Rules of the managed network. Stored and shown.' },
  'azure-openai-deployment': { doc: 'Models that an Azure OpenAI resource serves. Known to Azure alone.' },
  ...Object.fromEntries(
    ['data', 'model', 'environment', 'component'].map((kind) => [
      `${kind} label`,
      { kind, doc: 'Names of your own for versions, beside latest.' },
    ]),
  ),
}

export const groupNames = everyGroup

/** The group of that name; undefined when there is none. */
export function groupOf(name: string): Group | undefined {
  if (!groupNames.includes(name)) return undefined
  const own = written[name]
  const kind = kindByName(own ? (own.kind ?? '') : name)
  if (!kind && !own) return undefined
  const extra = special[name]?.(kind) ?? []
  const general = kind && !own ? generic(name, kind) : []
  return {
    name,
    doc: own?.doc ?? kind?.doc ?? '',
    commands: [
      ...general.map((c) => extra.find((own) => own.path === c.path) ?? c),
      ...extra.filter((own) => !general.some((c) => c.path === own.path)),
    ],
    groups: groupNames.filter((other) => other.startsWith(`${name} `)),
  }
}

/** Everything above in one hand. */
export const registry: Registry = {
  groups: () => groupNames.flatMap((name) => groupOf(name) ?? []),
  group: groupOf,
  roots: () => rootCommands(() => registry),
}
