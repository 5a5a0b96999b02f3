import { rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { JsonObject } from '@lazurite/spec'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bed, makeBed, scope } from '../testing/bed.ts'
import { executionLog } from './journal.ts'

let bed: Bed
beforeAll(async () => {
  bed = await makeBed()
})
afterAll(() => bed.close())

const node = (command: string, more: JsonObject = {}): JsonObject => ({
  type: 'command',
  command,
  environment: 'azureml:host@latest',
  ...more,
})

const pipeline = (jobs: JsonObject, more: JsonObject = {}): JsonObject => ({
  jobType: 'Pipeline',
  displayName: 'a pipeline',
  experimentName: 'pipes',
  settings: { default_compute: 'azureml:local', force_rerun: true },
  inputs: {},
  outputs: {},
  jobs,
  ...more,
})

async function component(name: string, spec: JsonObject, version = '1') {
  await bed.store.resources.put({
    key: { scope, kind: 'component', name, version },
    props: { componentSpec: { name, version, type: 'command', environment: 'azureml:host@latest', ...spec } },
    by: 'tester',
  })
}

async function run(name: string, props: JsonObject) {
  expect(await bed.submit(name, props)).toEqual([])
  return bed.until(name)
}

async function log(pipe: string, step: string) {
  const child = (await bed.children(pipe))[step]
  return bed.artifact(child?.name ?? `no step ${step}`, 'user_logs/std_log.txt')
}

const states = async (pipe: string) =>
  Object.fromEntries(Object.entries(await bed.children(pipe)).map(([step, row]) => [step, row.state]))

