/** Artifacts twice: as the artifact service names them, and as run history does for one run. The acts are the same. */
import { asArray, asObject, asString, fail, type JsonObject } from '@lazurite/spec'
import {
  type ArtifactPlace,
  announce,
  contentLink,
  listArtifacts,
  pathAsked,
  pathIn,
  placeOfPath,
  placeOfRun,
  printArtifact,
  printContentInfo,
  statArtifact,
} from './artifact-place.ts'
import { type HistoryRoute, queryOf, type Room, runOfPath } from './room.ts'

type Finder = (room: Room) => Promise<ArtifactPlace>
const announceLimit = 1000

async function runPlace(room: Room): Promise<ArtifactPlace> {
  return placeOfRun((await runOfPath(room)).id)
}

/** Under `/history/v1.0…/runs/{run}/artifacts`. */
export const runArtifactRoutes: HistoryRoute[] = [
  get('IN', '/runs/:runId/artifacts', runPlace, list),
  get('IN', '/runs/:runId/artifacts/path', runPlace, listUnder),
  get('IN', '/runs/:runId/artifacts/metadata', runPlace, metadata),
  get('IN', '/runs/:runId/artifacts/contentinfo', runPlace, contentInfo),
  get('IN', '/runs/:runId/artifacts/artifacturi', runPlace, async (room, place) => (await info(room, place)).uri),
  get('IN', '/runs/:runId/artifacts/prefix/contentinfo', runPlace, contentInfos),
  {
    method: 'POST',
    forms: 'IN',
    path: '/runs/:runId/artifacts/batch/metadata',
    runs: true,
    handle: async (room) => announceAsked(room, await runPlace(room)),
  },
]

/** Under `/artifact/v2.0…/artifacts`. */
export const artifactRoutes: HistoryRoute[] = [
  get('R', '/artifacts/:origin/:container', placeOfPath, async (room, place) =>
    queryOf(room, 'path') === undefined ? list(room, place) : listUnder(room, place),
  ),
  get('R', '/artifacts/:origin/:container/metadata', placeOfPath, metadata),
  get('R', '/artifacts/:origin/:container/contentinfo', placeOfPath, contentInfo),
  get('R', '/artifacts/:origin/:container/contentinfo/storageuri', placeOfPath, contentInfo),
  get('R', '/artifacts/:origin/:container/prefix/contentinfo', placeOfPath, contentInfos),
  get('R', '/artifacts/:origin/:container/prefix/contentinfo/storageuri', placeOfPath, contentInfos),
  get('R', '/artifacts/:origin/:container/write', placeOfPath, writeLink),
  get('R', '/artifacts/:origin/:container/content', placeOfPath, sendContent),
  {
    method: 'POST',
    forms: 'R',
    path: '/artifacts/:origin/:container/content',
    runs: true,
    raw: true,
    handle: async (room) => takeContent(room, await placeOfPath(room)),
  },
  {
    method: 'POST',
    forms: 'R',
    path: '/artifacts/:origin/:container/batch/metadata',
    runs: true,
    handle: async (room) => announceAsked(room, await placeOfPath(room)),
  },
  {
    method: 'DELETE',
    forms: 'R',
    path: '/artifacts/:origin/:container/metadata',
    runs: true,
    handle: async (room) => remove(room, await placeOfPath(room)),
  },
]

type Act = (room: Room, place: ArtifactPlace) => Promise<JsonObject | string | undefined>

function get(forms: string, path: string, find: Finder, act: Act): HistoryRoute {
  return { method: 'GET', forms, path, runs: true, handle: async (room) => act(room, await find(room)) }
}

function list(room: Room, place: ArtifactPlace): Promise<JsonObject> {
  return page(room, place, '', (path, stat) => printArtifact(place, path, stat))
}

/** Everything below a folder; of a path that is a file, that file. */
async function listUnder(room: Room, place: ArtifactPlace): Promise<JsonObject> {
  return page(room, place, pathAsked(room), (path, stat) => printArtifact(place, path, stat))
}

function contentInfos(room: Room, place: ArtifactPlace): Promise<JsonObject> {
  const under = (queryOf(room, 'path') ?? '').replace(/^\/+|\/+$/g, '')
  return page(room, place, under, (path, stat) => printContentInfo(place, path, contentLink(room, stat.name)))
}

