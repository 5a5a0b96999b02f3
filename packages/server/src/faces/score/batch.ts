/**
 * Calls of batch endpoints: each starts a job. The address is that of the endpoint, for the token that every other address
 * takes; the same can be asked below the endpoint and its deployments in the data plane.
 */
import { batchJob, batchJobName, workspaceOfGuid } from '@lazurite/engine'
import { asObject, asString, fail, isObject, type JsonObject, kindByName } from '@lazurite/spec'
import type { Key, Row } from '@lazurite/store'
import type { FastifyPluginAsync } from 'fastify'
import type { FaceDeps } from '../../app.ts'
import { type Asked, needed } from '../arm/asked.ts'
import { batchPath } from '../arm/dress-serving.ts'
import { openRoom, type Room } from '../arm/room.ts'
import { putResource } from '../arm/write.ts'
import { printProblem } from '../problem.ts'
import { printJob } from './batch-list.ts'

const deploymentHeader = 'azureml-model-deployment'
const requestIdHeaders = ['repeatability_request-id', 'repeatability-request-id']
const mostId = 200

export function batchFace(deps: FaceDeps): FastifyPluginAsync {
  return async (app) => {
    app.setErrorHandler((error, request, reply) => printProblem(deps, error, request, reply))
    app.post(`${batchPath}/:workspace/:endpoint/jobs`, async (request, reply) => {
      const { workspace: guid = '', endpoint = '' } = request.params as Record<string, string> // the router's texts
      const workspace = await workspaceOfGuid(deps.store, guid)
      if (!workspace) return fail('ResourceNotFound', { kind: 'workspace', name: guid.slice(0, 60) })
      const room = await openRoom(deps, request, reply, workspace.id)
      return call(room, endpoint, undefined, request.body)
    })
  }
}

/** POST …/jobs below an endpoint in the data plane. */
export async function callEndpoint(asked: Asked): Promise<JsonObject> {
  await needed(asked)
  return call(asked.room, asked.key.name, undefined, asked.body)
}

/** POST …/jobs below a deployment in the data plane. */
export async function callDeployment(asked: Asked): Promise<JsonObject> {
  await needed(asked)
  const [endpoint = '', deployment = ''] = asked.key.name.split('/')
  return call(asked.room, endpoint, deployment, asked.body)
}

async function call(room: Room, endpoint: string, named: string | undefined, body: unknown): Promise<JsonObject> {
  if (body !== undefined && body !== null && !isObject(body))
    fail('BadArgument', { what: 'The body must be a mapping.' })
  const deployment = await deploymentOf(room, endpoint, named ?? headerOf(room, [deploymentHeader]))
  const requestId = headerOf(room, requestIdHeaders)?.slice(0, mostId)
  const { scope } = room.workspace
  // a client that was cut off asks again with the same id, and is told of what it started
  const known =
    requestId === undefined || wasNamed(asObject(body))
      ? undefined
      : await room.deps.store.resources.get({ scope, kind: 'job', name: batchJobName(deployment, requestId) })
  const row = known ?? (await start(room, deployment, { body: asObject(body), requestId }))
  room.reply.code(201)
  return printJob(room, row, endpoint)
}

async function start(
  room: Room,
  deployment: Row,
  { body, requestId }: { body: JsonObject; requestId: string | undefined },
): Promise<Row> {
  const asked = { deployment, body, ...(requestId === undefined ? {} : { requestId }) }
  const { name, props } = await batchJob(room.deps.store, asked)
  return putNew(room, { scope: room.workspace.scope, kind: 'job', name }, props)
}

function wasNamed(body: JsonObject): boolean {
  const names = Object.keys(asObject(body.properties ?? body.Properties)).map((name) => name.toLowerCase())
  return names.includes('name') || names.includes('jobname') || names.includes('job_name')
}

/** A call never changes a job that is there. Raises ResourceExists, and what submitting a job raises. */
async function putNew(room: Room, key: Key, properties: JsonObject): Promise<Row> {
  const kind = kindByName('job') ?? fail('InternalError', {})
  if (await room.deps.store.resources.get(key)) fail('ResourceExists', { kind: kind.name, name: key.name })
  return (await putResource(room, kind, key, { properties })).row
}

function headerOf({ request }: Room, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = request.headers[name]
    if (typeof value === 'string' && value !== '') return value
  }
  return undefined
}

/** The deployment that the caller names, else the endpoint's default one. Raises ResourceNotFound, BadArgument. */
async function deploymentOf(room: Room, name: string, named: string | undefined): Promise<Row> {
  const { resources } = room.deps.store
  const { scope } = room.workspace
  const endpoint = await resources.get({ scope, kind: 'batch-endpoint', name })
  if (!endpoint) return fail('ResourceNotFound', { kind: 'batch-endpoint', name: name.slice(0, 60) })
  const chosen = named ?? asString(asObject(endpoint.props.defaults).deploymentName)
  if (!chosen) {
    const what = `The endpoint ${endpoint.name} has no default deployment, and the call names none`
    return fail('BadArgument', { what }, { target: deploymentHeader })
  }
  const row = await resources.get({ scope, kind: 'batch-deployment', name: `${endpoint.name}/${chosen}` })
  return row ?? fail('ResourceNotFound', { kind: 'batch-deployment', name: `${endpoint.name}/${chosen.slice(0, 60)}` })
}
