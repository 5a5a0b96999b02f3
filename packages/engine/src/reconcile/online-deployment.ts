/**
 * Online deployments: from properties to replicas that answer. A change of what replicas are made of is a revision, which
 * is laid out and brought up beside the one that serves; only as its replicas get ready do the others go. A revision that
 * never gets ready is reported with its log and leaves the one that serves as it was.
 */
import { randomBytes } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import { asNumber, asObject, fail, type Issue, isLazError } from '@lazurite/spec'
import type { Key, Row } from '@lazurite/store'
import type { Backend } from '../computes/backend.ts'
import type { EngineContext } from '../context.ts'
import type { Draft } from '../jobs/type.ts'
import type { LoopTools, Outcome, Reconciler } from '../loop.ts'
import { admitCollections, placeCollections } from '../serving/collect.ts'
import { factsOf, revisionOf } from '../serving/facts.ts'
import { deploymentFolder } from '../serving/folder.ts'
import { forgetLoad, instancesFor, loadOf, scalingOf } from '../serving/load.ts'
import { prepare } from '../serving/prepare.ts'
import { Prober } from '../serving/prober.ts'
import { admitScaling } from '../serving/profiles.ts'
import { recipeFor } from '../serving/recipes/index.ts'
import { addReplica, drain, readyOf, tend, upOf, type Verdict, type Ward } from '../serving/replicas.ts'
import { printServing, readServing, runsHere, type ServingStatus } from '../serving/status.ts'
import type { JobRoom } from './job.ts'

/** Share of the instances that a rolling update adds for its time; Azure's own. */
const surge = 0.2

interface Seen {
  it: ServingStatus
  state: string
}

export function onlineDeploymentReconciler(room: JobRoom): Reconciler {
  const prober = new Prober()
  let heard = false
  return {
    async step(row, tools) {
      if (!runsHere(row)) return { state: 'Succeeded', status: { ...row.status, etag: row.etag }, wakeAt: null }
      const { ctx } = tools
      if (!heard)
        untilOver(
          ctx,
          () => prober.close(),
          (gone) => forgetDeployment({ ctx, gone, prober, room }),
        )
      heard = true
      const { it, state } = await hearChanges(row, tools)
      const key = keyOf(row)
      // the sweep finds it in any case
      const wake = () => void (ctx.signal.aborted || ctx.store.leases.wake(key).catch(() => undefined))
      const backend = backendOf(tools)
      const ward: Ward = { row, key, it, ctx, backend, prober, running: room.running, wake, now: ctx.clock.now() }
      if (state !== row.state || row.status.etag !== it.etag) return outcome(ward, state, { again: true })
      const pollMs = follow(ward)
      const looked = await drive(ward, tools)
      // deleted while this step went on, which may have begun to ask a replica again
      if (!(await ctx.store.resources.get(key))) forgetDeployment({ ctx, gone: key, prober, room })
      if (pollMs === undefined || looked.again) return looked
      return { ...looked, wakeAt: Math.min(looked.wakeAt ?? Number.POSITIVE_INFINITY, ward.now + pollMs) }
    },
    async failed(row, error, { ctx }) {
      const it = readServing(row.status) ?? freshStatus()
      const { code, message } = isLazError(error) ? error : { code: 'InternalError', message: error.message }
      it.etag = row.etag
      it.error = { code, message }
      delete it.next
      // what serves goes on to be looked after
      const wakeAt = it.replicas.size > 0 ? ctx.clock.now() + 1_000 : null
      return { state: 'Failed', status: printServing(it, namer(row)), wakeAt } satisfies Outcome
    },
  }
}

/** Tells of every deployment that is deleted, and of the end. */
function untilOver({ store, signal }: EngineContext, close: () => void, forget: (gone: Key) => void): void {
  const stop = store.changes.subscribe(({ scope, kind, name, what }) => {
    if (kind === 'online-deployment' && what === 'deleted') forget({ scope, kind, name })
  })
  signal.addEventListener(
    'abort',
    () => {
      stop()
      close()
    },
    { once: true },
  )
}