describe('a pipeline', () => {
  test('runs its steps in order and hands files on', async () => {
    const job = await run(
      'abc',
      pipeline({
        a: node('echo a > ${{outputs.o}}/f', { outputs: { o: null } }),
        b: node('(cat ${{inputs.i}}/f; echo b) > ${{outputs.o}}/f', {
          inputs: { i: { job_input_type: 'literal', value: '${{parent.jobs.a.outputs.o}}' } },
          outputs: { o: { job_output_type: 'uri_folder' } },
        }),
        c: node('cat ${{inputs.i}}/f', { inputs: { i: '${{parent.jobs.b.outputs.o}}' } }),
      }),
    )
    expect(job.state).toBe('Completed')
    expect(await log('abc', 'c')).toBe('a\nb\n')
    const { a } = await bed.children('abc')
    expect(a).toMatchObject({ parent: 'abc', facts: { rootRunId: 'abc' } })
    expect(a?.name).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-/)
    expect(a?.props.properties).toMatchObject({
      'azureml.runsource': 'azureml.StepRun',
      'azureml.pipelinerunid': 'abc',
      'azureml.moduleName': 'a',
      'azureml.nodeid': expect.stringMatching(/^[0-9a-f]{8}$/),
    })
    expect(await bed.store.runs.get(scope, a?.name ?? '')).toMatchObject({ tags: { 'mlflow.parentRunId': 'abc' } })
  })

  test('writes an execution log in the words of Azure ML', async () => {
    const job = await run(
      'logged',
      pipeline({ one: node('true'), two: node('true', { inputs: { x: '${{parent.jobs.one.outputs.artifacts}}' } }) }),
    )
    const { one, two } = job.facts.children ?? {}
    const lines = (await bed.artifact('logged', executionLog)).trimEnd().split('\n')
    expect(lines.map((line) => line.replace(/^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ\] /, ''))).toEqual([
      expect.stringMatching(new RegExp(`^Submitting 1 runs, first five are: [0-9a-f]{8}:${one}$`)),
      `Completing processing run id ${one}.`,
      expect.stringMatching(new RegExp(`^Submitting 1 runs, first five are: [0-9a-f]{8}:${two}$`)),
      `Completing processing run id ${two}.`,
    ])
  })

  test('binds pipeline inputs, text around expressions, and outputs with a name', async () => {
    const job = await run(
      'bound',
      pipeline(
        {
          w: node('echo "${{inputs.text}} $MINE" > ${{outputs.file}}', {
            inputs: { text: { job_input_type: 'literal', value: 'pre_${{parent.inputs.word}}_${{parent.inputs.n}}' } },
            outputs: { file: { value: '${{parent.outputs.result}}', type: 'literal' } },
            environment_variables: { MINE: 'env ${{parent.inputs.word}}' },
          }),
        },
        {
          inputs: { word: { jobInputType: 'literal', value: 'green' }, n: { jobInputType: 'literal', value: '5' } },
          outputs: {
            result: {
              jobOutputType: 'uri_file',
              assetName: 'results',
              uri: 'azureml://datastores/workspaceblobstore/paths/mine/${{name}}/r.txt',
            },
          },
        },
      ),
    )
    const step = job.facts.children?.w
    const { result } = job.facts.outputs ?? {}
    expect(result).toMatchObject({ type: 'uri_file', assetName: 'results', assetVersion: '1' })
    expect(result?.uri).toContain(`/paths/mine/${step}/r.txt`)
    const { rows } = await bed.store.resources.list({ scope, kind: 'data', name: 'results', versions: true })
    expect(rows).toHaveLength(1)
    const { account, blobstore } = bed.workspace.storage
    expect(await readFile(bed.store.bytes.path(account, blobstore, `mine/${step}/r.txt`), 'utf8')).toBe(
      'pre_green_5 env green\n',
    )
  })

  test('an output called artifacts is what the step left in its default outputs', async () => {
    await run(
      'default-artifacts',
      pipeline({
        write: node('echo world > ./outputs/world.txt', { outputs: { artifacts: null } }),
        read: node('cat ${{inputs.before}}/outputs/world.txt', {
          inputs: { before: '${{parent.jobs.write.outputs.artifacts}}' },
        }),
      }),
    )
    expect(await log('default-artifacts', 'read')).toBe('world\n')
  })

  test('components: typed literals, defaults, optional inputs, a mode of their own', async () => {
    await component('typed', {
      command: 'echo "${{inputs.i}} ${{inputs.n}} ${{inputs.b}} ${{inputs.d}} $[[opt ${{inputs.o}}]]."',
      inputs: {
        i: { type: 'integer' },
        n: { type: 'number', min: 0, max: 10 },
        b: { type: 'boolean' },
        d: { type: 'string', default: 'fallback', optional: true },
        o: { type: 'string', optional: true },
      },
    })
    const lit = (value: string) => ({ job_input_type: 'literal', value })
    await run(
      'typed-pipe',
      pipeline({
        s: {
          type: 'command',
          componentId: 'azureml:typed:1',
          inputs: { i: lit('3.0'), n: lit('1.5'), b: lit('true'), extra: lit('dropped') },
        },
      }),
    )
    expect(await log('typed-pipe', 's')).toBe('3 1.5 True fallback .\n')
  })

  test('pipeline components are pipelines of their own; compute comes in as an input', async () => {
    await component('leaf', {
      command: 'echo ${{inputs.t}} > ${{outputs.o}}/f',
      inputs: { t: { type: 'string' } },
      outputs: { o: { type: 'uri_folder' } },
    })
    await component('inner', {
      type: 'pipeline',
      inputs: { t: { type: 'string' }, c: { type: 'string' } },
      outputs: { out: { type: 'uri_folder' } },
      jobs: {
        deep: {
          type: 'command',
          componentId: 'azureml:leaf:1',
          computeId: '${{parent.inputs.c}}',
          inputs: { t: { job_input_type: 'literal', value: 'deep ${{parent.inputs.t}}' } },
          outputs: { o: { type: 'literal', value: '${{parent.outputs.out}}' } },
        },
      },
    })
    const job = await run(
      'outer',
      pipeline(
        {
          sub: {
            type: 'pipeline',
            componentId: 'azureml:inner:1',
            inputs: { t: 'word', c: 'azureml:local' },
            outputs: { out: '${{parent.outputs.all}}' },
          },
          read: node('cat ${{inputs.x}}/f', { inputs: { x: '${{parent.jobs.sub.outputs.out}}' } }),
        },
        { outputs: { all: { jobOutputType: 'uri_folder', assetName: 'from-the-deep' } } },
      ),
    )
    expect(job.state).toBe('Completed')
    expect(await log('outer', 'read')).toBe('deep word\n')
    expect(job.facts.outputs?.all).toMatchObject({ assetName: 'from-the-deep', assetVersion: '1' })
    const sub = (await bed.children('outer')).sub
    const deep = (await bed.children(sub?.name ?? '')).deep
    expect(deep).toMatchObject({ parent: sub?.name, facts: { rootRunId: 'outer' } })
  })

  test('steps may have any name that is a word', async () => {
    const job = await run(
      'words',
      pipeline({
        constructor: node('echo a', { outputs: { toString: null } }),
        valueOf: node('ls ${{inputs.hasOwnProperty}}', {
          inputs: { hasOwnProperty: '${{parent.jobs.constructor.outputs.toString}}' },
        }),
      }),
    )
    expect(job.state).toBe('Completed')
    expect(await states('words')).toEqual({ constructor: 'Completed', valueOf: 'Completed' })
  })

  test('without steps it is done at once', async () => {
    expect((await run('empty', pipeline({}))).state).toBe('Completed')
  })

  test('forty steps side by side all run, each once', async () => {
    const jobs = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`s${i}`, node(`echo ${i}`)]))
    expect((await run('wide', pipeline(jobs))).state).toBe('Completed')
    expect(Object.keys(await bed.children('wide'))).toHaveLength(40)
  })
})

