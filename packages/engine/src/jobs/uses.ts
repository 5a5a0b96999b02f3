/**
 * What a job reads and writes, as versions of assets: noted in the transaction in which its process is started or its
 * outputs become assets. A label or `latest` is noted as the version it meant then.
 */
import { asObject, asString, parseUri } from '@lazurite/spec'
import type { Key, Row, Use } from '@lazurite/store'
import { bindInputs } from '../bind.ts'
import { findAsset } from '../lookup.ts'
import { readJobStatus } from './status.ts'
import type { Work } from './type.ts'

/** Notes what a job runs with and reads. */
export async function noteReads(work: Work): Promise<void> {
  const { props, status } = work
  noteComponent(work)
  await noteReference(work, asString(props.environmentId), 'environments', 'environment')
  await noteReference(work, asString(props.codeId), 'codes', 'code')
  for (const { name, uri } of bindInputs(asObject(props.inputs)).data) {
    const made = status.upstream && Object.hasOwn(status.upstream, uri) ? status.upstream[uri] : await madeBy(work, uri)
    const text = made ?? uri
    const { form, collection } = collectionOf(text)
    if (form) await noteReference(work, text, collection, name)
  }
}

/** Notes the component a step is made of, or a pipeline as a whole. */
export function noteComponent({ uses, key, status }: Work): void {
  const { component } = status
  if (component)
    uses.push({ asset: { ...component, kind: 'component' }, job: jobOf(key), direction: 'read', as: 'component' })
}

/** Notes what became of an output. */
export function noteWrite({ uses, key }: Work, asset: Required<Key>, as: string): void {
  uses.push({ asset, job: jobOf(key), direction: 'written', as })
}

/** The version behind a component that a pipeline job as a whole is made of. */
export async function componentOf(work: Work): Promise<{ scope: string; name: string; version: string } | undefined> {
  const id = asString(work.props.componentId)
  const found = id ? await findAsset(work.ctx.store, work.key.scope, id, 'components') : undefined
  return found && 'row' in found ? identify(found.row) : undefined
}

export function identify({ scope, name, version }: Row): { scope: string; name: string; version: string } {
  return { scope, name, version }
}

function jobOf({ scope, name }: Key): Use['job'] {
  return { scope, name }
}

async function noteReference(work: Work, text: string | undefined, collection: string, as: string): Promise<void> {
  if (!text) return
  const found = await findAsset(work.ctx.store, work.key.scope, text, collection)
  if (!('row' in found)) return
  const { scope, kind, name, version } = found.row
  work.uses.push({ asset: { scope, kind, name, version }, job: jobOf(work.key), direction: 'read', as })
}

/** Only addresses of assets name a version; a path in a datastore is nobody's. */
function collectionOf(text: string): { form: boolean; collection: string } {
  const uri = parseUri(text)
  if (uri.form !== 'asset' && uri.form !== 'registry') return { form: false, collection: '' }
  return { form: true, collection: /^models$/i.test(uri.collection) ? 'models' : 'data' }
}

/** The asset that an output of an earlier job became. */
async function madeBy({ ctx, key }: Work, text: string): Promise<string | undefined> {
  const uri = parseUri(text)
  if (uri.form !== 'jobOutput') return undefined
  const row = await ctx.store.resources.get({ scope: key.scope, kind: key.kind, name: uri.job })
  const outputs = row ? (readJobStatus(row.status).outputs ?? {}) : {}
  return Object.hasOwn(outputs, uri.output) ? outputs[uri.output]?.assetId : undefined
}
