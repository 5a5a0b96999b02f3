// Flags of jobs and of what starts them by the clock.
import {
  archivedFlags,
  docName,
  downloadPath,
  type Filled,
  flag,
  list as listFlag,
  max,
  name,
  named,
  nodeIndex,
  noWait,
  requiredFile,
  type Surface,
  set,
  skipValidation,
  value,
  web,
  yes,
} from './surface.ts'

/** What jobs are looked for by, on the server. */
export const jobFilters: readonly Filled[] = [
  listFlag('status', 'In one of these states.', { word: 'STATE' }),
  value('experiment-name', 'Of this experiment; * stands for anything.'),
  listFlag('type', 'Of these types: command, pipeline, sweep …'),
  value('like', 'With such a name; * stands for anything.', { word: 'NAME' }),
  listFlag('tag', 'With these tags: key, key=value, key!=value; * stands for anything.', { word: 'KEY=VALUE' }),
  listFlag('param', 'With these parameters or literal inputs: lr, lr=0.1, lr<0.1 …', { word: 'KEY=VALUE' }),
  listFlag('metric', "With these metrics, by their latest value: acc, 'acc>0.9' …", { word: 'KEY>VALUE' }),
  value('filter', "In the words of MLflow: metrics.acc > 0.9 and tags.team = 'red'.", { word: 'TEXT' }),
  value('order-by', 'E.g. metrics.acc desc, name, created desc.', { word: 'FIELD' }),
  value('since', 'Made after this instant, or so long ago: 12h, 7d.', { word: 'WHEN' }),
  value('until', 'Made before this instant, or longer ago.', { word: 'WHEN' }),
  value('compute', 'On this compute.'),
  listFlag('metrics', 'Show these beside: loss, params.lr, tags.team.', { word: 'NAME' }),
  flag('all-depths', 'Steps of other jobs too.'),
]

export const motions: Readonly<Record<string, Surface>> = {
  job: {
    create: [
      requiredFile,
      docName,
      set,
      flag('stream', "Follow the job's log until it ends.", { short: 's' }),
      web,
      skipValidation,
      flag('dry-run', 'Say what would be uploaded, which steps would run, and why; submit nothing.'),
      value('save-as', 'Write the created job to a YAML file.', { short: 'a', word: 'FILE', path: true }),
    ],
    list: [
      { ...max, default: '50' },
      ...archivedFlags,
      flag('all-results', 'All of them.'),
      value('parent-job-name', 'The steps of this job.', { short: 'p' }),
      ...jobFilters,
    ],
    update: [web],
  },
  schedule: {
    create: [requiredFile, docName, set, noWait],
    list: [max, flag('include-disabled', 'Disabled ones too.'), flag('disabled-only', 'Disabled ones alone.')],
    update: [noWait],
  },
}

export const dryRun = flag('dry-run', 'Say what would go and what would stay; delete nothing.')
const step = value('step', 'A step of the job by its key: train, or outer/train.', { word: 'KEY' })

export const jobFlags = {
  validate: [requiredFile, set],
  download: [
    named,
    downloadPath,
    value('output-name', 'One output alone.'),
    flag('all', 'All outputs, beside logs and artifacts.'),
  ],
  timeline: [named],
  rerun: [
    named,
    { ...set, doc: 'Change a value: inputs.lr=0.2, environment_variables.X=y, compute=gpu, tags.try=2.' },
    value('new-name', 'Name of the job that runs again.'),
    flag('force-rerun', 'Run steps again also when nothing of them changed.'),
    flag('stream', 'Follow it until it ends.', { short: 's' }),
  ],
  events: [
    name,
    value('since', 'From this number on.', { whole: true, word: 'SEQ' }),
    flag('from-start', 'What happened before, too.'),
  ],
  erase: [named, dryRun, yes],
  showServices: [named, nodeIndex],
  ssh: [named, nodeIndex, value('private-key-file-path', 'Private key.', { short: 'f', word: 'FILE', path: true })],
  show: [named, web],
  explain: [named, step],
  metrics: [
    named,
    listFlag('key', 'Values of these metrics instead.', { short: 'k', word: 'METRIC' }),
    value('points', 'In so many slices at most, each with its mean.', { whole: true }),
    value('axis', 'Along step, wall, relative or metric:<name>; step unless told.', { word: 'AXIS' }),
  ],
  graph: [named, flag('mermaid', 'As a chart in the language of Mermaid.')],
  grep: [
    value('file', 'A log file of the job; its own unless told.', { word: 'PATH' }),
    flag('match-case', 'The case of letters counts.'),
    value('from-line', 'Line to begin with.', { whole: true, word: 'LINE' }),
    { ...max, default: '100' },
  ],
  debug: [
    named,
    step,
    flag('run', 'Run the command as it was, instead of opening a shell.'),
    flag('fresh', 'Lay the folder out anew, also when it was opened before.'),
    flag('resume', 'Go on with the pipeline, with the code as it is in the folder now.'),
    value('new-name', 'Name of the job that goes on.'),
    flag('stream', 'Follow it until it ends.', { short: 's' }),
    flag('dry-run', 'Say which steps would run, and why; submit nothing.'),
  ],
  resume: [
    named,
    step,
    value('code', 'Folder that takes the place of the code of the step.', { word: 'FOLDER', path: true }),
    { ...set, doc: 'Change a value: inputs.lr=0.2, jobs.train.inputs.epochs=3, jobs.train.command=….' },
    value('new-name', 'Name of the job that goes on.'),
    flag('stream', 'Follow it until it ends.', { short: 's' }),
    flag('dry-run', 'Say which steps would run, and why; submit nothing.'),
  ],
} as const

export const scheduleFlags = {
  act: [named, noWait],
} as const
