import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Lazurite } from '@lazurite/client'
import { asObject, type JsonObject, kindByName, LazError } from '@lazurite/spec'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { parseArgs } from './args.ts'
import { readDocument } from './document.ts'
import { load } from './load.ts'
import { openSession, type Session } from './session.ts'
import { surfaceOf } from './surfaces.ts'

/** Answers every write with what was written, so that the test reads what the wire was asked. */
interface Wire {
  client: Lazurite
  puts: { path: string; properties: JsonObject }[]
  asked: string[]
  server: Server
}

const wires: Wire[] = []
const root = mkdtempSync(join(tmpdir(), 'laz-load-'))
afterEach(() => {
  for (const wire of wires.splice(0)) wire.server.close()
})
afterAll(() => rmSync(root, { recursive: true, force: true, maxRetries: 20 }))

async function start(): Promise<Wire> {
  const puts: Wire['puts'] = []
  const asked: string[] = []
  const codes = new Map<string, string>()
  const server = createServer((incoming, answer) => {
    const parts: Buffer[] = []
    incoming.on('data', (part) => parts.push(part))
    incoming.on('end', () => {
      const url = new URL(incoming.url ?? '', 'http://x')
      const path = decodeURIComponent(url.pathname)
      const short = path.replace(/.*\/workspaces\/main/, '')
      asked.push(`${incoming.method} ${short}`)
      const say = (body: unknown, status = 200) => {
        answer.statusCode = status
        answer.end(JSON.stringify(body))
      }
      const base = `http://${incoming.headers.host}/laz0123456789ab/c`
      if (path.startsWith('/laz0')) return say({}, incoming.method === 'HEAD' ? 404 : 201)
      const hash = url.searchParams.get('hash')
      if (hash !== null)
        return say({ value: codes.has(hash) ? [{ id: codes.get(hash), name: '1', properties: {} }] : [] })
      if (path.endsWith('startPendingUpload'))
        return say({ blobReferenceForConsumption: { blobUri: base, credential: { sasUri: `${base}?sig=s` } } })
      if (path.endsWith('listSecrets')) return say({ sasToken: 'sig=s' })
      if (path.includes('/datastores/'))
        return say({ properties: { accountName: 'laz0123456789ab', containerName: 'c' } })
      if (path.endsWith('/environments/known/versions'))
        return say({ value: [{ id: `${path}/4`, name: '4', properties: {} }] })
      if (incoming.method !== 'PUT') return say({ error: { code: 'ResourceNotFound', message: 'none' } }, 404)
      const properties = asObject(JSON.parse(Buffer.concat(parts).toString()).properties)
      puts.push({ path: short, properties })
      const digest = asObject(properties.properties).hash_sha256
      if (typeof digest === 'string') codes.set(digest, path)
      say({ id: path, name: path.split('/').at(-1), properties })
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  // a listening TCP server has an address with a port
  const { port } = server.address() as AddressInfo
  const wire = { client: new Lazurite({ url: `http://127.0.0.1:${port}` }), puts, asked, server }
  wires.push(wire)
  return wire
}

let count = 0
function folder(files: Record<string, string>): string {
  const path = join(root, String(count++))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true })
    writeFileSync(join(path, name), text)
  }
  return path
}

async function submit(wire: Wire, cwd: string, line: string, kindName = 'job') {
  const kind = kindByName(kindName)
  if (!kind) throw new Error(kindName)
  const flags = surfaceOf(kindName).create ?? []
  const args = parseArgs(line.split(' '), flags)
  const session: Session = {
    ...openSession({ args, kind, verb: 'create', flags, env: { LAZ_HOME: root } }),
    cwd,
    say: () => undefined,
  }
  return load(session, wire.client, readDocument(session, args))
}

const environment = 'environment:\n  image: ubuntu:22.04\n  conda_file: conda.yml\n'

describe('a command job', () => {
  test('its code is uploaded, its inline environment registered once its file is in it', async () => {
    const wire = await start()
    const path = folder({
      'job.yml': `command: python main.py\ncode: src\n${environment}`,
      'src/main.py': 'print(1)',
      'conda.yml': 'name: e\ndependencies: [python=3.11]\n',
    })
    const { properties } = await submit(wire, path, '-f job.yml')
    expect(properties.codeId).toMatch(/\/codes\/[0-9a-f-]{36}\/versions\/1$/)
    expect(properties.environmentId).toMatch(/\/environments\/CliV2AnonymousEnvironment\/versions\/[0-9a-f]{64}$/)
    const made = wire.puts.find((put) => put.path.includes('CliV2AnonymousEnvironment'))
    expect(made?.properties).toMatchObject({
      image: 'ubuntu:22.04',
      condaFile: expect.stringContaining('python=3.11'),
      isAnonymous: true,
    })
    const before = wire.puts.length
    const again = await submit(wire, path, '-f job.yml')
    expect(again.properties).toEqual(properties)
    expect(wire.puts.slice(before).map((put) => put.path)).toEqual([made?.path])
  })

  test('labels become versions; what no row has is left to the server', async () => {
    const wire = await start()
    const path = folder({ 'job.yml': 'command: ls\nenvironment: azureml:known@latest\ncompute: azureml:cpu\n' })
    const { properties } = await submit(wire, path, '-f job.yml')
    expect(properties).toMatchObject({
      environmentId: expect.stringMatching(/environments\/known\/versions\/4$/),
      computeId: expect.stringMatching(/\/workspaces\/main\/computes\/cpu$/),
    })
    const curated = await submit(wire, path, '-f job.yml --set environment=azureml:host@latest')
    expect(curated.properties.environmentId).toBe('azureml:host@latest')
  })

  test('--set reaches the document, local data is uploaded from beside the file', async () => {
    const wire = await start()
    const path = folder({
      'jobs/job.yml':
        'command: cat ${{inputs.d}}\nenvironment: azureml:e:1\ninputs:\n  d: {type: uri_file, path: ../data/a.csv}\n  n: 1\n',
      'data/a.csv': 'x',
    })
    const { properties } = await submit(wire, path, '-f jobs/job.yml --set inputs.n=0.10 limits.timeout=60')
    expect(properties.inputs).toMatchObject({
      d: {
        jobInputType: 'uri_file',
        uri: expect.stringMatching(
          /^azureml:\/\/datastores\/workspaceblobstore\/paths\/LocalUpload\/[0-9a-f]{64}\/a.csv$/,
        ),
      },
      n: { value: '0.10' },
    })
    expect(asObject(properties.limits).timeout).toBe('PT1M')
  })

  test('a missing folder is a problem of its line', async () => {
    const wire = await start()
    const path = folder({ 'job.yml': 'command: ls\nenvironment: azureml:e:1\ncode: ./absent\n' })
    const error = await submit(wire, path, '-f job.yml').catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(LazError)
    expect(error).toMatchObject({
      code: 'ValidationFailed',
      details: [{ path: ['code'], line: 3, column: 1, file: 'job.yml' }],
    })
    expect(wire.puts).toEqual([])
  })
})

describe('a pipeline', () => {
  const files = {
    'p/pipeline.yml': [
      'type: pipeline',
      'settings: {default_compute: azureml:cpu}',
      'jobs:',
      '  one:',
      '    component: ../parts/one.yml',
      '  two:',
      '    component: ../parts/one.yml',
      '  three:',
      '    command: echo ${{inputs.n}}',
      '    environment: azureml:e:1',
      '    inputs: {n: 3}',
      '',
    ].join('\n'),
    'parts/one.yml':
      'type: command\nname: one\ncode: src\nadditional_includes: [shared]\nenvironment: file:env.yml\ncommand: python a.py\n',
    'parts/env.yml': 'image: ubuntu:22.04\nconda_file: conda.yml\n',
    'parts/conda.yml': 'dependencies: [python=3.12]\n',
    'parts/src/a.py': '1',
    'parts/shared/b.py': '2',
  }

  test('component files are registered under their content, one for equal ones, with paths from their own folder', async () => {
    const wire = await start()
    const { properties } = await submit(wire, folder(files), '-f p/pipeline.yml')
    const nodes = asObject(properties.jobs)
    const [one, two, three] = ['one', 'two', 'three'].map((name) => asObject(nodes[name]).componentId)
    expect(one).toMatch(
      /\/components\/azureml_anonymous\/versions\/[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/,
    )
    expect(two).toBe(one)
    expect(three).not.toBe(one)
    const specs = wire.puts.filter((put) => put.path.includes('azureml_anonymous'))
    expect(specs).toHaveLength(2)
    const spec = asObject(specs.find((put) => String(one).endsWith(put.path))?.properties.componentSpec)
    expect(spec).toMatchObject({
      command: 'python a.py',
      code: expect.stringMatching(/^azureml:.*\/codes\//),
      environment: expect.stringMatching(/^azureml:.*CliV2AnonymousEnvironment/),
    })
    expect(wire.asked.filter((line) => line.includes('startPendingUpload'))).toHaveLength(1)
  })

  test('a component may be its includes alone', async () => {
    const wire = await start()
    const path = folder({ ...files, 'parts/one.yml': files['parts/one.yml'].replace('code: src\n', '') })
    await submit(wire, path, '-f p/pipeline.yml')
    const spec = wire.puts.map((put) => asObject(put.properties.componentSpec)).find((s) => s.command === 'python a.py')
    expect(spec?.code).toMatch(/\/codes\//)
  })

  test('a problem in a component file is told in that file', async () => {
    const wire = await start()
    const path = folder({ ...files, 'parts/one.yml': `${files['parts/one.yml']}resources: 5\n` })
    await expect(submit(wire, path, '-f p/pipeline.yml')).rejects.toMatchObject({
      details: [expect.objectContaining({ file: join('parts', 'one.yml'), line: 7, path: ['resources'] })],
    })
    expect(wire.puts).toEqual([])
  })
})

test('flags fill the document, their paths count from where the caller stands', async () => {
  const wire = await start()
  const path = folder({ 'model/weights.bin': 'w', 'deep/m.yml': 'name: m\ndescription: from the file\n' })
  const { properties } = await submit(
    wire,
    path,
    '-f deep/m.yml --path model --type custom_model --tags a=1 --stage prod',
    'model',
  )
  expect(properties).toMatchObject({
    description: 'from the file',
    tags: { a: '1' },
    stage: 'prod',
    modelType: 'custom_model',
    modelUri: expect.stringMatching(
      /\/workspaces\/main\/datastores\/workspaceblobstore\/paths\/LocalUpload\/[0-9a-f]{64}\/model\/$/,
    ),
  })
})
