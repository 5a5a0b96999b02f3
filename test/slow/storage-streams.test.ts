// Streams of any size through the storage face: memory stays flat, slow readers hold nothing, a full disk is told.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lazurite, startLazurite, workspace } from './laz.ts'

const MiB = 1024 * 1024
const limitMiB = 300

let lazurite: Lazurite
let container: string

beforeAll(async () => {
  lazurite = startLazurite()
  expect(await lazurite.laz(['up'])).toMatchObject({ code: 0 })
  const { body } = await lazurite.http('GET', `${workspace}/datastores/workspaceblobstore?api-version=2024-01-01`)
  const { accountName, containerName } = JSON.parse(body).properties
  container = `${lazurite.server().url}/${accountName}/${containerName}`
})
afterAll(() => lazurite.stop())

/** The most memory the server ever held, in MiB. */
function peakMiB(): number {
  const status = readFileSync(`/proc/${lazurite.server().pid}/status`, 'utf8')
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024
}

const chunk = createHash('sha512').update('lazurite').digest()
const piece = Buffer.concat(Array.from({ length: MiB / chunk.length }, () => chunk))

function* pieces(count: number): Generator<Buffer> {
  for (let i = 0; i < count; i++) yield piece
}

function send(url: string, token: string, sizeMiB: number, headers: Record<string, string>): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const out = request(url, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, 'content-length': String(sizeMiB * MiB), ...headers },
    })
    out.on('response', resolve)
    out.on('error', reject)
    pipeline(Readable.from(pieces(sizeMiB), { objectMode: false }), out).catch(reject)
  })
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of answer) text += String(part)
  return text
}

describe('a gigabyte', () => {
  const sizeMiB = 1024

  test('goes up and comes down with flat memory', async () => {
    const { token } = lazurite.server()
    const answer = await send(`${container}/big.bin`, token, sizeMiB, { 'x-ms-blob-type': 'BlockBlob' })
    expect([answer.statusCode, await textOf(answer)]).toEqual([201, ''])
    const back = await fetch(`${container}/big.bin`, { headers: { authorization: `Bearer ${token}` } })
    let read = 0
    let same = true
    for await (const part of back.body ?? []) {
      const at = read % piece.length
      const length = Math.min(part.length, piece.length - at)
      same &&= Buffer.from(part.buffer, part.byteOffset, length).equals(piece.subarray(at, at + length))
      read += part.length
    }
    expect([read, same]).toEqual([sizeMiB * MiB, true])
    expect(peakMiB()).toBeLessThan(limitMiB)
  })

  test('that nobody reads is not held for fifty slow clients', async () => {
    const { token, url } = lazurite.server()
    const { hostname, port, host } = new URL(url)
    const path = new URL(`${container}/big.bin`).pathname
    const sockets: Socket[] = []
    for (let i = 0; i < 50; i++) {
      const socket = connect(Number(port), hostname)
      socket.pause()
      socket.write(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${token}\r\n\r\n`)
      sockets.push(socket)
    }
    await new Promise((resolve) => setTimeout(resolve, 3000))
    expect((await lazurite.http('GET', '/health')).status).toBe(200)
    expect(peakMiB()).toBeLessThan(limitMiB)
    for (const socket of sockets) socket.destroy()
  })

  test('that breaks off half way leaves nothing', async () => {
    const { token } = lazurite.server()
    const out = request(`${container}/broken.bin`, {
      method: 'PUT',
      headers: {
        authorization: `Bearer ${token}`,
        'content-length': String(sizeMiB * MiB),
        'x-ms-blob-type': 'BlockBlob',
      },
    })
    out.on('error', () => {})
    for (const part of pieces(64)) if (!out.write(part)) await new Promise((resolve) => out.once('drain', resolve))
    out.destroy()
    await expect.poll(() => readdirSync(join(lazurite.home, 'blocks', '.incoming')), { timeout: 10_000 }).toEqual([])
    const gone = await fetch(`${container}/broken.bin`, { headers: { authorization: `Bearer ${token}` } })
    expect(gone.status).toBe(404)
  })
})

/** A file system of 96 MiB, or why there is none. Mounting takes root. */
function mountSmallDisk(): { folder: string } | { why: string } {
  const folder = mkdtempSync(join(tmpdir(), 'laz-small-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=96m', 'lazurite-test', folder], { stdio: 'pipe' })
    return { folder }
  } catch (error) {
    rmSync(folder, { recursive: true })
    return { why: `no small file system could be mounted (${String(error).split('\n').at(-1)})` }
  }
}

describe('a full disk', () => {
  const disk = mountSmallDisk()
  if ('why' in disk) console.log(`the test of a full disk is skipped: ${disk.why}`)
  const onSmallDisk = 'why' in disk && process.env.CI !== 'true' ? test.skip : test
  let small: Lazurite | undefined

  afterAll(() => {
    small?.stop()
    if ('folder' in disk) execFileSync('umount', ['-l', disk.folder])
  })

  onSmallDisk('is told to the client, and nothing half-written stays', async () => {
    if ('why' in disk) throw new Error(disk.why)
    const home = join(disk.folder, 'home')
    small = startLazurite({ env: { LAZ_HOME: home } })
    expect(await small.laz(['up'])).toMatchObject({ code: 0 })
    const { url, token } = JSON.parse(readFileSync(join(home, 'server.json'), 'utf8'))
    const headers = { authorization: `Bearer ${token}` }
    const answer = await fetch(`${url}${workspace}/datastores/workspaceblobstore?api-version=1`, { headers })
    const { accountName, containerName } = JSON.parse(await answer.text()).properties
    const blob = `${url}/${accountName}/${containerName}/big.bin`
    const refused = await send(blob, token, 200, { 'x-ms-blob-type': 'BlockBlob' })
    expect([refused.statusCode, await textOf(refused)]).toEqual([507, expect.stringContaining('is full')])
    expect(readdirSync(join(home, 'blocks', '.incoming'))).toEqual([])
    expect((await fetch(blob, { headers })).status).toBe(404)
    const after = await send(blob, token, 1, { 'x-ms-blob-type': 'BlockBlob' })
    expect(after.statusCode).toBe(201)
    expect(statSync(join(home, 'storage', accountName, containerName, 'big.bin')).size).toBe(MiB)
  })
})
