/**
 * A step whose component says it is deterministic is not run again when an earlier one had the same command, code,
 * environment, inputs and output settings. The key is a hash over exactly these; inputs count by where they are, not by
 * what is in them, as in Azure ML. Every step says whether it was reused, of what, and why or why not.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { asObject, asString, type JsonObject, stableStringify } from '@lazurite/spec'
import type { PutInput, Row, Store } from '@lazurite/store'
import { locate } from '../datastores/resolve.ts'
import { findAsset } from '../lookup.ts'
import { settingOf } from './pipeline-settings.ts'
import { type JobStatus, readJobStatus } from './status.ts'

const reuseKind = 'reuse'

/** What a new step starts with: the outputs of an earlier one, or the reason why it has to run. */
export async function reuseFor(
  store: Store,
  o: { scope: string; step: JsonObject; deterministic: boolean; pipeline: JsonObject },
): Promise<Pick<JobStatus, 'reuse' | 'outputs'>> {
  if (!o.deterministic) return { reuse: { reused: false, why: 'its component is not deterministic' } }
  if (settingOf(o.pipeline, 'force_rerun') === true) {
    return { reuse: { reused: false, why: 'the pipeline was submitted with force_rerun' } }
  }
  const key = await reuseKey(store, o.scope, o.step)
  const entry = await store.resources.get({ scope: o.scope, kind: reuseKind, name: key })
  const of = asString(entry?.props.job)
  if (of === undefined)
    return { reuse: { reused: false, key, why: 'no completed step had the same definition and inputs' } }
  const row = await store.resources.get({ scope: o.scope, kind: 'job', name: of })
  const outputs = row && row.state === 'Completed' ? readJobStatus(row.status).outputs : undefined
  if (!outputs) return { reuse: { reused: false, key, why: `the step ${of}, which was the same, is gone` } }
  const gone = await firstGone(store, o.scope, outputs)
  if (gone)
    return { reuse: { reused: false, key, why: `the output ${gone} of the step ${of}, which was the same, is gone` } }
  const why = 'the same command, code, environment, inputs and output settings'
  return { reuse: { reused: true, of, key, why }, outputs }
}

/** The first output whose bytes are no longer where the step put them. */
async function firstGone(
  store: Store,
  scope: string,
  outputs: NonNullable<JobStatus['outputs']>,
): Promise<string | undefined> {
  for (const [name, { uri }] of Object.entries(outputs)) {
    const place = await locate(store, scope, uri).catch(() => undefined)
    if (!place) return name
    if ('localPath' in place && place.localPath && !existsSync(place.localPath)) return name
  }
  return undefined
}

/** The entry by which later steps find this one; undefined for a step that nobody may reuse. */
export function reuseEntry(row: Row, status: JobStatus): PutInput | undefined {
  const { reuse } = status
  if (!reuse?.key || reuse.reused) return undefined
  return { key: { scope: row.scope, kind: reuseKind, name: reuse.key }, props: { job: row.name }, by: row.createdBy }
}

/** Properties that the official client follows to the outputs and logs of the original. */
export function reuseProperties(status: Pick<JobStatus, 'reuse'>): JsonObject {
  const { reuse } = status
  return reuse?.reused && reuse.of ? { 'azureml.isreused': 'true', 'azureml.reusedrunid': reuse.of } : {}
}

async function reuseKey(store: Store, scope: string, step: JsonObject): Promise<string> {
  const code = asString(step.codeId)
  const found = code ? await findAsset(store, scope, code, 'codes') : undefined
  const codeHash = found && 'row' in found ? asString(asObject(found.row.props.properties).hash_sha256) : undefined
  const resources = asObject(step.resources)
  const definition: JsonObject = {
    command: step.command ?? '',
    code: codeHash ?? code ?? '',
    environment: await environmentIdentity(store, scope, asString(step.environmentId) ?? ''),
    variables: asObject(step.environmentVariables),
    distribution: asObject(step.distribution),
    nodes: resources.instanceCount ?? 1,
    inputs: asObject(step.inputs),
    outputs: asObject(step.outputs),
  }
  return createHash('sha256').update(stableStringify(definition)).digest('hex')
}

/** A label may mean another version tomorrow: what counts is the version it means today. */
async function environmentIdentity(store: Store, scope: string, id: string): Promise<string> {
  const found = await findAsset(store, scope, id, 'environments')
  if (!('row' in found)) return id
  const { scope: home, name, version } = found.row
  return home === scope ? `${name}:${version}` : `${home}/${name}:${version}`
}
