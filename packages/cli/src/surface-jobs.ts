// Flags of jobs and of what starts them by the clock.
import {
  archivedFlags,
  docName,
  downloadPath,
  flag,
  max,
  named,
  nodeIndex,
  noWait,
  requiredFile,
  type Surface,
  set,
  skipValidation,
  value,
  web,
} from './surface.ts'

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
    ],
    update: [web],
  },
  schedule: {
    create: [requiredFile, docName, set, noWait],
    list: [max, flag('include-disabled', 'Disabled ones too.'), flag('disabled-only', 'Disabled ones alone.')],
    update: [noWait],
  },
}

const step = value('step', 'A step of the job by its key: train, or outer/train.', { word: 'KEY' })

export const jobFlags = {
  validate: [requiredFile, set],
  download: [
    named,
    downloadPath,
    value('output-name', 'One output alone.'),
    flag('all', 'All outputs, beside logs and artifacts.'),
  ],
  showServices: [named, nodeIndex],
  ssh: [named, nodeIndex, value('private-key-file-path', 'Private key.', { short: 'f', word: 'FILE', path: true })],
  show: [named, web],
  explain: [named, step],
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
