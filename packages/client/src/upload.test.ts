import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { readTail } from './blobs.ts'
import { downloadUri } from './download.ts'
import { Lazurite } from './node.ts'
import { uploadCode, uploadData } from './upload.ts'

/** The wire that uploads speak, over a map of blobs: what the server must have been sent is what the test reads. */
class Wire {
  readonly blobs = new Map<string, Buffer>()
  readonly marked = new Map<string, string>()
  readonly codes = new Map<string, string>()
  readonly asked: string[] = []
  readonly unsigned: string[] = []
  archives = true
  readonly #blocks = new Map<string, Buffer>()
  readonly server: Server = createServer((incoming, answer) => {
    const parts: Buffer[] = []
    incoming.on('data', (part) => parts.push(part))
    incoming.on('end', () => {
      const url = new URL(incoming.url ?? '', 'http://x')
      this.asked.push(
        `${incoming.method} ${url.pathname.replace(/.*\/workspaces\/main/, '')}${url.searchParams.get('comp') ? `?${url.searchParams.get('comp')}` : ''}`,
      )
      const said = this.#answer({
        method: incoming.method ?? '',
        url,
        body: Buffer.concat(parts),
        headers: incoming.headers,
        token: incoming.headers.authorization,
      })
      answer.writeHead(said.status ?? 200, said.headers)
      answer.end(said.body instanceof Buffer ? said.body : JSON.stringify(said.body ?? {}))
    })
  })

  #answer(o: { method: string; url: URL; body: Buffer; headers: Record<string, unknown>; token: string | undefined }): {
    status?: number
    headers?: Record<string, string>
    body?: unknown
  } {
    const path = decodeURIComponent(o.url.pathname)
    const blob = /^\/laz[0-9a-f]{12}\/(.*)$/.exec(path)?.[1]
    if (blob !== undefined) return this.#blob(o, blob)
    if (o.token !== 'Bearer t') return { status: 401 }
    const hash = o.url.searchParams.get('hash')
    if (hash !== null) {
      const id = this.codes.get(hash)
      return { body: { value: id === undefined ? [] : [{ id, name: '1', properties: {} }] } }
    }
    const base = `http://${String(o.headers.host)}/laz0123456789ab/code-1`
    if (path.endsWith('startPendingUpload'))
      return { body: { blobReferenceForConsumption: { blobUri: base, credential: { sasUri: `${base}?sig=s` } } } }
    if (path.endsWith('listSecrets')) return { body: { secretsType: 'Sas', sasToken: 'sig=s' } }
    if (path.includes('/datastores/'))
      return {
        body: {
          name: 'd',
          properties: path.endsWith('outside')
            ? { accountName: 'prod' }
            : { accountName: 'laz0123456789ab', containerName: 'blobs' },
        },
      }
    if (o.method === 'PUT' && path.includes('/codes/')) {
      const { properties } = JSON.parse(o.body.toString())
      this.codes.set(properties.properties.hash_sha256, path)
      return { body: { id: path, name: '1', properties } }
    }
    return { status: 404 }
  }

  #blob(
    o: { method: string; url: URL; body: Buffer; headers: Record<string, unknown>; token: string | undefined },
    blob: string,
  ) {
    const comp = o.url.searchParams.get('comp')
    if (o.url.searchParams.get('sig') !== 's' || o.token !== undefined) this.unsigned.push(blob)
    if (comp === 'archive') {
      if (!this.archives) return { status: 405 }
      const folder = mkdtempSync(join(root, 'tar-'))
      execFileSync('tar', ['-xf', '-', '-C', folder], { input: o.body })
      for (const name of execFileSync('find', ['.', '-type', 'f'], { cwd: folder, encoding: 'utf8' })
        .trim()
        .split('\n')) {
        this.blobs.set(`${blob}/${name.slice(2)}`, readFileSync(join(folder, name)))
      }
      return { status: 201 }
    }
    if (comp === 'list') {
      const prefix = o.url.searchParams.get('prefix') ?? ''
      const names = [...this.blobs.keys()]
        .filter((name) => name.startsWith(`${blob}/${prefix}`))
        .map((name) => name.slice(blob.length + 1))
      const items = names.map(
        (name) =>
          `<Blob><Name>${name.replace(/&/g, '&amp;')}</Name><Properties><Content-Length>${this.blobs.get(`${blob}/${name}`)?.length}</Content-Length></Properties></Blob>`,
      )
      return {
        body: Buffer.from(`<EnumerationResults><Blobs>${items.join('')}</Blobs><NextMarker/></EnumerationResults>`),
      }
    }
    if (comp === 'metadata') {
      this.marked.set(blob, String(o.headers['x-ms-meta-upload_status']))
      return {}
    }
    if (comp === 'block') {
      this.#blocks.set(String(o.url.searchParams.get('blockid')), o.body)
      return { status: 201 }
    }
    if (comp === 'blocklist') {
      const ids = [...o.body.toString().matchAll(/<Latest>([^<]*)</g)].map((m) => m[1] ?? '')
      this.blobs.set(blob, Buffer.concat(ids.map((id) => this.#blocks.get(id) ?? Buffer.alloc(0))))
      return { status: 201 }
    }
    if (o.method === 'PUT') {
      this.blobs.set(blob, o.body)
      return { status: 201 }
    }
    const found = this.blobs.get(blob)
    if (!found) return { status: 404 }
    const mark = this.marked.get(blob)
    return {
      headers: mark ? { 'x-ms-meta-upload_status': mark } : {},
      body: o.method === 'HEAD' ? Buffer.alloc(0) : found,
    }
  }
}

const root = mkdtempSync(join(tmpdir(), 'laz-upload-'))
const wires: Wire[] = []
afterAll(() => rmSync(root, { recursive: true, force: true, maxRetries: 20 }))
afterEach(() => {
  for (const wire of wires.splice(0)) wire.server.close()
})

async function start(): Promise<{ wire: Wire; client: Lazurite }> {
  const wire = new Wire()
  wires.push(wire)
  await new Promise<void>((done) => wire.server.listen(0, '127.0.0.1', done))
  // a listening TCP server has an address with a port
  const { port } = wire.server.address() as AddressInfo
  return { wire, client: new Lazurite({ url: `http://127.0.0.1:${port}`, token: 't' }) }
}

let count = 0
function folder(files: Record<string, string | Buffer>): string {
  const path = join(root, `f${count++}`)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true })
    writeFileSync(join(path, name), text)
  }
  return path
}

