/**
 * The web pages: files that were built beside this program. They hold nothing of the home, so that anybody may have them;
 * what they show they ask for with a login. Files with a hash in their name never change, the first page always may.
 */
import { existsSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { extname, join, normalize } from 'node:path'
import { fail } from '@lazurite/spec'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { FaceDeps } from '../app.ts'

/** Addresses of pages, alone and with more behind; the last ones are those of Azure's studio, which lead to ours. */
export const pagePaths = [
  ...'jobs pipelines experiments traces schedules data models environments components endpoints compute datastores'.split(
    ' ',
  ),
  ...'registries kinds settings lineage new compare w'.split(' '),
  ...'runs model'.split(' '),
].map((name) => `/${name}`)

/** Beside the bundle, or where the build of the sources puts it. */
const folders = [join(import.meta.dirname, 'studio'), join(import.meta.dirname, '../../../cli/dist/studio')]

const policy = [
  "default-src 'self'",
  "img-src 'self' blob: data:",
  // editors and charts write their own rules
  "style-src 'self' 'unsafe-inline'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

export function pagesFace(_deps: FaceDeps): FastifyPluginAsync {
  return async (app) => {
    const open = { config: { open: true } }
    const first = (request: FastifyRequest, reply: FastifyReply) => sendFile(request, reply, 'index.html')
    app.get('/', open, first)
    for (const path of pagePaths) {
      app.get(path, open, first)
      app.get(`${path}/*`, open, first)
    }
    for (const name of ['theme.js', 'favicon.svg'])
      app.get(`/${name}`, open, (request, reply) => sendFile(request, reply, name))
    app.get('/assets/*', open, (request, reply) => {
      const { '*': name = '' } = request.params as Record<string, string> // the route's own parameter
      if (!/^[\w.-]+$/.test(name)) fail('RouteNotFound', { method: 'GET', path: '/assets' })
      return sendFile(request, reply, join('assets', name))
    })
  }
}

async function sendFile(request: FastifyRequest, reply: FastifyReply, name: string): Promise<FastifyReply> {
  const folder = folders.find((one) => existsSync(join(one, 'index.html')))
  if (folder === undefined) return reply.code(503).type('text/plain; charset=utf-8').send(notBuilt)
  const path = join(folder, normalize(name))
  const found = await stat(path).catch(() => undefined)
  if (!found?.isFile()) return fail('RouteNotFound', { method: 'GET', path: `/${name}` })
  const accepted = String(request.headers['accept-encoding'] ?? '')
  const encoding = [
    { word: 'br', end: '.br' },
    { word: 'gzip', end: '.gz' },
  ].find(({ word, end }) => accepted.includes(word) && existsSync(path + end))
  const lasting = name.startsWith('assets')
  reply
    .headers({
      'content-type': types[extname(name)] ?? 'application/octet-stream',
      'cache-control': lasting ? 'public, max-age=31536000, immutable' : 'no-cache',
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      vary: 'accept-encoding',
    })
    .code(200)
  if (encoding) reply.header('content-encoding', encoding.word)
  return reply.send(await readFile(path + (encoding?.end ?? '')))
}

const notBuilt =
  'The pages of Lazurite are not built: npm run build makes them. The command line shows the same: laz --help\n'
