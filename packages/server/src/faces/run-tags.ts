/**
 * The tags of a job and those of its run are the same to people, whoever sets them: what code says through MLflow shows
 * with the job, what is changed of the job shows in MLflow. MLflow's own `mlflow.…` stay with the run.
 */
import { tellJob as bringToJob } from '@lazurite/engine'
import { asObject, asString, type JsonObject, sameJson } from '@lazurite/spec'
import type { Row, Store } from '@lazurite/store'

/** Brings tags that were set on (or, undefined, taken from) a run to its job, when it is the run of one. */
export const tellJob = bringToJob

/** Brings tags that were changed on a job to its run, when there is one. */
export async function tellRun(store: Store, before: Row, after: Row): Promise<void> {
  const [was, is] = [asObject(before.props.tags), asObject(after.props.tags)]
  if (sameJson(was, is)) return
  const { scope, name } = after
  const run = await store.runs.get(scope, name)
  if (run?.lifecycle !== 'active') return
  const changed = Object.entries(is).filter(([key, value]) => run.tags[key] !== textOf(value))
  if (changed.length > 0)
    await store.runs.setTags(scope, name, Object.fromEntries(changed.map(([key, value]) => [key, textOf(value)])))
  for (const key of Object.keys(was))
    if (!Object.hasOwn(is, key) && Object.hasOwn(run.tags, key)) await store.runs.deleteTag(scope, name, key)
}

function textOf(value: JsonObject[string]): string {
  return asString(value) ?? JSON.stringify(value)
}
