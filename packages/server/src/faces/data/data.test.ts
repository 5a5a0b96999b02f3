import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../fixture.ts'

let server: TestServer
let data: string
let store: string
beforeAll(async () => {
  server = await startTestServer()
  data = `/lazurite/v1${server.ws}`
  store = `${data}/datastores/workspaceblobstore`
})
afterAll(() => server.end())

const q = (words: Record<string, string | number>) => {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(words)) query.set(name, String(value))
  return query.toString()
}
const md5 = (bytes: Uint8Array | string) => createHash('md5').update(bytes).digest('base64')
const hex = (bytes: Uint8Array | string) => createHash('md5').update(bytes).digest('hex')
/** Over a socket: an upload counts as whole when the connection says so. */
async function send(url: string, body: Buffer | string, headers: Record<string, string>) {
  const answer = await fetch(`http://127.0.0.1:${server.port}${url}`, {
    method: 'PUT',
    body,
    headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/octet-stream', ...headers },
  })
  const text = await answer.text()
  return { statusCode: answer.status, body: text, json: () => JSON.parse(text) }
}
const put = (path: string, body: Buffer | string, headers: Record<string, string> = {}) =>
  send(`${store}/content?${q({ path })}`, body, headers)
const get = (path: string, headers: Record<string, string> = {}) =>
  server.ask('GET', `${store}/content?${q({ path })}`, undefined, headers)
const ask = async (verb: string, words: Record<string, string | number>, of = store) => {
  const answer = await server.ask('GET', `${of}/${verb}?${q(words)}`)
  return { status: answer.statusCode, body: answer.json() }
}
const refusedAs = (answer: { statusCode: number; body: string }, status: number, what: RegExp) => {
  expect(answer.body).toMatch(what)
  expect(answer.statusCode).toBe(status)
  expect(answer.body).not.toMatch(/\bat .*\.ts:\d+/)
}

describe('browsing', () => {
  test('goes a page at a time, by level or through all of it, and meets every entry once', async () => {
    for (const name of ['b/1', 'b/2', 'a', 'c', 'b.txt', 'd/e/f'])
      expect((await put(`tree/${name}`, name)).statusCode).toBe(201)
    for (const [recursive, expected] of [
      ['false', ['a', 'b', 'b.txt', 'c', 'd']],
      ['true', ['a', 'b.txt', 'b/1', 'b/2', 'c', 'd/e/f']],
    ] as const) {
      for (const limit of [1, 2, 5, 100]) {
        const seen: string[] = []
        let marker = ''
        for (let pages = 0; pages < 10; pages++) {
          const { status, body } = await ask('browse', { path: 'tree', recursive, limit, marker })
          expect(status).toBe(200)
          expect(body.value.length).toBeLessThanOrEqual(limit)
          seen.push(...body.value.map((entry: { path: string }) => entry.path.slice('tree/'.length)))
          marker = body.nextMarker ?? ''
          if (marker === '') break
        }
        expect([recursive, limit, [...seen].sort()]).toEqual([recursive, limit, [...expected].sort()])
      }
    }
    const { body } = await ask('browse', { path: 'tree' })
    expect(body.value[0]).toMatchObject({ name: 'a', path: 'tree/a', folder: false, sizeBytes: 1 })
    expect(body.value[1]).toMatchObject({ name: 'b', folder: true })
    expect((await ask('browse', { path: 'tree/a' })).body.value).toMatchObject([{ path: 'tree/a', sizeBytes: 1 }])
  })

  test('what is not there, wrong numbers and strange markers are told', async () => {
    refusedAs(await server.ask('GET', `${store}/browse?path=nowhere`), 404, /nowhere/)
    refusedAs(await server.ask('GET', `${data}/datastores/none/browse`), 404, /none/)
    for (const limit of ['0', '-1', 'x', '5001', '1e3'])
      refusedAs(await server.ask('GET', `${store}/browse?limit=${limit}`), 400, /limit.*1 to 5000/)
    for (const marker of ['../..', '\u0000', 'zzz', '%', 'a'.repeat(2000)])
      expect((await ask('browse', { path: 'tree', marker })).status, marker).toBeLessThan(500)
  })
})

