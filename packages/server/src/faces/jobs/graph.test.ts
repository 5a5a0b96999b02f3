import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startTestServer, type TestServer } from '../../fixture.ts'

let server: TestServer
let jobs: string
beforeAll(async () => {
  server = await startTestServer()
  jobs = `/lazurite/v1${server.ws}/jobs`
})
afterAll(() => server.end())

interface Node {
  id: string
  in: string
  kind: string
  status: string
  job?: string
  why?: string
}
interface Told {
  hash: string
  nodes: Node[]
  edges: { from: string; to: string; fromPort: string; toPort: string; kind: string }[]
}

const step = (command: string, more: object = {}) => ({
  type: 'command',
  command,
  environment: 'azureml:host@latest',
  ...more,
})
const bound = (value: string) => ({ job_input_type: 'literal', value })
const folder = { job_output_type: 'uri_folder' }
const submit = async (name: string, properties: object) => {
  const settings = { default_compute: 'azureml:local', force_rerun: true }
  const answer = await server.ask('PUT', `${server.ws}/jobs/${name}`, {
    properties: { jobType: 'Pipeline', settings, ...properties },
  })
  expect(answer.statusCode, answer.body).toBe(201)
}
const over = (name: string) =>
  vi.waitFor(
    async () => {
      const answer = await server.ask('GET', `${server.ws}/jobs/${name}`)
      expect(answer.json().properties.status).toMatch(/Completed|Failed|Canceled/)
    },
    { timeout: 20_000, interval: 20 },
  )
const graphOf = async (name: string): Promise<Told> => {
  const answer = await server.ask('GET', `${jobs}/${name}/graph`)
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json()
}
const wires = ({ edges }: Told) =>
  edges.map(({ from, to, fromPort, toPort, kind }) => `${from}.${fromPort} > ${to}.${toPort} ${kind}`).sort()

describe('a pipeline', () => {
  beforeAll(async () => {
    await submit('drawn', {
      inputs: {
        n: { jobInputType: 'literal', value: '3' },
        page: { jobInputType: 'uri_file', uri: 'azureml://datastores/workspaceblobstore/paths/none.txt' },
      },
      outputs: { kept: { jobOutputType: 'uri_folder' } },
      jobs: {
        make: step(`mkdir -p \${{outputs.out}} && echo \${{inputs.n}}`, {
          inputs: { n: bound(`\${{parent.inputs.n}}`) },
          outputs: { out: folder },
        }),
        use: step(`cat \${{inputs.i}} ; echo > \${{outputs.o}}/x`, {
          inputs: { i: bound(`\${{parent.jobs.make.outputs.out}}`) },
          outputs: { o: { type: 'literal', value: `\${{parent.outputs.kept}}` } },
        }),
        bad: step('exit 7', { inputs: { i: bound(`\${{parent.jobs.make.outputs.out}}`) }, outputs: { o: folder } }),
        never: step('true', { inputs: { i: bound(`\${{parent.jobs.bad.outputs.o}}`) } }),
        reads: step('true', { inputs: { p: bound(`\${{parent.inputs.page}}`) } }),
      },
    })
    await over('drawn')
  })

  test('tells steps, data and what connects them, by ports', async () => {
    const told = await graphOf('drawn')
    const states = told.nodes.map(({ id, kind, status }) => [id, kind, status])
    expect(states).toContainEqual([':in/page', 'input', ''])
    expect(states).toContainEqual(['make', 'command', 'Completed'])
    expect(states).toContainEqual(['bad', 'command', 'Failed'])
    expect(states).toContainEqual(['never', 'command', 'Skipped'])
    expect(states).toContainEqual([':out/kept', 'output', ''])
    // a value is no data: it is told with the step
    expect(told.nodes.some(({ id }) => id === ':in/n')).toBe(false)
    expect(wires(told)).toEqual([
      ':in/page. > reads.p data',
      'bad.o > never.i data',
      'make.out > bad.i data',
      'make.out > use.i data',
      'use.o > :out/kept. data',
    ])
  })

  test('tells where the time of steps went, and why others never ran', async () => {
    const { nodes } = await graphOf('drawn')
    const node = (id: string) => nodes.find((one) => one.id === id)
    expect(node('make')).toMatchObject({
      job: expect.any(String),
      startedAt: expect.any(Number),
      endedAt: expect.any(Number),
      phases: expect.arrayContaining([expect.objectContaining({ stage: 'running' })]),
      inputs: [{ name: 'n', value: '3' }],
    })
    expect(node('never')?.job).toBeUndefined()
    expect(node('never')?.why).toMatch(/\w/)
    expect(node('bad')).toMatchObject({ error: expect.any(String) })
  })

  test('has the same hash for the same shape, whatever the states', async () => {
    const first = await graphOf('drawn')
    await submit('small', { jobs: { a: step('true') } })
    const early = (await graphOf('small')).hash
    await over('small')
    const late = await graphOf('small')
    expect(late.hash).toBe(early)
    expect(late.hash).not.toBe(first.hash)
    expect(late.hash).toMatch(/^[0-9a-f]{16}$/)
  })
})

