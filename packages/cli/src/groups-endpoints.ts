// What only endpoints and deployments do beside the verbs of their shape.
import type { Kind } from '@lazurite/spec'
import { type Command, command, type Groups, nameWord } from './command.ts'
import { edits, type Filled, named } from './surface.ts'
import { endpointFlags } from './surface-endpoints.ts'
import { surfaceOf } from './surfaces.ts'

type Act = 'credentials' | 'regenerate' | 'logs' | 'jobs'

function act(kind: Kind, path: string, how: { doc: string; flags: readonly Filled[]; run: Act }): Command {
  return command(path, {
    kind,
    workspace: true,
    positionals: [nameWord],
    doc: how.doc,
    flags: how.flags,
    load: async () => (await import('./verbs/endpoint.ts'))[how.run],
  })
}

const keys = (kind: Kind) => [
  act(kind, `${kind.name} get-credentials`, {
    doc: 'Show what callers need: keys or a token.',
    flags: endpointFlags.credentials,
    run: 'credentials',
  }),
  act(kind, `${kind.name} regenerate-keys`, {
    doc: 'Make a new key.',
    flags: endpointFlags.regenerate,
    run: 'regenerate',
  }),
]

function invoke(kind: Kind, flags: readonly Filled[]): Command {
  return command(`${kind.name} invoke`, {
    kind,
    workspace: true,
    positionals: [nameWord],
    doc: 'Call an endpoint and print its answer.',
    flags,
    load: async () => (await import('./verbs/endpoint.ts')).invokeOnline,
  })
}

function metrics(kind: Kind): Command {
  return command(`${kind.name} metrics`, {
    kind,
    workspace: true,
    positionals: [nameWord],
    doc: 'Show how many calls its deployments had, how many failed and how long they took.',
    flags: endpointFlags.credentials,
    load: async () => (await import('./verbs/endpoint-watch.ts')).metrics,
  })
}

function deploymentCreate(kind: Kind): Command {
  return command(`${kind.name} create`, {
    kind,
    workspace: true,
    doc: 'Create a deployment of an endpoint.',
    flags: surfaceOf(kind.name).create ?? [],
    load: async () => (await import('./verbs/endpoint.ts')).createDeployment,
  })
}

function endpointUpdate(kind: Kind): Command {
  return command(`${kind.name} update`, {
    kind,
    workspace: true,
    positionals: [nameWord],
    doc: 'Change an endpoint: its shares, its tags, what its file says.',
    flags: [{ ...named, required: false }, ...edits, ...(surfaceOf(kind.name).update ?? [])],
    load: async () => (await import('./verbs/endpoint.ts')).updateEndpoint,
  })
}

export const endpointGroups: Groups = {
  'online-endpoint': (kind) =>
    kind ? [endpointUpdate(kind), ...keys(kind), invoke(kind, endpointFlags.invoke), metrics(kind)] : [],
  'online-deployment': (kind) =>
    kind
      ? [
          deploymentCreate(kind),
          act(kind, 'online-deployment get-logs', {
            doc: "Show a deployment's log.",
            flags: endpointFlags.logs,
            run: 'logs',
          }),
        ]
      : [],
  'batch-endpoint': (kind) =>
    kind
      ? [
          command('batch-endpoint invoke', {
            kind,
            workspace: true,
            positionals: [nameWord],
            doc: 'Score data: start a job of an endpoint.',
            flags: endpointFlags.invokeBatch,
            load: async () => (await import('./verbs/batch.ts')).invokeBatch,
          }),
          act(kind, 'batch-endpoint list-jobs', {
            doc: 'List the jobs that calls started.',
            flags: endpointFlags.endpointJobs,
            run: 'jobs',
          }),
        ]
      : [],
  'batch-deployment': (kind) =>
    kind
      ? [
          deploymentCreate(kind),
          act(kind, 'batch-deployment list-jobs', {
            doc: 'List the jobs that calls started.',
            flags: endpointFlags.deploymentJobs,
            run: 'jobs',
          }),
        ]
      : [],
  'serverless-endpoint': (kind) => (kind ? keys(kind) : []),
}
