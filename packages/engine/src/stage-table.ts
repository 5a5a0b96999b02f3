/** The files an MLTable names, laid out for a job: `<datastore or account>/<container>/<path>`, as Azure has them. */
import { mkdir, rm, symlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { fail, isLazError } from '@lazurite/spec'
import type { Place } from './datastores/resolve.ts'
import { prefixOf } from './datastores/storage.ts'
import { fetchFile } from './datastores/transfer.ts'
import type { Stage, StageIn } from './stage.ts'
import { selectFiles } from './tables/evaluate.ts'
import { copyInto } from './tree.ts'

export interface Evaluation {
  input: StageIn
  dest: string
  scope: string
  ctx: Stage
  copies: boolean
}

/** Raises InputMissing, and NotSupported for a table whose steps make rows of its files or are not evaluated. */
export async function evaluate(e: Evaluation, place: Place): Promise<{ path: string }> {
  const text = await readTable(e, place)
  await mkdir(e.dest, { recursive: true })
  const { store } = e.ctx
  let files = 0
  for await (const { from, file } of selectFiles(text, place, { store, scope: e.scope, input: e.input.name })) {
    e.ctx.signal.throwIfAborted()
    await handOver(e, from, file)
    files += 1
  }
  if (files === 0) fail('InputMissing', { input: e.input.name, uri: `${place.uri} (its steps leave no file)` })
  return { path: e.dest }
}

async function readTable(e: Evaluation, place: Place): Promise<string> {
  try {
    return await textOf(await place.storage.read(`${prefixOf(place.path)}MLTable`))
  } catch (error) {
    if (!isLazError(error) || error.code !== 'FileNotFound') throw error
    return fail('InputMissing', { input: e.input.name, uri: `${place.uri.replace(/\/+$/, '')}/MLTable` })
  }
}

async function handOver(e: Evaluation, place: Place, file: string): Promise<void> {
  const stat = await place.storage.stat(file)
  if (stat === undefined) fail('InputMissing', { input: e.input.name, uri: file })
  const from = place.storage.localPath?.(file)
  if (from === undefined) {
    const [, datastore = 'remote'] = /\/datastores\/([^/]+)\/paths\//.exec(place.uri) ?? []
    return fetchFile(place.storage, stat, join(e.dest, datastore, file), { signal: e.ctx.signal })
  }
  const root = place.storage.localPath?.('') ?? ''
  const target = join(e.dest, basename(dirname(root)), basename(root), file)
  if (e.copies) return copyInto(from, target)
  await mkdir(dirname(target), { recursive: true })
  await rm(target, { force: true })
  await symlink(from, target)
}
