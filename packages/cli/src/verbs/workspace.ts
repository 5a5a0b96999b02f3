// Workspaces, and feature stores that are workspaces too, live beside each other in a resource group: their verbs name one
// with -n, or mean the default one.
import type { Collection, Lazurite, Resource } from '@lazurite/client'
import { asString, documents, type Kind, type WorkspaceId } from '@lazurite/spec'
import { type Args, isSet, textOf } from '../args.ts'
import type { Run } from '../command.ts'
import { describe } from '../describe.ts'
import { type Document, readDocument } from '../document.ts'
import { collectionOf, kindOf } from '../reach.ts'
import type { Result, Session } from '../session.ts'
import { UsageError } from '../usage.ts'
import { confirm, listOf, put, updateOne } from './resource.ts'

function nameOf(session: Session, args: Args): string {
  return textOf(args, 'name') ?? session.workspace.workspace
}

/** The client whose workspace is the one that is named. */
async function reach(session: Session, args: Args): Promise<{ client: Lazurite; all: Collection; name: string }> {
  const name = nameOf(session, args)
  const client = await session.client({ ...session.workspace, workspace: name })
  return { client, all: await collectionOf(session, args, client), name }
}

export const show: Run = async (session, args) => {
  const { all, name } = await reach(session, args)
  return shown(session, await all.get({ name }))
}

export const create: Run = async (session, args) => {
  const kind = kindOf(session)
  const document = asItsKind(readDocument(session, args))
  const name = asString(document.yaml.name)
  if (name === undefined)
    throw new UsageError(`the ${kind.name} has no name`, 'Give one with --name, or the key name in the file.')
  const workspace: WorkspaceId = { ...session.workspace, workspace: name }
  const inside: Session = Object.create(session, {
    workspace: { value: workspace },
    client: { value: (other?: WorkspaceId) => session.client(other ?? workspace) },
  })
  return shown(session, await put(inside, args, document))
}

/** A hub, a project or a feature store has keys of its own: the document says which it is. */
function asItsKind(document: Document): Document {
  return { ...document, kind: kindFor(document.kind, asString(document.yaml.kind)) }
}

/** The table of what `word` stands for among those whose rows are of `kind`; `kind` itself when it is none of them. */
function kindFor(kind: Kind, word: string | undefined): Kind {
  const wanted = word?.toLowerCase()
  return documents.find((one) => one.document?.of === kind.name && envelopeWord(one) === wanted) ?? kind
}

function shown(session: Session, resource: Resource): Result {
  return { value: describe(kindFor(kindOf(session), asString(resource.rest.kind)), resource) }
}

const envelopeWord = (kind: Kind) => kind.document?.envelope?.toLowerCase()

export const list: Run = async (session, args) => {
  const kinds = textOf(args, 'filtered-kinds')
    ?.split(',')
    .map((word) => word.trim().toLowerCase())
  const own = envelopeWord(kindOf(session))
  const wanted = own === undefined ? kinds : [own]
  return listOf(session, args, await collectionOf(session, args), (resource) =>
    wanted === undefined ? true : wanted.includes(kindWord(resource)),
  )
}

function kindWord(resource: Resource): string {
  return (asString(resource.rest.kind) ?? 'default').toLowerCase()
}

export const update: Run = async (session, args) => {
  const file = textOf(args, 'file') === undefined ? undefined : readDocument(session, { ...args, edits: [] })
  const name = textOf(args, 'name') ?? asString(file?.yaml.name) ?? session.workspace.workspace
  const client = await session.client({ ...session.workspace, workspace: name })
  const all = await collectionOf(session, args, client)
  return updateOne(session, args, { client, all, which: { name }, file })
}

export const remove: Run = async (session, args) => {
  const { all, name } = await reach(session, args)
  await confirm(session, args, `Delete the ${kindOf(session).name} ${name} with everything in it?`)
  await all.delete({ name }, { forceToPurge: String(isSet(args, 'permanently-delete')) })
  return {}
}

const actions: Readonly<Record<string, string>> = {
  'list-keys': 'listKeys',
  'sync-keys': 'resyncKeys',
  diagnose: 'diagnose',
}

export const act: Run = async (session, args) => {
  const { all, name } = await reach(session, args)
  return { value: await all.act({ name }, actions[session.verb] ?? session.verb, { value: {} }) }
}
