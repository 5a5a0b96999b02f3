import { expect, test } from 'vitest'
import { fromExample, fromSignature, rowsOf } from './sample.ts'
import { portsOf } from './signature.ts'

test('examples of MLflow become what endpoints take', () => {
  const split = { columns: ['a'], index: [0], data: [[1]] }
  expect(fromExample({ dataframe_split: split, params: { k: 1 } })).toEqual({ input_data: split, params: { k: 1 } })
  expect(fromExample({ inputs: [[1, 2]] })).toEqual({ input_data: [[1, 2]] })
  expect(fromExample({ columns: ['a'], data: [[1]] })).toEqual({ input_data: split })
  expect(fromExample([[1]])).toEqual({ input_data: [[1]] })
  expect(fromExample(null)).toBeUndefined()
})

test('a signature becomes one row of its types', () => {
  const columns = portsOf(
    '[{"name":"n","type":"long"},{"name":"x","type":"double"},{"name":"s","type":"string"},{"name":"o","type":"long","required":false}]',
  )
  const body = fromSignature(columns)
  expect(body).toEqual({ input_data: { columns: ['n', 'x', 's'], index: [0], data: [[1, 0.5, 'text']] } })
  expect(rowsOf(body ?? {})).toBe(1)
  expect(fromSignature(portsOf('[{"type":"double"},{"type":"double"}]'))).toEqual({ input_data: [[0.5, 0.5]] })
  const tensor = portsOf('[{"type":"tensor","tensor-spec":{"dtype":"float64","shape":[-1,2]}}]')
  expect(fromSignature(tensor)).toEqual({ input_data: [[0, 0]] })
  expect(fromSignature([])).toBeUndefined()
})
