import { type ChildProcess, spawn } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { ownPython } from '../own-python.ts'

let dir: string
let port: number
let child: ChildProcess
const folder = () => join(dir, 'kept')
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'laz-receiver-'))
  const collections = { inputs: { folder: folder(), uri: 'azureml://datastores/x/paths/kept' } }
  writeFileSync(join(dir, 'config.json'), JSON.stringify({ source: '/here', rolled: '%Y/%m/%d', collections }))
  const words = `--config ${dir}/config.json --instance i-1 --port-file ${dir}/port --parent $$`
  // the parent waits to be told that it is over
  const script = `python3 -I '${ownPython('collect_receiver.py')}' ${words} & echo $! > ${dir}/pid; read -r _`
  child = spawn('bash', ['-c', script], { stdio: ['pipe', 'inherit', 'ignore'] })
  await vi.waitFor(() => expect(existsSync(join(dir, 'port'))).toBe(true), { timeout: 40_000 })
  port = Number(readFileSync(join(dir, 'port'), 'utf8'))
}, 60_000)
afterAll(() => {
  child.kill('SIGKILL')
  rmSync(dir, { recursive: true, force: true, maxRetries: 20 })
})

async function send(body: string | Buffer, headers: Record<string, string> = {}, path = '/modeldata/log') {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'ce-type': 'azureml.inference.inputs',
      'ce-time': '1700000000',
      ...headers,
    },
    body: body as string, // a Buffer is a body as well
  })
  return answer.status
}

/** Sends a head alone, and answers the first line that comes back. */
function knock(head: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(`POST /modeldata/log HTTP/1.1\r\nHost: x\r\n${head}\r\n`),
    )
    let got = ''
    socket.on('data', (part) => {
      got += String(part)
      socket.destroy()
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(got.split('\r\n')[0] ?? ''))
  })
}

const day = () => join(folder(), '2023/11/14')
const lines = () =>
  readFileSync(join(day(), 'i-1.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

test('what is sent is a line; many at once are whole lines', async () => {
  expect(await send('[{"n":\n1.50}]', { 'trace-id': 'first', 'ce-x-request-id': 'abc', 'ce-own-word': 'kept' })).toBe(
    200,
  )
  expect(lines()).toEqual([
    {
      specversion: '1.0',
      id: 'first',
      source: '/here',
      type: 'azureml.inference.inputs',
      datacontenttype: 'application/json',
      time: '2023-11-14T22:13:20Z',
      data: [{ n: 1.5 }],
      contentrange: 'bytes 0-12/13',
      xrequestid: 'abc',
      correlationid: 'abc',
      ownword: 'kept',
    },
  ])
  expect(readFileSync(join(day(), 'i-1.jsonl'), 'utf8')).toContain('1.50')
  const many = await Promise.all(
    Array.from({ length: 60 }, (_, n) => send(JSON.stringify([{ n, pad: 'x'.repeat(9000) }]))),
  )
  expect(new Set(many)).toEqual(new Set([200]))
  const numbers = lines()
    .slice(1)
    .map(({ data }) => data[0].n)
  expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, n) => n))
})

test('what is no JSON is a text; what is no text or large has a file', async () => {
  const before = lines().length
  expect(await send('plain\nwords', { 'content-type': 'text/plain' })).toBe(200)
  expect(await send('{not json')).toBe(200)
  expect(await send(Buffer.from([0xff, 0xfe]), { 'content-type': 'application/octet-stream', 'trace-id': 'two' })).toBe(
    200,
  )
  expect(await send('x'.repeat((4 << 20) + 1), { 'content-type': 'text/plain', 'trace-id': '../../out' })).toBe(200)
  const [text, broken, binary, large] = lines().slice(before)
  expect([text.data, broken.data]).toEqual(['plain\nwords', '{not json'])
  expect(binary).toMatchObject({ data: 'azureml://datastores/x/paths/kept/2023/11/14/two', datainblob: 'true' })
  // an id that climbs is no name of a file
  expect(large).toMatchObject({ data: 'azureml://datastores/x/paths/kept/2023/11/14/out', datainblob: 'true' })
  expect(readFileSync(join(day(), 'two'))).toEqual(Buffer.from([0xff, 0xfe]))
  expect(readFileSync(join(day(), 'out')).length).toBe((4 << 20) + 1)
})

test('what belongs to no collection, or has no end, is refused', async () => {
  expect(await send('[]', { 'ce-type': 'azureml.inference.other' })).toBe(404)
  expect(await send('[]', { 'ce-type': 'azureml.inference.../../etc' })).toBe(404)
  expect(await send('[]', {}, '/elsewhere')).toBe(404)
  expect(await knock('')).toContain(' 411 ')
  expect(await knock(`Content-Length: ${200 << 20}\r\n`)).toContain(' 413 ')
  expect(await knock('Content-Length: -1\r\n')).toContain(' 411 ')
})

test('a link that leads out is not followed', async () => {
  mkdirSync(join(dir, 'outside'))
  symlinkSync(join(dir, 'outside'), join(folder(), '1970'))
  expect(await send('[]', { 'ce-time': '0' })).toBe(507)
  expect(readdirSync(join(dir, 'outside'))).toEqual([])
  expect(await send('[]')).toBe(200)
})

test('it stays when it is asked to end, and ends with its parent', async () => {
  const pid = Number(readFileSync(join(dir, 'pid'), 'utf8'))
  process.kill(pid, 'SIGTERM')
  expect(await send('[]')).toBe(200)
  child.stdin?.end('\n')
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow(), { timeout: 20_000, interval: 50 })
}, 40_000)
