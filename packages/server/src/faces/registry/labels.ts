/**
 * Labels of an asset: words that name one of its versions and may be moved to another. `latest` moves by itself and can
 * be set by nobody; the others are kept on the container and are read wherever `@label` is.
 */
import { isNewestLabel, isSystemScope, labelsOf, refuseSystem } from '@lazurite/engine'
import { asObject, asString, fail, isLazError, type JsonObject } from '@lazurite/spec'
import type { Row, Store } from '@lazurite/store'
import type { FastifyReply } from 'fastify'
import { type Below, containerOf, versionedKind } from './home.ts'

const labelGrammar = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,254}$/
const tries = 8

/** Every label with its version, `latest` first. */
export async function listLabels(below: Below): Promise<JsonObject> {
  const kind = versionedKind(below)
  const container = await containerOf(below, kind)
  const { resources } = below.room.deps.store
  const newest = await resources.latest({ scope: container.scope, kind: kind.name, name: container.name })
  const own = Object.entries(labelsOf(container)).sort(([a], [b]) => (a < b ? -1 : 1))
  const all: [string, string][] = [...(newest ? [['latest', newest.version] as [string, string]] : []), ...own]
  return { value: all.map(([label, version]) => ({ label, version })) }
}

/** Puts a label on a version, taking it off another. Raises VersionNotFound, BadArgument. */
export async function setLabel(below: Below): Promise<JsonObject> {
  const kind = versionedKind(below)
  const { room, params } = below
  const { label = '', name } = params
  refuseUnsettable(below)
  if (!labelGrammar.test(label)) {
    const why = 'letters, digits, -, _ and . only, beginning with a letter or digit'
    fail('InvalidName', { name: label.slice(0, 60), kind: 'label', why })
  }
  const version = asString(asObject(room.request.body as JsonObject | undefined).version) // parsed JSON
  if (version === undefined) {
    fail('BadArgument', { what: 'The body must name the version: {"version": "1"}.' }, { target: 'version' })
  }
  const { resources } = room.deps.store
  const there = await resources.get({ scope: room.workspace.scope, kind: kind.name, name, version })
  if (!there) fail('VersionNotFound', { kind: kind.name, name, version })
  await change(room.deps.store, await containerOf(below, kind), room.request.caller.name, (labels) => {
    labels[label] = version
  })
  return { label, version }
}

/** 204 when there was none of that name. */
export async function removeLabel(below: Below): Promise<FastifyReply> {
  const kind = versionedKind(below)
  const { room, params } = below
  const { label = '' } = params
  refuseUnsettable(below)
  const container = await containerOf(below, kind)
  if (!Object.hasOwn(labelsOf(container), label)) return room.reply.code(204).send()
  await change(room.deps.store, container, room.request.caller.name, (labels) => {
    delete labels[label]
  })
  return room.reply.code(200).send()
}

/** Takes the labels off a version that is deleted. */
export async function forgetLabels(store: Store, row: Row, by: string): Promise<void> {
  const { scope, kind, name, version } = row
  const container = version === '' ? undefined : await store.resources.get({ scope, kind, name })
  if (!container || !Object.values(labelsOf(container)).includes(version)) return
  await change(store, container, by, (labels) => {
    for (const [label, of] of Object.entries(labels)) if (of === version) delete labels[label]
  })
}

function refuseUnsettable({ room, params }: Below): void {
  const { scope, registry = '' } = room.workspace
  if (isSystemScope(scope)) refuseSystem(registry, 'Changing')
  if (!isNewestLabel(params.label ?? '')) return
  fail('NotSupported', {
    what: `Changing the label ${params.label}`,
    why: 'it always names the newest version',
    instead: 'Choose another label, or archive the versions that shall not be the newest.',
  })
}

/** Changes the labels of a container; whoever changed it meanwhile keeps his change. */
async function change(
  store: Store,
  container: Row,
  by: string,
  edit: (labels: Record<string, string>) => void,
): Promise<void> {
  const { scope, kind, name } = container
  let now = container
  for (let attempt = 1; ; attempt += 1) {
    const labels = { ...labelsOf(now) }
    edit(labels)
    try {
      await store.resources.put({ key: { scope, kind, name }, props: { ...now.props, labels }, by, ifMatch: now.etag })
      return
    } catch (error) {
      if (!isLazError(error) || error.code !== 'PreconditionFailed' || attempt === tries) throw error
      now = (await store.resources.get({ scope, kind, name })) ?? fail('ResourceNotFound', { kind, name })
    }
  }
}
