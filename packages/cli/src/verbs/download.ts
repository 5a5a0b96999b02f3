// Files back from the server: a job's logs, artifacts and named outputs, a model's files.
import { join, resolve } from 'node:path'
import { apiVersion, type BlobPlace, type Lazurite, type Resource, type Which } from '@lazurite/client'
import { asObject, asString, fail, isFinal, isLazError, type JsonObject } from '@lazurite/spec'
import { isSet, textOf } from '../args.ts'
import type { Run } from '../command.ts'
import { bytesText } from '../paint.ts'
import { collectionOf, kindOf, whichOf } from '../reach.ts'
import type { Session } from '../session.ts'

export const downloadJob: Run = async (session, args) => {
  const client = await session.client()
  const name = textOf(args, 'name') ?? ''
  const job = await client.of(kindOf(session).name).get({ name })
  const state = asString(job.properties.status) ?? ''
  if (!isFinal(state)) fail('JobNotFinal', { name, state })
  const source = await originOf(client, job)
  const outputs = asObject(source.properties.outputs)
  const only = textOf(args, 'output-name')
  const all = isSet(args, 'all')
  if (only !== undefined && only !== 'default' && !Object.hasOwn(outputs, only)) {
    const named = Object.keys(outputs).filter((key) => key !== 'default')
    fail('BadArgument', { what: `The job ${name} has no output ${only}; it has ${named.join(', ') || 'none'}.` })
  }
  const to = resolve(session.cwd, textOf(args, 'download-path') ?? '.')
  const names =
    only !== undefined && only !== 'default'
      ? [only]
      : all
        ? Object.keys(outputs).filter((key) => key !== 'default')
        : []
  if (only === undefined || only === 'default' || all) {
    await bring(session, client, artifactsUri(source), join(to, 'artifacts'))
    // a sweep's artifacts are those of its best trial; its own log lies beside them
    if (bestTrialOf(job)) await bring(session, client, artifactsUri(job), join(to, 'hd-artifacts'))
  }
  for (const output of names) {
    const uri = uriOf(source, output, asObject(outputs[output]))
    await bring(session, client, uri, join(to, 'named-outputs', output))
  }
  return {}
}

function bestTrialOf(job: Resource): string | undefined {
  return asString(asObject(job.properties.properties).best_child_run_id)
}

/** A step that was reused has its files where they were made, a sweep those of its best trial. */
async function originOf(client: Lazurite, job: Resource): Promise<Resource> {
  const best = bestTrialOf(job)
  if (best !== undefined) return client.of('job').get({ name: best })
  const properties = asObject(job.properties.properties)
  const of = asString(properties['azureml.reusedrunid'])
  if (asString(properties['azureml.isreused'])?.toLowerCase() !== 'true' || of === undefined) return job
  // the step that made them may have been deleted; what is still used of it stayed
  return client
    .of('job')
    .get({ name: of })
    .catch((error: unknown) => (isLazError(error) && error.http === 404 ? job : Promise.reject(error)))
}

function artifactsUri(job: Resource): string {
  const uri = asString(asObject(asObject(job.properties.outputs).default).uri)
  const plain = `azureml://datastores/workspaceartifactstore/paths/ExperimentRun/dcid.${job.name}/`
  return uri?.includes('/paths/') ? uri : plain
}

function uriOf(job: Resource, output: string, declared: JsonObject): string {
  const placed = asObject(asObject(asObject(job.rest.lazurite).outputs)[output])
  return (
    asString(placed.uri) ??
    asString(declared.uri) ??
    `azureml://datastores/workspaceblobstore/paths/azureml/${job.name}/${output}/`
  )
}

/** A registry gives a signed address for the bytes of a version. */
async function placeInRegistry(client: Lazurite, model: Resource, which: Which): Promise<BlobPlace> {
  const blobUri = asString(model.properties.modelUri) ?? ''
  const segments = [which.name, 'versions', which.version ?? model.name].map(encodeURIComponent)
  const answer = await client.ask({
    method: 'POST',
    path: `${client.home}/datarefs/${segments.join('/')}?api-version=${apiVersion}`,
    body: { assetId: model.id, blobUri },
  })
  const given = asObject(asObject(await answer.json()).blobReferenceForConsumption)
  const [base = '', query = ''] = (asString(asObject(given.credential).sasUri) ?? asString(given.blobUri) ?? '').split(
    '?',
  )
  const [, ...path] = new URL(blobUri).pathname.split('/').filter(Boolean).map(decodeURIComponent)
  return { base, query, path: path.join('/') }
}

/** Copies what lies at an address into a folder, and says how much it was. */
export async function bring(session: Session, client: Lazurite, from: string | BlobPlace, to: string): Promise<void> {
  const { files, sizeBytes } = await client.download(from, to)
  const uri = typeof from === 'string' ? from : `${from.base}/${from.path}`
  session.say(
    files === 0
      ? `Nothing lies at ${uri}`
      : `${files} ${files === 1 ? 'file' : 'files'}, ${bytesText(sizeBytes)} → ${to}`,
  )
}

export const downloadModel: Run = async (session, args) => {
  const client = await session.client()
  const which = whichOf(args)
  const model = await (await collectionOf(session, args, client)).get(which)
  const uri =
    asString(model.properties.modelUri) ?? fail('BadArgument', { what: `The model ${which.name} has no files.` })
  const last = uri.replace(/\/+$/, '').split('/').at(-1) ?? which.name
  const to = resolve(session.cwd, textOf(args, 'download-path') ?? '.', which.name)
  const isFile = !uri.endsWith('/') && /\.[A-Za-z0-9]+$/.test(last)
  const registry = textOf(args, 'registry-name')
  const from = registry === undefined ? uri : await placeInRegistry(client.inRegistry(registry), model, which)
  await bring(session, client, from, isFile ? to : join(to, last))
  return {}
}
