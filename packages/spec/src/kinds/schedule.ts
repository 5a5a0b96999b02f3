// schedule: what happens again and again: a job, an import, a look at a model.
import { type Fields, f } from '../field.ts'
import type { Issue } from '../issue.ts'
import { asObject, isObject, type JsonObject } from '../json.ts'
import { defineKind } from '../kind.ts'
import { provisioningStates } from '../status.ts'
import { freeProperties, looseTags, served } from './common.ts'
import { monitorDefinition } from './monitor.ts'
import { monitorFromWire, monitorToWire } from './monitor-wire.ts'
import { trigger } from './trigger.ts'
import { checkPolicies, checkTrigger } from './trigger-check.ts'

const common: Fields = {
  $schema: f.string({ out: true }),
  ...served,
  name: f.required(f.string({ beside: true, doc: 'Its name.' })),
  description: f.string({ doc: 'Free text.' }),
  tags: looseTags,
  display_name: f.string({ doc: 'Name shown to people.' }),
  trigger: { ...trigger, required: true },
  is_enabled: f.bool({ out: true, doc: 'Whether it is on.' }),
  provisioning_state: f.string({ out: true, doc: 'Creating, Updating, Deleting, Succeeded, Failed or Canceled.' }),
  properties: freeProperties,
}
const under = { under: 'action' } as const
const invocation = f.object(
  {
    endpoint_name: f.required(f.string({ doc: 'The batch endpoint that is called.' })),
    deployment_name: f.string({ doc: 'Deployment instead of the default one.' }),
    inputs: f.map(f.input(), { wire: 'inputData', doc: 'Data and values by name, as in a job.' }),
    outputs: f.map(f.output(), { wire: 'outputData', doc: 'Where results go, by name, as in a job.' }),
    experiment_name: f.string({ doc: 'Experiment of the jobs.' }),
    mini_batch_size: f.int({ doc: 'Files in one call of run().' }),
    error_threshold: f.int({ doc: 'Files that may fail; -1 for any number.' }),
    output_file_name: f.string({ doc: 'File of the results.' }),
    tags: looseTags,
  },
  { doc: 'A call of a batch endpoint. Ours alone.' },
)

export const schedule = defineKind({
  name: 'schedule',
  plural: 'schedules',
  collection: 'schedules',
  shape: 'plain',
  scope: 'workspace',
  doc: 'What happens again and again: a job, an import of data, a look at a model.',
  fields: f.object({
    ...common,
    create_job: f.scheduled({
      ...under,
      wire: 'jobDefinition',
      doc: 'The file of a job, azureml:<job>, or {job: either of them, and keys that change it}.',
    }),
    import_data: f.embed('data-import', {
      ...under,
      wire: 'dataImportDefinition',
      doc: 'The file of a data import, or its mapping. Stored; importing is not done here.',
    }),
    create_monitor: { ...monitorDefinition, ...under, wire: 'monitorDefinition' },
    invoke_batch_endpoint: { ...invocation, ...under, wire: 'endpointInvocationDefinition' },
  }),
  wire: f.object({
    description: f.string(),
    display_name: f.string(),
    tags: f.map(f.string({ loose: true })),
    properties: f.map(f.any({ nullable: true })),
    is_enabled: f.bool(),
    trigger: f.required(trigger),
    action: f.required(
      f.oneOf('type', 'actionType', {
        create_job: { wire: 'CreateJob', fields: { job_definition: f.required(f.scheduled()) }, open: true },
        import_data: { wire: 'ImportData', fields: { data_import_definition: f.any() }, open: true },
        create_monitor: { wire: 'CreateMonitor', fields: { monitor_definition: f.any() }, open: true },
        invoke_batch_endpoint: {
          wire: 'InvokeBatchEndpoint',
          fields: { endpoint_invocation_definition: f.any() },
          open: true,
        },
      }),
    ),
  }),
  checkYaml: (yaml, look) => {
    const words = ['create_job', 'import_data', 'create_monitor', 'invoke_batch_endpoint'].filter(
      (key) => yaml[key] !== undefined,
    )
    if (words.length === 0)
      look.issue(
        ['create_job'],
        'is required',
        'say what happens: create_job, import_data, create_monitor or invoke_batch_endpoint',
      )
    for (const extra of words.slice(1))
      look.issue([extra], `cannot stand beside ${words[0]}`, 'make another schedule of it')
    for (const { path, message, hint } of checkIt(yaml)) look.issue(path, message, hint)
  },
  check: checkIt,
  columns: ['name', 'display_name', 'trigger', 'is_enabled', 'provisioning_state'],
  states: provisioningStates,
  actions: { trigger: 'POST' },
  lro: true,
  toProps: scheduleToWire,
  fromProps: scheduleFromWire,
  prepare: (props) => ({ isEnabled: true, ...props }),
  moves: true,
})

/** In a file and on the wire. */
function checkIt({ trigger: when, properties }: JsonObject): Issue[] {
  const inside = checkTrigger(asObject(when))
  return [...inside.map((issue) => ({ ...issue, path: ['trigger', ...issue.path] })), ...checkPolicies(properties)]
}

function scheduleToWire(written: JsonObject): JsonObject {
  const action = asObject(written.action)
  const monitor = action.monitorDefinition
  if (isObject(monitor)) {
    const definition = monitorToWire(monitor, asObject(written.trigger))
    return { ...written, action: { actionType: 'CreateMonitor', monitorDefinition: definition } }
  }
  const actionType = action.endpointInvocationDefinition
    ? 'InvokeBatchEndpoint'
    : action.dataImportDefinition === undefined
      ? 'CreateJob'
      : 'ImportData'
  return { ...written, action: { actionType, ...action } }
}

function scheduleFromWire(props: JsonObject): JsonObject {
  const { monitorDefinition: monitor, ...rest } = asObject(props.action)
  return isObject(monitor) ? { ...props, action: { ...rest, monitorDefinition: monitorFromWire(monitor) } } : props
}
