// What lies in datastores: browsed, sent, fetched, looked at. The server reaches the storage, wherever it is.
import { basename, join, resolve } from 'node:path'
import type { Lazurite } from '@lazurite/client'
import { asArray, asObject, asString, fail, type Json, type JsonObject, parseUri } from '@lazurite/spec'
import { type Args, isSet, textOf } from '../args.ts'
import type { Run } from '../command.ts'
import type { Shown } from '../output.ts'
import { bytesText, drawTable, progressBar } from '../paint.ts'
import { type Result, type Session, untilInterrupted } from '../session.ts'
import { RemoteStore } from '../transfer/store.ts'
import type { Done, Transfer } from '../transfer/upload.ts'
import { UsageError } from '../usage.ts'

const plain = (path: string) => path.replace(/^\/+|\/+$/g, '')

/** Runs a transfer with a bar; Ctrl-C ends it, and the same command goes on. */
async function move(
  session: Session,
  store: RemoteStore,
  label: string,
  work: (t: Transfer) => Promise<Done>,
): Promise<Done> {
  const bar = progressBar(label)
  try {
    return await untilInterrupted((signal) =>
      work({ store, signal, progress: bar.update, journals: join(session.home, 'transfers') }),
    )
  } finally {
    bar.end()
  }
}

async function send(session: Session, args: Args, datastore: string): Promise<{ path: string; done: Done }> {
  const local = resolve(session.cwd, textOf(args, 'path') ?? '.')
  const path = plain(textOf(args, 'target-path') ?? `uploads/${basename(local)}`)
  const store = new RemoteStore(await session.client(), datastore)
  const { upload } = await import('../transfer/upload.ts')
  const done = await move(session, store, `Uploading ${basename(local)}`, (t) => upload(local, path, t))
  return { path, done }
}

function told({ files, sizeBytes, kept }: Done): JsonObject {
  return { files, size_bytes: sizeBytes, already_there: kept }
}

/** `laz datastore upload` */
export const uploadTo: Run = async (session, args) => {
  const datastore = textOf(args, 'name') ?? ''
  const { path, done } = await send(session, args, datastore)
  return { value: { path: `azureml://datastores/${datastore}/paths/${path}`, ...told(done) } }
}

/** `laz data upload`: the same, and a data asset of it when a name is given. */
export const uploadData: Run = async (session, args) => {
  const datastore = textOf(args, 'datastore') ?? 'workspaceblobstore'
  const { path, done } = await send(session, args, datastore)
  const { statSync } = await import('node:fs')
  const folder = statSync(resolve(session.cwd, textOf(args, 'path') ?? '.')).isDirectory()
  const uri = `azureml://datastores/${datastore}/paths/${path}${folder ? '/' : ''}`
  const name = textOf(args, 'name')
  if (name === undefined) return { value: { path: uri, ...told(done) } }
  const data = (await session.client()).of('data')
  const version = textOf(args, 'version') ?? (await data.nextVersion(name))
  const dataType = textOf(args, 'type') ?? (folder ? 'uri_folder' : 'uri_file')
  await data.put({ name, version }, { dataType, dataUri: uri })
  return { value: { name, version, type: dataType, path: uri, ...told(done) } }
}

async function fetchInto(session: Session, args: Args, from: { datastore: string; path: string }): Promise<Result> {
  const to = resolve(session.cwd, textOf(args, 'download-path') ?? '.')
  const store = new RemoteStore(await session.client(), from.datastore)
  const { download } = await import('../transfer/download.ts')
  const label = `Downloading ${from.path || from.datastore}`
  const done = await move(session, store, label, (t) => download(from.path, to, t))
  return { value: { path: to, ...told(done) } }
}

/** `laz datastore download` */
export const downloadFrom: Run = (session, args) =>
  fetchInto(session, args, { datastore: textOf(args, 'name') ?? '', path: plain(textOf(args, 'path') ?? '') })

/** `laz data download` */
export const downloadData: Run = async (session, args) => fetchInto(session, args, await placeOf(session, args))

/** The datastore and path that `--path` or an asset's name means. */
async function placeOf(session: Session, args: Args): Promise<{ datastore: string; path: string }> {
  const name = textOf(args, 'name')
  const text = textOf(args, 'path') ?? (name === undefined ? undefined : await uriOf(session, args, name))
  if (text === undefined)
    throw new UsageError('nothing says which data', 'Give --name and --version, or --path azureml://…')
  const uri = parseUri(text)
  if (uri.form === 'datastore') return { datastore: uri.datastore, path: plain(uri.path) }
  return fail('NotSupported', {
    what: `Reaching ${text}`,
    why: 'it is not in a datastore of the workspace',
    instead: 'Give an azureml://datastores/… path.',
  })
}

