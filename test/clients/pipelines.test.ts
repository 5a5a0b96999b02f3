/**
 * Pipelines of the unmodified azure-ai-ml, written with `@pipeline`: nested and registered components, overrides, named
 * outputs, conditions, loops, failure, cancel, over https. LAZ_TEST_PYTHON names a Python that has it.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasSdk, openPrograms, type SdkPrograms } from './sdk-program.ts'

describe.skipIf(!hasSdk('pipelines'))('@pipeline of azure-ai-ml', () => {
  let programs: SdkPrograms
  beforeAll(async () => {
    programs = await openPrograms()
  })
  afterAll(() => programs?.end())

  test('runs as it is written, and answers as it should', { timeout: 600_000 }, async () => {
    expect(await programs.run('pipelines/program.py')).toEqual({
      nested: [
        'Completed',
        { end: 'Completed', one: 'Completed', part: 'Completed' },
        'second\ninner\nhello moin\n',
        '3\n',
      ],
      'registered output': '7',
      'inner steps': { first: 'Completed', second: 'Completed' },
      settings: ['serverless', true, ['end', 'one', 'part']],
      dumped: true,
      'pipeline component': ['Completed', ['then', 'used']],
      'condition True': ['Completed', { decide: 'Completed', yes: 'Completed' }],
      'condition False': ['Completed', { decide: 'Completed', no: 'Completed' }],
      'condition read back': 'if_else',
      do_while: [
        'Completed',
        { 'body.1': 'Completed', 'body.2': 'Completed', 'body.3': 'Completed', write_text: 'Completed' },
      ],
      parallel_for: [
        'Completed',
        { 'body.0': 'Completed', 'body.1': 'Completed', 'body.2': 'Completed', write_text: 'Completed' },
      ],
      gathered: ['[4,9,16]'],
      failure: true,
      failed: ['Failed', { bad: 'Failed', write_text_1: 'Completed' }],
      cancelled: ['Canceled', ['Canceled']],
      refused: [400, true],
    })
  })
})
