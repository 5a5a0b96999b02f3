import { expect, test } from 'vitest'
import { assessmentOf, filterOf, traceOf } from './traces.ts'

const wire = {
  trace_id: 'tr-1',
  trace_location: { mlflow_experiment: { experiment_id: '7' } },
  experiment: 'birds',
  request_time: '2025-01-02T03:04:05.678Z',
  execution_duration: '1.5s',
  state: 'OK',
  request_preview: '"How warm?"',
  response_preview: '{"t": 21}',
  trace_metadata: {
    'mlflow.trace.tokenUsage': '{"input_tokens": 3, "total_tokens": 10}',
    'mlflow.sourceRun': 'r',
    a: 'b',
  },
  tags: { 'mlflow.traceName': 'answer', team: 'blue' },
}

test('a trace is read as lists show it', () => {
  expect(traceOf(wire)).toEqual({
    ...{ id: 'tr-1', experimentId: '7', experiment: 'birds', state: 'OK', name: 'answer', seconds: 1.5, tokens: 10 },
    ...{ at: Date.parse('2025-01-02T03:04:05.678Z'), request: 'How warm?', response: '21', run: 'r' },
    ...{ session: '', user: '', tags: { team: 'blue' }, metadata: { a: 'b' }, assessments: [] },
  })
  expect(traceOf({})).toMatchObject({ id: '', seconds: undefined, tokens: undefined, assessments: [] })
})

test.each([
  ['"words"', 'words'],
  ['{"messages": [{"content": "a"}, {"role": "user", "content": "b"}]}', 'b'],
  ['{"q": "where", "n": 3}', 'q: where · n: 3'],
  ['{"cut off', '{"cut off'],
  ['[1, 2]', '[1, 2]'],
  ['{"messages": [{"content": [1]}]}', '[{"content":[1]}]'],
])('%s is shown as %s', (request_preview, shown) => {
  expect(traceOf({ request_preview }).request).toBe(shown)
})

test('assessments say what they say, whatever their sort', () => {
  expect(assessmentOf({ assessment_name: 'good', feedback: { value: false }, valid: false })).toMatchObject({
    ...{ name: 'good', kind: 'feedback', value: false, valid: false, error: '' },
  })
  const failed = { feedback: { value: null, error: { error_code: 'E', error_message: 'no answer' } } }
  expect(assessmentOf(failed).error).toBe('E: no answer')
  const packed = { expectation: { serialized_value: { value: '{"a": [1]}' } } }
  expect(assessmentOf(packed)).toMatchObject({ kind: 'expectation', value: { a: [1] } })
  expect(assessmentOf({ issue: { issue_name: 'slow' } })).toMatchObject({ kind: 'issue', value: 'slow' })
})

test.each([
  [{ search: '', state: '', since: '' }, ''],
  [{ search: "tags.team = 'blue'", state: 'ERROR', since: '' }, "tags.team = 'blue' AND trace.status = 'ERROR'"],
  [{ search: 'where is', state: '', since: '' }, "trace.text ILIKE '%where is%'"],
  [{ search: "it's 5", state: '', since: '' }, `trace.text ILIKE "%it's 5%"`],
  [{ search: `"it's"`, state: '', since: '' }, `trace.text ILIKE '%"it_s"%'`],
  [{ search: '', state: '', since: '1h' }, 'trace.timestamp_ms >= 6000000'],
])('%j is the filter %s', (asked, filter) => {
  expect(filterOf(asked, 9_612_345)).toBe(filter)
})
