import type { JsonObject } from '@lazurite/spec'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bed, makeBed, scope } from '../testing/bed.ts'
import { node, pipelineJob, putAsset, putCode } from '../testing/pipes.ts'
import { explain } from './explain.ts'
import { madeOf } from './reuse-parts.ts'
import { type Change, changesBetween, sayChanges } from './reuse-why.ts'

let bed: Bed
beforeAll(async () => {
  bed = await makeBed()
})
afterAll(() => bed.close())

async function run(name: string, jobs: JsonObject, more: JsonObject = {}) {
  expect(await bed.submit(name, pipelineJob(jobs, more))).toEqual([])
  const job = await bed.until(name)
  expect(job.state, JSON.stringify(job.facts.error)).toBe('Completed')
  return bed.children(name)
}

const reasons = async (name: string) =>
  Object.fromEntries(Object.entries(await bed.children(name)).map(([step, row]) => [step, row.facts.reuse?.why]))

describe('a step that runs again says', () => {
  test('which files of its code changed, and of whom it inherits the change', async () => {
    const first = await putCode(bed, 'first', { 'prep.sh': 'echo 1', 'lib/a.sh': 'a', 'gone.sh': '' })
    const second = await putCode(bed, 'second', { 'prep.sh': 'echo 2', 'lib/a.sh': 'a', 'new.sh': '' })
    const steps = (codeId: string) => ({
      prep: node('sh prep.sh > ${{outputs.o}}/f', { codeId, outputs: { o: null } }),
      use: node('cat ${{inputs.x}}/f', { inputs: { x: '${{parent.jobs.prep.outputs.o}}' } }),
      free: node('echo free'),
    })
    const before = await run('files-1', steps(first))
    const after = await run('files-2', steps(second))
    expect(await reasons('files-2')).toEqual({
      prep: 'in its code gone.sh removed, new.sh added and prep.sh changed',
      use: 'the input x comes from prep, which ran again',
      free: expect.stringContaining('the same command'),
    })
    expect(after.prep?.facts.reuse?.since).toBe(before.prep?.name)
    const told = await explain(bed.store, after.use ?? failed())
    expect(told).toMatchObject({
      step: 'use',
      decision: 'ran',
      since: { job: before.use?.name, pipeline: 'files-1' },
      changes: [{ part: 'inputs.x', from: ['prep'] }],
      because: [{ step: 'prep', job: after.prep?.name, why: expect.stringContaining('prep.sh changed') }],
    })
    const whole = await explain(bed.store, await bed.job('files-2'))
    expect(whole.steps).toMatchObject([
      { step: 'prep', decision: 'ran' },
      { step: 'use', decision: 'ran' },
      { step: 'free', decision: 'reused', of: before.free?.name },
    ])
  })

  test('which package of its environment changed; the same content under another version is the same', async () => {
    const conda = (six: string) =>
      `name: e\ndependencies:\n  - python=3\n  - pip:\n      - six==${six}\n      - attrs\n`
    await putAsset(bed, 'environment', 'env', { image: 'python:3', condaFile: conda('1.15') }, '1')
    await putAsset(bed, 'environment', 'env', { image: 'python:3', condaFile: conda('1.15') }, '2')
    await putAsset(bed, 'environment', 'env', { image: 'python:3', condaFile: conda('1.16') }, '3')
    const steps = (version: number) => ({ s: node('echo env', { environment: `azureml:env:${version}` }) })
    const first = await run('env-1', steps(1))
    expect((await run('env-2', steps(2))).s?.facts.reuse).toMatchObject({ reused: true, of: first.s?.name })
    expect((await run('env-3', steps(3))).s?.facts.reuse).toMatchObject({
      reused: false,
      why: 'its environment has six ==1.16 (was ==1.15)',
      changes: [{ part: 'environment', before: 'env:1', now: 'env:3', packages: ['six ==1.16 (was ==1.15)'] }],
    })
  })

  test('which parameter, variable or command changed, and never the value of a variable', async () => {
    const steps = (lr: string, key: string, word = 'echo') => ({
      s: node(`${word} \${{inputs.lr}}`, { inputs: { lr }, environment_variables: { KEY: key } }),
    })
    await run('par-1', steps('0.1', 'hidden-1'))
    const { s } = await run('par-2', steps('0.2', 'hidden-2', 'printf'))
    expect(s?.facts.reuse?.why).toBe(
      'the command is another; the input lr is 0.2, it was 0.1; the environment variable KEY has another value',
    )
    expect(JSON.stringify(s?.status)).not.toContain('hidden')
    // held against the one most like it, not against the newest
    const again = await run('par-3', steps('0.15', 'hidden-1'))
    expect(again.s?.facts.reuse?.why).toBe('the input lr is 0.15, it was 0.1')
  })

  test('that nothing of its name was there before', async () => {
    const { lonely } = await run('alone', { lonely: node('echo lonely') })
    expect(lonely?.facts.reuse).toMatchObject({
      reused: false,
      why: expect.stringContaining('no completed step lonely'),
    })
  })
})

