// The verbs that every kind has: create, show, list, update, archive, restore, delete. None of them asks which kind it is.
import type { Collection, Lazurite, Resource, Which } from '@lazurite/client'
import {
  asString,
  datastoreUri,
  fail,
  type Issue,
  isObject,
  type Json,
  type JsonObject,
  type Kind,
  LazError,
  parseUri,
  sameJson,
  setKey,
  type WorkspaceId,
} from '@lazurite/spec'
import { type Args, isSet, textOf, wholeOf } from '../args.ts'
import { checkOffline } from '../check.ts'
import type { Run } from '../command.ts'
import { brief, describe, sayWarnings, shownOf } from '../describe.ts'
import { type Document, fill, ownKeys, plainWire, readDocument, refuse, refuseOrWarn } from '../document.ts'
import { applyEdits } from '../edits.ts'
import { collectionOf, kindOf, whichOf, whichOfDocument } from '../reach.ts'
import type { Result, Session } from '../session.ts'
import { UsageError } from '../usage.ts'

/** The resource; with --web its page too. */
async function shown(session: Session, args: Args, resource: Resource): Promise<Result> {
  const kind = kindOf(session)
  if (isSet(args, 'web')) {
    const { pageOfResource, showPage } = await import('./studio.ts')
    await showPage(session, pageOfResource(kind, resource.id))
  }
  return { value: describe(kind, resource) }
}

export const create: Run = async (session, args) => createFrom(session, args, readDocument(session, args))

/** Creates what a document describes and says what the server warns of. */
export async function createFrom(session: Session, args: Args, document: Document): Promise<Result> {
  return shown(session, args, await put(session, args, document))
}

/** The same, answering the resource. */
export async function put(session: Session, args: Args, document: Document): Promise<Resource> {
  const { kind } = document
  const said = isSet(args, 'skip-validation') ? [] : checkOffline(document)
  refuseOrWarn(session, kind, said)
  const which = whichOfDocument(kind, args, document.yaml)
  const { load } = await import('../load.ts')
  const client = await session.client()
  const collection = await collectionOf(session, args, client)
  const { properties, beside, warnings } = await load(session, client, document)
  sayNew(session, warnings, said)
  const asked = document.yaml.version
  const version = asked === undefined || asked === null ? undefined : String(asked)
  const envelope = kind.document?.envelope === undefined ? {} : { kind: kind.document.envelope }
  const made = await putNext(
    collection,
    { ...which, version },
    {
      ...beside,
      ...envelope,
      properties: textOf(args, 'registry-name') === undefined ? properties : fromOutside(properties, session.workspace),
    },
  )
  sayWarnings(session, made)
  return made
}

/** A registry has no datastores: what lies in one of the workspace's is named in full. */
function fromOutside<T extends Json>(value: T, workspace: WorkspaceId): T {
  const long = (text: string) => {
    const uri = text.startsWith('azureml://datastores/') ? parseUri(text) : undefined
    return uri?.form === 'datastore' ? datastoreUri(workspace, uri.datastore, uri.path) : text
  }
  const walk = (inner: Json): Json => {
    if (typeof inner === 'string') return long(inner)
    if (Array.isArray(inner)) return inner.map(walk)
    return isObject(inner) ? Object.fromEntries(Object.entries(inner).map(([key, v]) => [key, walk(v)])) : inner
  }
  // the walk keeps the shape
  return walk(value) as T
}

/** Warnings that were not said when the file was looked at. */
export function sayNew(session: Session, warnings: readonly Issue[], said: readonly Issue[]): void {
  const known = new Set(said.map((issue) => issue.message))
  for (const { message } of warnings) if (!known.has(message)) session.say(`Warning: ${message}`)
}

/** PUT; without a version the next one, tried again when somebody else took it meanwhile. */
async function putNext(all: Collection, which: Which, body: JsonObject): Promise<Resource> {
  const { properties, ...beside } = body
  const write = (target: Which) => all.put(target, isObject(properties) ? properties : {}, beside)
  if (all.kind.shape !== 'versioned') return write({ ...which, version: undefined })
  for (let attempt = 1; ; attempt++) {
    const version = which.version ?? (await all.nextVersion(which.name))
    try {
      return await write({ ...which, version })
    } catch (error) {
      const taken = error instanceof LazError && error.http === 409 && which.version === undefined
      if (!taken || attempt >= 3) throw error
    }
  }
}

export const show: Run = async (session, args) =>
  shown(session, args, await (await collectionOf(session, args)).get(whichOf(args)))

export const list: Run = async (session, args) => {
  const kind = kindOf(session)
  return listOf(session, args, await collectionOf(session, args), filterOf(args, kind))
}

/** The rows of a list that satisfy `wanted`, in columns. */
export async function listOf(
  session: Session,
  args: Args,
  all: Collection,
  wanted: (resource: Resource, row: JsonObject) => boolean,
): Promise<Result> {
  const kind = kindOf(session)
  const archived = isSet(args, 'archived-only') ? 'archived' : isSet(args, 'include-archived') ? 'all' : 'active'
  const max = wholeOf(args, 'max-results')
  const rows: JsonObject[] = []
  if (max === 0) return { value: rows, shown: shownOf(kind, session.now()) }
  const query = { name: textOf(args, 'name'), parent: textOf(args, 'endpoint-name'), archived } as const
  for await (const resource of all.list({ ...query, filter: filterQuery(args) })) {
    const row = brief(kind, resource)
    if (!wanted(resource, row)) continue
    rows.push(row)
    if (max !== undefined && rows.length >= max) break
  }
  return { value: rows, shown: shownOf(kind, session.now()) }
}

