// Conditions and loops of the SDK, as nodes of a pipeline and run by a real server.
import { component, doWhile, ifElse, Lazurite, parallelFor, pipeline } from '@lazurite/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../packages/server/src/fixture.ts'

let server: TestServer
let laz: Lazurite
beforeAll(async () => {
  server = await startTestServer()
  laz = new Lazurite({ url: `http://127.0.0.1:${server.port}`, token: server.token })
})
afterAll(() => server.end())

const count = component({
  name: 'count_on',
  type: 'command',
  command:
    'n=$((${{inputs.n}} + 1)); echo $n > ${{outputs.n}}; [ $n -lt 2 ] && echo True > ${{outputs.more}} || echo False > ${{outputs.more}}',
  environment: 'azureml:host@latest',
  inputs: { n: { type: 'integer' } },
  outputs: { n: { type: 'integer' }, more: { type: 'boolean' } },
})
const show = component({
  name: 'show_it',
  type: 'command',
  command: 'echo ${{inputs.text}}; echo ${{inputs.text}} > ${{outputs.text}}',
  environment: 'azureml:host@latest',
  inputs: { text: { type: 'string' } },
  outputs: { text: { type: 'string' } },
})

const flow = () =>
  pipeline({ display_name: 'flow', settings: { default_compute: 'azureml:local' }, inputs: { go: true } }, (inputs) => {
    const body = count({ n: 0 })
    const again = doWhile(body, { condition: body.outputs.more, mapping: { n: 'n' }, max_iteration_count: 5 })
    const each = show({ text: 'x' })
    const all = parallelFor(each, [{ text: 'a' }, { text: 'b' }], { max_concurrency: 1 })
    const end = show({ text: all.outputs.text })
    const last = show({ text: body.outputs.n })
    const never = show({ text: 'never' })
    const choose = ifElse(inputs.go, { true_block: [end, last], false_block: never })
    return { body, again, each, all, end, last, never, choose }
  })

test('they write what the YAML of a pipeline says', () => {
  const { jobs } = JSON.parse(JSON.stringify(flow().document())) as { jobs: Record<string, object> }
  expect(jobs.again).toEqual({
    type: 'do_while',
    body: '${{parent.jobs.body}}',
    condition: 'more',
    mapping: { n: 'n' },
    limits: { max_iteration_count: 5 },
  })
  expect(jobs.all).toEqual({
    type: 'parallel_for',
    body: '${{parent.jobs.each}}',
    items: [{ text: 'a' }, { text: 'b' }],
    max_concurrency: 1,
  })
  expect(jobs.choose).toEqual({
    type: 'if_else',
    condition: '${{parent.inputs.go}}',
    true_block: ['${{parent.jobs.end}}', '${{parent.jobs.last}}'],
    false_block: ['${{parent.jobs.never}}'],
  })
})

test('and the server does it', { timeout: 60_000 }, async () => {
  const run = await laz.jobs.create(flow())
  const done = await laz.jobs.wait(run.name)
  expect(done.status).toBe('Completed')
  const steps = await laz.jobs.children(run.name).toArray()
  expect(steps.map((step) => step.display_name).sort()).toEqual(['body.1', 'body.2', 'each.0', 'each.1', 'end', 'last'])
})

test('a loop over a step that is not in the pipeline is refused in words', () => {
  const lost = pipeline('lost', () => ({ again: doWhile(count({ n: 0 }), { max_iteration_count: 2 }) }))
  expect(() => lost.document()).toThrow('is not among what the function of the pipeline returns')
})
