import { text as textOf } from 'node:stream/consumers'
import type { JsonObject } from '@lazurite/spec'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { locatePlace } from '../datastores/resolve.ts'
import { type Bed, makeBed, scope } from '../testing/bed.ts'
import { bind, component, controlComponents, pipeline, step } from '../testing/controls.ts'
import { readJobStatus } from './status.ts'

let bed: Bed
beforeAll(async () => {
  bed = await makeBed()
  await controlComponents(bed)
})
afterAll(() => bed.close())

async function run(name: string, props: JsonObject) {
  expect(await bed.submit(name, props)).toEqual([])
  return bed.until(name)
}
const states = async (name: string) =>
  Object.fromEntries(
    Object.entries(await bed.children(name))
      .map(([unit, row]): [string, string] => [unit, row.state])
      .sort(),
  )
async function log(pipe: string, unit: string) {
  return bed.artifact((await bed.children(pipe))[unit]?.name ?? unit, 'user_logs/std_log.txt')
}

describe('if_else', () => {
  const branches = (say: string, condition: string | boolean = bind('judge.outputs.flag')) =>
    pipeline(
      {
        judge: step('judge', { say }),
        choose: { type: 'if_else', condition, true_block: bind('yes'), false_block: [bind('no'), bind('no_more')] },
        yes: step('write', { text: 'yes' }, { outputs: { o: '${{parent.outputs.chosen}}' } }),
        no: step('write', { text: 'no' }, { outputs: { o: '${{parent.outputs.chosen}}' } }),
        no_more: step('write', { text: 'no more', i: bind('no.outputs.o') }),
        apart: step('square', { x: 2 }),
        either: step('write', { text: 'end', i: bind('no.outputs.o') }),
      },
      { outputs: { chosen: { jobOutputType: 'uri_folder' } } },
    )

  test('runs the branch its condition chose, and nobody misses the other', async () => {
    const job = await run('true', branches('True'))
    expect(job.state).toBe('Completed')
    expect(await states('true')).toEqual({
      judge: 'Completed',
      yes: 'Completed',
      apart: 'Completed',
      either: 'Completed',
    })
    expect(job.facts.decisions).toEqual({ choose: true })
    expect(job.facts.skipped).toEqual({
      no: 'the condition choose was true',
      no_more: 'the condition choose was true',
    })
    expect(job.facts.outputs?.chosen?.uri).toContain((await bed.children('true')).yes?.name)
  })

  test('or the other one', async () => {
    const job = await run('false', branches('False'))
    expect(job.state).toBe('Completed')
    expect(Object.keys(await states('false'))).toEqual(['apart', 'either', 'judge', 'no', 'no_more'])
    expect(await log('false', 'either')).toBe('')
    expect(job.facts.outputs?.chosen?.uri).toContain((await bed.children('false')).no?.name)
  })

  test('takes true and false as they stand, and inputs of the pipeline', async () => {
    expect((await run('plain', branches('False', true))).facts.decisions).toEqual({ choose: true })
    const props = branches('', '${{parent.inputs.go}}')
    const inputs = { go: { jobInputType: 'literal', value: 'False' } }
    expect((await run('bound', { ...props, inputs })).facts.decisions).toEqual({ choose: false })
  })

  test('a condition that is no boolean fails, with what it was', async () => {
    const job = await run('neither', branches('perhaps'))
    expect(job.state).toBe('Failed')
    expect(job.facts.error?.message).toContain('/choose: its condition is "perhaps", which is neither true nor false')
    expect(job.facts.skipped?.yes).toBe('the step choose, which it needs, did not complete')
  })

  test('what needs an output of the branch not taken is left out with it', async () => {
    const jobs = {
      choose: { type: 'if_else', condition: false, true_block: bind('yes') },
      yes: step('judge', { say: 'True' }),
      next: step('judge', { say: bind('yes.outputs.flag') }),
      inner: { type: 'if_else', condition: bind('next.outputs.flag'), true_block: bind('last') },
      last: step('write'),
    }
    const job = await run('chain-of-none', pipeline(jobs))
    expect(job.state).toBe('Completed')
    expect(await states('chain-of-none')).toEqual({})
    expect(Object.keys(job.facts.skipped ?? {}).sort()).toEqual(['inner', 'last', 'next', 'yes'])
  })
})

