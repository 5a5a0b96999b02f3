// Runs beside jobs: moving them from and to other tracking servers, clearing away what was deleted, and logging by hand.
import { type Command, command, nameWord } from './command.ts'
import { type Filled, flag, list, name, value, yes } from './surface.ts'
import { dryRun } from './surface-jobs.ts'

const experiments = list('experiment', 'Of these experiments alone.', { word: 'NAME' })
const runIds = list('run-id', 'These runs alone.', { word: 'ID' })
const noArtifacts = flag('no-artifacts', 'Leave files out.')

const run = value('run', 'The run; inside a job its own unless told.', { word: 'NAME' })
const step = value('step', 'Step; inside a job one more than the last unless told, else 0.', { whole: true })
const timestamp = value('timestamp', 'Time in epoch milliseconds; now unless told.', { whole: true })

export const runFlags = {
  import: [
    value('from', 'http(s)://server, sqlite:///mlflow.db, postgresql://…, or a folder mlruns.', { word: 'PLACE' }),
    experiments,
    runIds,
    value('artifacts', 'Folder where the other server kept artifacts, when it cannot be told.', { word: 'FOLDER' }),
    noArtifacts,
  ],
  export: [
    name,
    experiments,
    runIds,
    value('to', 'Folder to write to; default mlruns.', { word: 'FOLDER' }),
    noArtifacts,
  ],
  gc: [
    value('older-than', 'Deleted at least so long ago: 30d, 12h, 1d6h.', { word: 'TIME' }),
    list('run-ids', 'These deleted runs alone.', { word: 'ID', also: ['run-id'] }),
    list('experiment-ids', 'These deleted experiments alone, by id or name.', { word: 'ID', also: ['experiment-id'] }),
    dryRun,
    yes,
  ],
} as const satisfies Record<string, readonly Filled[]>

const move = () => import('./verbs/run-move.ts')

export function gcCommand(path: string): Command {
  return command(path, {
    workspace: true,
    doc: 'Remove deleted runs, experiments and logged models for good, with their files.',
    flags: runFlags.gc,
    load: async () => (await import('./verbs/run-gc.ts')).gc,
    example: 'laz run gc --older-than 30d --dry-run',
  })
}

export function runVerbs(): Command[] {
  return [
    command('run import', {
      workspace: true,
      doc: 'Bring runs, models and files from another tracking server, its database, or a folder mlruns.',
      flags: runFlags.import,
      positionals: [{ name: 'source', doc: 'Where they come from: laz run import ./mlruns' }],
      load: async () => (await move()).importRuns,
      example: 'laz run import --from sqlite:///mlflow.db --artifacts ./mlartifacts',
    }),
    command('run export', {
      workspace: true,
      doc: 'Write runs as a folder mlruns, which MLflow opens as its own.',
      flags: runFlags.export,
      positionals: [nameWord],
      load: async () => (await move()).exportRuns,
      example: 'laz run export --experiment birds --to ./mlruns',
    }),
    gcCommand('run gc'),
  ]
}

export function logVerbs(): Command[] {
  const log = () => import('./verbs/log.ts')
  const words = (doc: string) => [{ name: 'words', many: true, required: true, doc }]
  const pairs = (kind: string) => words(`Give a name and a value: laz log ${kind} NAME VALUE, or NAME=VALUE …`)
  return [
    command('log metric', {
      workspace: true,
      doc: 'Log a value of a metric, or several.',
      flags: [step, timestamp, run],
      positionals: pairs('metric'),
      load: async () => (await log()).metric,
      example: 'laz log metric loss=0.25 accuracy=0.9 --step 3',
    }),
    command('log param', {
      workspace: true,
      doc: 'Log parameters.',
      flags: [run],
      positionals: pairs('param'),
      load: async () => (await log()).param,
      example: 'laz log param lr 0.1',
    }),
    command('log tag', {
      workspace: true,
      doc: 'Set tags.',
      flags: [run],
      positionals: pairs('tag'),
      load: async () => (await log()).tag,
      example: 'laz log tag data "birds, March"',
    }),
    command('log artifact', {
      workspace: true,
      doc: 'Copy files or folders into the artifacts.',
      flags: [value('to', 'Folder inside the artifacts.', { word: 'FOLDER' }), run],
      positionals: words('Name a file or folder: laz log artifact plot.png --to plots'),
      load: async () => (await log()).artifact,
      example: 'laz log artifact plot.png --to plots',
    }),
  ]
}