test('what was run so that nobody may reuse it is not reused, and is named', async () => {
  const steps = { s: node('echo own') }
  await run('own-1', steps, { settings: { default_compute: 'local', force_rerun: true } })
  const { s } = await run('own-2', steps)
  expect(s?.facts.reuse).toMatchObject({ reused: false, why: expect.stringContaining('nobody may reuse it') })
  expect((await run('own-3', steps)).s?.facts.reuse).toMatchObject({ reused: true, of: s?.name })
})

test('conditions, loops and what they left out are explained too', async () => {
  await run('controlled', {
    yes: node('echo y'),
    no: node('echo n'),
    choose: {
      type: 'if_else',
      condition: true,
      true_block: '${{parent.jobs.yes}}',
      false_block: '${{parent.jobs.no}}',
    },
    body: node('echo ${{inputs.i}}', { inputs: { i: '0' } }),
    each: { type: 'parallel_for', body: '${{parent.jobs.body}}', items: '[{"i": "1"}, {"i": "2"}]' },
  })
  const { steps } = await explain(bed.store, await bed.job('controlled'))
  const told = Array.isArray(steps) ? steps.map((step) => JSON.parse(JSON.stringify(step))) : []
  const of = (key: string) => told.find(({ step }) => step === key)
  expect(of('choose')).toMatchObject({ decision: 'control', why: 'its condition was true' })
  expect(of('no')).toMatchObject({ decision: 'skipped', why: expect.stringContaining('choose') })
  expect(of('each')).toMatchObject({ decision: 'control', why: 'it began 2 rounds' })
  expect(told.filter(({ step }) => step.startsWith('body')).map(({ decision }) => decision)).toEqual(['ran', 'ran'])
})

describe('parts', () => {
  const made = (step: JsonObject) => madeOf(bed.store, scope, { jobType: 'Command', command: 'c', ...step })

  test('names, tags, compute, sizes and time limits are none', async () => {
    const plain = await made({})
    const dressed = await made({
      displayName: 'other',
      tags: { a: '1' },
      computeId: 'local',
      limits: { jobLimitsType: 'Command', timeout: 'PT5M' },
      resources: { instanceCount: 1, instanceType: 'STANDARD_D2' },
      distribution: {},
    })
    expect(dressed.key).toBe(plain.key)
    expect((await made({ resources: { instanceCount: 2 } })).key).not.toBe(plain.key)
  })

  test('whatever else a type of job is told counts, inside it too', async () => {
    const sweep = {
      trial: { command: 'x ${{search_space.lr}}', environmentId: 'azureml:host@latest' },
      limits: { maxTotalTrials: 3 },
    }
    const a = await made(sweep)
    const b = await made({ ...sweep, limits: { maxTotalTrials: 4 } })
    expect(a.parts).toMatchObject({ 'trial.command': 'x ${{search_space.lr}}', 'limits.maxTotalTrials': '3' })
    expect(sayChanges(changesBetween(a, b))).toBe('limits.maxTotalTrials is 4, it was 3')
  })

  test('long texts and signatures are kept as hashes that still tell them apart', async () => {
    const url = (sig: string) => ({ inputs: { x: { jobInputType: 'uri_file', uri: `https://h/f.csv?sig=${sig}` } } })
    const [a, b] = [await made(url('one')), await made(url('two'))]
    expect(JSON.stringify(a)).not.toContain('sig=')
    expect(changesBetween(a, b)).toHaveLength(1)
    const long = await made({ command: 'x'.repeat(100_000) })
    expect(JSON.stringify(long).length).toBeLessThan(1000)
  })
})

test('many differences are counted, not listed', () => {
  const changes = Array.from({ length: 9 }, (_, i): Change => ({ part: `inputs.i${i}`, before: '1', now: '2' }))
  expect(sayChanges(changes)).toMatch(/; 5 more differences$/)
})

function failed(): never {
  throw new Error('there is no such step')
}