/** What a list verb of one kind asks in a word of its own. */
function filterQuery(args: Args): Record<string, string> {
  if (isSet(args, 'disabled-only')) return { listViewType: 'DisabledOnly' }
  return isSet(args, 'include-disabled') ? { listViewType: 'All' } : {}
}

/** `--type X`, `--stage X`: those whose key says so. */
function filterOf(args: Args, kind: Kind): (resource: Resource, row: JsonObject) => boolean {
  const wanted = ['type', 'stage'].flatMap((key): [string, string][] => {
    const word = textOf(args, key)
    return word === undefined ? [] : [[key, word.toLowerCase()]]
  })
  const enabledOnly = kind.columns.includes('is_enabled') && !isSet(args, 'disabled-only')
  const all = isSet(args, 'include-disabled')
  return (_, row) =>
    wanted.every(([key, word]) => asString(row[key])?.toLowerCase() === word) &&
    (!enabledOnly || all || row.is_enabled !== false)
}

export const update: Run = async (session, args) => {
  const kind = kindOf(session)
  const file = textOf(args, 'file') === undefined ? undefined : readDocument(session, { ...args, edits: [] })
  const which = whichOfDocument(kind, args, file ? applyEdits(file.yaml, namesSet(args)) : {})
  const client = await session.client()
  return updateOne(session, args, { client, all: await collectionOf(session, args, client), which, file })
}

/** Of the edits those that say, over the file, which one is meant. */
function namesSet({ edits }: Args): Args['edits'] {
  const names = /^(?:name|endpoint_name)=/
  return edits.flatMap((edit) =>
    edit.how === 'set' ? [{ ...edit, words: edit.words.filter((word) => names.test(word)) }] : [],
  )
}

export interface Updating {
  client: Lazurite
  all: Collection
  which: Which
  file: Document | undefined
}

/** GET, merge of file, flags and edits, PATCH of what differs. */
export async function updateOne(session: Session, args: Args, { client, all, which, file }: Updating): Promise<Result> {
  const kind = kindOf(session)
  const now = await all.get(which)
  const target: Which = kind.shape === 'versioned' ? { name: which.name, version: now.name } : which
  const before = ownKeys(describe(kind, now))
  const filled = fill(file ? { ...before, ...file.yaml } : before, args, session)
  const after = applyEdits(filled, args.edits, { forceString: isSet(args, 'force-string') })
  const old = plainWire(kind, before, before)
  const wire = file
    ? await wireOfFile(session, client, { ...file, yaml: after, doc: { ...file.doc, value: after } }, before)
    : plainWire(kind, after, before)
  const change = changeOf(old, wire)
  if (Object.keys(change).length === 0) {
    if (!sameJson(before, after))
      throw new UsageError(
        'the change names nothing that can be changed',
        `See what there is with: laz ${kind.name} show -n ${which.name}`,
      )
    return shown(session, args, now)
  }
  const done = await all.patch(target, { properties: {}, ...change })
  sayWarnings(session, done)
  return shown(session, args, done)
}

/** What a file holds may have to be uploaded first; what was wrong before the file came is no problem of the file. */
async function wireOfFile(
  session: Session,
  client: Lazurite,
  document: Document,
  before: JsonObject,
): Promise<JsonObject> {
  const key = (issue: Issue) => issue.path.join('.') + issue.message
  const old = new Set(checkOffline({ ...document, yaml: before, doc: { ...document.doc, value: before } }).map(key))
  const judge: typeof refuse = (kind, issues) =>
    refuse(
      kind,
      issues.filter((issue) => !old.has(key(issue))),
    )
  judge(document.kind, checkOffline(document))
  const { load } = await import('../load.ts')
  const { properties, beside } = await load(session, client, document, { judge })
  return { ...beside, properties }
}

/** What a PATCH must say to make `before` into `after`: mappings key by key, null for what is gone, tags as a whole. */
export function changeOf(before: JsonObject, after: JsonObject): JsonObject {
  const change: JsonObject = {}
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, now]: (Json | undefined)[] = [before[key], after[key]]
    if (sameJson(old, now)) continue
    if (isObject(old) && isObject(now) && key !== 'tags') setKey(change, key, changeOf(old, now))
    else setKey(change, key, now ?? null)
  }
  return change
}

const archiving =
  (archived: boolean): Run =>
  async (session, args) => {
    await (await collectionOf(session, args)).archive(whichOf(args), archived)
    return {}
  }

export const archive = archiving(true)
export const restore = archiving(false)

export const remove: Run = async (session, args) => {
  await (await collectionOf(session, args)).delete(whichOf(args))
  return {}
}

/** The same where `az` asks first. */
export const removeAsked: Run = async (session, args) => {
  await confirm(session, args, `Delete the ${kindOf(session).name} ${whichOf(args).name}?`)
  return remove(session, args)
}

/** Asks on a terminal; anywhere else --yes must have been said. */
export async function confirm(session: Session, args: Args, question: string): Promise<void> {
  if (isSet(args, 'yes')) return
  if (!process.stdin.isTTY || !session.err.tty)
    throw new UsageError('nobody is there to ask', 'Add --yes to go on without being asked.')
  const { createInterface } = await import('node:readline/promises')
  const reader = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await reader.question(`${question} (y/N) `)
  reader.close()
  if (!/^y(es)?$/i.test(answer.trim())) fail('BadArgument', { what: 'Nothing was done.' })
}
