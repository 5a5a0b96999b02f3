import { expect, test } from 'vitest'
import { parseExact, spansOf, treeOf } from './trace-spans.ts'

const attribute = (key: string, value: object) => ({ key, value })
const span = (id: string, parent: string, from: string, more = {}) => ({
  span_id: id,
  ...(parent === '' ? {} : { parent_span_id: parent }),
  name: id,
  start_time_unix_nano: `17954751032416810${from}`,
  end_time_unix_nano: `17954751032516810${from}`,
  attributes: [],
  status: { code: 'STATUS_CODE_UNSET' },
  ...more,
})

test('spans are read with what they say in words of their own', () => {
  const [read] = spansOf([
    span('a', '', '50', {
      attributes: [
        attribute('mlflow.spanType', { string_value: '"TOOL"' }),
        attribute('mlflow.spanInputs', { kvlist_value: { values: [{ key: 'q', value: { int_value: 3 } }] } }),
        attribute('mlflow.spanOutputs', { string_value: '[1, null]' }),
        attribute('mlflow.chat.tokenUsage', { string_value: '{"total_tokens": 7, "x": "y"}' }),
        attribute('unit', { array_value: { values: [{ bool_value: true }, {}] } }),
      ],
      events: [{ name: 'exception', time_unix_nano: '1795475103241682050', attributes: [] }],
      status: { code: 'STATUS_CODE_ERROR', message: 'boom' },
    }),
  ])
  expect(read).toEqual({
    ...{ id: 'a', parent: '', name: 'a', type: 'TOOL', status: 'ERROR', message: 'boom', fromUs: 0, toUs: 10_000 },
    ...{ inputs: { q: 3 }, outputs: [1, null], tokens: { total_tokens: 7 }, attributes: { unit: [true, null] } },
    events: [{ name: 'exception', atUs: 1, attributes: {} }],
  })
})

test('spans of a file beside the trace are read alike', () => {
  const [read] = spansOf([
    {
      name: 'old',
      context: { span_id: '0x1', trace_id: '0x2' },
      parent_id: null,
      start_time: 1795475103241681000,
      end_time: null,
      status_code: 'OK',
      attributes: { 'mlflow.spanInputs': '{"x": 1}', 'mlflow.spanType': '"LLM"', rate: '0.5' },
      events: [{ name: 'e', timestamp: 1795475103241681, attributes: { a: 1 } }],
    },
  ])
  expect(read).toMatchObject({ id: '0x1', parent: '', type: 'LLM', status: 'OK', toUs: undefined, inputs: { x: 1 } })
  expect(read?.attributes).toEqual({ rate: 0.5 })
  expect(Math.abs(read?.events[0]?.atUs ?? 99)).toBeLessThan(1)
})

test('the tree has each below its parent, by time, and loses none', () => {
  const tree = treeOf(
    spansOf([
      span('late', 'root', '90'),
      span('root', '', '10'),
      span('early', 'root', '20'),
      span('inner', 'early', '30'),
      span('orphan', 'gone', '40'),
      span('x', 'y', '50'),
      span('y', 'x', '60'),
    ]),
  )
  expect(tree.map(({ id, depth, below }) => [id, depth, below])).toEqual([
    ['root', 0, 3],
    ['early', 1, 1],
    ['inner', 2, 0],
    ['late', 1, 0],
    ['orphan', 0, 0],
    ['x', 0, 0],
    ['y', 0, 0],
  ])
})

test('a very long chain and a very wide fan make a tree in a moment', () => {
  const many = 20_000
  const chain = treeOf(spansOf(Array.from({ length: many }, (_, i) => span(`s${i}`, i ? `s${i - 1}` : '', '1'))))
  expect([chain.length, chain[0]?.below, chain.at(-1)?.depth]).toEqual([many, many - 1, many - 1])
  const fan = treeOf(
    spansOf(Array.from({ length: many }, (_, i) => span(`s${i}`, i ? 's0' : '', String(i).padStart(6, '0')))),
  )
  expect([fan[0]?.below, fan[1]?.id, fan.at(-1)?.id]).toEqual([many - 1, 's1', `s${many - 1}`])
})

test('what is no span does no harm', () => {
  expect(spansOf([null, 3, 'x', []])).toEqual([])
  expect(spansOf([{}])).toMatchObject([{ id: '', name: '', status: 'UNSET', fromUs: 0 }])
  expect(treeOf([])).toEqual([])
})

test('numbers that no double holds are left as they came, where the browser can tell', () => {
  const [big, small] = parseExact('[1152921504606846977, 12]') as unknown[] // two numbers
  expect(['1152921504606846977', 1152921504606847000]).toContain(big)
  expect(small).toBe(12)
})