describe('content', () => {
  test('ranges, tags and digests', async () => {
    const made = await put('c/ten.bin', '0123456789', { 'content-md5': md5('0123456789') })
    expect([made.statusCode, made.json()]).toMatchObject([201, { path: 'c/ten.bin', sizeBytes: 10 }])
    const whole = await get('c/ten.bin')
    expect(whole.body).toBe('0123456789')
    expect(whole.headers).toMatchObject({
      'accept-ranges': 'bytes',
      'content-length': '10',
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment',
    })
    for (const [range, text, told] of [
      ['bytes=2-4', '234', 'bytes 2-4/10'],
      ['bytes=7-', '789', 'bytes 7-9/10'],
      ['bytes=-2', '89', 'bytes 8-9/10'],
      ['bytes=0-99', '0123456789', 'bytes 0-9/10'],
    ] as const) {
      const part = await get('c/ten.bin', { range })
      expect([part.statusCode, part.body, part.headers['content-range']]).toEqual([206, text, told])
    }
    refusedAs(await get('c/ten.bin', { range: 'bytes=10-' }), 416, /10 bytes/)
    refusedAs(await get('c/ten.bin', { range: 'bytes=4-2' }), 400, /Range/)
    refusedAs(await get('c/ten.bin', { range: 'lines=1-2' }), 400, /Range/)
    const tag = String(whole.headers.etag)
    expect((await get('c/ten.bin', { 'if-match': tag, range: 'bytes=0-0' })).body).toBe('0')
    expect((await put('c/ten.bin', 'abcdefghijk')).statusCode).toBe(201)
    refusedAs(await get('c/ten.bin', { 'if-match': tag, range: 'bytes=0-0' }), 412, /changed/)
    const head = await server.ask('HEAD', `${store}/content?path=c/ten.bin`)
    expect([head.statusCode, head.headers['content-length'], head.body]).toEqual([200, '11', ''])
    expect((await put('c/empty', '')).statusCode).toBe(201)
    expect((await get('c/empty', { range: 'bytes=0-' })).body).toBe('')
  })

  test('with a wrong digest nothing is kept', async () => {
    refusedAs(await put('c/bad', 'x', { 'content-md5': md5('y') }), 400, /MD5/)
    refusedAs(await put('c/bad', 'x', { 'content-md5': 'nonsense' }), 400, /Content-MD5/i)
    refusedAs(await get('c/bad'), 404, /c\/bad/)
  })

  test('an upload that is cut off leaves what was there', async () => {
    await put('c/cut', 'before')
    await new Promise<void>((done) => {
      const socket = connect(server.port, '127.0.0.1', () => {
        socket.write(
          `PUT ${store}/content?path=c/cut HTTP/1.1\r\nhost: 127.0.0.1:${server.port}\r\n` +
            `authorization: Bearer ${server.token}\r\ncontent-length: 1000\r\n\r\nhalf`,
          () => socket.destroy(),
        )
      })
      socket.on('close', () => done())
      socket.on('error', () => {})
    })
    await expect.poll(async () => (await get('c/cut')).body).toBe('before')
    expect((await ask('browse', { path: 'c' })).body.value.map((e: { name: string }) => e.name)).toEqual([
      'cut',
      'empty',
      'ten.bin',
    ])
  })

  test('a folder is no file, a file is no folder; removing is told apart from nothing to remove', async () => {
    refusedAs(await get('c'), 400, /is a folder/)
    refusedAs(await get(''), 400, /needs a path/)
    refusedAs(await put('c', 'x'), 409, /c/)
    refusedAs(await put('c/cut/below', 'x'), 409, /c\/cut/)
    const remove = () => server.ask('DELETE', `${store}/content?path=c/cut`)
    expect((await remove()).statusCode).toBe(200)
    expect((await remove()).statusCode).toBe(204)
    refusedAs(await server.ask('DELETE', `${store}/content`), 400, /needs a path/)
  })

  test.each([
    ['up and out', '../../lazurite.db'],
    ['down, up and out', 'a/../../b'],
    ['from the root', '/../x'],
    ['encoded once more', 'a/%2e%2e/%2e%2e/x'],
    ['a zero byte', 'a\u0000b'],
    ['here and up', 'a/./../..'],
    ['up', '..'],
    ['a name of the storage itself', 'a/.laz-part-x'],
    ['a name too long', 'n'.repeat(300)],
    ['a path too long', `${'deep/'.repeat(1000)}x`],
  ])('a hostile path: %s', async (_, path) => {
    for (const answer of [
      await get(path),
      await put(path, 'x'),
      await server.ask('DELETE', `${store}/content?${q({ path })}`),
      await server.ask('GET', `${store}/browse?${q({ path })}`),
      await server.ask('GET', `${store}/preview?${q({ path })}`),
      await server.ask('POST', `${store}/uploads?${q({ path })}`, { sizeBytes: 1 }),
    ]) {
      expect(answer.body).toMatch(/"code"/)
      expect(answer.statusCode, answer.body).toBeGreaterThanOrEqual(400)
      expect(answer.statusCode, answer.body).toBeLessThan(500)
    }
  })

  test('as a page of its own a file has no origin and reaches nothing', async () => {
    await put('plot/page.html', '<script>fetch("/lazurite/v1/session")</script>')
    const answer = await server.ask('GET', `${store}/page?${q({ path: 'plot/page.html' })}`)
    const policy = String(answer.headers['content-security-policy'])
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(policy.split('; ')).toContain('sandbox allow-scripts')
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toContain('allow-same-origin')
    expect(answer.body).toContain('fetch')
    expect((await server.knock('GET', `${store}/page?${q({ path: 'plot/page.html' })}`)).statusCode).toBe(401)
  })

  test('nobody gets in without a token', async () => {
    for (const verb of ['browse', 'content', 'preview', 'profile'])
      expect((await server.knock('GET', `${store}/${verb}?path=c/ten.bin`)).statusCode).toBe(401)
    expect((await server.knock('PUT', `${store}/content?path=c/new`, {}, 'x')).statusCode).toBe(401)
    refusedAs(await get('c/new'), 404, /c\/new/)
  })
})

