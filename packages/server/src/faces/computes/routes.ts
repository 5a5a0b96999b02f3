/**
 * What can be asked of compute instances and ARM has no word for: terminals, applications, logs, who uses them. Ours,
 * with the paths of ARM under `/lazurite/v1` and a verb at the end. The owner alone: a terminal is this machine.
 */
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import type { FaceDeps } from '../../app.ts'
import { listApplications, openApplication } from './applications.ts'
import { type ComputeRoute, openCall } from './call.ts'
import { listLogs, readLog } from './logs.ts'
import { showNodes } from './nodes.ts'
import {
  closeTerminal,
  makeTerminal,
  readTerminal,
  resizeTerminal,
  showTerminals,
  typeIntoTerminal,
} from './terminals.ts'

const compute =
  '/lazurite/v1/subscriptions/:subscription/resourceGroups/:group' +
  '/providers/Microsoft.MachineLearningServices/workspaces/:workspace/computes/:compute'

const routes: readonly ComputeRoute[] = [
  { method: 'GET', path: '/terminals', handle: showTerminals },
  { method: 'POST', path: '/terminals', handle: makeTerminal },
  { method: 'GET', path: '/terminals/:terminal/output', handle: readTerminal, streams: true },
  { method: 'POST', path: '/terminals/:terminal/input', handle: typeIntoTerminal, raw: true },
  { method: 'POST', path: '/terminals/:terminal/resize', handle: resizeTerminal },
  { method: 'DELETE', path: '/terminals/:terminal', handle: closeTerminal },
  { method: 'GET', path: '/applications', handle: listApplications },
  { method: 'POST', path: '/applications/:application/open', handle: openApplication },
  { method: 'GET', path: '/nodes', handle: showNodes },
  { method: 'GET', path: '/logs', handle: listLogs },
  { method: 'GET', path: '/logs/:log', handle: readLog },
]

export function computesFace(deps: FaceDeps): FastifyPluginAsync {
  return async (app) => {
    for (const route of routes.filter((one) => !one.raw)) mount(app, deps, route)
    await app.register(async (raw) => {
      raw.removeAllContentTypeParsers()
      raw.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
      for (const route of routes.filter((one) => one.raw)) mount(raw, deps, route)
    })
  }
}

function mount(app: FastifyInstance, deps: FaceDeps, route: ComputeRoute): void {
  app.route({
    method: route.method,
    url: compute + route.path,
    config: route.streams ? { streams: true, checkOrigin: true } : {},
    handler: async (request, reply) => (await route.handle(await openCall(deps, request, reply))) ?? reply,
  })
}