async function uriOf(session: Session, args: Args, name: string): Promise<string> {
  const data = (await session.client()).of('data')
  const version = textOf(args, 'version')
  const found =
    version === undefined
      ? await data.latest(name, textOf(args, 'label') ?? 'latest')
      : await data.get({ name, version })
  return asString(found.properties.dataUri) ?? fail('BadArgument', { what: `The data ${name} names no place.` })
}

async function ask(client: Lazurite, place: { datastore: string; path: string }, verb: string, query: JsonObject) {
  const words = Object.entries(query).flatMap(([key, value]) => (value === null ? [] : [[key, String(value)]]))
  const store = new RemoteStore(client, place.datastore)
  return store.json('GET', store.address(verb, { path: place.path, ...Object.fromEntries(words) }))
}

/** `laz data preview`: rows of a table, lines of a text, facts of an image, the entries of a folder. */
export const preview: Run = async (session, args) => {
  const rows = textOf(args, 'rows') ?? null
  const seen = await ask(await session.client(), await placeOf(session, args), 'preview', { rows })
  const table = tableOf(seen)
  if (table === undefined) return { value: seen }
  return tabled(session, { whole: seen, rows: table, columns: asArray(seen.columns).map(String) })
}

function tableOf(seen: JsonObject): JsonObject[] | undefined {
  if (seen.kind === 'table') return asArray(seen.rows).map(asObject)
  if (seen.kind === 'text') return asArray(seen.lines).map((line) => ({ line }))
  return seen.kind === 'folder' ? asArray(seen.entries).map(asObject) : undefined
}

function cellText(value: Json | undefined): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** Rows as a table where one is wanted or nothing else was asked for, the whole answer as JSON. */
function tabled(
  session: Session,
  { whole, rows, columns }: { whole: JsonObject; rows: JsonObject[]; columns: string[] },
): Result {
  const titles = columns.length > 0 ? columns : [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const shown: Shown[] = titles.map((title) => ({ title, of: (row) => cellText(row[title]) }))
  if (session.format === 'table') return { value: rows, shown }
  const text = drawTable(
    shown.map(({ title, of }) => ({ title, cells: rows.map(of) })),
    session.out,
  )
  return { value: whole, text }
}

/** `laz data profile` */
export const profile: Run = async (session, args) => {
  const maxBytes = textOf(args, 'max-bytes') ?? null
  const told = await ask(await session.client(), await placeOf(session, args), 'profile', { maxBytes })
  const note = asString(told.sampleNote)
  if (note !== undefined) session.say(note)
  const rows = asArray(told.columns).map((column): JsonObject => {
    const { name, type, missing, distinct, distinctIsAtLeast, min, max, mean, std, quantiles, top } = asObject(column)
    const [most] = asArray(top).map(asObject)
    return {
      column: name ?? '',
      type: type ?? '',
      missing: missing ?? 0,
      distinct: `${distinctIsAtLeast === true ? '≥ ' : ''}${cellText(distinct)}`,
      min: min ?? null,
      median: asObject(quantiles)['50%'] ?? null,
      max: max ?? null,
      mean: rounded(mean),
      std: rounded(std),
      most_often: most === undefined ? null : `${cellText(most.value)} (${cellText(most.count)})`,
    }
  })
  const columns = ['column', 'type', 'missing', 'distinct', 'min', 'median', 'max', 'mean', 'std', 'most_often']
  session.say(`${cellText(told.rows)} rows, ${cellText(told.format)}`)
  return tabled(session, { whole: told, rows, columns })
}

function rounded(value: Json | undefined): Json {
  return typeof value === 'number' ? Number(value.toPrecision(6)) : null
}

/** `laz datastore browse` */
export const browse: Run = async (session, args) => {
  const store = new RemoteStore(await session.client(), textOf(args, 'name') ?? '')
  const path = plain(textOf(args, 'path') ?? '')
  const most = Number(textOf(args, 'max-results') ?? 1000)
  const found: JsonObject[] = []
  let marker: string | undefined
  do {
    const { value, next } = await store.page({
      path,
      limit: String(Math.min(5000, most - found.length)),
      ...(isSet(args, 'recursive') ? { recursive: 'true' } : {}),
      ...(marker === undefined ? {} : { marker }),
    })
    found.push(...value)
    marker = next
  } while (marker !== undefined && found.length < most)
  if (marker !== undefined) session.say(`There is more; --max-results shows it.`)
  return { value: found.slice(0, most), shown: browseColumns }
}

const browseColumns: Shown[] = [
  { title: 'Path', of: (row) => `${cellText(row.path)}${row.folder === true ? '/' : ''}` },
  { title: 'Size', right: true, of: (row) => (row.folder === true ? '' : bytesText(Number(row.sizeBytes ?? 0))) },
  { title: 'Modified', of: (row) => cellText(row.modifiedAt) },
]
