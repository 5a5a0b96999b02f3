// Commands without a group: the server's life, checks, settings, help.
import { type Command, command, type Registry } from './command.ts'
import { gcCommand } from './groups-runs.ts'
import { configureFlags, serverFlags, validateFlags } from './surface-server.ts'

const server = () => import('./verbs/server.ts')

export function storeVerbs(): Command[] {
  return [
    command('store move', {
      doc: 'Move all rows to PostgreSQL, or back into the home folder; the server must be down.',
      flags: serverFlags.move,
      load: async () => (await import('./verbs/store.ts')).move,
      example: "laz store move --to 'postgres://laz@db.example/lazurite'",
    }),
  ]
}

export function rootCommands(all: () => Registry): Command[] {
  return [
    command('up', {
      doc: 'Start the server in the background.',
      flags: serverFlags.up,
      load: async () => (await server()).up,
      example: 'eval "$(laz up --ephemeral)"',
    }),
    command('connect', {
      doc: 'Print the variables that point an official client at this server, over https.',
      flags: serverFlags.connect,
      workspace: true,
      positionals: [{ name: 'client', doc: 'all, env, python, az, js, mlflow or azureml-mlflow; default all.' }],
      load: async () => (await import('./verbs/connect.ts')).connect,
      example: 'eval "$(laz connect)"',
    }),
    command('studio', {
      doc: 'Open the web pages, logged in.',
      flags: serverFlags.studio,
      positionals: [{ name: 'path', doc: 'Page to open: /jobs, or a job by its name.' }],
      load: async () => (await import('./verbs/studio.ts')).studio,
      example: 'laz studio --no-browser --read-only',
    }),
    command('down', {
      doc: 'Stop the server.',
      flags: serverFlags.home,
      load: async () => (await server()).down,
    }),
    command('status', {
      doc: 'Show the server and what it is doing.',
      flags: serverFlags.home,
      workspace: true,
      load: async () => (await import('./verbs/status.ts')).status,
    }),
    command('doctor', {
      doc: 'Look for what could go wrong on this machine.',
      flags: serverFlags.home,
      load: async () => (await import('./verbs/status.ts')).doctor,
    }),
    command('search', {
      doc: 'Find anything of the workspace by a part of what it is called.',
      flags: serverFlags.search,
      workspace: true,
      lists: true,
      positionals: [{ name: 'text', required: true, doc: 'Give a part of a name: laz search flowers' }],
      load: async () => (await import('./verbs/looks.ts')).search,
      example: 'laz search flowers',
    }),
    gcCommand('gc'),
    command('validate', {
      doc: 'Check YAML files of any kind, offline: every problem with its line.',
      flags: validateFlags,
      positionals: [{ name: 'file', many: true, required: true, doc: 'Give at least one file: laz validate job.yml' }],
      load: async () => (await import('./verbs/validate.ts')).validate,
      example: 'laz validate jobs/*.yml',
    }),
    command('configure', {
      doc: 'Keep defaults: group, workspace, subscription, location.',
      flags: configureFlags,
      load: async () => (await import('./verbs/configure.ts')).configure,
    }),
    command('help', {
      doc: 'Show what there is; --all shows everything.',
      flags: [{ name: 'all', takes: 'flag', doc: 'Every group and verb.' }],
      positionals: [{ name: 'group', doc: 'Name a group.' }],
      load: async () => {
        const { helpAll } = await import('./help.ts')
        return async (session) => helpAll(session, all())
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
