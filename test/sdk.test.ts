// The SDK against a real server in this process: every kind by the same verbs, in the language of YAML files.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { choice, command, environment, filesOf, Input, Lazurite, load, Output, parse, sweep } from '@lazurite/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../packages/server/src/fixture.ts'

let server: TestServer
let laz: Lazurite
const root = mkdtempSync(join(tmpdir(), 'laz-sdk-'))
beforeAll(async () => {
  server = await startTestServer()
  laz = new Lazurite({ url: `http://127.0.0.1:${server.port}`, token: server.token })
})
afterAll(async () => {
  await server.end()
  rmSync(root, { recursive: true, force: true, maxRetries: 20 })
})

describe('assets', () => {
  test('versions count themselves, are listed, shown, changed, archived, restored', async () => {
    const folder = join(root, 'weights')
    mkdirSync(folder)
    writeFileSync(join(folder, 'w.bin'), 'weights')
    const first = await laz.models.create({ name: 'iris', path: folder, type: 'custom_model', tags: { a: '1' } })
    expect(first).toMatchObject({ name: 'iris', version: '1', type: 'custom_model', tags: { a: '1' } })
    expect(first.path).toMatch(/LocalUpload\/[0-9a-f]{64}\/weights\/?$/)
    expect(first.etag).toMatch(/^"/)
    await laz.models.create({ name: 'iris', path: folder, description: 'again' })
    expect(await laz.models.nextVersion('iris')).toBe('3')
    expect((await laz.models.versions('iris').toArray()).map((model) => model.version).sort()).toEqual(['1', '2'])
    expect((await laz.models.get('iris')).version).toBe('2')
    expect((await laz.models.get('iris:1')).version).toBe('1')
    expect((await laz.models.get('azureml:iris@latest')).version).toBe('2')
    expect((await laz.models.get(first.id)).version).toBe('1')

    const changed = await laz.models.update('iris', '1', { description: 'better', tags: { b: '2' } })
    expect(changed).toMatchObject({ version: '1', description: 'better', tags: { b: '2' } })
    expect((await laz.models.update('iris', '1', (now) => ({ ...now, stage: 'Production' }))).stage).toBe('Production')

    await laz.models.archive('iris', '2')
    expect((await laz.models.versions('iris').toArray()).map((model) => model.version)).toEqual(['1'])
    expect(await laz.models.versions('iris', { archived: 'all' }).toArray()).toHaveLength(2)
    await laz.models.restore('iris', '2')
    expect((await laz.models.list().toArray()).map((model) => model.name)).toContain('iris')
  })

  test('a version is what it was: the same again is the same, other content is a conflict that says so', async () => {
    await laz.environments.create({ name: 'tools', version: '1', image: 'ubuntu:22.04' })
    await laz.environments.create({ name: 'tools', version: '1', image: 'ubuntu:22.04' })
    const other = laz.environments.create({ name: 'tools', version: '1', image: 'ubuntu:24.04' })
    await expect(other).rejects.toMatchObject({ http: 409, message: expect.stringContaining('image') })
  })

  test('labels are ours to give, and name versions', async () => {
    await laz.data.create({ name: 'table', version: '1', type: 'uri_file', path: 'https://example.org/a.csv' })
    await laz.data.create({ name: 'table', version: '2', type: 'uri_file', path: 'https://example.org/b.csv' })
    await laz.data.setLabel('table', 'golden', '1')
    expect(await laz.data.labels('table')).toMatchObject({ golden: '1' })
    expect((await laz.data.get('table@golden')).version).toBe('1')
    await laz.data.removeLabel('table', 'golden')
    await expect(laz.data.get('table@golden')).rejects.toMatchObject({ http: 404 })
  })

  test('a component keeps its ports', async () => {
    const made = await laz.components.create({
      name: 'adder',
      version: '7',
      type: 'command',
      command: 'echo ${{inputs.a}}',
      environment: 'azureml:host@latest',
      inputs: { a: { type: 'integer', default: 3 } },
    })
    expect(made).toMatchObject({ name: 'adder', version: '7', type: 'command', inputs: { a: { default: '3' } } })
  })
})

describe('everything else', () => {
  test('computes: create waits until it is there; update by keys; delete', async () => {
    const cpu = await laz.computes.create({ type: 'amlcompute', name: 'cpu', min_instances: 0, max_instances: 2 })
    expect(cpu).toMatchObject({ name: 'cpu', type: 'amlcompute', max_instances: 2, provisioning_state: 'Succeeded' })
    expect(await laz.computes.update('cpu', { max_instances: 3 })).toMatchObject({ max_instances: 3 })
    await laz.computes.delete('cpu')
    await expect(laz.computes.get('cpu')).rejects.toMatchObject({ code: 'ResourceNotFound' })
  })

  test('an endpoint and a deployment below it, with what the server warns of', async () => {
    const warnings: string[] = []
    const warn = { warn: (warning: { message: string }) => void warnings.push(warning.message) }
    await laz.onlineEndpoints.create({ name: 'scores', auth_mode: 'key', tags: { team: 'a' } }, warn)
    await laz.onlineDeployments.create(
      {
        name: 'blue',
        endpoint_name: 'scores',
        type: 'kubernetes',
        model: 'azureml:iris:1',
        instance_type: 'small',
        instance_count: 2,
      },
      warn,
    )
    expect(warnings.join()).toContain('Kubernetes')
    const blue = await laz.onlineDeployments.get('scores', 'blue')
    expect(blue).toMatchObject({ name: 'blue', endpoint_name: 'scores', type: 'kubernetes', instance_count: 2 })
    expect((await laz.onlineDeployments.list('scores').toArray()).map((one) => one.name)).toEqual(['blue'])
    expect(await laz.onlineEndpoints.get('scores')).toMatchObject({ tags: { team: 'a' }, auth_mode: 'key' })
    await laz.onlineDeployments.delete('scores', 'blue')
    await laz.onlineEndpoints.delete('scores')
  })

  test('a schedule with a job in place', async () => {
    const job = command({ command: 'date', environment: 'azureml:host@latest', compute: 'azureml:local' })
    const made = await laz.schedules.create({
      name: 'nightly',
      trigger: { type: 'cron', expression: '0 3 * * *', time_zone: 'UTC' },
      create_job: job,
    })
    expect(made).toMatchObject({ name: 'nightly', trigger: { type: 'cron', expression: '0 3 * * *' } })
    await laz.schedules.delete('nightly')
  })

  test('a registry gets a copy of a version', async () => {
    await laz.registries.create({ name: 'team-registry', location: 'local' })
    const shared = await laz.models.share('iris', '1', 'team-registry', { version: '10' })
    expect(shared).toMatchObject({ name: 'iris', version: '10', type: 'custom_model' })
    expect(shared.id).toMatch(/^azureml:\/\/registries\/team-registry\/models\/iris\/versions\/10$/)
    const there = laz.inRegistry('team-registry')
    expect((await there.models.versions('iris').toArray()).map((model) => model.version)).toEqual(['10'])
  })

  test('a secret goes in and never comes back', async () => {
    const made = await laz.connections.create({
      name: 'forge',
      type: 'git',
      target: 'https://example.org/x',
      credentials: { type: 'pat', pat: 'top-secret-token' },
    })
    expect(JSON.stringify(made)).not.toContain('top-secret-token')
    expect(JSON.stringify(await laz.connections.get('forge'))).not.toContain('top-secret-token')
  })
})

describe('writing carefully', () => {
  test('an old etag is refused, a function is asked again', async () => {
    const store = { name: 'folder', type: 'local', path: root } as const
    const made = await laz.datastores.create(store)
    await laz.datastores.update('folder', { description: 'one' })
    const late = laz.datastores.update('folder', { description: 'two' }, { ifMatch: made.etag })
    await expect(late).rejects.toMatchObject({ code: 'PreconditionFailed', http: 412 })
    let asked = 0
    const done = await laz.datastores.update('folder', (now) => {
      asked++
      return { ...now, description: `asked ${asked}` }
    })
    expect(done.description).toBe('asked 1')
  })

  test('problems come all at once, before anything is sent, with their place', async () => {
    const file = join(root, 'bad.yml')
    writeFileSync(file, 'command: ls\nenvironment: azureml:host@latest\ncode: ./absent\nresources: 5\n')
    const error = await laz.jobs.create(await load(file)).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'ValidationFailed' })
    expect(error).toMatchObject({
      details: expect.arrayContaining([
        expect.objectContaining({ path: ['code'], line: 3, file: expect.stringContaining('bad.yml') }),
        expect.objectContaining({ path: ['resources'], line: 4 }),
      ]),
    })
    await expect(load(join(root, 'none.yml'))).rejects.toMatchObject({ code: 'FileNotFound' })
    expect(() => parse('- a list')).toThrow('mapping')
  })

  test('what no document can hold is refused where it stands', async () => {
    const bad = laz.models.create({ name: 'm', path: 'x', tags: { a: Number.NaN } })
    await expect(bad).rejects.toThrow('tags.a is NaN')
  })

  test('a YAML text with changes, files from memory', async () => {
    const text = parse('command: cat notes.txt\nenvironment: azureml:host@latest\ncompute: azureml:local\n')
    const job = text.with({ name: 'from-text', tags: { from: 'text' } })
    expect(await laz.jobs.create(job)).toMatchObject({ name: 'from-text', tags: { from: 'text' }, type: 'command' })
    const code = await laz.uploadCode(filesOf({ 'notes.txt': 'hello\n', 'deep/more.txt': 'x' }, 'notes'))
    expect(code).toMatchObject({ files: 2, sizeBytes: 7, known: false })
    expect(await laz.uploadCode(filesOf({ 'deep/more.txt': 'x', 'notes.txt': 'hello\n' }))).toMatchObject({
      known: true,
    })
    await laz.jobs.cancel('from-text')
  })
})