test('loops in branches run or are left out as a whole', async () => {
  const again = { type: 'do_while', body: bind('body'), condition: 'more', mapping: { n: 'n' } }
  const jobs = (condition: boolean) => ({
    choose: { type: 'if_else', condition, true_block: [bind('again'), bind('square')], false_block: bind('each') },
    body: step('count', { n: 0 }),
    again: { ...again, limits: { max_iteration_count: 2 } },
    square: step('square', { x: 3 }),
    other: step('square'),
    each: { type: 'parallel_for', body: bind('other'), items: [{ x: 1 }, { x: 2 }] },
  })
  expect((await run('loops-true', pipeline(jobs(true)))).state).toBe('Completed')
  expect(Object.keys(await states('loops-true'))).toEqual(['body.1', 'body.2', 'square'])
  expect((await run('loops-false', pipeline(jobs(false)))).state).toBe('Completed')
  expect(Object.keys(await states('loops-false'))).toEqual(['other.0', 'other.1'])
})

describe('do_while', () => {
  const loop = (more: JsonObject, inputs: JsonObject = {}) =>
    pipeline({
      body: step('count', { n: 0, ...inputs }),
      again: {
        type: 'do_while',
        body: bind('body'),
        condition: 'more',
        mapping: { n: ['n'] },
        limits: { max_iteration_count: 10 },
        ...more,
      },
      after: step('write', { text: bind('body.outputs.n') }),
    })

  test('goes on while its condition is true, each round with what the last one left', async () => {
    const job = await run('counted', loop({ mapping: { [bind('body.outputs.n')]: bind('body.inputs.n') } }))
    expect(job.state, JSON.stringify(job.status)).toBe('Completed')
    expect(await states('counted')).toEqual({
      'body.1': 'Completed',
      'body.2': 'Completed',
      'body.3': 'Completed',
      after: 'Completed',
    })
    expect(await log('counted', 'body.3')).toBe('round 3\n')
    expect((await bed.children('counted')).after?.props.inputs).toMatchObject({ text: { value: '3' } })
    expect(job.facts.children?.body).toBe(job.facts.children?.['body.3'])
  })

  test('ends at its limit, and runs once at least', async () => {
    const job = await run('limited', loop({ condition: undefined as never, limits: { max_iteration_count: 2 } }))
    expect(job.state).toBe('Completed')
    expect(Object.keys(await states('limited'))).toEqual(['after', 'body.1', 'body.2'])
    expect(Object.keys(await states('limited'))).toHaveLength(3)
    await run('once', loop({}, { to: 0 }))
    expect(Object.keys(await states('once'))).toEqual(['after', 'body.1'])
  })

  test('runs every round, also when reuse is on and nothing changes', async () => {
    const props = loop({ mapping: {}, limits: { max_iteration_count: 2 } }, { to: 9 })
    const job = await run('same-again', { ...props, settings: { default_compute: 'local' } })
    expect(job.state).toBe('Completed')
    const { 'body.1': one, 'body.2': two } = await bed.children('same-again')
    expect([one?.facts.reuse?.reused, two?.facts.reuse]).toEqual([
      false,
      { reused: false, why: 'an earlier round of the same loop is no reason not to run' },
    ])
  })

  test('a round that fails ends it, and what stands behind it does not run', async () => {
    const job = await run('broken', loop({}, { bad: 2 }))
    expect(job.state).toBe('Failed')
    expect(await states('broken')).toEqual({ 'body.1': 'Completed', 'body.2': 'Failed' })
    expect(job.facts.skipped?.after).toBe('the step body, which it needs, did not complete')
    expect(job.facts.error?.message).toContain('Failed nodes: /body.2.')
  })
})

