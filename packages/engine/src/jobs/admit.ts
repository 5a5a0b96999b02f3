/**
 * Why a command job cannot run here, as far as can be told before it runs: names that do not exist, expressions without
 * a value, a compute that can never give what is asked. Paths in datastores are not looked at: an earlier job may still
 * write there.
 */
import {
  asArray,
  asObject,
  asString,
  type Issue,
  isLazError,
  type Json,
  type JsonObject,
  type Path,
  parseUri,
  refsOf,
} from '@lazurite/spec'
import { bindOutputs } from '../bind.ts'
import { crewOf } from '../distribute.ts'
import { curatedOf } from '../environments/curated.ts'
import { findAsset } from '../lookup.ts'
import { workspaceOf } from '../reconcile/workspace.ts'
import { slotOf } from '../slot.ts'
import { isSystemScope } from '../system-registry.ts'
import { checkRetries } from './attempts.ts'
import type { Draft } from './type.ts'

export async function admitCommand(draft: Draft): Promise<Issue[]> {
  return [
    ...checkNames(draft.props),
    ...checkExpressions(draft.props),
    ...(await checkPlace(draft)),
    ...checkRetries(asObject(draft.props.limits).maxRetries, ['limits', 'maxRetries']),
    ...(await checkCode(draft, draft.props.codeId, ['codeId'])),
    ...(await checkEnvironment(draft, draft.props.environmentId, ['environmentId'])),
    ...(await checkInputs(draft, asObject(draft.props.inputs), ['inputs'])),
    ...(await checkOutputs(draft)),
    ...withoutEffect(draft.props),
  ]
}

