/** What ARM has no word for: numbers about the calls of an endpoint, and the logs of a deployment as they grow. */
import { readServing, taskIdOf, useOf } from '@lazurite/engine'
import { fail, type JsonObject } from '@lazurite/spec'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { FaceDeps } from '../../app.ts'
import { openRoom, type Room } from '../arm/room.ts'
import { followLogs } from './logs.ts'
import { metricsOf } from './metrics.ts'
import type { RouteTable } from './table.ts'

const endpointPath =
  '/lazurite/v1/subscriptions/:subscription/resourceGroups/:group' +
  '/providers/Microsoft.MachineLearningServices/workspaces/:workspace/onlineEndpoints/:endpoint'
const usualLines = 50

export function extras(app: FastifyInstance, deps: FaceDeps, table: RouteTable): void {
  app.get(`${endpointPath}/metrics`, async (request, reply) => {
    const { room, endpoint: name } = await opened(deps, request, reply)
    const endpoint = await table.find(room.workspace.guid, name)
    if (!endpoint) return fail('ResourceNotFound', { kind: 'online-endpoint', name: name.slice(0, 60) })
    const { deployments: all } = endpoint
    const collected = [...all.values()].flatMap(({ name, keeper }) => (keeper ? [[name, { ...keeper.tale }]] : []))
    const ready = [...all.values()].map(({ name, targets }) => [name, targets.length])
    const replicas = await replicasOf(
      deps,
      room,
      [...all.keys()].map((deployment) => `${endpoint.name}/${deployment}`),
    )
    return {
      endpoint: endpoint.name,
      replicas,
      deployments: metricsOf(all, deps.store.clock.now()),
      ready: Object.fromEntries(ready),
      collected: Object.fromEntries(collected),
    }
  })
  app.get(`${endpointPath}/deployments/:deployment/logs`, async (request, reply) => {
    const { room, endpoint, deployment } = await opened(deps, request, reply)
    const name = `${endpoint}/${deployment}`
    const row = await deps.store.resources.get({ scope: room.workspace.scope, kind: 'online-deployment', name })
    if (!row) return fail('ResourceNotFound', { kind: 'online-deployment', name: name.slice(0, 80) })
    const { container, cursor, tail } = request.query as Record<string, string | undefined> // texts, one each
    const lines = tail === undefined ? usualLines : Number(tail)
    if (!Number.isInteger(lines) || lines < 0) fail('BadArgument', { what: 'tail must be a whole number of lines.' })
    return followLogs(deps.store.home, row, { container, cursor, lines })
  })
}

/** What each replica takes of this machine, by deployment; `{deployment: [{id, state, startedAt, restarts, …}]}`. */
async function replicasOf({ store }: FaceDeps, room: Room, names: readonly string[]): Promise<JsonObject> {
  const known: { deployment: string; taskId: string; told: JsonObject }[] = []
  for (const name of names) {
    const row = await store.resources.get({ scope: room.workspace.scope, kind: 'online-deployment', name })
    const serving = row && readServing(row.status)
    for (const replica of serving?.replicas.values() ?? []) {
      const { id, state, startedAt, restarts } = replica
      const deployment = name.split('/')[1] ?? ''
      known.push({
        deployment,
        taskId: taskIdOf(serving ?? { uuid: '' }, replica),
        told: { id, state, startedAt, restarts },
      })
    }
  }
  const uses = await useOf(new Set(known.map(({ taskId }) => taskId)))
  const told: Record<string, JsonObject[]> = {}
  for (const { deployment, taskId, told: replica } of known) {
    const list = told[deployment] ?? []
    told[deployment] = list
    list.push({ ...replica, ...uses.get(taskId) })
  }
  return told
}

interface Opened {
  room: Room
  endpoint: string
  deployment: string
}

async function opened(deps: FaceDeps, request: FastifyRequest, reply: FastifyReply): Promise<Opened> {
  const params = request.params as Record<string, string> // what the router found
  const { subscription = '', group: resourceGroup = '', workspace = '', endpoint = '', deployment = '' } = params
  return {
    room: await openRoom(deps, request, reply, { subscription, resourceGroup, workspace }),
    endpoint,
    deployment,
  }
}
