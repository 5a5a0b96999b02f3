/**
 * What uses something right now, so that a delete can refuse by name: work that is not over and runs on a compute, with an
 * environment, from code or on data; assets whose bytes lie in a datastore. References that follow a label count as the
 * version they mean at this moment.
 */
import { isFinal, isObject, type Json, jobStates, type Kind, kindByName, parseUri, scopeOf } from '@lazurite/spec'
import type { Row, Store } from '@lazurite/store'
import { findAsset } from './lookup.ts'
import { isRegistryScope } from './registries.ts'

/** Who uses it, in a few words; and what to do about it. */
export interface InUse {
  by: string
  instead: string
}

type Check = (store: Store, row: Row, kind: Kind) => Promise<InUse | undefined>

const checks: Readonly<Record<string, Check>> = {
  compute: usedCompute,
  datastore: usedDatastore,
}

const openStates = Object.keys(jobStates).filter((state) => !isFinal(state))
/** Rows looked at closely; beyond that many, those found so far speak for the rest. */
const most = 2000

/** Undefined when nothing stands against deleting it. */
export function usersOf(store: Store, kind: Kind, row: Row): Promise<InUse | undefined> {
  const check = Object.hasOwn(checks, kind.name) ? checks[kind.name] : undefined
  if (check) return check(store, row, kind)
  return kind.shape === 'versioned' ? usedAsset(store, row, kind) : Promise.resolve(undefined)
}

/** Work that is not over and mentions a text. */
function openWork(store: Store, text: string, scope?: string): Promise<Row[]> {
  const kinds = ['job'].filter((name) => kindByName(name))
  return store.resources.mentions({ kinds, states: openStates, text, top: most, ...(scope ? { scope } : {}) })
}

async function usedCompute(store: Store, row: Row): Promise<InUse | undefined> {
  const jobs = await openWork(store, row.name, row.scope)
  const names = new Set([row.name, `azureml:${row.name}`])
  const isIt = (text: string) => names.has(text) || text.toLowerCase().endsWith(`/computes/${row.name.toLowerCase()}`)
  const using = jobs.filter((job) => someText(job.props, isIt))
  return using.length === 0 ? undefined : busy(using, 'run on it or wait for it')
}

async function usedAsset(store: Store, row: Row, kind: Kind): Promise<InUse | undefined> {
  const jobs = await openWork(store, row.name, isRegistryScope(row.scope) ? undefined : row.scope)
  const using: Row[] = []
  for (const job of jobs) if (await refersTo(store, job, { row, kind })) using.push(job)
  return using.length === 0 ? usedByDeployment(store, row, kind) : busy(using, 'are not over and use it')
}

async function usedByDeployment(store: Store, row: Row, kind: Kind): Promise<InUse | undefined> {
  const scope = isRegistryScope(row.scope) ? {} : { scope: row.scope }
  const kinds = ['online-deployment', 'batch-deployment']
  const found = await store.resources.mentions({ kinds, text: row.name, top: most, ...scope })
  const using: Row[] = []
  for (const deployment of found) if (await refersTo(store, deployment, { row, kind })) using.push(deployment)
  if (using.length === 0) return undefined
  const by = `the ${using.length === 1 ? 'deployment' : 'deployments'} ${listed(using.map(({ name }) => name))}`
  return { by, instead: 'Delete these, or give them another one, first.' }
}

async function refersTo(store: Store, job: Row, { row, kind }: { row: Row; kind: Kind }): Promise<boolean> {
  const texts = new Set<string>()
  someText(job.props, (text) => {
    if (text.includes(row.name) && text.length < 2000) texts.add(text)
    return false
  })
  for (const text of texts) {
    const bare = text.replace(/^azureml:(?=\/(?!\/)|azureml:)/i, '')
    const found = await findAsset(store, job.scope, bare, kind.collection)
    if (!('row' in found) || found.row.name !== row.name || found.row.scope !== row.scope) continue
    if (row.version === '' || found.row.version === row.version) return true
  }
  return false
}

async function usedDatastore(store: Store, row: Row): Promise<InUse | undefined> {
  if (bornWith.has(row.name)) {
    return { by: 'every workspace keeps its own bytes in it', instead: 'Register another datastore beside it.' }
  }
  const lies = (text: string) => {
    const uri = parseUri(text)
    if (uri.form !== 'datastore' || uri.datastore !== row.name) return false
    return uri.workspace === undefined || scopeOf(uri.workspace) === row.scope
  }
  const text = `datastores/${row.name}/`
  const jobs = (await openWork(store, text, row.scope)).filter((job) => someText(job.props, lies))
  if (jobs.length > 0) return busy(jobs, 'are not over and read or write there')
  const kinds = ['data', 'model', 'code', 'environment']
  const found = await store.resources.mentions({ scope: row.scope, kinds, text, top: most })
  const assets = found.filter((each) => each.version !== '' && someText(each.props, lies))
  if (assets.length === 0) return undefined
  const by = `the bytes of ${listed(assets.map((each) => `${each.kind} ${each.name}:${each.version}`))} lie there`
  return { by, instead: 'Delete these first.' }
}

/** Names of the datastores a workspace makes for itself. */
const bornWith = new Set([
  'workspaceblobstore',
  'workspaceartifactstore',
  'workspacefilestore',
  'workspaceworkingdirectory',
])

function busy(jobs: Row[], what: string): InUse {
  const by = `the ${jobs.length === 1 ? 'job' : 'jobs'} ${listed(jobs.map((job) => job.name))} ${what}`
  return { by, instead: 'Wait until they are over, or cancel them with: laz job cancel -n NAME' }
}

const shownNames = 5

function listed(names: string[]): string {
  const shown = names.slice(0, shownNames).join(', ')
  return names.length > shownNames ? `${shown} and ${names.length - shownNames} more` : shown
}

/** Whether a text anywhere in a value passes a test. */
function someText(value: Json, test: (text: string) => boolean): boolean {
  if (typeof value === 'string') return test(value)
  if (Array.isArray(value)) return value.some((each) => someText(each, test))
  return isObject(value) && Object.values(value).some((each) => someText(each, test))
}
