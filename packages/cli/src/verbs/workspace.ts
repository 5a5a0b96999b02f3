// Workspaces live beside each other in a resource group: their verbs name one with -n, or mean the default one.
import { asString, type WorkspaceId } from '@lazurite/spec'
import { isSet, textOf } from '../args.ts'
import { checkOffline } from '../check.ts'
import type { Run } from '../command.ts'
import { describe } from '../describe.ts'
import { readDocument, refuseOrWarn } from '../document.ts'
import type { Session } from '../session.ts'
import { createFlags } from '../surface.ts'
import { UsageError } from '../usage.ts'
import { confirm, kindOf } from './resource.ts'

function nameOf(session: Session, args: Parameters<Run>[1]): string {
  return textOf(args, 'name') ?? session.workspace.workspace
}

export const show: Run = async (session, args) => {
  const kind = kindOf(session)
  const client = await session.client()
  return { value: describe(kind, await client.of(kind.name).get({ name: nameOf(session, args) })) }
}

export const create: Run = async (session, args) => {
  const kind = kindOf(session)
  const document = readDocument(session, args, kind, createFlags[kind.name] ?? [])
  refuseOrWarn(session, kind, checkOffline(document))
  const name = asString(document.yaml.name)
  if (name === undefined)
    throw new UsageError('the workspace has no name', 'Give one with --name, or the key name in the file.')
  const { load } = await import('../load.ts')
  const workspace: WorkspaceId = { ...session.workspace, workspace: name }
  const client = await session.client(workspace)
  const { properties } = await load(session, client, document)
  return { value: describe(kind, await client.of(kind.name).put({ name }, properties)) }
}

export const remove: Run = async (session, args) => {
  const name = nameOf(session, args)
  await confirm(session, args, `Delete the workspace ${name} with everything in it?`)
  const client = await session.client()
  await client.of(kindOf(session).name).delete({ name }, { forceToPurge: String(isSet(args, 'permanently-delete')) })
  return {}
}

const actions: Readonly<Record<string, string>> = {
  'list-keys': 'listKeys',
  'sync-keys': 'resyncKeys',
  diagnose: 'diagnose',
}

export const act: Run = async (session, args) => {
  const client = await session.client()
  const value = await client
    .of(kindOf(session).name)
    .act({ name: nameOf(session, args) }, actions[session.verb] ?? session.verb, { value: {} })
  return { value }
}
