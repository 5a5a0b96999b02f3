/** What a compute can be asked for: to start and stop, its nodes, its settings. */
import { asArray, asObject, asString, fail, type Json, type JsonObject } from '@lazurite/spec'
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

const atWork = ['Starting', 'Running', 'NotResponding', 'CancelRequested', 'Finalizing']

/** The nodes that are up. One that has several jobs names the first. */
export async function listNodes(asked: Asked): Promise<JsonObject> {
  const { room, key } = asked
  const row = await needed(asked)
  if (row.props.computeType !== 'AmlCompute') {
    fail('NotSupported', {
      what: `Listing the nodes of a compute of type ${asString(row.props.computeType) ?? 'unknown'}`,
      why: 'only a cluster has nodes that come and go',
      instead: 'Show the compute itself.',
    })
  }
  const { rows } = await room.deps.store.resources.list({
    scope: key.scope,
    kind: 'job',
    states: atWork,
    archived: 'all',
    outside: false,
    top: 1000,
  })
  const jobs = new Map<number, string>()
  for (const job of rows) {
    const { compute, nodes } = asObject(job.status.node)
    if (compute !== row.name) continue
    for (const index of asArray(nodes).map(Number)) if (!jobs.has(index)) jobs.set(index, job.name)
  }
  return {
    nodes: room.deps.engine.nodes(row).map(
      ({ index, state }): Json => ({
        nodeId: `${row.name}-${index}`,
        nodeState: state,
        port: null,
        publicIpAddress: null,
        privateIpAddress: '127.0.0.1',
        runId: state === 'idle' ? null : (jobs.get(index) ?? null),
      }),
    ),
    nextLink: null,
  }
}
