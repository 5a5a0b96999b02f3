/** The job that a schedule starts: its definition, or a job that exists once more, under a name that tells the moment. */
import { createHash } from 'node:crypto'
import { asObject, asString, fail, isObject, type JsonObject, parseArmId } from '@lazurite/spec'
import type { Row, Store } from '@lazurite/store'
import { jobOfInvocation } from './invocation.ts'

/** The clock at the moment itself, the clock later than that, or a person. */
export type StartedBy = 'clock' | 'missed' | 'hand'

export interface Draft {
  name: string
  props: JsonObject
}

const longestName = 255
/** Properties that tell of the run that a job was, not of the job. */
const ofRuns = /^(azureml\.|_azureml\.|lazurite\.|mlflow\.|ContentSnapshotId$|ProcessInfoFile$|ProcessStatusFile$)/

/**
 * The job for a moment (epoch ms). Raises NotSupported for a schedule of anything but a job, ResourceNotFound for a job
 * that is to be repeated and is not there.
 */
export async function draftOf(store: Store, schedule: Row, o: { due: number; by: StartedBy }): Promise<Draft> {
  const display = `${schedule.name}-${stampOf(o.due)}`
  const definition = await definitionOf(store, schedule)
  const name = await freeName(store, schedule.scope, display)
  return {
    name,
    props: {
      ...definition,
      ...(isObject(definition.inputs) ? { inputs: fillInputs(definition.inputs, name, o.due) } : {}),
      displayName: display,
      properties: {
        ...asObject(definition.properties),
        'azureml.scheduleName': schedule.name,
        'lazurite.scheduledTime': new Date(o.due).toISOString(),
        'lazurite.startedBy': o.by,
      },
    },
  }
}

/** Literal inputs may speak of the job that is started, and of the time at which it is. */
function fillInputs(inputs: JsonObject, name: string, due: number): JsonObject {
  const time = new Date(due).toISOString().replace('.000Z', 'Z')
  const fill = (text: string) =>
    text.replace(/\$\{\{\s*name\s*\}\}/g, name).replace(/\$\{\{\s*creation_context\.trigger_time\s*\}\}/g, time)
  return Object.fromEntries(
    Object.entries(inputs).map(([key, input]) => {
      const value = asString(asObject(input).value)
      return [key, isObject(input) && value !== undefined ? { ...input, value: fill(value) } : input]
    }),
  )
}

/** 20260131T080000Z. */
export function stampOf(instant: number): string {
  return new Date(instant).toISOString().replace(/[-:]|\.\d+/g, '')
}

/** Names of runs are used once: a second job for the same second has a number behind its name. */
async function freeName(store: Store, scope: string, wanted: string): Promise<string> {
  for (let number = 1; ; number++) {
    const name = shorten(number === 1 ? wanted : `${wanted}-${number}`)
    const taken = (await store.resources.get({ scope, kind: 'job', name })) ?? (await store.runs.get(scope, name))
    if (!taken) return name
  }
}

function shorten(name: string): string {
  if (name.length <= longestName) return name
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8)
  const tail = name.slice(-40)
  return `${name.slice(0, longestName - tail.length - hash.length - 1)}-${hash}${tail}`
}

/** Whether the action of a schedule is a call of a batch endpoint. */
export function isInvocation(action: JsonObject): boolean {
  return asString(action.actionType)?.toLowerCase() === 'invokebatchendpoint'
}

/** What the schedule is to start, ready to become a job. */
export async function definitionOf(store: Store, { props, scope }: Pick<Row, 'props' | 'scope'>): Promise<JsonObject> {
  const action = asObject(props.action)
  const definition = asObject(action.jobDefinition)
  if (isInvocation(action)) return jobOfInvocation(store, scope, asObject(action.endpointInvocationDefinition))
  if (asString(action.actionType)?.toLowerCase() !== 'createjob' || Object.keys(definition).length === 0) {
    const what = `Starting what a schedule of the action ${(asString(action.actionType) ?? 'unknown').slice(0, 60)} is for`
    fail('NotSupported', {
      what,
      why: 'schedules start jobs and call batch endpoints',
      instead: 'Do by hand what it would do.',
    })
  }
  const source = asString(definition.sourceJobId)
  return source === undefined ? definition : repeat(store, { scope, source, definition })
}

async function repeat(store: Store, o: { scope: string; source: string; definition: JsonObject }): Promise<JsonObject> {
  const name =
    parseArmId(o.source)?.name ??
    o.source
      .replace(/^azureml:/, '')
      .split('/')
      .at(-1) ??
    ''
  const row = await store.resources.get({ scope: o.scope, kind: 'job', name })
  if (!row) fail('ResourceNotFound', { kind: 'job', name })
  if (row.outside)
    fail('BadArgument', { what: `${name} is the run of a program elsewhere, and nothing to start again.` })
  const { sourceJobId: _, jobType: _type, ...changes } = o.definition
  const own = Object.entries(asObject(row.props.properties)).filter(([key]) => !ofRuns.test(key))
  const { services: _services, ...base } = row.props
  const told = Object.entries(changes).filter(([, value]) => value !== null && value !== '')
  const merged: JsonObject = { ...base, properties: Object.fromEntries(own) }
  for (const [key, value] of told) {
    const before = merged[key]
    merged[key] = isObject(value) && isObject(before) ? { ...before, ...value } : value
  }
  return merged
}
