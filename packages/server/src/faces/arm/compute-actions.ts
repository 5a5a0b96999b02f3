/** What a compute can be asked for: to start and stop, its nodes, its settings. */
import { asArray, asNumber, asObject, asString, fail, type Json, type JsonObject } from '@lazurite/spec'
import type { Row } from '@lazurite/store'
import type { FastifyReply } from 'fastify'
import { type Asked, needed } from './asked.ts'
import { machineSizes } from './locations.ts'
import { accept } from './lro.ts'
import { openSecrets } from './secrets.ts'
import { patchResource } from './write.ts'

/** The compute's own loop does the work; the caller polls until it has come to rest. */
export async function askCompute(asked: Asked, what: 'start' | 'stop' | 'restart'): Promise<FastifyReply> {
  const { room, key } = asked
  needInstance(await needed(asked), what)
  await room.deps.store.resources.ask(key, { [what]: room.deps.store.clock.now() })
  return accept(room, key)
}

function needInstance(row: Row, what: string): void {
  if (row.props.computeType !== 'ComputeInstance') {
    fail('NotSupported', {
      what: `To ${what} a compute of type ${asString(row.props.computeType) ?? 'unknown'}`,
      why: 'only a compute instance is started and stopped; a cluster grows and shrinks by itself',
      instead: 'Set its minimum number of nodes.',
    })
  }
}

/** Sets one of the properties of the type, named as in the body; checked, stored and shown. */
export async function setInner(asked: Asked, name: string): Promise<JsonObject> {
  needInstance(await needed(asked), `set ${name} of`)
  const value = asked.body[name]
  if (value === undefined) fail('BadArgument', { what: `The body must say ${name}.` }, { target: name })
  await patchResource(asked.room, asked.kind, asked.key, { properties: { properties: { [name]: value } } })
  return {}
}

/** Another size is another share of this machine for the jobs that come next. */
export async function resize(asked: Asked): Promise<FastifyReply> {
  const { room, kind, key, body } = asked
  needInstance(await needed(asked), 'resize')
  const vmSize = asString(body.targetVMSize)
  if (!vmSize) fail('BadArgument', { what: 'The body must say targetVMSize.' }, { target: 'targetVMSize' })
  await patchResource(room, kind, key, { properties: { properties: { vmSize } } })
  return accept(room, key)
}

/** Every size this machine has. */
export async function listAllowedSizes(asked: Asked): Promise<JsonObject> {
  await needed(asked)
  return { value: machineSizes(asked.room.deps) }
}

/** How a machine that was attached is entered; what this machine makes itself has no keys. */
export async function listComputeKeys(asked: Asked): Promise<JsonObject> {
  const { room, kind, key } = asked
  const row = await needed(asked)
  const account = asObject(asObject(row.props.properties).administratorAccount)
  const computeType = asString(row.props.computeType) ?? 'unknown'
  if (Object.keys(account).length === 0) {
    fail('NotSupported', {
      what: `Listing the keys of a compute of type ${computeType}`,
      why: 'it has none: its nodes are processes of this machine',
      instead: 'Only an attached machine has keys.',
    })
  }
  room.deps.log.info({ compute: key.name, scope: key.scope, by: room.request.caller.name }, 'secrets listed')
  return { computeType, administratorAccount: { ...account, ...(await openSecrets(room.deps.store, kind, key)) } }
}

/** Nodes at work, each with its job; then those the minimum keeps ready. */
export async function listNodes(asked: Asked): Promise<JsonObject> {
  const { room, key } = asked
  const row = await needed(asked)
  const { rows } = await room.deps.store.resources.list({
    scope: key.scope,
    kind: 'job',
    states: ['Starting', 'Running', 'CancelRequested', 'Finalizing'],
    archived: 'all',
    top: 1000,
  })
  const busy = rows.flatMap((job) => {
    const { compute, nodes } = asObject(job.status.node)
    return compute === row.name ? asArray(nodes).map((index) => ({ index: Number(index), runId: job.name })) : []
  })
  const least = asNumber(asObject(asObject(row.props.properties).scaleSettings).minNodeCount) ?? 0
  const taken = new Set(busy.map((node) => node.index))
  const ready = Array.from({ length: least }, (_, index) => index).filter((index) => !taken.has(index))
  const idle = ready.slice(0, Math.max(0, least - busy.length)).map((index) => ({ index, runId: null }))
  const nodes = [...busy, ...idle].sort((a, b) => a.index - b.index)
  return {
    nodes: nodes.map(
      ({ index, runId }): Json => ({
        nodeId: `${row.name}-${index}`,
        nodeState: runId === null ? 'idle' : 'running',
        port: null,
        publicIpAddress: null,
        privateIpAddress: '127.0.0.1',
        runId,
      }),
    ),
    nextLink: null,
  }
}
