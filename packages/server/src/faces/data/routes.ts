/**
 * What lies in datastores, wherever they are: browse, read, write, send in parts, and a look at tables. Ours: Azure ML has
 * a Studio for it and no API. Under `/lazurite/v1` with the paths of ARM, and a verb at the end.
 */
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import type { FaceDeps } from '../../app.ts'
import { refuseUpload } from '../raw-body.ts'
import { browse } from './browse.ts'
import { type DataRoute, openCall } from './call.ts'
import { getContent, headContent, putContent, removeContent, showPage } from './content.ts'
import { previewAsset, previewPath, profileAsset, profilePath } from './look.ts'
import { beginUpload, commitUpload, dropUpload, putPart, showUpload } from './uploads.ts'

const workspace =
  '/lazurite/v1/subscriptions/:subscription/resourceGroups/:resourceGroup' +
  '/providers/Microsoft.MachineLearningServices/workspaces/:workspace'

const routes: DataRoute[] = [
  { method: 'GET', path: '/datastores/:datastore/browse', handle: browse },
  { method: 'GET', path: '/datastores/:datastore/content', handle: getContent, streams: true },
  { method: 'HEAD', path: '/datastores/:datastore/content', handle: headContent },
  { method: 'GET', path: '/datastores/:datastore/page', handle: showPage, streams: true },
  { method: 'PUT', path: '/datastores/:datastore/content', handle: putContent, raw: true },
  { method: 'DELETE', path: '/datastores/:datastore/content', handle: removeContent },
  { method: 'POST', path: '/datastores/:datastore/uploads', handle: beginUpload },
  { method: 'GET', path: '/datastores/:datastore/uploads/:upload', handle: showUpload },
  { method: 'PUT', path: '/datastores/:datastore/uploads/:upload/parts/:index', handle: putPart, raw: true },
  { method: 'POST', path: '/datastores/:datastore/uploads/:upload/commit', handle: commitUpload },
  { method: 'DELETE', path: '/datastores/:datastore/uploads/:upload', handle: dropUpload },
  { method: 'GET', path: '/datastores/:datastore/preview', handle: previewPath },
  { method: 'GET', path: '/datastores/:datastore/profile', handle: profilePath },
  { method: 'GET', path: '/data/:name/versions/:version/preview', handle: previewAsset },
  { method: 'GET', path: '/data/:name/versions/:version/profile', handle: profileAsset },
]

export function dataFace(deps: FaceDeps): FastifyPluginAsync {
  return async (app) => {
    for (const route of routes.filter((one) => !one.raw)) mount(app, deps, route)
    await app.register(async (raw) => {
      raw.removeAllContentTypeParsers()
      raw.addContentTypeParser('*', (_request, _payload, done) => done(null))
      for (const route of routes.filter((one) => one.raw)) mount(raw, deps, route)
    })
  }
}

function mount(app: FastifyInstance, deps: FaceDeps, route: DataRoute): void {
  app.route({
    method: route.method,
    url: workspace + route.path,
    config: route.raw || route.streams ? { streams: true } : {},
    handler: async (request, reply) => {
      try {
        const answer = await route.handle(await openCall(deps, request, reply))
        return answer === undefined ? reply : answer
      } catch (error) {
        if (route.raw) refuseUpload(error, request)
        throw error
      }
    },
  })
}
