/**
 * The listening socket, opened before anything else: the engine hands jobs the address of this server, so the port must
 * be known before it starts, and whoever knocks in between waits until somebody is home.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Server as SecureServer } from 'node:https'
import { fail } from '@lazurite/spec'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** What a listener proves itself with: certificate and key, PEM. */
export interface Proof {
  cert: string
  key: string
}

export interface Door {
  port: number
  /** Proves itself with another certificate from the next connection on. Only for a door that was opened with one. */
  renew(proof: Proof): void
  /** Answers what waited, and everything from now on. */
  serve(handler: Handler): void
  /** Takes no more connections, waits for answers under way for at most `graceMs`, then cuts what is left. */
  close(graceMs: number): Promise<void>
}

/** A connection may be idle this long between requests; longer than the pools of the official clients keep one. */
const keepAliveMs = 75_000
/** Headers must be complete within this time: slow senders do not hold a connection for ever. */
const headersMs = 20_000
/** A connection on which no byte moves for this long is cut; streams of events and logs send heartbeats. */
const silentMs = 300_000

const refusals: Record<string, string> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
}

const limits = {
  noDelay: true,
  keepAliveTimeout: keepAliveMs,
  headersTimeout: headersMs,
  requestTimeout: 0,
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 32 * 1024,
}

/** Old versions of TLS have known holes, and every client of today speaks a newer one. */
const secured = { minVersion: 'TLSv1.2', handshakeTimeout: headersMs } as const

export interface DoorOptions {
  host: '127.0.0.1'
  port: number
  /** Present: TLS. */
  proof?: Proof
}

async function makeServer(proof: Proof | undefined, handler: Handler): Promise<Server | SecureServer> {
  if (proof === undefined) return createServer(limits, handler)
  const { createServer: createSecureServer } = await import('node:https')
  return createSecureServer({ ...limits, ...secured, ...proof }, handler)
}

/** Listens on loopback. Raises PortInUse, BadArgument when the port may not be opened. */
export async function openDoor(o: DoorOptions): Promise<Door> {
  const waiting: [IncomingMessage, ServerResponse][] = []
  let handler: Handler = (request, response) => void waiting.push([request, response])
  const server = await makeServer(o.proof, (request, response) => handler(request, response))
  server.setTimeout(silentMs)
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const line = refusals[error.code ?? ''] ?? '400 Bad Request'
    if (socket.writable) socket.end(`HTTP/1.1 ${line}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(refusal(error, o.port)))
    server.listen(o.port, o.host, resolve)
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : o.port,
    renew(proof) {
      if ('setSecureContext' in server) server.setSecureContext({ ...proof, minVersion: secured.minVersion })
    },
    serve(next) {
      handler = next
      for (const [request, response] of waiting.splice(0)) next(request, response)
    },
    close: (graceMs) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => server.closeAllConnections(), graceMs)
        server.close(() => {
          clearTimeout(timer)
          resolve()
        })
        server.closeIdleConnections()
      }),
  }
}

function refusal(error: NodeJS.ErrnoException, port: number): unknown {
  try {
    if (error.code === 'EADDRINUSE') fail('PortInUse', { port }, { cause: error })
    if (error.code === 'EACCES') fail('BadArgument', { what: `This user may not open port ${port}.` }, { cause: error })
    return error
  } catch (refused) {
    return refused
  }
}
