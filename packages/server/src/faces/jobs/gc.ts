/**
 * What MLflow's clients deleted goes for good, a page a request: rows, points, and files that nothing else names. What
 * stays is named with its reason. With `dry_run` the page is only looked at.
 */
import { carryOut, type Plan, planErasure, type Target } from '@lazurite/engine'
import { asArray, asNumber, asString, fail, isLazError, type JsonObject } from '@lazurite/spec'
import type { DeletedRun } from '@lazurite/store'
import type { JobCall, JobVerb } from './call.ts'
import { eraseForGood } from './erase.ts'

const pageOfRuns = 500
const mostNamed = 200

export const collectGarbage: JobVerb = {
  method: 'POST',
  path: '/runs/gc',
  async handle(call) {
    const { body, room, scope } = call
    const { garbage } = room.deps.store
    const asked = await readAsk(call)
    const done = new Sum(asked.dryRun)
    const mark = asString(body.after) === undefined ? 0 : Number(body.after)
    if (!Number.isSafeInteger(mark)) fail('BadArgument', { what: '`after` is no mark of an earlier answer.' })
    const page = await garbage.runs(scope, { ...asked.which, until: asked.until, max: pageOfRuns, after: mark })
    await eraseRuns(call, done, page)
    const last = page.at(-1)
    if (last && page.length === pageOfRuns) return { ...done.told(), next: String(last.mark) }
    if (asked.which.runIds === undefined) await eraseRest(call, done, asked)
    return done.told()
  },
}

interface Asked {
  until: number
  dryRun: boolean
  which: { runIds?: string[]; experimentIds?: string[] }
}

/** Raises RunNotFound, ExperimentNotFound, and BadArgument for what is not deleted. */
async function readAsk({ body, room, scope }: JobCall): Promise<Asked> {
  const { runs } = room.deps.store
  const [runIds, names] = [asArray(body.run_ids).map(String), asArray(body.experiment_ids).map(String)]
  if (runIds.length > mostNamed || names.length > mostNamed)
    fail('BadArgument', { what: `At most ${mostNamed} runs or experiments can be named at once.` })
  const first = body.after === undefined
  for (const run of first ? runIds : []) {
    const head = (await runs.head(scope, run)) ?? fail('RunNotFound', { run })
    if (head.lifecycle !== 'deleted') fail('BadArgument', { what: `The run ${run} is not deleted: delete it first.` })
  }
  const experimentIds: string[] = []
  for (const name of names) {
    const found = (await runs.experiment(scope, { id: name })) ?? (await runs.experiment(scope, { name }))
    if (!found) fail('ExperimentNotFound', { experiment: name })
    if (found.lifecycle !== 'deleted')
      fail('BadArgument', { what: `The experiment ${found.name} is not deleted: delete it first.` })
    experimentIds.push(found.id)
  }
  return {
    until: room.deps.store.clock.now() - Math.max(0, asNumber(body.older_than_ms) ?? 0),
    dryRun: body.dry_run === true,
    which: { ...(runIds.length > 0 ? { runIds } : {}), ...(experimentIds.length > 0 ? { experimentIds } : {}) },
  }
}

/** What went, or would go. */
class Sum {
  readonly dryRun: boolean
  readonly counts = { runs: 0, experiments: 0, models: 0, points: 0, files: 0, sizeBytes: 0 }
  readonly kept: { what: string; why: string }[] = []

  constructor(dryRun: boolean) {
    this.dryRun = dryRun
  }

  add(plan: Plan): void {
    this.counts.runs += plan.tally.runs
    this.counts.points += plan.tally.points
    this.counts.experiments += plan.experiments.length
    for (const { files, sizeBytes } of plan.folders) {
      this.counts.files += files
      this.counts.sizeBytes += sizeBytes
    }
    for (const { by } of plan.kept) {
      const name = by.version === '' ? by.name : `${by.name}:${by.version}`
      this.kept.push({ what: 'files', why: `the ${by.kind} ${name} names them` })
    }
  }

  told(): JsonObject {
    return { dryRun: this.dryRun, ...this.counts, kept: this.kept }
  }
}

/** Jobs one by one, because one that cannot go must not keep the others; runs that no loop moves together. */
async function eraseRuns(call: JobCall, done: Sum, page: readonly DeletedRun[]): Promise<void> {
  const { store } = call.room.deps
  const alone = page.filter(({ isJob }) => !isJob).map(({ runId }) => runId)
  for (const { runId } of page.filter(({ isJob }) => isJob)) {
    const row = await store.resources.get({ scope: call.scope, kind: 'job', name: runId })
    if (row) await erase(call, done, { jobs: [row] })
    else alone.push(runId)
  }
  if (alone.length > 0) await erase(call, done, { runs: alone })
}

async function erase(call: JobCall, done: Sum, target: Target): Promise<void> {
  const { store } = call.room.deps
  try {
    const plan = await planErasure(store, call.room.workspace, target)
    done.add(plan)
    if (done.dryRun) return
    if (plan.jobs.length > 0 || plan.assets.length > 0) await eraseForGood(call.room, plan)
    else await carryOut(store, plan)
  } catch (error) {
    if (!isLazError(error) || error.http >= 500) throw error
    const names = [...(target.jobs ?? []).map(({ name }) => `job ${name}`), ...(target.experiments ?? [])]
    done.kept.push({ what: names.join(', ') || 'runs', why: error.message })
  }
}

/** Logged models that were deleted by themselves, and experiments that are empty by now. */
async function eraseRest(call: JobCall, done: Sum, { until, which }: Asked): Promise<void> {
  const { store } = call.room.deps
  const { experimentIds } = which
  for (let after = 0; experimentIds === undefined; ) {
    const page = await store.garbage.models(call.scope, { until, max: pageOfRuns, after })
    done.counts.models += page.length
    const plan = await planErasure(store, call.room.workspace, { modelFolders: page.map(({ folder }) => folder) })
    done.add(plan)
    if (!done.dryRun) {
      await carryOut(store, plan)
      const ids = page.map(({ modelId }) => modelId)
      await store.garbage.eraseModels(call.scope, ids)
    }
    const last = page.at(-1)
    if (!last || page.length < pageOfRuns) break
    after = last.mark
  }
  for (const { id, name, runs } of await store.garbage.experiments(call.scope, until)) {
    if (experimentIds !== undefined && !experimentIds.includes(id)) continue
    if (runs === 0) await erase(call, done, { experiments: [id] })
    else if (done.dryRun) done.counts.experiments += 1
    else done.kept.push({ what: `experiment ${name}`, why: `it still holds ${runs} runs` })
  }
}