describe('parallel_for', () => {
  const each = (items: JsonObject['x'], more: JsonObject = {}, collect: JsonObject = {}) =>
    pipeline(
      {
        body: step('square'),
        each: { type: 'parallel_for', body: bind('body'), items, ...more },
        sum: step('write', { text: bind('each.outputs.value'), ...collect }),
      },
      {
        outputs: { table: { jobOutputType: 'uri_folder' } },
        inputs: { some: { jobInputType: 'literal', value: '[{"x": 5}, {"x": 6}]' } },
      },
    )

  test('runs the body for each item and hands on all results', async () => {
    const job = await run(
      'all',
      each('[{"x": 1}, {"x": 2}, {"x": 3}]', { outputs: { data: '${{parent.outputs.table}}' } }),
    )
    expect(job.state, JSON.stringify(job.status)).toBe('Completed')
    expect(Object.keys(await states('all'))).toEqual(['body.0', 'body.1', 'body.2', 'sum'])
    expect((await bed.children('all')).sum?.props.inputs).toMatchObject({ text: { value: '[1,4,9]' } })
    expect(job.facts.outputs?.table).toMatchObject({ type: 'mltable', uri: expect.stringMatching(/\/each\/data\/?$/) })
    const { storage, path } = await locatePlace(bed.store, scope, job.facts.outputs?.table?.uri ?? '')
    const table = await textOf(await storage.read(`${path}/MLTable`))
    const third = (await bed.children('all'))['body.2']
    expect(table).toContain(`"folder":"${readJobStatus(third?.status ?? {}).outputs?.data?.uri}"`)
    expect(table.match(/folder/g)).toHaveLength(3)
    expect(job.facts.outputs?.table?.assetId).toMatch(/\/data\/azureml_all_output_each_data\/versions\/1$/)
  })

  test('items may have names, come from a pipeline input, and be limited in number at once', async () => {
    await run(
      'named',
      each({ small: { x: 2 }, big: { x: { job_input_type: 'literal', value: '10' } } }, { max_concurrency: 1 }),
    )
    const children = await bed.children('named')
    expect(Object.keys(children).sort()).toEqual(['body.big', 'body.small', 'sum'])
    expect(children['body.big']?.facts.phases?.[0]?.from).toBeGreaterThanOrEqual(
      children['body.small']?.facts.endedAt ?? 0,
    )
    await run('given', each('${{parent.inputs.some}}'))
    expect((await bed.children('given')).sum?.props.inputs).toMatchObject({ text: { value: '[25,36]' } })
  })

  test('an iteration that fails fails the loop when the others are done', async () => {
    const job = await run('unlucky', each('[{"x": 13}, {"x": 2}]'))
    expect(job.state).toBe('Failed')
    expect(await states('unlucky')).toEqual({ 'body.0': 'Failed', 'body.1': 'Completed' })
    expect(job.facts.skipped?.sum).toBe('the step each, which it needs, did not complete')
  })
})

test('a nested pipeline runs in a loop, and a server that comes back goes on with it', async () => {
  await component(bed, 'inner', {
    type: 'pipeline',
    inputs: { n: { type: 'integer' } },
    outputs: { n: { type: 'integer' }, more: { type: 'boolean' } },
    jobs: {
      add: step(
        'count',
        { n: '${{parent.inputs.n}}' },
        {
          outputs: { n: '${{parent.outputs.n}}', more: '${{parent.outputs.more}}' },
        },
      ),
    },
  })
  const jobs = {
    body: { type: 'pipeline', componentId: 'azureml:inner:1', inputs: { n: 0 } },
    again: {
      type: 'do_while',
      body: bind('body'),
      condition: 'more',
      mapping: { n: 'n' },
      limits: { max_iteration_count: 9 },
    },
  }
  expect(await bed.submit('nested-loop', pipeline(jobs))).toEqual([])
  await expect
    .poll(async () => Object.keys((await bed.job('nested-loop')).facts.children ?? {}).length)
    .toBeGreaterThan(0)
  await bed.restart()
  const job = await bed.until('nested-loop')
  expect(job.state, JSON.stringify(job.status)).toBe('Completed')
  expect(Object.keys(job.facts.children ?? {}).sort()).toEqual(['body', 'body.1', 'body.2', 'body.3'])
})