describe('code', () => {
  test('goes as one archive, is registered by its hash and not sent again', async () => {
    const { wire, client } = await start()
    const path = folder({ 'main.py': 'print(1)', 'lib/ü & b.py': 'x', 'skip.log': 'no', '.amlignore': '*.log' })
    const first = await uploadCode(client, path)
    expect([...wire.blobs].map(([name, bytes]) => [name, bytes.toString()]).sort()).toEqual([
      ['code-1/code/.amlignore', '*.log'],
      ['code-1/code/lib/ü & b.py', 'x'],
      ['code-1/code/main.py', 'print(1)'],
    ])
    expect(first).toMatchObject({ known: false, files: 3 })
    const sent = wire.asked.length
    expect(await uploadCode(client, path)).toMatchObject({ id: first.id, known: true, hash: first.hash })
    expect(wire.asked.slice(sent)).toHaveLength(1)
    expect(wire.unsigned).toEqual([])
  })

  test('goes file by file where archives are not taken', async () => {
    const { wire, client } = await start()
    wire.archives = false
    await uploadCode(client, folder({ 'a.py': '1', 'b/c.py': '2' }))
    expect([...wire.blobs.keys()].sort()).toEqual(['code-1/code/a.py', 'code-1/code/b/c.py'])
  })

  test('progress counts up to the whole', async () => {
    const { client } = await start()
    const seen: number[] = []
    await uploadCode(client, folder({ 'a.bin': Buffer.alloc(300_000), 'b.bin': Buffer.alloc(100_000) }), {
      progress: (sent, total) => seen.push(sent / total),
    })
    expect(seen.at(-1)).toBe(1)
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
  })
})

