import { kindByName } from '@lazurite/spec'
import { expect, test } from 'vitest'
import { fieldAt, keysAbove } from './complete.ts'

const job = kindByName('job')?.fields

test('the keys around a line follow from its indentation', () => {
  const lines = ['type: command', 'inputs:', '  a: 1', '  data:', '    type: uri_file']
  expect(keysAbove(lines, 4)).toEqual(['inputs', 'data'])
  expect(keysAbove(lines, 2)).toEqual(['inputs'])
  expect(keysAbove(lines, 0)).toEqual([])
})

test('a field is found through variants, maps and structures', () => {
  expect(fieldAt(job, ['type'])?.values).toContain('sweep')
  expect(fieldAt(job, ['resources', 'instance_count'])?.t).toBe('int')
  expect(fieldAt(job, ['objective', 'goal'])?.values).toEqual(['minimize', 'maximize'])
  expect(fieldAt(job, ['inputs', 'anything'])?.t).toBe('input')
  expect(fieldAt(job, ['nothing', 'like', 'it'])).toBeUndefined()
})