describe('when a step fails', () => {
  const jobs = {
    bad: node('exit 3', { outputs: { o: null } }),
    after: node('true', { inputs: { x: '${{parent.jobs.bad.outputs.o}}' } }),
    last: node('true', { inputs: { x: '${{parent.jobs.after.outputs.artifacts}}' } }),
    slow: node('sleep 0.3', { outputs: { o: null } }),
    apart: node('echo on', { inputs: { x: '${{parent.jobs.slow.outputs.o}}' } }),
  }

  test('branches that do not need it go on, and the pipeline fails in the end', async () => {
    const job = await run('goes-on', pipeline(jobs))
    expect(job.state).toBe('Failed')
    expect(await states('goes-on')).toEqual({ bad: 'Failed', slow: 'Completed', apart: 'Completed' })
    expect(job.facts.skipped).toEqual({
      after: 'the step bad, which it needs, did not complete',
      last: 'the step after, which it needs, did not complete',
    })
    expect(job.facts.error).toMatchObject({
      code: 'NodeFailed',
      message: expect.stringContaining('Failed nodes: /bad.'),
    })
  })

  test('unless it was told to stop: then the rest is cancelled', async () => {
    const stops = { ...jobs, slow: node('sleep 100', { outputs: { o: null } }) }
    const job = await run(
      'stops',
      pipeline(stops, { settings: { default_compute: 'local', force_rerun: true, continue_on_step_failure: false } }),
    )
    expect(job.state).toBe('Failed')
    expect(await states('stops')).toEqual({ bad: 'Failed', slow: 'Canceled' })
    expect(await bed.artifact('stops', executionLog)).toContain('cancel running nodes')
  })
})

