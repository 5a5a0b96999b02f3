import { createServer, type Server, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { afterEach, expect, test } from 'vitest'
import { type Answered, forward, type Sent } from './forward.ts'
import type { Target } from './table.ts'

const servers: Server[] = []
const sockets = new Set<Socket>()
afterEach(() => {
  for (const socket of sockets) socket.destroy()
  for (const server of servers.splice(0)) server.close()
})

interface Replica {
  target: Target
  /** What every connection was sent. */
  heard: string[]
  /** Connections of it. */
  open: Socket[]
}

/** A server of bytes: `said(text, socket)` is told all that came on a connection so far. */
async function replica(said: (text: string, socket: Socket) => void): Promise<Replica> {
  const one: Replica = { target: targetAt(0), heard: [], open: [] }
  const server = createServer((socket) => {
    sockets.add(socket)
    const at = one.open.push(socket) - 1
    one.heard.push('')
    socket.on('error', () => {})
    socket.on('data', (part) => {
      one.heard[at] += part.toString('latin1')
      said(one.heard[at] ?? '', socket)
    })
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  one.target = targetAt(typeof address === 'object' && address ? address.port : 0)
  return one
}

const targetAt = (port: number): Target => ({
  id: 'r1',
  port,
  score: '/score',
  passes: false,
  busy: 0,
  open: true,
  doubtedUntil: 0,
})
const fine = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}'
const sent = (more: Partial<Sent> = {}): Sent => ({
  method: 'POST',
  path: '/score',
  headers: { 'content-length': 2 },
  body: Buffer.from('{}'),
  timeoutMs: 5_000,
  ...more,
})

async function outcome(answered: Promise<Answered>): Promise<string> {
  const it = await answered
  if ('failed' in it) return it.failed
  const { answer } = it
  answer.resume()
  await new Promise((resolve) => answer.once('close', resolve))
  // the connection goes back to the pool
  await new Promise(setImmediate)
  return String(answer.statusCode)
}

test('a kept connection that was closed before the call came is no failure: nobody has read it', async () => {
  const one = await replica((_text, socket) => socket.write(fine))
  expect(await outcome(forward(one.target, sent()))).toBe('200')
  // in this very turn: the end is on its way and the caller has not seen it
  one.open[0]?.destroy()
  expect(await outcome(forward(one.target, sent()))).toBe('unsent')
  expect(one.heard).toHaveLength(1)
  expect(one.heard[0]?.match(/POST/g)).toHaveLength(1)
  expect(await outcome(forward(one.target, sent()))).toBe('200')
})

test('one that was read and then broken off is the model’s failure, on a kept connection and on a fresh one', async () => {
  const one = await replica((text, socket) => {
    if (text.includes('kill')) socket.destroy()
    else socket.write(fine)
  })
  const kill = { body: Buffer.from('kill'), headers: { 'content-length': 4 } }
  expect(await outcome(forward(one.target, sent(kill)))).toBe('broken')
  expect(await outcome(forward(one.target, sent()))).toBe('200')
  expect(await outcome(forward(one.target, sent(kill)))).toBe('broken')
  expect(one.heard).toHaveLength(2)
})

test('one of which a part was read is not sent again', async () => {
  const one = await replica((text, socket) => {
    if (text.includes('large')) socket.destroy()
    else socket.write(fine)
  })
  expect(await outcome(forward(one.target, sent()))).toBe('200')
  const body = Buffer.alloc(900_000, 'large ')
  const large = sent({ body, headers: { 'content-length': body.length } })
  expect(await outcome(forward(one.target, large))).toBe('broken')
  // of a long one nobody can tell how much was read, though here it is nothing
  expect(await outcome(forward(one.target, sent()))).toBe('200')
  one.open.at(-1)?.destroy()
  expect(await outcome(forward(one.target, large))).toBe('broken')
})

test('a closed port takes nothing, not even the beginning of a stream', async () => {
  const one = await replica(() => {})
  await new Promise((resolve) => servers.pop()?.close(resolve))
  expect(await outcome(forward(one.target, sent()))).toBe('unsent')
  const body = Readable.from([Buffer.from('first')])
  expect(await outcome(forward(one.target, sent({ body, headers: {} })))).toBe('unsent')
  expect(body.readableDidRead).toBe(false)
  const other = await replica((text, socket) => text.includes('first') && socket.write(fine))
  expect(await outcome(forward(other.target, sent({ body, headers: {} })))).toBe('200')
})

test('silence runs out; a caller who is gone ends the call, before it begins too', async () => {
  const one = await replica(() => {})
  expect(await outcome(forward(one.target, sent({ timeoutMs: 30 })))).toBe('timeout')
  const asked = sent()
  const answered = forward(one.target, asked)
  asked.cancel?.()
  expect(await outcome(answered)).toBe('broken')
  const opened = one.open.length
  expect(await outcome(forward(one.target, sent({ gone: true })))).toBe('broken')
  expect(one.open).toHaveLength(opened)
})
