/**
 * What a browser is shown at the addresses that jobs print: this version has no web pages yet, and says what shows the
 * same on the command line. The page holds nothing but the name that stood in the address.
 */
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { FaceDeps } from '../app.ts'

export function webFace(_deps: FaceDeps): FastifyPluginAsync {
  return async (app) => {
    const open = { config: { open: true } }
    // a browser has no token: it is told what it would be told with one, and that it is a stranger
    const code = (request: FastifyRequest) => (request.caller.kind === 'anonymous' ? 401 : 501)
    app.get('/', open, async (request, reply) =>
      reply
        .code(code(request))
        .headers(headers)
        .send(page('The workspace', 'laz status', 'laz job list')),
    )
    app.get('/runs/:name', open, async (request, reply) => {
      const { name } = request.params as { name: string } // the route's own parameter
      const word = /^[\w.-]{1,255}$/.test(name) ? name : 'NAME'
      const commands = [`laz job show --name ${word}`, `laz job stream --name ${word}`]
      return reply
        .code(code(request))
        .headers(headers)
        .send(page(`Job ${word}`, ...commands))
    })
  }
}

const headers = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  'cache-control': 'no-store',
}

/** `title` and `commands` hold nothing that HTML reads. */
function page(title: string, ...commands: string[]): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title} · Lazurite</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.6 system-ui, sans-serif }
  body { max-width: 40rem; margin: 12vh auto; padding: 0 1.5rem }
  pre { padding: 1rem 1.25rem; border-radius: 8px; background: color-mix(in srgb, CanvasText 8%, Canvas) }
</style>
<h1>${title}</h1>
<p>Lazurite runs here. Its web pages are not part of this version; the command line shows the same:</p>
<pre>${commands.join('\n')}</pre>
</html>
`
}
