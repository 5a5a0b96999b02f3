import type { JsonObject } from '@lazurite/spec'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bed, makeBed, scope } from '../testing/bed.ts'
import { bind, controlComponents, pipeline, step } from '../testing/controls.ts'

let bed: Bed
beforeAll(async () => {
  bed = await makeBed()
  await controlComponents(bed)
})
afterAll(() => bed.close())

describe('at the door', () => {
  const refused = async (jobs: JsonObject) =>
    (await bed.engine.admit('job', scope, pipeline(jobs))).map(({ path, message }) => `${path.join('.')}: ${message}`)

  test('retries that are no number', async () => {
    const node = { ...step('write'), limits: { max_retries: -1 } }
    const props = {
      ...pipeline({ node }),
      settings: { default_compute: 'local', max_step_retries: 'often', on_init: 'x' },
    }
    const found = await bed.engine.admit('job', scope, props)
    expect(found.map(({ path, severity }) => `${path.join('.')} ${severity ?? 'error'}`)).toEqual([
      'settings.on_init warning',
      'settings.max_step_retries error',
      'jobs.node.limits.max_retries error',
    ])
  })

  test.each<[string, JsonObject, string]>([
    [
      'a block of nobody',
      { choose: { type: 'if_else', condition: true, true_block: bind('nobody') } },
      'jobs.choose.true_block: The block names nobody, which is no step of this pipeline.',
    ],
    [
      'no block',
      { choose: { type: 'if_else', condition: true } },
      'jobs.choose.true_block: True block and false block cannot be empty at the same time.',
    ],
    [
      'a step in both blocks',
      { a: step('write'), choose: { type: 'if_else', condition: true, true_block: bind('a'), false_block: bind('a') } },
      'jobs.choose.false_block: True block and false block cannot contain the same nodes: a.',
    ],
    [
      'a condition that is data',
      {
        a: step('write'),
        b: step('write'),
        choose: { type: 'if_else', condition: bind('a.outputs.o'), true_block: bind('b') },
      },
      'jobs.choose.condition: The condition is bound to the output o of a, which is data and no boolean.',
    ],
    [
      'a condition on nothing',
      { a: step('write'), choose: { type: 'if_else', condition: bind('a.outputs.p'), true_block: bind('a') } },
      'jobs.choose.condition: The condition is bound to the output p of the step a, which has none of that name.',
    ],
    [
      'a loop without a limit',
      {
        a: step('count', { n: 1 }),
        l: { type: 'do_while', body: bind('a'), condition: 'more', mapping: {}, limits: { max_iteration_count: 1001 } },
      },
      'jobs.l.limits.max_iteration_count: A loop needs a number of iterations at most, from 1 to 1000, not 1001.',
    ],
    [
      'a mapping to nothing',
      {
        a: step('count', { n: 1 }),
        l: { type: 'do_while', body: bind('a'), mapping: { n: ['m'] }, limits: { max_iteration_count: 2 } },
      },
      'jobs.l.mapping.n: The body of the loop has no input m.',
    ],
    [
      'a body of two loops',
      {
        a: step('count', { n: 1 }),
        l: { type: 'do_while', body: bind('a'), mapping: {}, limits: { max_iteration_count: 2 } },
        m: { type: 'parallel_for', body: bind('a'), items: '[{"n": 1}]' },
      },
      'jobs.m.body: The step a is the body of l already, and can be of one loop only.',
    ],
    [
      'no items',
      { a: step('square'), l: { type: 'parallel_for', body: bind('a'), items: '[]' } },
      'jobs.l.items: The loop cannot run: there are no items.',
    ],
    [
      'items of different shapes',
      { a: step('square'), l: { type: 'parallel_for', body: bind('a'), items: '[{"x": 1}, {"y": 1}]' } },
      'jobs.l.items: The loop cannot run: the item 1 has other inputs than the first one.',
    ],
    [
      'items for no input',
      { a: step('square'), l: { type: 'parallel_for', body: bind('a'), items: '[{"z": 1}]' } },
      'jobs.l.items: The body a has no input z.',
    ],
    [
      'an output of the body of a loop',
      {
        a: step('square'),
        l: { type: 'parallel_for', body: bind('a'), items: '[{"x": 1}]' },
        b: step('write', { text: bind('a.outputs.value') }),
      },
      'jobs.b.inputs.text: The input text is bound to the step a, which runs many times; its loop l has the outputs of all of them.',
    ],
    [
      'data for a value',
      { a: step('write'), b: step('square', { x: bind('a.outputs.o') }) },
      'jobs.b.inputs.x: The input x takes a value, but is bound to the output o of the step a, which is a uri_folder.',
    ],
    [
      'data that is not there',
      { a: step('write', { i: { job_input_type: 'uri_folder', uri: 'azureml:nobody@latest' } }) },
      'jobs.a.inputs.i: The input i cannot be used: there is no data nobody.',
    ],
    [
      'a condition that waits for its own branch',
      {
        a: step('judge', { say: 'True' }),
        choose: { type: 'if_else', condition: bind('a.outputs.flag'), true_block: bind('a') },
      },
      'jobs.a: The steps wait for each other in a circle: a → choose → a.',
    ],
  ])('%s', async (_, jobs, expected) => {
    expect(await refused(jobs)).toContain(expected)
  })
})