describe('bytes', () => {
  test('data goes up once, comes down whole, and is read in parts', async () => {
    const folder = join(root, 'numbers')
    mkdirSync(folder)
    const large = Buffer.alloc(9 * 2 ** 20, 'abcdefgh')
    writeFileSync(join(folder, 'large.bin'), large)
    writeFileSync(join(folder, 'small.txt'), 'small')
    const told: [number, number][] = []
    const up = await laz.uploadData(folder, { progress: (sent, total) => void told.push([sent, total]) })
    expect(told.at(-1)).toEqual([large.length + 5, large.length + 5])
    expect((await laz.uploadData(folder)).known).toBe(true)
    const to = join(root, 'down')
    expect(await laz.download(up.uri, to)).toEqual({ files: 2, sizeBytes: large.length + 5 })
    expect(readFileSync(join(to, 'large.bin')).equals(large)).toBe(true)
    expect(await laz.readText(`${up.uri}small.txt`)).toBe('small')
    let part = ''
    for await (const bytes of laz.read(`${up.uri}large.bin`, { from: 8, to: 16 })) part += Buffer.from(bytes).toString()
    expect(part).toBe('abcdefgh')
  })

  test('a datastore is browsed, read, written, whatever lies behind it', async () => {
    await laz.datastores.write('folder', 'notes/a.txt', Buffer.from('one'))
    await laz.datastores.upload('folder', filesOf({ 'b.txt': 'two', 'deep/c.txt': 'three' }), 'notes')
    const names = (await laz.datastores.browse('folder', 'notes').toArray()).map((file) => file.name)
    expect(names.sort()).toEqual(['a.txt', 'b.txt', 'deep'])
    const all = await laz.datastores.browse('folder', 'notes', { recursive: true }).toArray()
    expect(all.map((file) => file.path).sort()).toEqual(['notes/a.txt', 'notes/b.txt', 'notes/deep/c.txt'])
    let text = ''
    for await (const part of laz.datastores.read('folder', 'notes/b.txt')) text += Buffer.from(part).toString()
    expect(text).toBe('two')
    const to = join(root, 'notes-down')
    expect((await laz.download('azureml://datastores/folder/paths/notes/', to)).files).toBe(3)
    expect(readFileSync(join(to, 'deep/c.txt'), 'utf8')).toBe('three')
    await laz.datastores.remove('folder', 'notes/a.txt')
    expect(await laz.datastores.browse('folder', 'notes').toArray()).toHaveLength(2)
    const again = await laz.uploadData(filesOf({ 'x.txt': 'x' }, 'xs'), { datastore: 'folder' })
    expect(again.known).toBe(false)
    expect((await laz.uploadData(filesOf({ 'x.txt': 'x' }, 'xs'), { datastore: 'folder' })).known).toBe(true)
  })
})

test('a sweep tries its command with values of the space', async () => {
  const train = command({
    command: 'echo ${{inputs.lr}} ${{inputs.data}}',
    environment: environment({ image: 'ubuntu:22.04' }),
    inputs: { lr: 0.1, data: Input({ type: 'uri_file', path: 'https://example.org/a.csv' }) },
    outputs: { model: Output() },
  })
  const tried = sweep({
    trial: train,
    search_space: { lr: choice(0.1, 0.2) },
    objective: { goal: 'minimize', primary_metric: 'loss' },
    limits: { max_total_trials: 4 },
  })
  const document = tried.document()
  expect(document.trial.command).toBe('echo ${{search_space.lr}} ${{inputs.data}}')
  expect(Object.keys(document.inputs ?? {})).toEqual(['data'])
})
