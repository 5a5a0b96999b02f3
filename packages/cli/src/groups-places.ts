// What only workspaces, registries, computes and connections do beside the verbs of their shape.
import type { Kind } from '@lazurite/spec'
import { type Command, command, type Groups, nameWord, type Refusal, refusal } from './command.ts'
import { edits as editFlags, type Filled, max as maxFlag, named } from './surface.ts'
import { openAiFlags } from './surface-endpoints.ts'
import { computeFlags, ruleFlags, workspaceVerbFlags } from './surface-places.ts'
import { surfaceOf } from './surfaces.ts'

const asset = () => import('./verbs/resource.ts')
const compute = () => import('./verbs/compute.ts')
const instance = () => import('./verbs/compute-instance.ts')
const workspace = () => import('./verbs/workspace.ts')
const connection = () => import('./verbs/connection.ts')

function computeActs(kind: Kind): Command[] {
  const act = (verb: string, doc: string) =>
    command(`compute ${verb}`, {
      kind,
      workspace: true,
      positionals: [nameWord],
      doc,
      flags: computeFlags.act,
      load: async () => (await compute()).act,
    })
  return [
    act('start', 'Start a compute instance.'),
    act('stop', 'Stop a compute instance.'),
    act('restart', 'Restart a compute instance.'),
    command('compute enable-sso', {
      kind,
      workspace: true,
      positionals: [nameWord],
      doc: 'Switch single sign-on of an instance on or off.',
      flags: computeFlags.sso,
      load: async () => (await compute()).enableSso,
    }),
    ...instanceVerbs(kind),
  ]
}

/** What an instance has beside its states. */
function instanceVerbs(kind: Kind): Command[] {
  const base = { kind, workspace: true, positionals: [nameWord] }
  const terminal = async () => (await instance()).terminal
  return [
    command('compute connect-ssh', {
      ...base,
      doc: 'Open a shell on an instance; the same as terminal, without SSH.',
      flags: computeFlags.ssh,
      load: terminal,
    }),
    command('compute terminal', {
      ...base,
      doc: 'Open a shell on an instance. It goes on when you leave it with Ctrl-].',
      flags: computeFlags.terminal,
      load: terminal,
    }),
    command('compute list-terminals', {
      ...base,
      lists: true,
      doc: 'List the terminals that are open on an instance.',
      flags: [named],
      load: async () => (await instance()).terminals,
    }),
    command('compute list-applications', {
      ...base,
      lists: true,
      doc: 'List what answers on an instance: JupyterLab, VS Code.',
      flags: [named],
      load: async () => (await instance()).applications,
    }),
    command('compute open', {
      ...base,
      doc: 'Print the address that lets a browser into an application of an instance.',
      flags: computeFlags.open,
      load: async () => (await instance()).open,
    }),
    command('compute logs', {
      ...base,
      lists: true,
      doc: 'Print what the scripts and applications of an instance wrote.',
      flags: computeFlags.logs,
      load: async () => (await instance()).logs,
    }),
  ]
}

function computeVerbs(kind: Kind): Command[] {
  const base = { kind, workspace: true, positionals: [nameWord] }
  return [
    command('compute attach', {
      kind,
      workspace: true,
      doc: 'Attach a compute that exists elsewhere.',
      flags: computeFlags.attach,
      load: async () => (await asset()).create,
    }),
    command('compute detach', {
      ...base,
      doc: 'Forget an attached compute.',
      flags: computeFlags.detach,
      load: async () => (await compute()).detach,
    }),
    command('compute list-nodes', {
      ...base,
      lists: true,
      doc: 'List the nodes of a cluster.',
      flags: [named],
      load: async () => (await compute()).listNodes,
    }),
    command('compute list-sizes', {
      kind,
      workspace: true,
      lists: true,
      doc: 'List VM sizes and what they are here.',
      flags: computeFlags.sizes,
      load: async () => (await compute()).listSizes,
    }),
    command('compute list-usage', {
      kind,
      workspace: true,
      lists: true,
      doc: 'List quota and use.',
      flags: computeFlags.usage,
      load: async () => (await compute()).listUsage,
    }),
    ...computeActs(kind),
  ]
}

const networkWhy: Refusal = ['a workspace here has no network of its own', 'Leave the step out.']