/** Its replicas are asked no more; the sweep ends them. */
function forgetDeployment(o: { ctx: EngineContext; gone: Key; prober: Prober; room: JobRoom }): void {
  const { ctx, gone, prober, room } = o
  forgetLoad(ctx.store, gone)
  for (const [taskId, { scope, kind, name }] of room.running) {
    if (kind !== gone.kind || scope !== gone.scope || name !== gone.name) continue
    prober.forget(taskId)
    room.running.delete(taskId)
  }
}

const keyOf = ({ scope, kind, name }: Row) => ({ scope, kind, name })
const namer = (row: Row) => (id: string) => `${row.name.split('/').at(-1)}-${id}`

function freshStatus(): ServingStatus {
  const uuid = randomBytes(16).toString('hex')
  return { uuid, etag: '', replicas: new Map(), count: 0, want: 1 }
}

function backendOf({ ctx }: LoopTools): Backend {
  return (
    ctx.backends.get('local') ??
    fail('NotSupported', {
      what: 'A deployment',
      why: 'this machine cannot run processes for it',
      instead: 'Look into server.log, mend what it says, and restart the server.',
    })
  )
}

/** The fixed number, or of those that follow the load the nearest to what there is. */
function instancesOf({ props }: Row, there: number, now: number): number {
  const scaling = scalingOf(props, now)
  if (scaling) return Math.min(scaling.most, Math.max(scaling.least, there))
  return Math.max(0, asNumber(asObject(props.sku).capacity) ?? 1)
}

/** Lets the number of instances follow the load; answers when to look again. Undefined for a fixed number. */
function follow({ row, it, ctx, now }: Ward): number | undefined {
  const scaling = scalingOf(row.props, now)
  if (!scaling || it.revision === undefined) return undefined
  const load = loadOf(ctx.store, row)
  const settings = asObject(row.props.requestSettings)
  const perInstance = Math.max(1, asNumber(settings.maxConcurrentRequestsPerInstance) ?? 1)
  it.want = instancesFor(scaling, { busy: load.peak, perInstance, now, want: it.want }, load)
  load.peak = load.busy
  return scaling.pollMs
}

/** What its caller wrote since the last look: another revision, or another number of instances. */
async function hearChanges(row: Row, { ctx }: LoopTools): Promise<Seen> {
  const it = readServing(row.status) ?? freshStatus()
  if (it.etag === row.etag) return { it, state: row.state }
  const facts = await factsOf(ctx.store, row, row.props)
  const revision = revisionOf(facts)
  const collecting = await placeCollections(ctx, row, { uuid: it.uuid, props: row.props })
  if (collecting) it.collecting = collecting
  else delete it.collecting
  it.etag = row.etag
  delete it.error
  const want = instancesOf(row, it.want, ctx.clock.now())
  const scaled = want !== it.want
  it.want = want
  if (revision === it.revision) delete it.next
  else it.next = revision
  const state = it.revision === undefined ? 'Creating' : it.next === undefined && scaled ? 'Scaling' : 'Updating'
  return { it, state }
}

async function drive(ward: Ward, tools: LoopTools): Promise<Outcome> {
  const { it, row, ctx } = ward
  if (it.next !== undefined) {
    const facts = await factsOf(ctx.store, row, row.props)
    const revision = it.next
    const id = { id: row.id, key: ward.key }
    const work = (signal: AbortSignal) => prepare(ctx, { uuid: it.uuid, revision, facts, signal })
    const prepared = await tools.errands.run(id, `prepare ${revision}`, work)
    if (!prepared) {
      // what serves is looked after meanwhile
      const { at } = await tend(ward)
      return outcome(ward, row.state, at === undefined ? {} : { wakeAt: at })
    }
  }
  const tended = await tend(ward)
  if (tended.verdict) judge(ward, tended.verdict)
  const before = JSON.stringify(printServing(it, namer(row)))
  await shape(ward)
  const changed = JSON.stringify(printServing(it, namer(row))) !== before
  const state = settled(ward, row.state)
  const when =
    changed || tended.verdict ? { again: true as const } : tended.at === undefined ? {} : { wakeAt: tended.at }
  const after = it.next === undefined ? { after: () => removeOld(ward) } : {}
  return { ...outcome(ward, state, when), ...after }
}

function outcome({ it, row }: Ward, state: string, when: { again: true } | { wakeAt?: number }): Outcome {
  return { state, status: printServing(it, namer(row)), wakeAt: null, ...when }
}

