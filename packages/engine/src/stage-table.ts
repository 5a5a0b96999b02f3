/** The files an MLTable names, laid out for a job: `<datastore or account>/<container>/<path>`, as Azure has them. */
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { fail, isLazError, type Json, type JsonObject } from '@lazurite/spec'
import type { Place } from './datastores/resolve.ts'
import { prefixOf } from './datastores/storage.ts'
import { fetchFile } from './datastores/transfer.ts'
import type { Stage, StageIn } from './stage.ts'
import { planTable, selectFiles } from './tables/evaluate.ts'
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

/** What `layOutTable` writes into the folder it makes. */
export const tableFile = '.laz-table.json'

/** An mltable ready to be read file by file: its steps, and its files with what their paths say. */
export interface LaidTable {
  /** Without one the table is its files. */
  reader?: { name: string; options: JsonObject }
  /** The steps on rows after the reader. */
  steps: { name: string; argument: Json }[]
  files: LaidFile[]
}

export interface LaidFile {
  /** On this machine, absolute. */
  path: string
  /** In its datastore. */
  name: string
  /** For every step that makes columns of paths, in order: the columns. */
  extracted: JsonObject[]
}

/** Lays the files of a table out and describes it. Raises as `evaluate`, but for steps that make rows. */
export async function layOutTable(e: Evaluation, place: Place): Promise<{ path: string }> {
  const text = await readTable(e, place)
  await mkdir(e.dest, { recursive: true })
  const { reader, steps, files } = planTable(text, place, {
    store: e.ctx.store,
    scope: e.scope,
    input: e.input.name,
  })
  const laid: LaidTable = { ...(reader ? { reader } : {}), steps, files: [] }
  for await (const { from, file, extracted } of files) {
    e.ctx.signal.throwIfAborted()
    laid.files.push({ path: await handOver(e, from, file), name: file, extracted })
  }
  if (laid.files.length === 0) fail('InputMissing', { input: e.input.name, uri: `${place.uri} (it names no file)` })
  await writeFile(join(e.dest, tableFile), JSON.stringify(laid))
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

/** Answers where the file is for the job. */
async function handOver(e: Evaluation, place: Place, file: string): Promise<string> {
  const stat = await place.storage.stat(file)
  if (stat === undefined) fail('InputMissing', { input: e.input.name, uri: file })
  const from = place.storage.localPath?.(file)
  if (from === undefined) {
    const [, datastore = 'remote'] = /\/datastores\/([^/]+)\/paths\//.exec(place.uri) ?? []
    const target = join(e.dest, datastore, file)
    await fetchFile(place.storage, stat, target, { signal: e.ctx.signal })
    return target
  }
  const root = place.storage.localPath?.('') ?? ''
  const target = join(e.dest, basename(dirname(root)), basename(root), file)
  if (e.copies) {
    await copyInto(from, target)
    return target
  }
  await mkdir(dirname(target), { recursive: true })
  await rm(target, { force: true })
  await symlink(from, target)
  return target
}
