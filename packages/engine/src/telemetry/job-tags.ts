/**
 * The tags of a job and those of its run are the same to people, whoever sets them. MLflow's own `mlflow.…` stay with the
 * run.
 */
import { asObject, isLazError, type JsonObject, sameJson } from '@lazurite/spec'
import type { Key, RunHead, Store } from '@lazurite/store'

const ofMlflow = /^mlflow\./
const tries = 5

/** Where, and who set them. */
export interface Teller {
  store: Store
  scope: string
  by: string
}

/** Brings tags that were set on (or, undefined, taken from) a run to its job, when it is the run of one. */
export async function tellJob(
  { store, scope, by }: Teller,
  run: Pick<RunHead, 'runId' | 'isJob'>,
  tags: Record<string, string | undefined>,
): Promise<void> {
  const told = Object.keys(tags).filter((key) => !ofMlflow.test(key))
  if (!run.isJob || told.length === 0) return
  const key: Key = { scope, kind: 'job', name: run.runId }
  for (let left = tries; left > 0; left -= 1) {
    const row = await store.resources.get(key)
    if (!row) return
    // read after the row: whoever was faster has said something else since, and what stands last counts
    const now = (await store.runs.get(scope, run.runId))?.tags ?? {}
    const next: JsonObject = Object.fromEntries([
      ...Object.entries(asObject(row.props.tags)).filter(([name]) => !told.includes(name)),
      ...told.flatMap((name) => (Object.hasOwn(now, name) ? [[name, now[name] ?? ''] as const] : [])),
    ])
    if (sameJson(next, asObject(row.props.tags))) return
    try {
      await store.resources.put({ key, props: { ...row.props, tags: next }, by, ifMatch: row.etag })
      return
    } catch (error) {
      if (!isLazError(error) || error.code !== 'PreconditionFailed' || left === 1) throw error
    }
  }
}