/** A revision that will not get ready is taken back; a replica of the one that serves keeps trying by itself. */
function judge(ward: Ward, { revision, why }: Verdict): void {
  const { it, row } = ward
  if (revision !== it.next) return
  const [endpoint, deployment] = row.name.split('/')
  const message = `The deployment ${deployment} of ${endpoint} does not get ready: ${why}`
  it.error = { code: 'ResourceNotReady', message }
  for (const replica of upOf(it, revision)) drain(ward, replica)
  delete it.next
}

/** As many replicas of each revision as there should be at this moment. */
async function shape(ward: Ward): Promise<void> {
  const { it, now } = ward
  const known = new Set([it.revision, it.next])
  for (const one of it.replicas.values()) if (!known.has(one.revision)) drain(ward, one)
  if (it.next === undefined) {
    await fit(ward, it.revision, it.want)
    return
  }
  // none at all may be wanted, but a revision is proven by one
  const want = Math.max(1, it.want)
  const extra = Math.max(1, Math.ceil(want * surge))
  const ready = readyOf(it, it.next).length
  const serving = upOf(it, it.revision).length
  await fit(ward, it.next, Math.min(want, serving === 0 ? want : ready + extra))
  if (it.revision !== undefined) await fit(ward, it.revision, Math.max(0, Math.min(serving, want - ready)))
  if (ready < want) return
  const before = it.revision
  it.revision = it.next
  delete it.next
  for (const replica of upOf(it, before)) if (before !== it.revision) drain(ward, replica)
  ward.ctx.log.info({ deployment: ward.row.name, revision: it.revision, at: now }, 'a revision serves')
}

async function fit(ward: Ward, revision: string | undefined, count: number): Promise<void> {
  if (revision === undefined) return
  const there = upOf(ward.it, revision)
  for (let n = there.length; n < count; n++) await addReplica(ward, revision)
  // those that serve least go first
  const order = ['Starting', 'Failing', 'Ready']
  const surplus = there
    .sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state))
    .slice(0, Math.max(0, there.length - count))
  for (const replica of surplus) drain(ward, replica)
}

/** The provisioning state after a look. */
function settled({ it }: Ward, state: string): string {
  if (it.error) return 'Failed'
  if (it.next !== undefined || it.revision === undefined) return state
  if (state === 'Scaling' && readyOf(it, it.revision).length < it.want) return state
  return 'Succeeded'
}

/** Folders of revisions that nothing runs from any more. */
async function removeOld({ ctx, it }: Ward): Promise<void> {
  const folder = deploymentFolder(ctx.home, it.uuid)
  const used = new Set([it.revision, it.next, ...[...it.replicas.values()].map(({ revision }) => revision)])
  const names = await readdir(folder.root).catch((): string[] => [])
  for (const name of names.filter((one) => one.startsWith('revision-') && !used.has(one.slice('revision-'.length)))) {
    await rm(`${folder.root}/${name}`, { recursive: true, force: true })
  }
}

const mostInstances = 50

function admitCount(props: Draft['props']): Issue[] {
  const { capacity } = asObject(props.sku)
  if (capacity === undefined || capacity === null) return []
  const isCount =
    typeof capacity === 'number' && Number.isInteger(capacity) && capacity >= 0 && capacity <= mostInstances
  const message = `instance_count is a whole number from 0 to ${mostInstances}`
  return isCount ? [] : [{ path: ['properties', 'sku', 'capacity'], message }]
}

/** Refusals at the door: what names nothing, and what no recipe can serve. */
export async function admitOnlineDeployment({ ctx, scope, props }: Draft): Promise<Issue[]> {
  const scaled = [...admitScaling(props), ...admitCount(props)]
  if (!runsHere({ props })) {
    const message = 'a Kubernetes deployment is kept as it is: no Kubernetes compute is driven yet, and nothing answers'
    const path = ['properties', 'endpointComputeType']
    return [...scaled, { path, message, hint: 'take type: managed', severity: 'warning' }]
  }
  const facts = await factsOf(ctx.store, { scope, name: 'endpoint/deployment' }, props)
  const recipe = await recipeFor(facts)
  const collected = await admitCollections(ctx.store, { scope, props }, recipe.collects === true)
  return [...(await recipe.admit(facts, ctx)), ...scaled, ...collected]
}