test('cancelling a pipeline reaches every step, nested ones too, and nothing starts any more', async () => {
  await component('sleeper', { command: 'sleep 1000' })
  await component('nest', { type: 'pipeline', jobs: { inside: { type: 'command', componentId: 'azureml:sleeper:1' } } })
  await bed.submit(
    'stopped',
    pipeline({
      one: node('sleep 1000', { outputs: { o: null } }),
      two: node('true', { inputs: { x: '${{parent.jobs.one.outputs.o}}' } }),
      nested: { type: 'pipeline', componentId: 'azureml:nest:1' },
    }),
  )
  await expect.poll(async () => (await states('stopped')).one, { timeout: 5000 }).toBe('Running')
  const nested = (await bed.children('stopped')).nested?.name ?? ''
  await expect.poll(async () => (await states(nested)).inside, { timeout: 5000 }).toBe('Running')
  await bed.store.resources.ask({ scope, kind: 'job', name: 'stopped' }, { cancel: 1 })
  expect((await bed.until('stopped')).state).toBe('Canceled')
  expect(await states('stopped')).toEqual({ one: 'Canceled', nested: 'Canceled' })
  expect(await states(nested)).toEqual({ inside: 'Canceled' })
})

describe('reuse', () => {
  const steps = (text: string) => ({
    make: node(`echo ${text} > \${{outputs.o}}/f; date +%N >> \${{outputs.o}}/f`, { outputs: { o: null } }),
    use: node('cat ${{inputs.x}}/f', { inputs: { x: '${{parent.jobs.make.outputs.o}}' } }),
  })
  const settings = { default_compute: 'local' }

  test('the same steps with the same inputs are not run again, and say of whom they are', async () => {
    const first = await run('first', pipeline(steps('r'), { settings }))
    const original = first.facts.children?.use ?? ''
    await bed.store.runs.logParams(scope, original, { lr: '0.1' })
    await bed.store.series.append(scope, original, [{ key: 'loss', value: 0.5, timestamp: 1, step: 3 }])
    const second = await run('second', pipeline(steps('r'), { settings }))
    expect((await bed.children('first')).make?.facts.reuse).toMatchObject({
      reused: false,
      why: expect.stringContaining('no completed step'),
    })
    const { make, use } = await bed.children('second')
    expect(make?.state).toBe('Completed')
    expect(make?.facts.reuse).toMatchObject({ reused: true, of: first.facts.children?.make })
    expect(make?.props.properties).toMatchObject({
      'azureml.isreused': 'true',
      'azureml.reusedrunid': first.facts.children?.make,
    })
    expect(use?.facts.reuse).toMatchObject({ reused: true, of: first.facts.children?.use })
    expect(make?.facts.outputs).toEqual((await bed.children('first')).make?.facts.outputs)
    expect(second.state).toBe('Completed')
    expect(await log('second', 'use')).toBe(await log('first', 'use'))
    expect(await bed.store.runs.get(scope, use?.name ?? '')).toMatchObject({
      params: { lr: '0.1' },
      status: 'FINISHED',
    })
    expect(await bed.store.series.latest(scope, use?.name ?? '')).toMatchObject([{ key: 'loss', value: 0.5, step: 3 }])
  })

  test('a step whose output was deleted runs again', async () => {
    await run('kept', pipeline(steps('gone'), { settings }))
    const { make } = await bed.children('kept')
    const { account, blobstore } = bed.workspace.storage
    rmSync(bed.store.bytes.path(account, blobstore, `azureml/${make?.name}/o`), { recursive: true })
    await run('again', pipeline(steps('gone'), { settings }))
    expect((await bed.children('again')).make?.facts.reuse).toMatchObject({
      reused: false,
      why: expect.stringContaining('the output o of the step'),
    })
  })

  test('another command, force_rerun, or a failed original runs', async () => {
    await run('changed', pipeline(steps('other'), { settings }))
    expect((await bed.children('changed')).make?.facts.reuse?.reused).toBe(false)
    await run('forced', pipeline(steps('r'), { settings: { ...settings, force_rerun: true } }))
    expect((await bed.children('forced')).make?.facts.reuse).toMatchObject({
      reused: false,
      why: 'the pipeline was submitted with force_rerun',
    })
    for (const name of ['bad1', 'bad2']) {
      await run(name, pipeline({ s: node('echo again; exit 1') }, { settings }))
      expect((await bed.children(name)).s?.facts.reuse?.reused).toBe(false)
    }
  })
})
