import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startTestServer, type TestServer } from '../../fixture.ts'

let server: TestServer
let jobs: string
beforeAll(async () => {
  server = await startTestServer()
  jobs = `/lazurite/v1${server.ws}/jobs`
})
afterAll(() => server.end())

const node = (command: string) => ({ type: 'command', command, environment: 'azureml:host@latest' })
const pipeline = (more: object = {}) => ({
  jobType: 'Pipeline',
  experimentName: 'told',
  settings: { default_compute: 'azureml:local' },
  inputs: { n: { jobInputType: 'literal', value: '1' } },
  jobs: { good: node('echo good'), bad: node('exit 9') },
  ...more,
})

const over = (name: string) =>
  vi.waitFor(
    async () => {
      const answer = await server.ask('GET', `${server.ws}/jobs/${name}`)
      expect(answer.json().properties.status).toMatch(/Completed|Failed|Canceled/)
    },
    { timeout: 20_000, interval: 20 },
  )

const refusal = async (method: 'GET' | 'POST', path: string, body?: unknown) => {
  const answer = await server.ask(method, `${jobs}${path}`, body)
  const { error } = answer.json()
  return [answer.statusCode, error.code, JSON.stringify(error)] as const
}

beforeAll(async () => {
  const answer = await server.ask('PUT', `${server.ws}/jobs/told`, { properties: pipeline() })
  expect(answer.statusCode, answer.body).toBe(201)
  await over('told')
})

describe('explain', () => {
  test('of a pipeline tells every step, of a path one', async () => {
    const told = (await server.ask('GET', `${jobs}/told/explain`)).json()
    expect(told).toMatchObject({ step: 'told', decision: 'pipeline', steps: [{ step: 'good' }, { step: 'bad' }] })
    const one = (await server.ask('GET', `${jobs}/told/explain?step=bad`)).json()
    expect(one).toMatchObject({ step: 'bad', state: 'Failed', decision: 'ran', why: expect.stringContaining('bad') })
    expect(one.job).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('of what is not there is refused with what is', async () => {
    expect(await refusal('GET', '/nobody/explain')).toEqual([404, 'ResourceNotFound', expect.stringMatching(/nobody/)])
    expect(await refusal('GET', '/told/explain?step=good/deeper')).toEqual([
      404,
      'ResourceNotFound',
      expect.stringMatching(/no step/),
    ])
    expect(await refusal('GET', '/told/explain?step=..%2f..%2fetc')).toEqual([
      404,
      'ResourceNotFound',
      expect.stringMatching(/good, bad/),
    ])
  })
})

describe('a dry run', () => {
  test('tells and makes nothing', async () => {
    const answer = await server.ask('POST', `${jobs}/other/dry-run`, { properties: pipeline() })
    expect(answer.statusCode, answer.body).toBe(200)
    expect(answer.json().steps).toMatchObject([
      { step: 'good', decision: 'reused' },
      { step: 'bad', decision: 'runs' },
    ])
    expect((await server.ask('GET', `${server.ws}/jobs/other`)).statusCode).toBe(404)
  })

  test.each([
    ['nothing', {}],
    ['no mapping', { properties: [] }],
    ['no job type that there is', { properties: { jobType: 'Nonsense' } }],
    ['a wrong pending', { properties: pipeline(), pending: [{ id: '/x', properties: {} }] }],
    ['files that are none', { properties: pipeline(), pending: [{ id: '', files: [[1]] }] }],
    [
      'a binding to nothing',
      { properties: pipeline({ jobs: { a: { ...node('x'), inputs: { i: '${{parent.inputs.zz}}' } } } }) },
    ],
  ])('of %s is refused, and not by a 500', async (_, body) => {
    const [status, , text] = await refusal('POST', '/x/dry-run', body)
    expect(status, text).toBeGreaterThanOrEqual(400)
    expect(status, text).toBeLessThan(500)
  })
})

describe('resume', () => {
  test('answers the new pipeline, which takes over what completed', async () => {
    const body = { name: 'told-2', steps: { bad: { command: 'echo mended' } } }
    const answer = await server.ask('POST', `${jobs}/told/resume`, body)
    expect(answer.statusCode, answer.body).toBe(200)
    expect(answer.json()).toMatchObject({
      name: 'told-2',
      properties: { properties: { 'lazurite.resumedfrom': 'told' } },
    })
    await over('told-2')
    const { steps } = (await server.ask('GET', `${jobs}/told-2/explain`)).json()
    expect(steps).toMatchObject([
      { step: 'good', decision: 'reused' },
      { step: 'bad', decision: 'ran', state: 'Completed', why: 'the command is another' },
    ])
  })

  test.each([
    ['a name that is taken', { name: 'told' }],
    ['a name that cannot be one', { name: '../x' }],
    ['a member there is not', { colour: 'red' }],
    ['steps that are a list', { steps: [] }],
    ['a step that is a text', { steps: { bad: 'x' } }],
    ['a member of a step there is not', { steps: { bad: { compute: 'x' } } }],
    ['a command that is a number', { steps: { bad: { command: 7 } } }],
    ['an environment there is not', { steps: { bad: { environment: 'azureml:nowhere:1' } } }],
    ['an input there is not', { inputs: { m: 1 } }],
    ['an input that is a mapping', { inputs: { n: { a: 1 } } }],
  ])('with %s is refused, and makes no job', async (_, body) => {
    const [status, , text] = await refusal('POST', '/told/resume', body)
    expect(status, text).toBeGreaterThanOrEqual(400)
    expect(status, text).toBeLessThan(500)
  })
})

test('debug lays a step out on this machine, and nothing that is secret is told', async () => {
  const answer = await server.ask('POST', `${jobs}/told/debug`, { step: 'bad' })
  expect(answer.statusCode, answer.body).toBe(200)
  expect(answer.json()).toMatchObject({
    pipeline: 'told',
    step: 'bad',
    state: 'Failed',
    command: 'exit 9',
    from: 'failed',
  })
  expect(answer.body).not.toContain(server.token)
  expect(await refusal('POST', '/told/debug', {})).toEqual([
    400,
    'NotSupported',
    expect.stringMatching(/PIPELINE\/STEP/),
  ])
})