describe('uploads in parts', () => {
  const begin = (path: string, body: unknown) => server.ask('POST', `${store}/uploads?${q({ path })}`, body)
  const one = (path: string, upload: string, rest = '') => `${store}/uploads/${upload}${rest}?${q({ path })}`
  const part = (
    path: string,
    upload: string,
    index: number | string,
    bytes: Buffer,
    headers: Record<string, string> = {},
  ) => send(one(path, upload, `/parts/${index}`), bytes, { 'content-md5': md5(bytes), ...headers })

  test('in any order, twice, asked for, and whole or not at all', async () => {
    const path = 'parts/big.bin'
    const sizeBytes = (20 << 20) + 7
    const bytes = Buffer.alloc(sizeBytes, 'lazurite ')
    const begun = await begin(path, { sizeBytes })
    expect(begun.statusCode).toBe(201)
    const { upload, partBytes } = begun.json()
    const piece = (i: number) => bytes.subarray(i * partBytes, (i + 1) * partBytes)
    const count = Math.ceil(sizeBytes / partBytes)
    expect(count).toBeGreaterThan(1)
    const commit = (more: object = {}) =>
      server.ask('POST', one(path, upload, '/commit'), { sizeBytes, partBytes, md5: hex(bytes), ...more })
    expect((await part(path, upload, count - 1, piece(count - 1))).statusCode).toBe(201)
    refusedAs(await part(path, upload, 0, piece(0), { 'content-md5': md5('other') }), 400, /MD5/)
    expect((await server.ask('GET', one(path, upload))).json()).toEqual({ have: [count - 1] })
    refusedAs(await commit(), 400, /part 0/)
    refusedAs(await get(path), 404, /big.bin/)
    expect((await ask('browse', { path: 'parts' })).body.value ?? []).toEqual([])
    for (let i = 0; i < count - 1; i++) expect((await part(path, upload, i, piece(i))).statusCode).toBe(201)
    expect((await part(path, upload, 0, piece(0))).statusCode).toBe(201)
    refusedAs(await commit({ md5: hex('other') }), 400, /MD5/)
    refusedAs(await commit({ md5: 'x' }), 400, /32 hex digits/)
    expect((await commit()).json()).toMatchObject({ path, sizeBytes })
    expect(hex((await get(path)).rawPayload)).toBe(hex(bytes))
    refusedAs(await server.ask('GET', one(path, upload)), 404, /upload/)
    refusedAs(await commit(), 404, /upload/)
  })

  test('dropped, it is gone; what is no upload, no size, no part is told', async () => {
    const { upload } = (await begin('parts/drop', { sizeBytes: 5 })).json()
    expect((await part('parts/drop', upload, 0, Buffer.from('12345'))).statusCode).toBe(201)
    expect((await server.ask('DELETE', one('parts/drop', upload))).statusCode).toBe(204)
    refusedAs(await part('parts/drop', upload, 0, Buffer.from('12345')), 404, /upload/)
    for (const sizeBytes of [-1, 1.5, '5', null, 2 ** 60, undefined])
      refusedAs(await begin('parts/x', { sizeBytes }), 400, /sizeBytes/)
    refusedAs(await begin('parts/x', { sizeBytes: 2 ** 50 }), 413, /1 TiB/)
    refusedAs(await begin('', { sizeBytes: 1 }), 400, /needs a path/)
    const { upload: other } = (await begin('parts/x', { sizeBytes: 5 })).json()
    for (const index of ['-1', 'x', '100000', '1.5'])
      refusedAs(await part('parts/x', other, index, Buffer.from('1')), 400, /index/)
    refusedAs(await send(one('parts/x', other, '/parts/0'), '1', {}), 400, /Content-MD5/)
    for (const strange of ['..%2f..%2fx', 'x', '1-000000000000000000000000', '%00'])
      refusedAs(await server.ask('GET', one('parts/x', strange)), 404, /code/)
    refusedAs(await server.ask('POST', one('parts/x', other, '/commit'), { sizeBytes: 5 }), 400, /partBytes/)
    refusedAs(
      await server.ask('POST', one('parts/x', other, '/commit'), 'no json', { 'content-type': 'application/json' }),
      400,
      /JSON/i,
    )
  })

  test('a part that is larger than its place is refused, and its neighbours stay as they are', async () => {
    const path = 'parts/over'
    const { upload, partBytes } = (await begin(path, { sizeBytes: 5 })).json()
    expect((await part(path, upload, 0, Buffer.from('123456789'))).statusCode).toBe(201)
    const commit = await server.ask('POST', one(path, upload, '/commit'), { sizeBytes: 5, partBytes })
    refusedAs(commit, 400, /another size/)
    refusedAs(await get(path), 404, /over/)
  })
})

