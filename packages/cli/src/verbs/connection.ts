// Connections keep secrets, which are shown only when asked for by name.
import type { Collection, Resource } from '@lazurite/client'
import { asObject, type JsonObject } from '@lazurite/spec'
import { type Args, isSet, textOf } from '../args.ts'
import type { Run } from '../command.ts'
import { describe, shownOf, spelt } from '../describe.ts'
import { readDocument } from '../document.ts'
import { collectionOf, kindOf, whichOf } from '../reach.ts'
import type { Result, Session } from '../session.ts'
import { listOf, put, update as updateAny } from './resource.ts'

/** The connection as its file would say it; with its secrets where --populate-secrets asks for them. */
async function yamlOf(session: Session, args: Args, all: Collection, found: Resource): Promise<JsonObject> {
  const yaml = describe(kindOf(session), found)
  if (!isSet(args, 'populate-secrets')) return yaml
  const answer = asObject(await all.act({ name: found.name }, 'listsecrets'))
  const secret = asObject(asObject(answer.properties).credentials)
  const inner = spelt(secret)
  // a connection with nothing but a key says it in one word
  if (yaml.credentials === undefined && inner.key !== undefined) return { ...yaml, api_key: inner.key }
  return { ...yaml, credentials: { ...asObject(yaml.credentials), ...inner } }
}

export const create: Run = async (session, args) => {
  const made = await put(session, args, readDocument(session, args))
  return showOne(session, args, made)
}

async function showOne(session: Session, args: Args, found: Resource): Promise<Result> {
  const all = await collectionOf(session, args)
  return { value: await yamlOf(session, args, all, found) }
}

export const show: Run = async (session, args) => {
  const all = await collectionOf(session, args)
  return showOne(session, args, await all.get(whichOf(args)))
}

export const list: Run = async (session, args) => {
  const kind = kindOf(session)
  const all = await collectionOf(session, args)
  const type = plain(textOf(args, 'type') ?? '')
  const wanted = (_: Resource, row: { type?: unknown }) => type === '' || plain(String(row.type ?? '')) === type
  if (!isSet(args, 'populate-secrets')) return listOf(session, args, all, wanted)
  const { value } = await listOf(session, args, all, wanted)
  const names = (Array.isArray(value) ? value : []).map((row) => String(asObject(row).name))
  const rows = names.map(async (name) => yamlOf(session, args, all, await all.get({ name })))
  return { value: await Promise.all(rows), shown: shownOf(kind, session.now()) }
}

/** `azure_open_ai`, `AzureOpenAI` and `azure-open-ai` are one word. */
const plain = (word: string) => word.replace(/[_-]/g, '').toLowerCase()

export const update: Run = async (session, args) => {
  const done = await updateAny(session, args)
  if (!isSet(args, 'populate-secrets')) return done
  const all = await collectionOf(session, args)
  return showOne(session, args, await all.get(whichOf(args)))
}
