// job: the types as one kind, told apart by `type`, and what the wire says differently for each.
import { checkCommand } from '../../checks/expressions.ts'
import { checkPipelineJob } from '../../checks/pipeline.ts'
import { checkSpark } from '../../checks/spark.ts'
import { checkSweep } from '../../checks/sweep.ts'
import { f } from '../../field.ts'
import { asObject, type JsonObject } from '../../json.ts'
import { defineKind } from '../../kind.ts'
import type { Look } from '../../look.ts'
import { jobStates } from '../../status.ts'
import { automlTasks } from './automl.ts'
import { automlFromWire, automlToWire } from './automl-wire.ts'
import { commandFromWire, commandJob, commandToWire } from './command.ts'
import { pipelineJob, pipelineToWire } from './pipeline.ts'
import { sparkJob } from './spark.ts'
import { sweepJob, sweepToWire } from './sweep.ts'
import { distillationJob, finetuningJob } from './tuning.ts'

const automlJob = f.oneOf('task', 'taskType', automlTasks, { spelling: 'snake' })

export const job = defineKind({
  name: 'job',
  plural: 'jobs',
  collection: 'jobs',
  shape: 'plain',
  scope: 'workspace',
  doc: 'Work to be done, and its history.',
  fields: f.oneOf(
    'type',
    'jobType',
    {
      command: { wire: 'Command', doc: 'One shell command in a copy of a folder.', fields: commandJob },
      pipeline: { wire: 'Pipeline', doc: 'Steps and what flows between them.', fields: pipelineJob, scope: true },
      sweep: { wire: 'Sweep', doc: 'Many trials of one command.', fields: sweepJob },
      spark: { wire: 'Spark', doc: 'A program on Spark.', fields: sparkJob },
      finetuning: { wire: 'FineTuning', doc: 'A model trained further.', fields: finetuningJob },
      distillation: { wire: 'Distillation', doc: 'A small model taught by a large one.', fields: distillationJob },
      automl: { wire: 'AutoML', doc: 'A model sought among many.', fields: {}, whole: automlJob },
    },
    { otherwise: 'command', spelling: 'exact' },
  ),
  columns: ['name', 'display_name', 'type', 'status', 'experiment_name', 'creation_context.created_at'],
  states: jobStates,
  actions: { cancel: 'POST' },
  moves: true,
  checkYaml,
  toProps,
  fromProps,
})

function toProps(written: JsonObject, yaml: JsonObject): JsonObject {
  switch (written.jobType) {
    case 'Command':
      return commandToWire(written, yaml)
    case 'Sweep':
      return sweepToWire(written)
    case 'Pipeline':
      return pipelineToWire(written)
    case 'AutoML':
      return automlToWire(written)
    default:
      return written
  }
}

function fromProps(props: JsonObject): JsonObject {
  if (props.jobType === 'AutoML') return automlFromWire(props)
  return props.jobType === 'Command' ? commandFromWire(props) : props
}

function checkYaml(yaml: JsonObject, look: Look): void {
  const type = yaml.type ?? 'command'
  if (type === 'command') checkCommand(yaml.command, yaml.inputs, ['command'], look)
  if (type === 'pipeline') checkPipelineJob(yaml, look)
  if (type === 'sweep') {
    checkSweep(yaml, look)
    checkCommand(asObject(yaml.trial).command, yaml.inputs, ['trial', 'command'], look)
  }
  if (type === 'spark') {
    checkSpark(yaml, [], look)
    checkCommand(yaml.args, yaml.inputs, ['args'], look)
  }
}
