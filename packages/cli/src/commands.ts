// Which commands there are. Every kind gets its verbs from the shape in its table; what only some kinds can do stands in
// special.ts. Only the group that was asked for is put together.
import { type Kind, kindByName } from '@lazurite/spec'
import { type Command, command, type Group, nameWord, type Registry } from './command.ts'
import { special } from './special.ts'
import type { Filled } from './surface.ts'
import * as surface from './surface.ts'

const asset = () => import('./verbs/resource.ts')
const server = () => import('./verbs/server.ts')

/** The verbs that a kind's shape gives it. */
function generic(kind: Kind): Command[] {
  const versioned = kind.shape === 'versioned'
  const identity = versioned ? surface.versioned : [surface.named]
  const own = (table: Readonly<Record<string, readonly Filled[]>>) => table[kind.name] ?? []
  const base = { kind, workspace: true, positionals: [nameWord] }
  const listed = kind.columns.length > 0
  const article = /^[aeiou]/.test(kind.name) ? 'an' : 'a'
  const it = `${article} ${kind.name}`
  const verbs = [
    command(`${kind.name} create`, {
      ...base,
      doc: `Create ${it}.`,
      flags: own(surface.createFlags),
      load: async () => (await asset()).create,
      positionals: [],
    }),
    command(`${kind.name} show`, {
      ...base,
      doc: `Show ${it}.`,
      flags: identity,
      load: async () => (await asset()).show,
    }),
    command(`${kind.name} list`, {
      kind,
      workspace: true,
      lists: listed,
      doc: `List ${kind.plural}.`,
      flags: [
        ...(own(surface.listFlags).some((f) => f.name === 'max-results')
          ? []
          : (surface.listFlags[versioned ? 'versioned' : 'plain'] ?? [])),
        ...own(surface.listFlags),
      ],
      load: async () => (await asset()).list,
    }),
    command(`${kind.name} update`, {
      ...base,
      doc: `Change ${it}.`,
      flags: [...identity, ...surface.edits, ...own(surface.updateFlags)],
      load: async () => (await asset()).update,
    }),
  ]
  if (versioned) {
    verbs.push(
      command(`${kind.name} archive`, {
        ...base,
        doc: `Hide ${it} from lists.`,
        flags: identity,
        load: async () => (await asset()).archive,
      }),
      command(`${kind.name} restore`, {
        ...base,
        doc: `Bring an archived ${kind.name} back.`,
        flags: identity,
        load: async () => (await asset()).restore,
      }),
    )
  } else {
    verbs.push(
      command(`${kind.name} delete`, {
        ...base,
        doc: `Delete ${it}.`,
        flags: [surface.named, surface.yes, { name: 'no-wait', takes: 'flag', doc: 'Do not wait for it to end.' }],
        load: async () => (await asset()).remove,
      }),
    )
  }
  return verbs
}

/** Groups of az ml that are known and not served yet: refused by name instead of not understood. */
const laterGroups = [
  'online-endpoint',
  'online-deployment',
  'batch-endpoint',
  'batch-deployment',
  'schedule',
  'connection',
  'registry',
  'feature-set',
  'feature-store',
  'feature-store-entity',
  'index',
  'serverless-endpoint',
  'marketplace-subscription',
  'azure-openai-deployment',
  'capability-host',
  'deployment-template',
]

export const groupNames = [
  'job',
  'data',
  'model',
  'environment',
  'component',
  'datastore',
  'compute',
  'workspace',
  'code',
]

/** The group of that name; undefined when there is none. */
export function groupOf(name: string): Group | undefined {
  if (!groupNames.includes(name)) return undefined
  const kind = kindByName(name)
  if (!kind) return undefined
  const extra = special[name]?.(kind) ?? []
  const general = generic(kind)
  return {
    name,
    doc: kind.doc,
    commands: [
      ...general.map((c) => extra.find((own) => own.path === c.path) ?? c),
      ...extra.filter((own) => !general.some((c) => c.path === own.path)),
    ],
  }
}

/** Whether az ml has a group of this name that this version does not serve. */
export function isLaterGroup(name: string): boolean {
  return laterGroups.includes(name)
}

/** Commands without a group. */
export function rootCommands(): Command[] {
  return [
    command('up', {
      doc: 'Start the server in the background.',
      flags: surface.serverFlags.up,
      load: async () => (await server()).up,
      example: 'eval "$(laz up --ephemeral)"',
    }),
    command('down', {
      doc: 'Stop the server.',
      flags: surface.serverFlags.home,
      load: async () => (await server()).down,
    }),
    command('status', {
      doc: 'Show the server and what it is doing.',
      flags: surface.serverFlags.home,
      workspace: true,
      load: async () => (await import('./verbs/status.ts')).status,
    }),
    command('doctor', {
      doc: 'Look for what could go wrong on this machine.',
      flags: surface.serverFlags.home,
      load: async () => (await import('./verbs/status.ts')).doctor,
    }),
    command('validate', {
      doc: 'Check YAML files of any kind, offline: every problem with its line.',
      flags: surface.validateFlags,
      positionals: [{ name: 'file', many: true, required: true, doc: 'Give at least one file: laz validate job.yml' }],
      load: async () => (await import('./verbs/validate.ts')).validate,
      example: 'laz validate jobs/*.yml',
    }),
    command('configure', {
      doc: 'Keep defaults: group, workspace, subscription, location.',
      flags: [
        {
          name: 'defaults',
          short: 'd',
          takes: 'list',
          doc: 'Defaults to keep; an empty value forgets one.',
          word: 'KEY=VALUE',
        },
        { name: 'list-defaults', short: 'l', takes: 'flag', doc: 'Show the defaults.' },
      ],
      load: async () => (await import('./verbs/configure.ts')).configure,
    }),
    command('help', {
      doc: 'Show what there is; --all shows everything.',
      flags: [{ name: 'all', takes: 'flag', doc: 'Every group and verb.' }],
      positionals: [{ name: 'group', doc: 'Name a group.' }],
      load: async () => {
        const { helpAll } = await import('./help.ts')
        return async (session) => helpAll(session, registry)
      },
    }),
    command('completion', {
      doc: 'Print the completion script of a shell.',
      flags: [],
      positionals: [{ name: 'shell', required: true, doc: 'Name the shell: bash or zsh.' }],
      load: async () => (await import('./completion.ts')).completion,
      example: 'source <(laz completion bash)',
    }),
  ]
}

/** Everything above in one hand. */
export const registry: Registry = {
  groups: () => groupNames.flatMap((name) => groupOf(name) ?? []),
  group: groupOf,
  roots: rootCommands,
}
