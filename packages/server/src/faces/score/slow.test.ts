import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { afterEach, expect, test, vi } from 'vitest'
import { pour } from './answer.ts'
import { type Body, takeBody } from './body.ts'

const servers: Server[] = []
const sockets: Socket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const server of servers.splice(0)) server.close()
})

/** A server whose one handler is the test's, and a caller that has sent `text`. */
async function caller(text: string, handler: (from: IncomingMessage, to: ServerResponse) => void): Promise<Socket> {
  const server = createServer(handler)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const socket = connect(typeof address === 'object' && address ? address.port : 0, '127.0.0.1')
  sockets.push(socket)
  socket.on('error', () => {})
  socket.write(text)
  return socket
}

const head = (...lines: string[]) => `POST / HTTP/1.1\r\nHost: x\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`
const long = 60_000
const limits = { wholeMs: long, silentMs: long, longestMs: long, heldBytes: 1 << 20 }

interface Taken {
  body: Body
  /** What `refuse` was told. */
  later: Promise<number>
}

/** What becomes of a body that begins so. */
function take(text: string, more: Partial<typeof limits> = {}): Promise<Taken> {
  return new Promise((resolve) => {
    void caller(text, async (from) => {
      let tell = (_status: number) => {}
      const later = new Promise<number>((done) => {
        tell = done
      })
      const body = await takeBody(from, { refuse: (status) => tell(status) }, { ...limits, ...more })
      resolve({ body, later })
    })
  })
}

test('a small body that does not come is given up', async () => {
  expect((await take(`${head('Content-Length: 5')}{`, { wholeMs: 20 })).body).toEqual({ refused: 408 })
  const { body } = await take(`${head('Content-Length: 2')}{}`)
  expect(body).toEqual({ body: Buffer.from('{}'), sizeBytes: 2 })
})

test('small bodies that are on their way have so much room together', async () => {
  const start = head('Content-Length: 100')
  const waiting = take(`${start}${' '.repeat(60)}`, { heldBytes: 100 })
  // its bytes are there when those of another come to more than there is room for
  await vi.waitFor(
    async () =>
      expect((await take(`${start}${' '.repeat(60)}`, { heldBytes: 100, wholeMs: 50 })).body).toEqual({ refused: 503 }),
    { timeout: 10_000, interval: 5 },
  )
  sockets[0]?.destroy()
  expect((await waiting).body).toEqual({ refused: 408 })
  expect((await take(`${start}${' '.repeat(100)}`, { heldBytes: 100 })).body).toMatchObject({ sizeBytes: 100 })
})

test('a large body that stops coming is given up, and one that drips for too long', async () => {
  const start = `${head('Transfer-Encoding: chunked')}1\r\na\r\n`
  const silent = await take(start, { silentMs: 20 })
  expect(await silent.later).toBe(408)
  const dripping = await take(start, { longestMs: 20 })
  expect(await dripping.later).toBe(408)
  if ('refused' in dripping.body) throw new Error('refused at once')
  expect((dripping.body.body as Readable).destroyed).toBe(true)
})

test('codings of the transfer that nobody takes off are refused', async () => {
  expect((await take(head('Transfer-Encoding: gzip, chunked'))).body).toEqual({ refused: 400 })
  const old = 'POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
  expect((await take(old)).body).toEqual({ refused: 400 })
})

/** An answer without end, and how many bytes were taken of it. */
function endless(): { from: Readable; sent(): number } {
  let bytes = 0
  const from = new Readable({
    read() {
      bytes += 65_536
      this.push(Buffer.alloc(65_536))
    },
  })
  return { from, sent: () => bytes }
}

test('a caller who reads nothing is cut, and what the model still says goes nowhere', async () => {
  const { from, sent } = endless()
  const cut = new Promise<void>((resolve) => {
    void caller(head(), (_from, to) => {
      to.on('close', resolve)
      pour(from, to, { stallMs: 20, waitMs: long })
    }).then((socket) => socket.pause())
  })
  await cut
  expect(from.destroyed).toBe(true)
  // what two kernels hold at most, and not without end
  expect(sent()).toBeLessThan(64 << 20)
})

test('a caller who reads a little now and then has only so much time in all', async () => {
  const { from } = endless()
  let read: Socket | undefined
  const cut = new Promise<void>((resolve) => {
    void caller(head(), (_from, to) => {
      to.on('close', resolve)
      pour(from, to, { stallMs: long, waitMs: 50 })
    }).then((socket) => {
      socket.pause()
      read = socket
    })
  })
  const sip = setInterval(() => read?.read(1_000), 2)
  await cut
  clearInterval(sip)
  expect(from.destroyed).toBe(true)
})

test('an answer that breaks off does not look whole', async () => {
  const socket = await caller(head(), (_from, to) => {
    to.writeHead(200)
    const from = new Readable({ read() {} })
    from.push('half')
    pour(from, to, { stallMs: long, waitMs: long })
    setImmediate(() => from.destroy())
  })
  let text = ''
  socket.on('data', (part) => {
    text += part.toString('latin1')
  })
  await new Promise((resolve) => socket.on('close', resolve))
  expect(text).toContain('half')
  expect(text).not.toMatch(/0\r\n\r\n$/)
})

test('a whole answer arrives whole', async () => {
  const body = Buffer.alloc(3 << 20, 'x')
  const socket = await caller(head('Connection: close'), (_from, to) => {
    to.writeHead(200, { 'content-length': body.length })
    pour(Readable.from([body.subarray(0, 1 << 20), body.subarray(1 << 20)]), to, { stallMs: long, waitMs: long })
  })
  let bytes = 0
  socket.on('data', (part) => {
    bytes += part.length
  })
  await new Promise((resolve) => socket.on('close', resolve))
  expect(bytes).toBeGreaterThan(body.length)
})
