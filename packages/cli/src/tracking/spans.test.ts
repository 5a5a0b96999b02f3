import { expect, test } from 'vitest'
import { quoteLong, spanOfKept, spanOfWire, spansOfFile } from './spans.ts'

const kept = `{"trace_id": "AAAA", "span_id": "BBBB", "parent_span_id": null, "name": "a \\"1700000000000000001\\"",
  "start_time_unix_nano": 1700000000000000001, "end_time_unix_nano": 1700000000000000002,
  "events": [{"name": "e", "time_unix_nano": 1700000000000000003, "attributes": {"rows": 3}}],
  "status": {"code": "STATUS_CODE_ERROR", "message": "why"},
  "attributes": {"share": "1.0", "whole": "1", "huge": "1152921504606846976", "text": "\\"x\\"", "odd": "no json", "nan": "NaN",
    "deep": "{\\"a\\": [true, null, 0.5]}"},
  "links": [{"trace_id": "tr-${'ab'.repeat(16)}", "span_id": "${'cd'.repeat(8)}", "attributes": {}}, {"trace_id": "x"}]}`

test('a kept span: times to the nanosecond, whole numbers and such with a point, texts that are no JSON', () => {
  expect(spanOfKept(kept)).toEqual({
    traceId: 'AAAA',
    spanId: 'BBBB',
    name: 'a "1700000000000000001"',
    startTimeUnixNano: '1700000000000000001',
    endTimeUnixNano: '1700000000000000002',
    attributes: [
      { key: 'share', value: { doubleValue: 1 } },
      { key: 'whole', value: { intValue: '1' } },
      { key: 'huge', value: { intValue: '1152921504606846976' } },
      { key: 'text', value: { stringValue: 'x' } },
      { key: 'odd', value: { stringValue: 'no json' } },
      { key: 'nan', value: { doubleValue: 'NaN' } },
      {
        key: 'deep',
        value: {
          kvlistValue: {
            values: [{ key: 'a', value: { arrayValue: { values: [{ boolValue: true }, {}, { doubleValue: 0.5 }] } } }],
          },
        },
      },
    ],
    events: [
      { name: 'e', timeUnixNano: '1700000000000000003', attributes: [{ key: 'rows', value: { intValue: '3' } }] },
    ],
    links: [{ traceId: 'q6urq6urq6urq6urq6urqw==', spanId: 'zc3Nzc3Nzc0=', attributes: [] }],
    status: { code: 'STATUS_CODE_ERROR', message: 'why' },
  })
  expect(spansOfFile(`{"spans": [${kept}, {"context": {}}]}`)).toEqual([spanOfKept(kept)])
  expect([spanOfKept('nonsense'), spanOfKept('{}'), spanOfKept('[1]')]).toEqual([undefined, undefined, undefined])
})

test('what a server tells keeps its numbers and loses its underscores', () => {
  const text = '{"start_time_unix_nano":1700000000000000001,"attributes":[{"key":"a_b","value":{"int_value":3}}]}'
  expect(spanOfWire(JSON.parse(quoteLong(text)))).toEqual({
    startTimeUnixNano: '1700000000000000001',
    attributes: [{ key: 'a_b', value: { intValue: 3 } }],
  })
  expect(quoteLong('["1700000000000000001",0.1700000000000000001,1e30]')).toBe(
    '["1700000000000000001",0.1700000000000000001,1e30]',
  )
})
