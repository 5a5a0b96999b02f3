import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { Lazurite } from './node.ts'
import { followEvents, followLog } from './stream.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function serve(listener: (incoming: IncomingMessage, answer: ServerResponse) => void): Promise<Lazurite> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  // a listening TCP server has an address with a port
  return new Lazurite({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: 't' })
}

describe('following a log', () => {
  test('every byte comes once, however often the connection breaks', async () => {
    const log = Buffer.from(Array.from({ length: 2000 }, (_, i) => `line ${i}\n`).join(''))
    const asked: number[] = []
    const client = await serve((incoming, answer) => {
      const from = Number(new URL(incoming.url ?? '', 'http://x').searchParams.get('from'))
      asked.push(from)
      const part = log.subarray(from, from + 5000)
      answer.write(part)
      if (from + part.length >= log.length) answer.end()
      else setTimeout(() => answer.destroy(), 5)
    })
    const got: Buffer[] = []
    for await (const part of followLog(client, 'job-1')) {
      expect(part.offset).toBe(Buffer.concat(got).length)
      got.push(Buffer.from(part.bytes))
    }
    expect(Buffer.concat(got).equals(log)).toBe(true)
    expect(asked.length).toBeGreaterThan(3)
  })

  test('a job that is not there is an error, not another try', async () => {
    let asked = 0
    const client = await serve((_, answer) => {
      asked++
      answer.statusCode = 404
      answer.end('{"error":{"code":"ResourceNotFound","message":"There is no job named x."}}')
    })
    const drain = async () => {
      for await (const _ of followLog(client, 'x'));
    }
    await expect(drain()).rejects.toMatchObject({ code: 'ResourceNotFound' })
    expect(asked).toBe(1)
  })

  test('the signal ends it', async () => {
    const stop = new AbortController()
    const client = await serve((_, answer) => {
      answer.write('first')
    })
    const parts: string[] = []
    for await (const part of followLog(client, 'x', { signal: stop.signal })) {
      parts.push(Buffer.from(part.bytes).toString())
      stop.abort()
    }
    expect(parts).toEqual(['first'])
  })
})

test('events go on after the last one seen', async () => {
  const resumed: (string | undefined)[] = []
  const client = await serve((incoming, answer) => {
    const last = incoming.headers['last-event-id']
    resumed.push(Array.isArray(last) ? last[0] : last)
    const seq = Number(last ?? 0) + 1
    answer.write(`retry: 1000\n\n: beat\n\nid: ${seq}\ndata: {"seq":${seq},"kind":"job","name":"j`)
    // an event cut in two on the wire is one event
    setTimeout(() => answer.end(`${seq}","what":"state","state":"Running"}\n\n`), 2)
  })
  const stop = new AbortController()
  const names: string[] = []
  for await (const change of followEvents(client, { signal: stop.signal })) {
    names.push(change.name)
    if (names.length === 3) stop.abort()
  }
  expect(names).toEqual(['j1', 'j2', 'j3'])
  expect(resumed.slice(0, 3)).toEqual([undefined, '1', '2'])
})
