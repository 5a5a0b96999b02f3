import { expect, test } from 'vitest'
import { axisOf, bestOf, type Compared, fieldsOf, placeOn, rankCorrelation, shortened, valueAt } from './compare.ts'

const job = (name: string, params: Record<string, string>, properties = {}): Compared => ({
  name,
  label: name,
  status: 'Completed',
  seconds: 1,
  resource: { id: '/x', type: 'x', name, properties },
  params,
  metrics: {},
})

test('what differs is told, what only one job has too, what nobody has is left out', () => {
  const fields = fieldsOf([
    job(
      'a',
      { lr: '0.1', batch: '32' },
      { command: 'train', environmentId: '/subscriptions/s/environments/acpt/versions/14' },
    ),
    job(
      'b',
      { lr: '0.2', batch: '32', dropout: '0.5' },
      { command: 'train', tags: { team: 'cv', 'mlflow.user': 'ada' } },
    ),
  ])
  expect(
    fields.filter(({ differs }) => differs).map(({ section, name, values }) => [section, name, ...values]),
  ).toEqual([
    ['Parameters', 'lr', '0.1', '0.2'],
    ['Parameters', 'dropout', undefined, '0.5'],
    ['Settings', 'environment', 'acpt:14', undefined],
    ['Tags', 'team', undefined, 'cv'],
  ])
  expect(fields.filter(({ differs }) => !differs).map(({ name }) => name)).toEqual(['batch', 'command'])
})

test('ids are shortened to what people call them', () => {
  expect(shortened('/subscriptions/s/x/computes/cpu')).toBe('cpu')
  expect(shortened('azureml:local')).toBe('azureml:local')
})

test('the best is the least loss and the greatest accuracy, and nothing when all are equal', () => {
  expect(bestOf('train/loss', [0.3, 0.1, undefined])).toBe(1)
  expect(bestOf('accuracy', [0.3, Number.NaN, 0.9])).toBe(2)
  expect(bestOf('accuracy', [0.3, 0.3])).toBeUndefined()
  expect(bestOf('accuracy', [0.3])).toBeUndefined()
})

test('axes are numbers, decades or words', () => {
  const decades = axisOf('lr', 'lr', ['1e-5', '1e-1', '1e-3'])
  expect(decades.kind).toBe('log')
  expect(placeOn(decades, 1e-3)).toBeCloseTo(0.5)
  expect(valueAt(decades, 0.5)).toBeCloseTo(1e-3)
  const words = axisOf('o', 'o', ['sgd', 'adam', undefined])
  expect([placeOn(words, 'adam'), placeOn(words, 'sgd'), placeOn(words, undefined)]).toEqual([0, 1, undefined])
  expect(valueAt(words, 0.9)).toBe('sgd')
  const flat = axisOf('n', 'n', [5, 5])
  expect([flat.kind, placeOn(flat, 5)]).toEqual(['number', 0.5])
  expect(axisOf('e', 'e', [undefined]).kind).toBe('words')
})

test('the correlation of ranks minds the order alone', () => {
  expect(rankCorrelation([1, 2, 3, 4], [1, 10, 100, 1000])).toBeCloseTo(1)
  expect(rankCorrelation([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1)
  expect(rankCorrelation([1, 1, 1], [3, 2, 1])).toBeUndefined()
  expect(rankCorrelation([1, 2, undefined], [1, 2, 3])).toBeUndefined()
  expect(rankCorrelation([1, 1, 2, 2], [1, 2, 3, 4])).toBeCloseTo(0.894, 2)
})
