import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startTestServer, type TestServer } from '../../fixture.ts'

let server: TestServer
let base: string

interface Told {
  focus: string
  nodes: { id: string; distance: number; more: { up: number; down: number }; status: string }[]
  edges: { from: string; to: string; as: string[] }[]
}
const ask = async (query: string): Promise<Told> => {
  const answer = await server.ask('GET', `${base}/lineage?${query}`)
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json()
}
const submit = async (name: string, properties: object) => {
  const answer = await server.ask('PUT', `${server.ws}/jobs/${name}`, {
    properties: { jobType: 'Command', environmentId: 'azureml:host@latest', ...properties },
  })
  expect(answer.statusCode, answer.body).toBe(201)
  await vi.waitFor(
    async () =>
      expect((await server.ask('GET', `${server.ws}/jobs/${name}`)).json().properties.status).toMatch(
        /Completed|Failed/,
      ),
    { timeout: 20_000, interval: 20 },
  )
}

beforeAll(async () => {
  server = await startTestServer()
  base = `/lazurite/v1${server.ws}`
  const output = (assetName: string) => ({ o: { jobOutputType: 'uri_folder', assetName, assetVersion: '1' } })
  const input = (name: string) => ({ i: { jobInputType: 'uri_folder', uri: `azureml:${name}:1` } })
  await submit('makes', { command: `echo x > \${{outputs.o}}/x`, outputs: output('first') })
  await submit('turns', {
    command: `cp \${{inputs.i}}/x \${{outputs.o}}`,
    inputs: input('first'),
    outputs: output('second'),
  })
  await submit('reads', { command: `cat \${{inputs.i}}/x`, inputs: input('second') })
})
afterAll(() => server.end())

const tools = 'without=environment,code,component'
const idsOf = ({ nodes }: Told) => nodes.map(({ id }) => id)

test('one step away, and how much is beyond', async () => {
  const told = await ask('focus=data:first:1')
  expect(told.focus).toBe('data:first:1')
  expect(told.nodes.map(({ id }) => id)).toEqual(['data:first:1', 'job:makes', 'job:turns'])
  expect(told.edges).toEqual([
    { from: 'job:makes', to: 'data:first:1', as: ['o'] },
    { from: 'data:first:1', to: 'job:turns', as: ['i'] },
  ])
  expect(told.nodes[2]).toMatchObject({ status: 'Completed', more: { down: 1 } })
})

test('deeper, to one side, and opened where asked', async () => {
  const down = await ask(`focus=data:first:1&depth=10&way=down&${tools}`)
  expect(idsOf(down)).toEqual(['data:first:1', 'job:turns', 'data:second:1', 'job:reads'])
  expect((await ask('focus=data:first:1&depth=0')).nodes).toHaveLength(1)
  const opened = await ask(`focus=data:first:1&open=job:turns&${tools}`)
  expect(idsOf(opened)).toEqual(['data:first:1', 'job:makes', 'job:turns', 'data:second:1'])
  const job = await ask(`focus=job:reads&depth=3&way=up&${tools}`)
  expect(idsOf(job)).toEqual(['job:reads', 'data:second:1', 'job:turns', 'data:first:1'])
})

test('a job that was deleted is still told of', async () => {
  await submit('gone', { command: 'true', inputs: { i: { jobInputType: 'uri_folder', uri: 'azureml:second:1' } } })
  expect((await server.ask('DELETE', `${base}/jobs/gone`)).statusCode).toBe(200)
  const told = await ask('focus=data:second:1')
  expect(told.nodes.find(({ id }) => id === 'job:gone') ?? { gone: true }).toMatchObject({ gone: true })
})

test('a pipeline read and wrote what its steps did for others', async () => {
  const bound = (value: string) => ({ job_input_type: 'uri_folder', uri: value })
  const folder = { job_output_type: 'uri_folder' }
  const step = (command: string, more: object) => ({
    type: 'command',
    command,
    environment: 'azureml:host@latest',
    ...more,
  })
  await submit('whole', {
    jobType: 'Pipeline',
    settings: { default_compute: 'azureml:local' },
    inputs: { f: { jobInputType: 'uri_folder', uri: 'azureml:first:1' } },
    jobs: {
      a: step(`cp \${{inputs.i}}/x \${{outputs.o}}`, {
        inputs: { i: bound(`\${{parent.inputs.f}}`) },
        outputs: { o: folder },
      }),
      b: step(`cp \${{inputs.i}}/x \${{outputs.o}}`, {
        inputs: { i: bound(`\${{parent.jobs.a.outputs.o}}`) },
        outputs: { o: folder },
      }),
    },
  })
  const { edges } = await ask(`focus=job:whole&${tools}`)
  expect(edges.map(({ from }) => from)).toContain('data:first:1')
  const written = edges.filter(({ from }) => from === 'job:whole').map(({ to }) => to)
  expect(written).toEqual([expect.stringMatching(/^data:azureml_.*_output_o:1$/)])
})

test.each([
  ['nothing', ''],
  ['a thing without a version', 'focus=data:first'],
  ['a job with one', 'focus=job:makes:1'],
  ['no kind there is', 'focus=colour:red:1'],
  ['a kind without versions', 'focus=compute:local:1'],
  ['a depth beyond all', 'focus=job:makes&depth=99'],
  ['a side there is not', 'focus=job:makes&way=left'],
])('%s is refused', async (_, query) => {
  const answer = await server.ask('GET', `${base}/lineage?${query}`)
  expect(answer.statusCode).toBe(400)
})

test('what is not there is told by name', async () => {
  const answer = await server.ask('GET', `${base}/lineage?focus=data:nobody:1`)
  expect([answer.statusCode, answer.json().error.code]).toEqual([404, 'ResourceNotFound'])
})

test('a model leads to what serves it, and back', async () => {
  const put = async (path: string, properties: object) => {
    const answer = await server.ask('PUT', `${server.ws}/${path}`, { location: 'local', properties })
    expect(answer.statusCode, answer.body).toBeLessThan(300)
  }
  const model = `${server.ws}/models/served/versions/1`
  await put('models/served/versions/1', {
    modelType: 'custom_model',
    modelUri: 'azureml://datastores/workspaceblobstore/paths/m',
  })
  // those of Kubernetes are kept and not moved
  await put('onlineEndpoints/shop', { authMode: 'Key', compute: 'azureml:k8s' })
  await put('onlineEndpoints/shop/deployments/blue', { endpointComputeType: 'Kubernetes', model })
  const told = await ask(`focus=model:served:1&${tools}`)
  expect(told.edges).toEqual([{ from: 'model:served:1', to: 'online-deployment:shop/blue', as: ['model'] }])
  expect(idsOf(await ask(`focus=online-deployment:shop/blue&${tools}`))).toEqual([
    'online-deployment:shop/blue',
    'model:served:1',
  ])
})