const portName = /^[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*$/

function checkNames(props: JsonObject): Issue[] {
  return (['inputs', 'outputs'] as const).flatMap((area) =>
    Object.keys(asObject(props[area])).flatMap((name) =>
      portName.test(name) && name !== '__proto__' && name.length <= 255
        ? []
        : [
            {
              path: [area, name],
              message: `${JSON.stringify(name.slice(0, 60))} cannot be a name: letters, digits and _ only, not starting with a digit`,
            },
          ],
    ),
  )
}

/** Every `${{inputs.x}}` and `${{outputs.x}}` outside an optional segment needs an input or output of that name. */
function checkExpressions(props: JsonObject): Issue[] {
  const texts: [Path, Json | undefined][] = [
    [['command'], props.command],
    ...Object.entries(asObject(props.environmentVariables)).map(([name, value]): [Path, Json] => [
      ['environmentVariables', name],
      value,
    ]),
  ]
  return texts.flatMap(([path, text]) =>
    refsOf(asString(text) ?? '').flatMap(({ path: [area = '', ...rest], optional }) => {
      const name = rest.join('.')
      if (area === 'search_space') return [{ path, message: 'search_space has values in the trials of a sweep only' }]
      if ((area !== 'inputs' && area !== 'outputs') || optional) return []
      if (Object.hasOwn(asObject(props[area]), name)) return []
      const what = area === 'inputs' ? 'Inputs' : 'Outputs'
      return [{ path, message: `${what} to job does not contain '${name}' referenced in command` }]
    }),
  )
}

/** Compute, size and distribution. */
async function checkPlace({ scope, props, ctx }: Draft): Promise<Issue[]> {
  const { cores, memoryMiB, gpus } = ctx.settings
  const slot = await slotOf({ store: ctx.store, scope, props, machine: { cores, memoryMiB, gpus } })
  if ('issue' in slot) return [slot.issue]
  const notes = slot.notes.map((message): Issue => ({ path: ['computeId'], message, severity: 'warning' }))
  const crew = crewOf(asObject(props.distribution), slot.nodes)
  if (!('unsupported' in crew)) return notes
  return [
    ...notes,
    {
      path: ['distribution', 'type'],
      message: `A distribution of type ${crew.unsupported} is not supported: this version knows pytorch, tensorflow, mpi and ray.`,
      hint: 'Use one of these, or start your launcher in the command of a job with one node.',
    },
  ]
}

export async function checkCode({ scope, ctx }: Draft, codeId: Json | undefined, path: Path): Promise<Issue[]> {
  const text = asString(codeId)
  if (!text) return []
  const found = await findAsset(ctx.store, scope, text, 'codes')
  if ('row' in found) return []
  return [
    {
      path,
      message: `The code cannot be used: ${found.missing}.`,
      hint: found.hint ?? 'Give the folder itself; it is uploaded on submission.',
    },
  ]
}

export async function checkEnvironment({ scope, ctx }: Draft, id: Json | undefined, path: Path): Promise<Issue[]> {
  const text = asString(id)
  if (!text)
    return [
      {
        path,
        message: 'A command needs an environment.',
        hint: 'For the Python of this machine: environment: azureml:host@latest',
      },
    ]
  const found = await findAsset(ctx.store, scope, text, 'environments')
  if ('row' in found) return isSystemScope(found.row.scope) ? unheardOf(found.row.name, path) : []
  if (/(^|[:/])host(?=[@:/]|$)/.test(text)) return []
  return [
    {
      path,
      message: `The environment cannot be used: ${found.missing}.`,
      hint: found.hint ?? 'List what there is with: laz environment list',
    },
  ]
}

/** A curated name that nobody here has heard of runs, with the machine's Python alone: its owner shall know before. */
function unheardOf(name: string, path: Path): Issue[] {
  if (!curatedOf(name).unknown) return []
  const message = `Azure ML may publish an environment ${name}, but what it holds is not known here: it means the Python of this machine`
  return [{ path, message: `${message}.`, severity: 'warning' }]
}

/** Data inputs by their URI. */
export async function checkInputs(draft: Draft, inputs: JsonObject, at: Path): Promise<Issue[]> {
  const issues: Issue[] = []
  for (const [name, raw] of Object.entries(inputs)) {
    const input = asObject(raw)
    if ((asString(input.jobInputType) ?? 'literal') === 'literal') continue
    const message = await checkUri(draft, asString(input.uri) ?? '')
    if (message) issues.push({ path: [...at, name], message: `The input ${name} cannot be used: ${message}.` })
  }
  return issues
}

async function checkUri({ scope, ctx }: Draft, text: string): Promise<string | undefined> {
  if (text === '') return 'it has no path; give one in the file, or with --set inputs.<name>.path=…'
  const uri = parseUri(text)
  const has = async (kind: string, name: string) => (await ctx.store.resources.get({ scope, kind, name })) !== undefined
  switch (uri.form) {
    case 'invalid':
      return `${uri.text} is not a URI: ${uri.why}`
    case 'local':
      return `${text} is a path of some machine; upload it and give its URI`
    case 'asset':
    case 'registry': {
      const collection = /^models$/i.test(uri.collection) ? 'models' : 'data'
      const found = await findAsset(ctx.store, scope, text, collection)
      return 'missing' in found ? found.missing : undefined
    }
    case 'datastore':
      return uri.workspace || (await has('datastore', uri.datastore))
        ? undefined
        : `there is no datastore ${uri.datastore}`
    case 'jobOutput':
      return (await has('job', uri.job)) ? undefined : `there is no job ${uri.job}`
    default:
      return undefined
  }
}

async function checkOutputs({ scope, props, ctx }: Draft): Promise<Issue[]> {
  const workspace = await workspaceOf(ctx.store, scope)
  const issues: Issue[] = []
  const names = new Set<string>()
  for (const [name, raw] of Object.entries(asObject(props.outputs))) {
    const facts = { workspace: workspace.id, job: 'job', defaultDatastore: 'workspaceblobstore' }
    try {
      for (const output of bindOutputs({ [name]: raw }, facts)) {
        const asset = `${output.assetName}:${output.assetVersion}`
        if (output.assetVersion && names.has(asset)) {
          issues.push({ path: ['outputs', name], message: `Two outputs cannot both become ${asset}.` })
        }
        names.add(asset)
        const uri = parseUri(output.uri)
        if (uri.form !== 'datastore') continue
        const known = await ctx.store.resources.get({ scope, kind: 'datastore', name: uri.datastore })
        if (!known) issues.push({ path: ['outputs', name, 'uri'], message: `There is no datastore ${uri.datastore}.` })
      }
    } catch (error) {
      if (!isLazError(error)) throw error
      issues.push({ path: ['outputs', name, 'uri'], message: error.message })
    }
  }
  return issues
}

/** What is kept and shown but changes nothing on one machine. */
function withoutEffect(props: JsonObject): Issue[] {
  const resources = asObject(props.resources)
  const idle: [Path, boolean, string][] = [
    [
      ['services'],
      Object.keys(asObject(props.services)).length > 0,
      'Interactive services are not started by this version',
    ],
    [
      ['queueSettings'],
      Object.keys(asObject(props.queueSettings)).length > 0,
      'Job tiers have no meaning on one machine',
    ],
    [
      ['resources', 'dockerArgs'],
      Boolean(resources.dockerArgs),
      'Processes of this machine take no container arguments',
    ],
    [['resources', 'locations'], asArray(resources.locations).length > 0, 'Regions have no meaning on one machine'],
  ]
  return idle
    .filter(([, given]) => given)
    .map(([path, , message]) => ({
      path,
      message: `${message}; the setting is kept without effect.`,
      severity: 'warning',
    }))
}