describe('a look at data', () => {
  test('previews and profiles of paths and of assets', async () => {
    await put('look/a.csv', 'n,word\n1,a\n2,b\n3,b\n')
    expect((await ask('preview', { path: 'look/a.csv', rows: 2 })).body).toMatchObject({
      kind: 'table',
      rows: [{ n: 1, word: 'a' }, { n: 2 }],
      more: true,
    })
    expect((await ask('profile', { path: 'look/a.csv' })).body).toMatchObject({ rows: 3, sampled: false })
    const asset = {
      properties: { dataType: 'uri_file', dataUri: 'azureml://datastores/workspaceblobstore/paths/look/a.csv' },
    }
    const made = await server.ask('PUT', `${server.ws}/data/abc/versions/1?api-version=2024-04-01`, asset)
    expect(made.statusCode, made.body).toBeLessThan(300)
    for (const version of ['1', 'latest']) {
      expect((await ask('preview', {}, `${data}/data/abc/versions/${version}`)).body.rows).toHaveLength(3)
      expect((await ask('profile', {}, `${data}/data/abc/versions/${version}`)).body).toMatchObject({ rows: 3 })
    }
    refusedAs(await server.ask('GET', `${data}/data/abc/versions/9/preview`), 404, /abc/)
    refusedAs(await server.ask('GET', `${data}/data/none/versions/latest/profile`), 404, /none/)
    const web = { properties: { dataType: 'uri_file', dataUri: 'https://example.com/x.csv' } }
    await server.ask('PUT', `${server.ws}/data/web/versions/1?api-version=2024-04-01`, web)
    const look = await server.ask('GET', `${data}/data/web/versions/1/preview`)
    refusedAs(look, look.statusCode, /lies on the web/)
    for (const rows of ['0', '1001', 'x', '-3'])
      refusedAs(await server.ask('GET', `${store}/preview?path=look/a.csv&rows=${rows}`), 400, /rows.*1 to 1000/)
  })

  test('binary data with the name of a table, lines without end, and what is broken are told by name', async () => {
    await put('look/binary.csv', Buffer.from([0x50, 0, 1, 2, 0xff, 0x0a, 0, 3]))
    refusedAs(await server.ask('GET', `${store}/preview?path=look/binary.csv`), 400, /binary.csv.*binary data/)
    refusedAs(await server.ask('GET', `${store}/profile?path=look/binary.csv`), 400, /binary data/)
    await put('look/endless.csv', `a,b\n${'x'.repeat(10 << 20)}`)
    for (const verb of ['preview', 'profile'])
      refusedAs(await server.ask('GET', `${store}/${verb}?path=look/endless.csv`), 413, /record of look\/endless.csv/)
    await put('look/endless.jsonl', `{"a":1}\n{"a":"${'x'.repeat(10 << 20)}"}\n{"a":2}\n`)
    for (const verb of ['preview', 'profile'])
      refusedAs(await server.ask('GET', `${store}/${verb}?path=look/endless.jsonl`), 413, /endless.jsonl:2/)
    await put('look/endless.txt', `start${'x'.repeat(10 << 20)}`)
    const text = (await ask('preview', { path: 'look/endless.txt' })).body
    expect([text.lines[0].slice(0, 6), text.lines[0].length, text.more]).toEqual(['startx', 2000, true])
    await put('look/broken.jsonl', '{"a":1}\n{"a":\n')
    refusedAs(await server.ask('GET', `${store}/preview?path=look/broken.jsonl`), 400, /broken.jsonl:2/)
    await put('look/x.parquet', 'PAR1 nothing more PAR1')
    refusedAs(await server.ask('GET', `${store}/profile?path=look/x.parquet`), 400, /no Parquet/)
    await put('look/t/MLTable', 'paths: [{file: a}]\ntransformations: [{read_delimited: {}}, {pivot: x}]\n')
    refusedAs(await server.ask('GET', `${store}/preview?path=look/t`), 400, /pivot/)
    await put('look/plain.bin', Buffer.from([1, 0, 2]))
    expect((await ask('preview', { path: 'look/plain.bin' })).body).toMatchObject({ kind: 'binary' })
    refusedAs(await server.ask('GET', `${store}/profile?path=look/plain.bin`), 400, /no csv/)
    await put('look/nothing.csv', '')
    expect((await ask('preview', { path: 'look/nothing.csv' })).body).toMatchObject({ rows: [] })
  })

  test('a profile of more than it may read says so', async () => {
    await put('look/long.csv', `n\n${Array.from({ length: 20_000 }, (_, i) => i).join('\n')}\n`)
    const { body } = await ask('profile', { path: 'look/long.csv', maxBytes: 10_000 })
    expect(body).toMatchObject({ sampled: true, readBytes: 10_000 })
    expect(body.rows).toBeLessThan(3000)
  })
})