/** Workspaces and feature stores: rows of the resource group, named by -n, else the default one. */
function workspaceLike(kind: Kind): Command[] {
  const group = kind.name
  const own = surfaceOf(group)
  const base = { kind, workspace: true, positionals: [nameWord] }
  const optionalName: Filled = { ...named, required: false, doc: 'Name; default the default workspace.' }
  const make = (verb: 'create' | 'show' | 'update' | 'list' | 'remove', doc: string, flags: readonly Filled[]) =>
    command(`${group} ${verb === 'remove' ? 'delete' : verb}`, {
      ...base,
      lists: verb === 'list',
      positionals: verb === 'list' || verb === 'create' ? [] : [nameWord],
      doc,
      flags,
      load: async () => (await workspace())[verb],
    })
  const update = (surfaceUpdate: readonly Filled[]) => [optionalName, ...editFlags, ...surfaceUpdate]
  return [
    make('create', `Create a ${group}.`, own.create ?? []),
    make('show', `Show a ${group}.`, [optionalName]),
    make('list', `List ${kind.plural}.`, own.list ?? [maxFlag]),
    make('update', `Change a ${group}.`, update(own.update ?? [])),
    make('remove', `Delete a ${group} and everything in it.`, workspaceVerbFlags.delete),
    refusal(
      `${group} provision-network`,
      'Prepare a managed network.',
      [named, ...workspaceVerbFlags.provision],
      [...networkWhy],
    ),
  ]
}

function workspaceVerbs(kind: Kind): Command[] {
  const optionalName: Filled = { ...named, required: false, doc: 'Name; default the default workspace.' }
  const act = (verb: string, doc: string) =>
    command(`workspace ${verb}`, {
      kind,
      workspace: true,
      positionals: [nameWord],
      doc,
      flags: [optionalName, ...workspaceVerbFlags.act],
      load: async () => (await workspace()).act,
    })
  return [
    ...workspaceLike(kind),
    act('list-keys', 'Show the keys of a workspace.'),
    act('sync-keys', 'Renew the keys of a workspace.'),
    act('diagnose', 'Look for problems of a workspace.'),
  ]
}

function ruleVerbs(kind: Kind): Command[] {
  const verb = (word: 'list' | 'show' | 'set' | 'remove', doc: string, flags: readonly Filled[]) =>
    command(`workspace outbound-rule ${word}`, {
      kind,
      workspace: true,
      lists: word === 'list',
      doc,
      flags,
      load: async () => (await import('./verbs/outbound-rule.ts'))[word],
    })
  return [
    verb('list', 'List the rules of a managed network.', []),
    verb('show', 'Show a rule.', ruleFlags.show),
    verb('set', 'Add or change a rule.', ruleFlags.set),
    verb('remove', 'Remove a rule.', ruleFlags.remove),
  ]
}

function connectionVerbs(kind: Kind): Command[] {
  const { create = [], list = [], update = [] } = surfaceOf('connection')
  const [secrets] = update
  const verb = (word: 'create' | 'show' | 'list' | 'update', doc: string, flags: readonly Filled[]) =>
    command(`connection ${word}`, {
      kind,
      workspace: true,
      lists: word === 'list',
      positionals: word === 'create' || word === 'list' ? [] : [nameWord],
      doc,
      flags,
      load: async () => (await connection())[word],
    })
  return [
    verb('create', 'Create a connection.', create),
    verb('show', 'Show a connection.', secrets ? [named, secrets] : [named]),
    verb('list', 'List connections.', list),
    verb('update', 'Change a connection.', [named, ...editFlags, ...update]),
  ]
}

export const placeGroups: Groups = {
  compute: (kind) => (kind ? computeVerbs(kind) : []),
  workspace: (kind) => (kind ? workspaceVerbs(kind) : []),
  'feature-store': (kind) => (kind ? workspaceLike(kind) : []),
  'workspace outbound-rule': (kind) => (kind ? ruleVerbs(kind) : []),
  connection: (kind) => (kind ? connectionVerbs(kind) : []),
  'azure-openai-deployment': () => [
    refusal('azure-openai-deployment list', 'List Azure OpenAI deployments.', openAiFlags, [
      'the deployments of an Azure OpenAI resource are known to Azure alone',
      'Ask the service itself; `laz connection show -p` has its address and key.',
    ]),
  ],
}
