/** What a request says about the address it came by. Apart from the application, so that faces may ask without a cycle. */
import type { FastifyRequest } from 'fastify'

/** The path of a request without its query: queries may hold signatures, and logs keep none. */
export function pathOf(request: FastifyRequest): string {
  const url = request.raw.url ?? '/'
  const cut = url.indexOf('?')
  return cut < 0 ? url : url.slice(0, cut)
}

/** `http://host:port` as this caller sees the server; for absolute links in answers. */
export function originOf(request: FastifyRequest): string {
  return `${request.protocol}://${request.headers.host}`
}

/** Takes the limit on silence off a request whose answer goes on for as long as something happens. */
export function keepOpen(request: FastifyRequest): void {
  const { socket } = request.raw
  if ('setTimeout' in socket) socket.setTimeout(0) // an injected request has no socket to speak of
}
