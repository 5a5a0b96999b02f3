// What only some kinds can do beside the verbs of their shape. A verb of the same name takes the place of the general one;
// what `az ml` has and this version has not is refused by name, with the reason and the way out.
import type { Kind } from '@lazurite/spec'
import { type Command, command, nameWord } from './command.ts'
import * as surface from './surface.ts'

const asset = () => import('./verbs/resource.ts')
const job = () => import('./verbs/job.ts')
const compute = () => import('./verbs/compute.ts')
const workspace = () => import('./verbs/workspace.ts')

const registryWhy = ['registries are not served yet', 'Create the asset in each workspace that needs it.'] as const
const mountWhy = [
  'mounting outside a job needs a file system driver',
  'Read the files where they lie: `laz status` prints the home folder, and a blob is a plain file.',
] as const

function refusal(path: string, doc: string, [why, instead]: readonly [string, string]): Command {
  return command(path, { doc, flags: [], refused: [why, instead], load: async () => (await asset()).show })
}

/** What is read of a job, and checked before there is one. */
function jobFiles(kind: Kind): Command[] {
  const base = { kind, workspace: true, positionals: [nameWord] }
  return [
    command('job download', {
      ...base,
      doc: 'Download logs, artifacts and outputs.',
      flags: surface.jobFlags.download,
      load: async () => (await import('./verbs/download.ts')).downloadJob,
    }),
    command('job show-services', {
      ...base,
      doc: 'Show the services of a job.',
      flags: surface.jobFlags.showServices,
      load: async () => (await job()).showServices,
    }),
    command('job validate', {
      kind,
      doc: 'Check a job file without submitting it.',
      flags: surface.jobFlags.validate,
      load: async () => (await import('./verbs/validate.ts')).validateJob,
    }),
    command('job diff', {
      kind,
      workspace: true,
      doc: 'Show what differs between two jobs: inputs, command, code, environment, metrics, outputs.',
      flags: [],
      positionals: [
        { name: 'a', required: true, doc: 'Give two job names: laz job diff A B' },
        { name: 'b', required: true, doc: 'Give two job names: laz job diff A B' },
      ],
      load: async () => (await import('./verbs/diff.ts')).diffJobs,
    }),
    refusal('job connect-ssh', 'Open a shell in a running job.', [
      'a job on this machine has no SSH service of its own',
      'Its working folder is on this machine; `laz job show` names it.',
    ]),
  ]
}

