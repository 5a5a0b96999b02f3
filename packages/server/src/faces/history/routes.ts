/**
 * The run history face: what the official clients and the SDKs inside a job ask about runs, beside ARM and MLflow. Each
 * service is a table of routes; a path exists in up to three spellings: R plain, N with `/experiments/{name}` and I with
 * `/experimentids/{id}` after the workspace.
 */
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import type { FaceDeps } from '../../app.ts'
import { refuseUpload } from '../raw-body.ts'
import { artifactRoutes, runArtifactRoutes } from './artifacts.ts'
import { experimentRoutes } from './experiments.ts'
import { metricRoutes } from './metrics.ts'
import { dataRoutes, modelRoutes, outputRoutes } from './outputs.ts'
import { type HistoryRoute, openRoom } from './room.ts'
import { changeRoutes } from './run-changes.ts'
import { runRoutes } from './runs.ts'

const workspace =
  '/subscriptions/:subscription/resourceGroups/:resourceGroup' +
  '/providers/Microsoft.MachineLearningServices/workspaces/:workspace'
const spellings: Record<string, string> = {
  R: '',
  N: '/experiments/:experimentName',
  I: '/experimentids/:experimentId',
}

/** Service → its routes. */
const services: Record<string, HistoryRoute[]> = {
  '/history/v1.0': [...runRoutes, ...changeRoutes, ...outputRoutes, ...runArtifactRoutes, ...experimentRoutes],
  '/metric/v2.0': metricRoutes,
  '/artifact/v2.0': artifactRoutes,
  '/data/v1.0': dataRoutes,
  '/modelregistry/v1.0': modelRoutes,
}

export function historyFace(deps: FaceDeps): FastifyPluginAsync {
  return async (app) => {
    for (const [service, routes] of Object.entries(services)) {
      for (const route of routes.filter((one) => !one.raw)) mount(app, deps, service, route)
    }
    await app.register(async (raw) => {
      raw.removeAllContentTypeParsers()
      raw.addContentTypeParser('*', (_request, _payload, done) => done(null))
      for (const [service, routes] of Object.entries(services)) {
        for (const route of routes.filter((one) => one.raw)) mount(raw, deps, service, route)
      }
    })
  }
}

function mount(app: FastifyInstance, deps: FaceDeps, service: string, route: HistoryRoute): void {
  for (const form of route.forms) {
    app.route({
      method: route.method,
      url: service + workspace + (spellings[form] ?? '') + route.path,
      config: { runScoped: route.runs === true, ...(route.raw ? { streams: true } : {}) },
      handler: async (request, reply) => {
        try {
          const answer = await route.handle(await openRoom(deps, request, reply))
          return answer === undefined ? reply : answer
        } catch (error) {
          if (route.raw) refuseUpload(error, request)
          throw error
        }
      },
    })
  }
}