describe('pipelines inside', () => {
  const spec = {
    type: 'pipeline',
    inputs: { n: { type: 'integer' }, folder: { type: 'uri_folder' } },
    outputs: { made: { type: 'uri_folder' } },
    jobs: {
      first: step('true', { inputs: { f: `\${{parent.inputs.folder}}` }, outputs: { o: { type: 'uri_folder' } } }),
      last: step('true', {
        inputs: { i: `\${{parent.jobs.first.outputs.o}}` },
        outputs: { o: `\${{parent.outputs.made}}` },
      }),
    },
  }
  beforeAll(async () => {
    const path = `${server.ws}/components/inner/versions/1`
    const answer = await server.ask('PUT', path, {
      properties: { componentSpec: { ...spec, name: 'inner', version: '1' } },
    })
    expect(answer.statusCode, answer.body).toBeLessThan(300)
  })

  test('are drawn with what is in them, also before they begin', async () => {
    await submit('nested', {
      jobs: {
        slow: step(`sleep 0.3; mkdir -p \${{outputs.o}}`, { outputs: { o: folder } }),
        box: {
          type: 'pipeline',
          componentId: `azureml:inner:1`,
          inputs: { n: bound('1'), folder: bound(`\${{parent.jobs.slow.outputs.o}}`) },
        },
      },
    })
    const early = await graphOf('nested')
    await over('nested')
    const late = await graphOf('nested')
    for (const told of [early, late]) {
      expect(told.nodes.filter(({ in: at }) => at === 'box').map(({ id }) => id)).toEqual([
        'box/:in/folder',
        'box/first',
        'box/last',
        'box/:out/made',
      ])
      expect(wires(told)).toEqual([
        'box/:in/folder. > box/first.f data',
        'box/first.o > box/last.i data',
        'box/last.o > box/:out/made. data',
        'slow.o > box.folder data',
      ])
    }
    expect(late.hash).toBe(early.hash)
    expect(late.nodes.find(({ id }) => id === 'box')).toMatchObject({ kind: 'pipeline', status: 'Completed' })
    expect(late.nodes.find(({ id }) => id === 'box/last')).toMatchObject({ status: 'Completed' })
  })

  test('a component has a graph without states', async () => {
    const answer = await server.ask('GET', `/lazurite/v1${server.ws}/components/inner/versions/1/graph`)
    expect(answer.statusCode, answer.body).toBe(200)
    const told: Told = answer.json()
    expect(told.nodes.map(({ id, status }) => [id, status])).toEqual([
      [':in/folder', ''],
      ['first', ''],
      ['last', ''],
      [':out/made', ''],
    ])
  })
})

describe('conditions and loops', () => {
  test('say who decides about whom, and their bodies tell their rounds', async () => {
    await submit('controlled', {
      jobs: {
        one: step(`echo \${{inputs.x}}`, { inputs: { x: bound('0') } }),
        each: { type: 'parallel_for', body: `\${{parent.jobs.one}}`, items: '[{"x": 1}, {"x": 2}]' },
        asks: {
          type: 'if_else',
          condition: true,
          true_block: `\${{parent.jobs.yes}}`,
          false_block: `\${{parent.jobs.no}}`,
        },
        yes: step('true'),
        no: step('true'),
      },
    })
    await over('controlled')
    const told = await graphOf('controlled')
    expect(wires(told)).toEqual(['asks.false > no. branch', 'asks.true > yes. branch', 'each.each > one. loop'])
    const node = (id: string) => told.nodes.find((one) => one.id === id)
    expect(node('one')).toMatchObject({ status: 'Completed', children: 2, rounds: [{ status: 'Completed' }, {}] })
    expect(node('asks')).toMatchObject({ kind: 'if_else', why: 'its condition was true' })
    expect(node('no')).toMatchObject({ status: 'Skipped' })
  })
})

describe('others', () => {
  test('a job without steps is a drawing without nodes', async () => {
    const properties = { jobType: 'Command', command: 'true', environmentId: 'azureml:host@latest' }
    await server.ask('PUT', `${server.ws}/jobs/lonely`, { properties })
    expect(await graphOf('lonely')).toMatchObject({ nodes: [], edges: [], truncated: false })
  })

  test.each([
    ['a job that is not there', '/jobs/nobody/graph'],
    ['a component that is not there', '/components/nobody/versions/1/graph'],
    ['a name that leads away', '/jobs/..%2f..%2fetc/graph'],
  ])('%s is told by name', async (_, path) => {
    const answer = await server.ask('GET', `/lazurite/v1${server.ws}${path}`)
    expect(answer.statusCode).toBe(404)
    expect(answer.json().error.code).toMatch(/NotFound/)
  })
})