/** Verbs that one kind has beside those of its shape; a verb of the same name takes the place of the general one. */
export const special: Readonly<Record<string, (kind: Kind) => Command[]>> = {
  job: (kind) => {
    const base = { kind, workspace: true, positionals: [nameWord] }
    const one = [surface.named]
    return [
      command('job create', {
        kind,
        workspace: true,
        doc: 'Submit a job.',
        flags: surface.createFlags.job ?? [],
        load: async () => (await job()).create,
        example: 'laz job create -f job.yml --stream',
      }),
      command('job show', {
        ...base,
        doc: 'Show a job.',
        flags: surface.jobFlags.show,
        load: async () => (await job()).show,
      }),
      command('job list', {
        kind,
        workspace: true,
        lists: true,
        doc: 'List jobs, newest first.',
        flags: surface.listFlags.job ?? [],
        load: async () => (await job()).list,
      }),
      command('job stream', {
        ...base,
        doc: "Follow a job's log until it ends.",
        flags: one,
        load: async () => (await job()).stream,
      }),
      command('job cancel', {
        ...base,
        doc: 'Cancel a job and its steps.',
        flags: one,
        load: async () => (await job()).cancel,
      }),
      command('job archive', {
        ...base,
        doc: 'Hide a job from lists.',
        flags: one,
        load: async () => (await asset()).archive,
      }),
      command('job restore', {
        ...base,
        doc: 'Bring an archived job back.',
        flags: one,
        load: async () => (await asset()).restore,
      }),
      ...jobFiles(kind),
    ]
  },
  model: (kind) => [
    command('model download', {
      kind,
      workspace: true,
      positionals: [nameWord],
      doc: "Download a model's files.",
      flags: surface.modelFlags.download,
      load: async () => (await import('./verbs/download.ts')).downloadModel,
    }),
    refusal('model share', 'Copy a model to a registry.', registryWhy),
    refusal('model package', 'Package a model into an environment.', [
      'building images is not served yet',
      'Name the model and its environment in a job.',
    ]),
  ],
  data: () => [
    refusal('data share', 'Copy data to a registry.', registryWhy),
    refusal('data import', 'Import data from a database.', [
      'there are no connectors to outside databases yet',
      'Export it to a file and use `laz data create --path`.',
    ]),
    refusal('data mount', 'Mount data.', mountWhy),
    refusal('data list-materialization-status', 'Show imports.', [
      'there are no data imports yet',
      'Use `laz data list`.',
    ]),
  ],
  code: (kind) => [
    command('code create', {
      kind,
      workspace: true,
      doc: 'Register a folder as code; the same content is kept once.',
      flags: surface.createFlags.code ?? [],
      load: async () => (await import('./verbs/code.ts')).createCode,
    }),
  ],
  environment: () => [refusal('environment share', 'Copy an environment to a registry.', registryWhy)],
  component: () => [
    refusal('component prepare-for-sign', 'Prepare a component for signing.', [
      'components are not signed here',
      'Leave the step out.',
    ]),
  ],
  datastore: () => [refusal('datastore mount', 'Mount a datastore.', mountWhy)],
  compute: (kind) => {
    const base = { kind, workspace: true, positionals: [nameWord] }
    const act = (verb: string, doc: string) =>
      command(`compute ${verb}`, {
        ...base,
        doc,
        flags: surface.computeFlags.act,
        load: async () => (await compute()).act,
      })
    return [
      command('compute attach', {
        kind,
        workspace: true,
        doc: 'Attach a compute that exists elsewhere.',
        flags: [...(surface.createFlags.compute ?? []).filter((f) => f.name !== 'set'), ...surface.edits.slice(0, 1)],
        load: async () => (await asset()).create,
      }),
      command('compute detach', {
        ...base,
        doc: 'Forget an attached compute.',
        flags: [surface.named, surface.yes],
        load: async () => (await compute()).detach,
      }),
      act('start', 'Start a compute instance.'),
      act('stop', 'Stop a compute instance.'),
      act('restart', 'Restart a compute instance.'),
      command('compute list-nodes', {
        ...base,
        lists: true,
        doc: 'List the nodes of a cluster.',
        flags: [surface.named],
        load: async () => (await compute()).listNodes,
      }),
      command('compute list-sizes', {
        kind,
        workspace: true,
        doc: 'List VM sizes and what they are here.',
        flags: surface.computeFlags.sizes,
        load: async () => (await compute()).listSizes,
      }),
      command('compute list-usage', {
        kind,
        workspace: true,
        doc: 'List quota and use.',
        flags: surface.computeFlags.usage,
        load: async () => (await compute()).listUsage,
      }),
      refusal('compute connect-ssh', 'Open a shell on an instance.', [
        'nodes of this machine are slots, not machines of their own',
        'You are on the machine already.',
      ]),
      refusal('compute enable-sso', 'Single sign-on of an instance.', [
        'there is one owner here',
        'Leave the step out.',
      ]),
    ]
  },
  workspace: (kind) => {
    const base = { kind, workspace: true, positionals: [nameWord] }
    const optionalName = [{ ...surface.named, required: false, doc: 'Name; default the default workspace.' }]
    const act = (verb: string, doc: string) =>
      command(`workspace ${verb}`, {
        ...base,
        doc,
        flags: [...optionalName, { name: 'no-wait', takes: 'flag', doc: 'Do not wait.' }],
        load: async () => (await workspace()).act,
      })
    return [
      command('workspace create', {
        ...base,
        doc: 'Create a workspace.',
        flags: surface.createFlags.workspace ?? [],
        load: async () => (await workspace()).create,
      }),
      command('workspace show', {
        ...base,
        doc: 'Show a workspace.',
        flags: optionalName,
        load: async () => (await workspace()).show,
      }),
      command('workspace delete', {
        ...base,
        doc: 'Delete a workspace and everything in it.',
        flags: surface.workspaceVerbFlags.delete,
        load: async () => (await workspace()).remove,
      }),
      act('list-keys', 'Show the keys of a workspace.'),
      act('sync-keys', 'Renew the keys of a workspace.'),
      act('diagnose', 'Look for problems of a workspace.'),
      refusal('workspace provision-network', 'Prepare a managed network.', [
        'a workspace here has no network of its own',
        'Leave the step out.',
      ]),
      refusal('workspace outbound-rule', 'Rules of a managed network.', [
        'a workspace here has no network of its own',
        'Leave the step out.',
      ]),
    ]
  },
}
