// What only jobs and schedules do beside the verbs of their shape. A verb of the same name takes the place of the general
// one.
import type { Kind } from '@lazurite/spec'
import { type Command, command, type Groups, nameWord, refusal } from './command.ts'
import { named } from './surface.ts'
import { jobFlags, scheduleFlags } from './surface-jobs.ts'
import { surfaceOf } from './surfaces.ts'

const asset = () => import('./verbs/resource.ts')
const job = () => import('./verbs/job.ts')
const looks = () => import('./verbs/looks.ts')
const history = () => import('./verbs/history.ts')

/** What is read of a job, and checked before there is one. */
function jobFiles(kind: Kind): Command[] {
  const base = { kind, workspace: true, positionals: [nameWord] }
  return [
    command('job download', {
      ...base,
      doc: 'Download logs, artifacts and outputs.',
      flags: jobFlags.download,
      load: async () => (await import('./verbs/download.ts')).downloadJob,
    }),
    command('job show-services', {
      ...base,
      doc: 'Show the services of a job.',
      flags: jobFlags.showServices,
      load: async () => (await job()).showServices,
    }),
    command('job validate', {
      kind,
      workspace: true,
      doc: 'Check a job file without submitting it.',
      flags: jobFlags.validate,
      load: async () => (await import('./verbs/validate.ts')).validateJob,
    }),
    command('job lineage', {
      ...base,
      lists: true,
      doc: 'Show which versions of data, models and environments a job read and wrote.',
      flags: [named],
      load: async () => (await import('./verbs/lineage.ts')).ofJob,
    }),
    command('job timeline', {
      ...base,
      doc: 'Show where the time of a job and of its steps went, and why it failed.',
      flags: jobFlags.timeline,
      load: async () => (await history()).timeline,
    }),
    command('job rerun', {
      ...base,
      doc: 'Run a job once more, with other values where --set says so.',
      flags: jobFlags.rerun,
      load: async () => (await history()).rerun,
      example: 'laz job rerun my_job --set inputs.lr=0.2 --stream',
    }),
    command('job events', {
      ...base,
      doc: 'Follow changes of jobs as they happen; of one job and its steps, until it is over.',
      flags: jobFlags.events,
      load: async () => (await history()).events,
    }),
    command('job delete', {
      ...base,
      doc: 'Delete a job for good: steps, logs, metrics, and the bytes that nothing else names.',
      flags: jobFlags.erase,
      load: async () => (await import('./verbs/erase.ts')).eraseJob,
      example: 'laz job delete my_job --dry-run',
    }),
    command('job explain', {
      ...base,
      doc: 'Say why a step was run again or reused: laz job explain STEP, or PIPELINE/STEP.',
      flags: jobFlags.explain,
      load: async () => (await import('./verbs/explain.ts')).explain,
      example: 'laz job explain my_pipeline/train',
    }),
    command('job trials', {
      ...base,
      lists: true,
      doc: 'Show the trials of a sweep: values, metric, state, and why some were stopped early.',
      flags: [named],
      load: async () => (await import('./verbs/trials.ts')).trials,
    }),
    command('job metrics', {
      ...base,
      lists: true,
      doc: 'Show what a job logged: the last, least and greatest value of each metric; with --key its values.',
      flags: jobFlags.metrics,
      load: async () => (await looks()).metrics,
      example: 'laz job metrics my_job --key loss --points 20',
    }),
    command('job graph', {
      ...base,
      doc: 'Show the steps of a pipeline as a tree, with their states and what feeds them.',
      flags: jobFlags.graph,
      load: async () => (await looks()).graph,
      example: 'laz job graph my_pipeline --mermaid',
    }),
    command('job grep', {
      kind,
      workspace: true,
      lists: true,
      doc: 'Show the lines of a log that hold a text; the server looks for them, however long it is.',
      flags: jobFlags.grep,
      positionals: [
        { name: 'name', required: true, doc: 'Give a job and a text: laz job grep NAME TEXT' },
        { name: 'text', required: true, doc: 'Give a job and a text: laz job grep NAME TEXT' },
      ],
      load: async () => (await looks()).grep,
      example: 'laz job grep my_job error',
    }),
    command('job debug', {
      ...base,
      doc: 'Open a shell in a finished step: its folder, inputs, environment and command as they were.',
      flags: jobFlags.debug,
      load: async () => (await import('./verbs/debug.ts')).debug,
      example: 'laz job debug my_pipeline/train',
    }),
    command('job resume', {
      ...base,
      doc: 'Go on with a pipeline that ended: what completed is taken over, the rest runs.',
      flags: jobFlags.resume,
      load: async () => (await import('./verbs/resume.ts')).resume,
      example: 'laz job resume my_pipeline/train --code src --stream',
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
    refusal('job connect-ssh', 'Open a shell in a running job.', jobFlags.ssh, [
      'a job on this machine has no SSH service of its own',
      'Its working folder is on this machine; `laz job show` names it.',
    ]),
  ]
}

function jobVerbs(kind: Kind): Command[] {
  const base = { kind, workspace: true, positionals: [nameWord] }
  const one = [named]
  const { create = [], list = [] } = surfaceOf('job')
  return [
    command('job create', {
      kind,
      workspace: true,
      doc: 'Submit a job.',
      flags: create,
      load: async () => (await job()).create,
      example: 'laz job create -f job.yml --stream',
    }),
    command('job show', { ...base, doc: 'Show a job.', flags: jobFlags.show, load: async () => (await job()).show }),
    command('job list', {
      kind,
      workspace: true,
      lists: true,
      doc: 'List jobs, newest first.',
      flags: list,
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
}

function scheduleVerbs(kind: Kind): Command[] {
  const schedule = () => import('./verbs/schedule.ts')
  const act = (verb: 'enable' | 'disable' | 'trigger', doc: string) =>
    command(`schedule ${verb}`, {
      kind,
      workspace: true,
      positionals: [nameWord],
      doc,
      flags: scheduleFlags.act,
      load: async () => (await schedule())[verb],
    })
  return [
    act('enable', 'Let a schedule start jobs again.'),
    act('disable', 'Stop a schedule from starting jobs.'),
    act('trigger', 'Start the job of a schedule now.'),
  ]
}

/** Experiments have no table of their own: they are what runs are filed under. */
function experimentVerbs(): Command[] {
  const experiment = () => import('./verbs/experiment.ts')
  const base = { workspace: true, positionals: [nameWord] }
  return [
    command('experiment list', {
      workspace: true,
      lists: true,
      doc: 'List experiments.',
      flags: [],
      load: async () => (await experiment()).list,
    }),
    command('experiment show', {
      ...base,
      doc: 'Show an experiment, by name or id.',
      flags: [named],
      load: async () => (await experiment()).show,
    }),
    command('experiment delete', {
      ...base,
      doc: 'Delete an experiment for good, with all its jobs and runs.',
      flags: jobFlags.erase,
      load: async () => (await import('./verbs/erase.ts')).eraseExperiment,
      example: 'laz experiment delete old-tries --dry-run',
    }),
  ]
}

export const jobGroups: Groups = {
  experiment: experimentVerbs,
  job: (kind) => (kind ? jobVerbs(kind) : []),
  schedule: (kind) => (kind ? scheduleVerbs(kind) : []),
}