type Print = (path: string, stat: Awaited<ReturnType<typeof statArtifact>>) => JsonObject

async function page(room: Room, place: ArtifactPlace, under: string, print: Print): Promise<JsonObject> {
  const marker = queryOf(room, 'continuationToken')
  const { stats, next } = await listArtifacts(room, place, { under, marker })
  const inside = stats.filter((stat) => {
    const path = pathIn(place, stat)
    return under === '' || path === under || path.startsWith(`${under}/`)
  })
  return {
    value: inside.map((stat) => print(pathIn(place, stat), stat)),
    continuationToken: next ?? null,
    nextLink: next === undefined ? null : nextLink(room, next),
  }
}

function nextLink(room: Room, token: string): string {
  const url = new URL(room.request.raw.url ?? '/', room.origin)
  url.searchParams.set('continuationToken', token)
  return url.toString()
}

async function metadata(room: Room, place: ArtifactPlace): Promise<JsonObject> {
  const path = pathAsked(room)
  return printArtifact(place, path, await statArtifact(room, place, path))
}

async function info(room: Room, place: ArtifactPlace): Promise<{ path: string; uri: string }> {
  const path = pathAsked(room)
  const stat = await statArtifact(room, place, path)
  return { path, uri: contentLink(room, stat.name) }
}

async function contentInfo(room: Room, place: ArtifactPlace): Promise<JsonObject> {
  const { path, uri } = await info(room, place)
  return printContentInfo(place, path, uri)
}

async function writeLink(room: Room, place: ArtifactPlace): Promise<JsonObject> {
  const path = pathAsked(room)
  const { account, artifacts } = room.workspace.storage
  room.deps.store.bytes.path(account, artifacts, place.prefix + path)
  return printContentInfo(place, path, contentLink(room, place.prefix + path, 'rcw'))
}

/** The bytes themselves. A browser that opens them runs nothing of them. */
async function sendContent(room: Room, place: ArtifactPlace): Promise<undefined> {
  const path = pathAsked(room)
  const found = await statArtifact(room, place, path)
  const { account, artifacts } = room.workspace.storage
  const { stat, body } = await room.deps.store.bytes.read(account, artifacts, found.name)
  const name = encodeURIComponent(path.split('/').at(-1) ?? 'artifact').replace(/['()*]/g, '')
  room.reply
    .header('content-type', stat.contentType)
    .header('content-length', stat.sizeBytes)
    .header('etag', `"${stat.etag}"`)
    .header('content-disposition', `attachment; filename*=UTF-8''${name}`)
    .header('content-security-policy', "default-src 'none'; sandbox")
    .send(body)
}

async function takeContent(room: Room, place: ArtifactPlace): Promise<JsonObject> {
  const path = pathAsked(room)
  const index = queryOf(room, 'index')
  if (queryOf(room, 'append') === 'true' || (index !== undefined && index !== '0')) {
    fail('NotSupported', {
      what: 'Uploading an artifact in several requests',
      why: 'a file is kept whole',
      instead: 'Send it in one request, or upload it in blocks to the link that batch/metadata answers.',
    })
  }
  const { account, artifacts } = room.workspace.storage
  const overwrite = queryOf(room, 'allowOverwrite') !== 'false'
  const stat = await room.deps.store.bytes.write(account, artifacts, place.prefix + path, room.request.raw, {
    ...(overwrite ? {} : { ifNoneMatch: '*' }),
  })
  return printArtifact(place, path, stat)
}

async function remove(room: Room, place: ArtifactPlace): Promise<JsonObject> {
  const path = pathAsked(room)
  const { account, artifacts } = room.workspace.storage
  if (!(await room.deps.store.bytes.remove(account, artifacts, place.prefix + path))) fail('ArtifactNotFound', { path })
  return {}
}

function announceAsked(room: Room, place: ArtifactPlace): Promise<JsonObject> {
  const asked = asArray(asObject(room.request.body).paths).map((one) => asString(asObject(one).path))
  const paths = asked.filter((path) => path !== undefined)
  if (paths.length !== asked.length) fail('BadArgument', { what: 'Every entry of paths needs a path.' })
  if (paths.length > announceLimit) fail('TooLarge', { what: 'The list of paths', limit: `${announceLimit} entries` })
  return announce(room, place, paths)
}
