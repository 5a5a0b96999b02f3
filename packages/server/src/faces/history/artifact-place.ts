/**
 * Artifacts of a run, or of an upload: files below `<origin>/<container>/` in the artifacts container of the workspace,
 * handed out as links that are signed for one file and a day.
 */
import { fail, isLazError, isoNow, type JsonObject } from '@lazurite/spec'
import type { BlobStat } from '@lazurite/store'
import { param, queryOf, type Room, reaches } from './room.ts'

export interface ArtifactPlace {
  origin: string
  /** `dcid.<run>` for runs. */
  container: string
  /** `<origin>/<container>/`. */
  prefix: string
}

const linkMs = 24 * 3_600_000
const pageSize = 1000
const origins = new Map(['ExperimentRun', 'LocalUpload', 'WebUpload'].map((word) => [word.toLowerCase(), word]))
const runPrefix = 'dcid.'

/** The artifacts of the run that a path under run history names. */
export function placeOfRun(runId: string): ArtifactPlace {
  return placeAt('ExperimentRun', `${runPrefix}${runId}`)
}

/** The place that a path of the artifact service names. Raises BadArgument, PathNotAllowed, Forbidden. */
export async function placeOfPath(room: Room): Promise<ArtifactPlace> {
  const origin = origins.get(param(room, 'origin').toLowerCase())
  const container = param(room, 'container')
  if (origin === undefined) fail('BadArgument', { what: `Artifacts have no origin ${param(room, 'origin')}.` })
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/.test(container)) fail('PathNotAllowed', { path: container.slice(0, 100) })
  if (room.request.caller.kind !== 'owner') {
    const runId = container.slice(runPrefix.length)
    const isRun = origin === 'ExperimentRun' && container.startsWith(runPrefix)
    const head = isRun ? await room.deps.store.runs.head(room.scope, runId) : undefined
    if (!isRun || !reaches(room, runId, head)) fail('Forbidden', { what: `the artifacts ${origin}/${container}` })
  }
  return placeAt(origin, container)
}

function placeAt(origin: string, container: string): ArtifactPlace {
  return { origin, container, prefix: `${origin}/${container}/` }
}

/** The path asked for, without slashes at its ends. Raises BadArgument when there is none. */
export function pathAsked(room: Room): string {
  const path = (queryOf(room, 'path') ?? '').replace(/^\/+|\/+$/g, '')
  return path === '' ? fail('BadArgument', { what: 'The parameter path is missing.' }) : path
}

/** One page of the files under a path of the place. */
export async function listArtifacts(
  room: Room,
  place: ArtifactPlace,
  o: { under?: string; marker?: string | undefined },
): Promise<{ stats: BlobStat[]; next?: string }> {
  const { account, artifacts } = room.workspace.storage
  const page = await room.deps.store.bytes.list(account, artifacts, {
    prefix: place.prefix + (o.under ?? ''),
    max: pageSize,
    ...(o.marker === undefined ? {} : { marker: o.marker }),
  })
  return { stats: page.blobs, ...(page.next === undefined ? {} : { next: page.next }) }
}

/** Raises ArtifactNotFound, PathNotAllowed. */
export async function statArtifact(room: Room, place: ArtifactPlace, path: string): Promise<BlobStat> {
  const { account, artifacts } = room.workspace.storage
  const stat = await room.deps.store.bytes.stat(account, artifacts, place.prefix + path)
  return stat ?? fail('ArtifactNotFound', { path })
}

/** A link that opens one file, to read or to make, without a token. */
export function linkTo(room: Room, blob: string, permissions = 'r'): string {
  const { account, artifacts } = room.workspace.storage
  const expiresAt = room.deps.store.clock.now() + linkMs
  const sas = room.deps.sign.sas({ account, container: artifacts, blob, permissions, expiresAt })
  const path = blob.split('/').map(encodeURIComponent).join('/')
  return `${room.origin}/${account}/${artifacts}/${path}?${sas}`
}

/**
 * The same link as clients of the artifact service know it. azureml-mlflow leaves out, without a word, what is not at
 * `https://….blob.{storage suffix}/`; the address after the account is taken off again where requests come in.
 */
export function contentLink(room: Room, blob: string, permissions = 'r'): string {
  const { account } = room.workspace.storage
  const link = linkTo(room, blob, permissions)
  const start = `${room.origin}/${account}`
  return room.origin.startsWith('https://')
    ? `${start}.blob.${room.request.headers.host}${link.slice(start.length)}`
    : link
}

export function printArtifact(place: ArtifactPlace, path: string, stat?: BlobStat): JsonObject {
  return {
    artifactId: `${place.prefix}${path}`,
    origin: place.origin,
    container: place.container,
    path,
    etag: stat ? `"${stat.etag}"` : null,
    createdTime: stat ? isoNow(stat.lastModified) : null,
    dataPath: { dataStoreName: 'workspaceartifactstore', relativePath: `${place.prefix}${path}`, sqlDataPath: null },
    tags: {},
  }
}

export function printContentInfo(place: ArtifactPlace, path: string, contentUri: string): JsonObject {
  return { contentUri, origin: place.origin, container: place.container, path, tags: {} }
}

/** The path of a file inside its place. */
export function pathIn(place: ArtifactPlace, stat: BlobStat): string {
  return stat.name.slice(place.prefix.length)
}

/**
 * Announces files to be uploaded: a link for each that is not there yet, an error for each that is. What is announced
 * exists only once it is uploaded.
 */
export async function announce(room: Room, place: ArtifactPlace, paths: string[]): Promise<JsonObject> {
  const { account, artifacts } = room.workspace.storage
  const made: [string, JsonObject][] = []
  const infos: [string, JsonObject][] = []
  const refused: [string, JsonObject][] = []
  for (const path of paths) {
    try {
      const clean = path.replace(/^\/+/, '')
      const blob = place.prefix + clean
      if (await room.deps.store.bytes.stat(account, artifacts, blob)) {
        fail('ResourceExists', { kind: 'artifact', name: `${place.prefix}${clean}` })
      }
      room.deps.store.bytes.path(account, artifacts, blob)
      made.push([path, printArtifact(place, clean)])
      infos.push([path, printContentInfo(place, clean, contentLink(room, blob, 'rcw'))])
    } catch (error) {
      if (!isLazError(error)) throw error
      refused.push([path, { error: { code: 'UserError', message: error.message, details: [] } }])
    }
  }
  return {
    artifacts: Object.fromEntries(made),
    artifactContentInformation: Object.fromEntries(infos),
    errors: Object.fromEntries(refused),
  }
}
