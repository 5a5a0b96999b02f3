// Traces: what calls of models and agents did.
import { type Command, command } from './command.ts'
import { type Filled, list, max, value, yes } from './surface.ts'
import { dryRun } from './surface-jobs.ts'

const experiment = list('experiment', 'Of these experiments alone, by name or id.', { word: 'NAME' })
const run = value('run', 'Of this run or job alone.', { word: 'NAME' })
const filter = value('filter', "In the words of MLflow: trace.status = 'ERROR' AND tags.team = 'blue'.", {
  word: 'TEXT',
})

export const traceFlags = {
  list: [
    experiment,
    run,
    filter,
    value('order-by', 'E.g. timestamp_ms DESC, execution_time_ms DESC, tags.team.', { word: 'FIELD' }),
    { ...max, default: '50' },
  ],
  show: [value('name', 'Id of the trace.', { short: 'n' })],
  delete: [experiment, run, filter, dryRun, yes],
} as const satisfies Record<string, readonly Filled[]>

export function traceVerbs(): Command[] {
  const trace = () => import('./verbs/trace.ts')
  return [
    command('trace list', {
      workspace: true,
      lists: true,
      doc: 'List traces, newest first.',
      flags: traceFlags.list,
      load: async () => (await trace()).list,
      example: `laz trace list --filter "trace.status = 'ERROR'"`,
    }),
    command('trace show', {
      workspace: true,
      doc: 'Show a trace: its steps by time, what failed, what is thought of it.',
      flags: traceFlags.show,
      positionals: [{ name: 'name', required: true, doc: 'Give the id of a trace: laz trace show tr-…' }],
      load: async () => (await trace()).show,
    }),
    command('trace delete', {
      workspace: true,
      doc: 'Delete traces for good, with spans, assessments and files: by id, or all that fit a filter.',
      flags: traceFlags.delete,
      positionals: [{ name: 'ids', many: true, doc: 'Give the ids of traces: laz trace delete tr-…' }],
      load: async () => (await trace()).remove,
      example: `laz trace delete --experiment tries --filter "status = 'ERROR'"`,
    }),
  ]
}
