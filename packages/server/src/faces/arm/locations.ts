/** What a location answers: sizes of machines, what is used of them, and the operations clients poll. */
import { fail, type JsonObject } from '@lazurite/spec'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FaceDeps } from '../../app.ts'
import { progressOf, readOperation } from './lro.ts'

interface Where {
  subscription: string
  location: string
  rest: string[]
}

/** Raises RouteNotFound for what a location does not have. */
export async function answerLocation(
  deps: FaceDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  where: Where,
): Promise<JsonObject | FastifyReply> {
  const [word = '', id] = where.rest
  const asked = word.toLowerCase()
  if (request.method === 'GET' && where.rest.length === 1) {
    if (asked === 'vmsizes') return { value: machineSizes(deps) }
    if (asked === 'usages') return { value: [usage(where, deps)], nextLink: null }
    if (asked === 'quotas') return { value: [quota(where, deps)], nextLink: null }
  }
  if (request.method === 'GET' && id !== undefined) {
    if (asked === 'operationresults') return operation(deps, reply, id, 'result')
    if (asked === 'operationsstatus' || asked === 'computeoperationsstatus') return operation(deps, reply, id, 'status')
  }
  if (asked === 'updatequotas') {
    fail('NotSupported', {
      what: 'Changing a quota',
      why: 'the quota is what this machine has',
      instead: 'Set compute.cores in laz.toml.',
    })
  }
  return fail('RouteNotFound', { method: request.method, path: `locations/${where.location}/${where.rest.join('/')}` })
}

async function operation(
  deps: FaceDeps,
  reply: FastifyReply,
  id: string,
  as: 'result' | 'status',
): Promise<JsonObject | FastifyReply> {
  const key = readOperation(id)
  if (!key) fail('ResourceNotFound', { kind: 'operation', name: id.slice(0, 60) })
  const progress = await progressOf(deps.store, key)
  if (progress.status === 'InProgress') reply.header('retry-after', '1').header('x-ms-retry-after-ms', '200')
  if (as === 'status')
    return { name: id, status: progress.status, ...(progress.error ? { error: progress.error } : {}) }
  return reply
    .code(progress.status === 'InProgress' ? 202 : 200)
    .send({ status: progress.status, error: progress.error ?? null })
}

function machine(deps: FaceDeps): { cores: number; memoryGiB: number; gpus: number } {
  const { cores, memoryMiB, gpus } = deps.engine.usage().machine
  return { cores, memoryGiB: Math.round((memoryMiB / 1024) * 10) / 10, gpus }
}

/** The sizes that fit this machine: powers of two of its cores with their share of its memory. */
export function machineSizes(deps: FaceDeps): JsonObject[] {
  const { cores, memoryGiB, gpus } = machine(deps)
  const steps = [...new Set([...[1, 2, 4, 8, 16, 32, 64, 128].filter((n) => n < cores), cores])]
  return steps.map((n) => ({
    name: `local.${n}`,
    family: 'local',
    vCPUs: n,
    gpus: n === cores ? gpus : 0,
    osVhdSizeMB: 0,
    maxResourceVolumeMB: 0,
    memoryGB: Math.round(((memoryGiB * n) / cores) * 10) / 10,
    lowPriorityCapable: false,
    premiumIO: false,
    estimatedVMPrices: null,
    supportedComputeTypes: ['AmlCompute', 'ComputeInstance'],
  }))
}

function usage(where: Where, deps: FaceDeps): JsonObject {
  const { cores } = machine(deps)
  const base = `/subscriptions/${where.subscription}/providers/Microsoft.MachineLearningServices/locations/${where.location}`
  return {
    id: `${base}/usages/cores`,
    type: 'Microsoft.MachineLearningServices/usages',
    amlWorkspaceLocation: where.location,
    unit: 'Count',
    currentValue: Math.ceil(deps.engine.usage().cores),
    limit: cores,
    name: { value: 'Total cores', localizedValue: 'Total cores' },
  }
}

function quota(where: Where, deps: FaceDeps): JsonObject {
  const { id, name, limit } = usage(where, deps)
  return {
    id: String(id).replace('/usages/', '/quotas/'),
    type: 'Microsoft.MachineLearningServices/quotas',
    amlWorkspaceLocation: where.location,
    unit: 'Count',
    limit: limit ?? 0,
    name: name ?? null,
  }
}