describe('data', () => {
  test('a file lies under its hash and is marked when complete; marked data is not sent again', async () => {
    const { wire, client } = await start()
    const path = join(folder({ 'iris.csv': 'a,b' }), 'iris.csv')
    const done = await uploadData(client, path)
    expect(done.uri).toBe(`azureml://datastores/workspaceblobstore/paths/LocalUpload/${done.hash}/iris.csv`)
    expect(wire.blobs.get(`blobs/LocalUpload/${done.hash}/iris.csv`)?.toString()).toBe('a,b')
    expect(wire.marked.get(`blobs/LocalUpload/${done.hash}/iris.csv`)).toBe('completed')
    const before = wire.asked.filter((line) => line.startsWith('PUT')).length
    expect((await uploadData(client, path)).known).toBe(true)
    expect(wire.asked.filter((line) => line.startsWith('PUT'))).toHaveLength(before)
  })

  test('a folder keeps its name and ends with a slash; half an upload is done again', async () => {
    const { wire, client } = await start()
    const path = folder({ 'x/1.txt': '1', 'x/2.txt': '2' })
    const done = await uploadData(client, join(path, 'x'))
    expect(done.uri).toMatch(/LocalUpload\/[0-9a-f]{64}\/x\/$/)
    wire.marked.clear()
    wire.blobs.delete(`blobs/LocalUpload/${done.hash}/x/2.txt`)
    expect((await uploadData(client, join(path, 'x'))).known).toBe(false)
    expect(wire.blobs.has(`blobs/LocalUpload/${done.hash}/x/2.txt`)).toBe(true)
  })

  test('a large file goes in blocks and arrives whole', async () => {
    const { wire, client } = await start()
    const bytes = Buffer.from(Array.from({ length: 20 * 2 ** 20 }, (_, i) => i % 251))
    const path = join(folder({ 'big.bin': bytes }), 'big.bin')
    const done = await uploadData(client, path)
    expect(wire.asked.filter((line) => line.endsWith('?block'))).toHaveLength(3)
    expect(wire.blobs.get(`blobs/LocalUpload/${done.hash}/big.bin`)?.equals(bytes)).toBe(true)
  })

  test('a blob of a datastore outside this server has no address here', async () => {
    const { client } = await start()
    await expect(readTail(client, 'outside', 'a.txt', 10)).rejects.toMatchObject({ code: 'NotSupported' })
  })
})

describe('downloads', () => {
  test('a folder with its paths, a file by its name', async () => {
    const { wire, client } = await start()
    for (const [name, text] of [
      ['o/a.txt', '1'],
      ['o/b/c & d.txt', '2'],
      ['other.txt', '3'],
    ])
      wire.blobs.set(`blobs/${name}`, Buffer.from(text ?? ''))
    const to = join(root, 'down')
    expect(await downloadUri(client, 'azureml://datastores/d/paths/o/', to)).toEqual({ files: 2, sizeBytes: 2 })
    expect(readFileSync(join(to, 'b/c & d.txt'), 'utf8')).toBe('2')
    await downloadUri(client, 'azureml://datastores/d/paths/other.txt', to)
    expect(readFileSync(join(to, 'other.txt'), 'utf8')).toBe('3')
  })

  test('a name that climbs out is refused', async () => {
    const { wire, client } = await start()
    wire.blobs.set('blobs/o/../../../evil.txt', Buffer.from('x'))
    await expect(downloadUri(client, 'azureml://datastores/d/paths/o', join(root, 'safe'))).rejects.toMatchObject({
      code: 'PathNotAllowed',
    })
  })
})
