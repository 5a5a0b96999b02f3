/**
 * What our own clients ask of a resource and ARM has no word for: a job's log as a stream that follows it to its end,
 * and the files of a code version. Same paths as ARM's, under `/lazurite/v1`.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { Readable } from 'node:stream'
import { mainLogOf } from '@lazurite/engine'
import { asString, fail, isFinal, type JsonObject } from '@lazurite/spec'
import type { Key, Row } from '@lazurite/store'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { FaceDeps } from '../../app.ts'
import { keepOpen, pathOf } from '../../request-url.ts'
import { readTarget, segmentsOf } from './path.ts'
import { placeOf } from './place.ts'
import { getRow } from './read.ts'
import { openRoom, type Room } from './room.ts'

const prefix = '/lazurite/v1'
const chunkBytes = 256 * 1024

export function mountExtras(app: FastifyInstance, deps: FaceDeps): void {
  app.get(`${prefix}/subscriptions/*`, { config: { checkOrigin: true, streams: true } }, (request, reply) =>
    answer(deps, request, reply),
  )
}

async function answer(
  deps: FaceDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply | JsonObject> {
  const target = readTarget(segmentsOf(pathOf(request).slice(prefix.length)))
  if (target?.at === 'item' && target.action !== undefined && target.kind.actions?.cancel !== undefined) {
    const room = await openRoom(deps, request, reply, target.id)
    const row = await getRow(room, target.kind, {
      scope: room.workspace.scope,
      kind: target.kind.name,
      name: target.name,
    })
    if (target.action.toLowerCase() === 'log') return sendLog(room, row)
  }
  if (target?.at === 'version' && target.action?.toLowerCase() === 'files') {
    const room = await openRoom(deps, request, reply, target.id)
    const { kind, name, version } = target
    const row = await getRow(room, kind, { scope: room.workspace.scope, kind: kind.name, name, version })
    return { value: await filesOf(room, row, room.query.flag('digests') ?? false) }
  }
  return fail('RouteNotFound', { method: request.method, path: pathOf(request).slice(0, 300) })
}

/** Bytes of a log file from an offset; with `follow`, until the job is final and everything was sent. */
function sendLog(room: Room, row: Row): FastifyReply {
  const { query, reply, request } = room
  const file = query.get('path', 'file') ?? mainLogOf(row.props)
  const from = Number(query.get('from') ?? '0')
  if (!Number.isSafeInteger(from) || from < 0)
    fail('BadArgument', { what: 'from must be a whole number.' }, { target: 'from' })
  const { account, artifacts } = room.workspace.storage
  const path = room.deps.store.bytes.path(account, artifacts, `ExperimentRun/dcid.${row.name}/${file}`)
  const follow = query.flag('follow') ?? false
  keepOpen(request)
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort())
  const bytes = follow ? followLog(room, row, { path, from, gone: gone.signal }) : readLog(room, path, from)
  return reply
    .type('text/plain; charset=utf-8')
    .header('cache-control', 'no-store')
    .header('x-laz-log-file', encodeURI(file))
    .send(Readable.from(bytes, { objectMode: false }))
}

async function* readLog(room: Room, path: string, from: number): AsyncGenerator<Buffer> {
  for (let offset = from; ; ) {
    const { bytes } = await room.deps.store.logs.read(path, { from: offset, max: chunkBytes })
    if (bytes.length === 0) return
    yield bytes
    offset += bytes.length
  }
}

/** Follows the file until the job is over, then sends what is left; a server that stops breaks off, so clients resume. */
async function* followLog(
  room: Room,
  row: Row,
  o: { path: string; from: number; gone: AbortSignal },
): AsyncGenerator<Buffer> {
  const { store, closing } = room.deps
  const key: Key = { scope: row.scope, kind: row.kind, name: row.name }
  const over = new AbortController()
  const stop = store.changes.subscribe((change) => {
    if (change.name !== key.name || change.kind !== key.kind || change.scope !== key.scope) return
    if (change.what === 'deleted' || isFinal(change.state ?? '')) over.abort()
  })
  try {
    const now = await store.resources.get(key)
    if (!now || isFinal(now.state)) over.abort()
    let offset = o.from
    const signal = AbortSignal.any([over.signal, closing, o.gone])
    for await (const part of store.logs.follow(o.path, { from: offset, signal })) {
      yield part.bytes
      offset = part.offset + part.bytes.length
    }
    if (o.gone.aborted) return
    if (!over.signal.aborted) fail('Stopping')
    yield* readLog(room, o.path, offset)
  } finally {
    stop()
  }
}

/** Path and size of every file under a code version's folder; what they hold as SHA-256 where it is asked for. */
async function filesOf(room: Room, row: Row, digests: boolean): Promise<JsonObject[]> {
  const place = await placeOf(room, asString(row.props.codeUri) ?? '')
  if (!place) return []
  const root = room.deps.store.bytes.path(place.account, place.container, place.path)
  const top = await stat(root).catch(() => undefined)
  if (!top) return []
  const tell = async (path: string, full: string): Promise<JsonObject> => {
    const { size } = await stat(full)
    return { path, sizeBytes: size, ...(digests ? { sha256: await digestOf(full) } : {}) }
  }
  if (top.isFile()) return [await tell(place.path.split('/').at(-1) ?? '', root)]
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const files: JsonObject[] = []
  for (const entry of entries) {
    if (!entry.isFile()) continue
    const full = join(entry.parentPath, entry.name)
    files.push(await tell(relative(root, full).split(sep).join('/'), full))
  }
  return files.sort((a, b) => (String(a.path) < String(b.path) ? -1 : 1))
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const part of createReadStream(path)) hash.update(part as Buffer) // without an encoding these are bytes
  return hash.digest('hex')
}
