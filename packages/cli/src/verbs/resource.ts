// The verbs that every kind has: create, show, list, update, archive, restore, delete. None of them asks which kind it is.
import type { Lazurite, Resource, Which } from '@lazurite/client'
import {
  asString,
  fail,
  isObject,
  type Json,
  type JsonObject,
  type Kind,
  LazError,
  sameJson,
  setKey,
  toWire,
  type YamlContext,
} from '@lazurite/spec'
import { type Args, isSet, textOf, wholeOf } from '../args.ts'
import { checkOffline } from '../check.ts'
import type { Run } from '../command.ts'
import { brief, describe, shownOf } from '../describe.ts'
import { fill, readDocument, refuse, refuseOrWarn } from '../document.ts'
import { applyEdits } from '../edits.ts'
import type { Result, Session } from '../session.ts'
import { createFlags, updateFlags } from '../surface.ts'
import { UsageError } from '../usage.ts'

/** The kind a verb was called for; every caller of this file's verbs has one. */
export function kindOf(session: Session): Kind {
  return session.kind ?? fail('BadArgument', { what: 'This verb needs a kind.' })
}

/** What --name, --version and --label name. */
export function whichOf(args: Args): Which {
  const name = textOf(args, 'name') ?? ''
  const version = textOf(args, 'version')
  const label = textOf(args, 'label')
  if (version !== undefined && label !== undefined) throw new UsageError('--version and --label cannot both be given')
  return { name, version, label }
}

function shown(kind: Kind, resource: Resource): Result {
  return { value: describe(kind, resource) }
}

export const create: Run = async (session, args) => {
  const kind = kindOf(session)
  const document = readDocument(session, args, kind, createFlags[kind.name] ?? [])
  if (!isSet(args, 'skip-validation')) refuseOrWarn(session, kind, checkOffline(document))
  const { load } = await import('../load.ts')
  const client = await session.client()
  const name = asString(document.yaml.name)
  if (name === undefined)
    throw new UsageError(`the ${kind.name} has no name`, 'Give one with --name, or the key name in the file.')
  const { properties, warnings } = await load(session, client, document)
  for (const warning of warnings) session.say(`Warning: ${warning.message}`)
  const asked = document.yaml.version
  const made = await putNext(client, kind, {
    name,
    version: asked === undefined || asked === null ? undefined : String(asked),
    properties,
  })
  return shown(kind, made)
}

interface Putting {
  name: string
  version: string | undefined
  properties: JsonObject
}

/** PUT; without a version the next one, tried again when somebody else took it meanwhile. */
async function putNext(client: Lazurite, kind: Kind, { name, version, properties }: Putting): Promise<Resource> {
  const all = client.of(kind.name)
  if (kind.shape !== 'versioned') return all.put({ name }, properties)
  for (let attempt = 1; ; attempt++) {
    const chosen = version ?? (await all.nextVersion(name))
    try {
      return await all.put({ name, version: chosen }, properties)
    } catch (error) {
      const taken = error instanceof LazError && error.http === 409 && version === undefined
      if (!taken || attempt >= 3) throw error
    }
  }
}

export const show: Run = async (session, args) => {
  const kind = kindOf(session)
  const client = await session.client()
  return shown(kind, await client.of(kind.name).get(whichOf(args)))
}

export const list: Run = async (session, args) => {
  const kind = kindOf(session)
  const client = await session.client()
  const archived = isSet(args, 'archived-only') ? 'archived' : isSet(args, 'include-archived') ? 'all' : 'active'
  const rows: JsonObject[] = []
  const wanted = filterOf(args)
  const max = wholeOf(args, 'max-results')
  const found = client
    .of(kind.name)
    .list({ name: textOf(args, 'name'), archived, max: wanted.length > 0 ? undefined : max })
  for await (const resource of found) {
    const row = brief(kind, resource)
    if (!wanted.every(([key, word]) => asString(row[key])?.toLowerCase() === word)) continue
    rows.push(row)
    if (max !== undefined && rows.length >= max) break
  }
  return { value: rows, shown: shownOf(kind, session.now()) }
}

/** `--type X`, `--stage X`: those whose key says so. */
function filterOf(args: Args): [string, string][] {
  return ['type', 'stage'].flatMap((key): [string, string][] => {
    const word = textOf(args, key)
    return word === undefined ? [] : [[key, word.toLowerCase()]]
  })
}

export const update: Run = async (session, args) => {
  const kind = kindOf(session)
  const client = await session.client()
  const which = whichOf(args)
  const now = await client.of(kind.name).get(which)
  const target = kind.shape === 'versioned' ? { name: which.name, version: now.name } : which
  const before = describe(kind, now)
  const merged =
    textOf(args, 'file') === undefined
      ? before
      : { ...before, ...readDocument(session, { ...args, edits: [] }, kind, []).yaml }
  const filled = fill(merged, args, { flags: updateFlags[kind.name] ?? [], cwd: session.cwd })
  const after = applyEdits(filled, args.edits, { forceString: isSet(args, 'force-string') })
  const change = changeOf(wireOf(kind, before, before), wireOf(kind, after, before))
  if (Object.keys(change).length === 0) {
    if (!sameJson(before, after))
      throw new UsageError(
        'the change names nothing that can be changed',
        `See what there is with: laz ${kind.name} show -n ${which.name}`,
      )
    return shown(kind, now)
  }
  return shown(kind, await client.of(kind.name).patch(target, { properties: change }))
}

/** The wire spelling of a described resource; problems that were there before the edit are no problem of the edit. */
function wireOf(kind: Kind, yaml: JsonObject, before: JsonObject): JsonObject {
  const convert = (value: JsonObject) => {
    const context: YamlContext = { issues: [] }
    return { wire: toWire(kind.name, value, context), issues: context.issues }
  }
  const old = new Set(convert(before).issues.map((issue) => issue.path.join('.') + issue.message))
  const { wire, issues } = convert(yaml)
  refuse(
    kind,
    issues.filter((issue) => !old.has(issue.path.join('.') + issue.message)),
  )
  return wire
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
    const kind = kindOf(session)
    await (await session.client()).of(kind.name).archive(whichOf(args), archived)
    return {}
  }

export const archive = archiving(true)
export const restore = archiving(false)

export const remove: Run = async (session, args) => {
  const kind = kindOf(session)
  const which = whichOf(args)
  if (kind.moves) await confirm(session, args, `Delete the ${kind.name} ${which.name}?`)
  await (await session.client()).of(kind.name).delete(which)
  return {}
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
