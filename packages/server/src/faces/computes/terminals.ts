/**
 * Terminals of a compute instance over plain HTTP: one answer that goes on as long as the shell prints, and a request for
 * what is typed. They belong to the instance: they outlive their callers and the server.
 */
import { randomBytes } from 'node:crypto'
import {
  endTerminal,
  inputFrame,
  joinTerminal,
  listTerminals,
  sizeFrame,
  type TerminalSize,
  tellTerminal,
} from '@lazurite/engine'
import { asNumber, asString, fail, type JsonObject } from '@lazurite/spec'
import { keepOpen } from '../../request-url.ts'
import { bodyOf, type ComputeCall } from './call.ts'

const mostColumns = 1000

export async function showTerminals({ home, row }: ComputeCall): Promise<JsonObject> {
  const terminals = await listTerminals(home, row)
  return {
    value: terminals.map(({ name, clients, busy, createdAt }) => ({
      name,
      clients,
      busy,
      createdAt: new Date(createdAt).toISOString(),
    })),
  }
}

/** Opens a terminal of the name in the body, or of a new one; one that is open already stays as it is. */
export async function makeTerminal(call: ComputeCall): Promise<JsonObject> {
  const { home, row, room } = call
  const body = bodyOf(call)
  const terminal = asString(body.name) ?? `t-${randomBytes(4).toString('hex')}`
  checkName(terminal)
  const reader = { output: () => true, end: () => {} }
  const link = await joinTerminal(home, row, { terminal, make: true, size: sizeOf(body), reader })
  link.close()
  room.deps.log.info({ compute: row.name, terminal, by: room.request.caller.name }, 'terminal opened')
  return { name: terminal }
}

/** What it printed last, and everything from now on; ends with the shell. */
export async function readTerminal({ home, row, room, params }: ComputeCall): Promise<undefined> {
  const { request, reply, deps } = room
  const raw = reply.raw
  const reader = {
    output(bytes: Buffer) {
      if (!raw.headersSent) {
        reply.hijack()
        keepOpen(request)
        raw.writeHead(200, {
          ...(reply.getHeaders() as Record<string, string>), // set by our own hooks as texts
          'content-type': 'application/octet-stream',
          'cache-control': 'no-store',
          'x-accel-buffering': 'no',
        })
        raw.flushHeaders()
      }
      return bytes.length === 0 || raw.write(bytes)
    },
    end: () => void raw.end(),
  }
  const terminal = params.terminal ?? ''
  const link = await joinTerminal(home, row, { terminal, make: false, size: { columns: 80, rows: 24 }, reader })
  raw.on('drain', () => link.resume())
  raw.once('close', () => link.close())
  deps.closing.addEventListener('abort', () => raw.end(), { once: true })
  return undefined
}

/** The bytes of the body, as if they were typed. */
export async function typeIntoTerminal({ home, row, room, params }: ComputeCall): Promise<JsonObject> {
  const { body } = room.request
  if (!Buffer.isBuffer(body)) fail('BadArgument', { what: 'The body must be the bytes that are typed.' })
  await tellTerminal(home, row, { terminal: params.terminal ?? '', frames: [inputFrame(body)] })
  return {}
}

export async function resizeTerminal(call: ComputeCall): Promise<JsonObject> {
  const { home, row, params } = call
  await tellTerminal(home, row, { terminal: params.terminal ?? '', frames: [sizeFrame(sizeOf(bodyOf(call)))] })
  return {}
}

export async function closeTerminal({ home, row, params }: ComputeCall): Promise<JsonObject> {
  const name = params.terminal ?? ''
  if (!(await endTerminal(home, row, name))) fail('ResourceNotFound', { kind: 'terminal', name })
  return {}
}

function checkName(name: string): void {
  if (/^[A-Za-z0-9][\w-]{0,63}$/.test(name)) return
  fail('InvalidName', {
    name: name.slice(0, 80),
    kind: 'terminal',
    why: 'it takes letters, digits, - and _, 64 at most',
  })
}

function sizeOf(body: JsonObject): TerminalSize {
  const read = (name: 'columns' | 'rows', usual: number) => {
    const value = body[name] === undefined ? usual : asNumber(body[name])
    if (value !== undefined && Number.isInteger(value) && value >= 1 && value <= mostColumns) return value
    return fail('BadArgument', { what: `${name} must be a whole number from 1 to ${mostColumns}.` }, { target: name })
  }
  return { columns: read('columns', 80), rows: read('rows', 24) }
}
