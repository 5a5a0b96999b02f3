/**
 * What can be asked of a resource beyond reading and writing it, one line each: POST actions, and the lists that stand
 * below a resource without being resources. What has no line is refused by name.
 */
import { canCancel, fail, isFinal, type JsonObject } from '@lazurite/spec'
import type { FastifyReply } from 'fastify'
import { pathOf } from '../../request-url.ts'
import { callDeployment, callEndpoint } from '../score/batch.ts'
import { listBatchJobs } from '../score/batch-list.ts'
import { getLogs } from '../score/logs.ts'
import { type Action, type Asked, needed } from './asked.ts'
import { askCompute, listAllowedSizes, listComputeKeys, listNodes, resize, setInner } from './compute-actions.ts'
import { getToken, listKeys, regenerateKeys } from './endpoint-keys.ts'
import { listFeatures } from './feature-views.ts'
import { makePackage } from './model-package.ts'
import { listConnectionSecrets, listDatastoreSecrets } from './secret-actions.ts'
import { listSkus } from './serving-views.ts'
import { trigger } from './trigger.ts'
import { startPendingUpload } from './upload.ts'

const actions: Record<string, Action> = {
  'job.cancel': cancel,
  'schedule.trigger': trigger,
  'code.startpendingupload': startPendingUpload,
  'data.startpendingupload': startPendingUpload,
  'model.startpendingupload': startPendingUpload,
  'environment.startpendingupload': startPendingUpload,
  'model.package': makePackage,
  'datastore.listsecrets': listDatastoreSecrets,
  'connection.listsecrets': listConnectionSecrets,
  'online-endpoint.listkeys': listKeys,
  'online-endpoint.regeneratekeys': regenerateKeys,
  'online-endpoint.token': getToken,
  'online-deployment.getlogs': getLogs,
  'batch-endpoint.listkeys': listKeys,
  'batch-endpoint.jobs': callEndpoint,
  'batch-deployment.jobs': callDeployment,
  'compute.start': (asked) => askCompute(asked, 'start'),
  'compute.stop': (asked) => askCompute(asked, 'stop'),
  'compute.restart': (asked) => askCompute(asked, 'restart'),
  'compute.resize': resize,
  'compute.getallowedvmsizesforresize': listAllowedSizes,
  'compute.listnodes': listNodes,
  'compute.enablesso': (asked) => setInner(asked, 'enableSSO'),
  'compute.updateidleshutdownsetting': (asked) => setInner(asked, 'idleTimeBeforeShutdown'),
  'compute.listkeys': listComputeKeys,
}

const views: Record<string, Action> = {
  'online-deployment.skus': listSkus,
  'batch-endpoint.jobs': listBatchJobs,
  'batch-deployment.jobs': listBatchJobs,
  'feature-set.features': listFeatures,
}

/** Runs a POST action. Raises NotSupported for one that this version does not have. */
export async function runAction(action: string, asked: Asked): Promise<JsonObject | FastifyReply> {
  const run = find(actions, asked, action)
  return run ? run(asked) : refuse(action, asked)
}

/** Answers a GET below a resource. Raises RouteNotFound for what is not there, MethodNotAllowed for an action. */
export async function runView(view: string, asked: Asked): Promise<JsonObject | FastifyReply> {
  const run = find(views, asked, view)
  const { method } = asked.room.request
  if (run && method !== 'POST') return run(asked)
  const facts = { method, path: pathOf(asked.room.request).slice(0, 300) }
  const other = asked.of === undefined && (run ?? find(actions, asked, view))
  return other ? fail('MethodNotAllowed', facts) : fail('RouteNotFound', facts)
}

function find(from: Record<string, Action>, { kind }: Asked, word: string): Action | undefined {
  const name = `${kind.name}.${word.toLowerCase()}`
  return Object.hasOwn(from, name) ? from[name] : undefined
}

async function refuse(action: string, asked: Asked): Promise<never> {
  const { kind } = asked
  const what = `The action ${action.slice(0, 60)} of ${/^[aeiou]/.test(kind.name) ? 'an' : 'a'} ${kind.name}`
  if (kind.idle) {
    await needed(asked)
    return fail('NotSupported', { what, ...kind.idle })
  }
  const own = Object.keys(actions).filter((name) => name.startsWith(`${kind.name}.`))
  const known = own.map((name) => name.slice(kind.name.length + 1)).join(', ')
  return fail('NotSupported', {
    what,
    why: 'this version does not have it',
    instead: known === '' ? `A ${kind.name} here has no actions.` : `A ${kind.name} here has: ${known}.`,
  })
}

/** Asking twice is the same as once; what has ended cannot be cancelled any more. */
async function cancel(asked: Asked): Promise<JsonObject> {
  const row = await needed(asked)
  if (row.state === 'Canceled' || row.asks.cancel !== undefined) return {}
  if (isFinal(row.state) || !canCancel(row.state)) {
    fail('InvalidTransition', { from: row.state, to: 'Canceled' })
  }
  const { store } = asked.room.deps
  if (row.outside) {
    await store.runs.update(row.scope, row.name, { status: 'KILLED', endTime: store.clock.now() })
    return {}
  }
  await store.resources.ask(asked.key, { cancel: store.clock.now() })
  return {}
}
