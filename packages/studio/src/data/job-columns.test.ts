import { describe, expect, test } from 'vitest'
import {
  cellOf,
  orderOf,
  readColumn,
  readColumns,
  shownFor,
  usualColumns,
  varies,
  writeColumns,
} from './job-columns.ts'
import { rowOf } from './jobs.ts'

const job = (name: string, o: { lr?: string; loss?: number; team?: string } = {}) =>
  rowOf({
    id: name,
    name,
    type: 'job',
    properties: {
      status: 'Completed',
      displayName: `The ${name}`,
      inputs: o.lr === undefined ? {} : { lr: { jobInputType: 'literal', value: o.lr } },
      ...(o.team === undefined ? {} : { tags: { team: o.team } }),
    },
    systemData: { createdAt: '2026-01-02T03:04:05.000Z', createdBy: 'ada' },
    lazurite: {
      startedAt: 1000,
      endedAt: 3500,
      ...(o.loss === undefined ? {} : { metrics: { loss: o.loss }, least: { loss: 0.1 }, greatest: { loss: 9 } }),
    },
  })

describe('columns in an address', () => {
  test('are read in their order, each once, and what is none is left out', () => {
    const keys = readColumns('name,metrics.val/loss:min,name,nothing,params.a%2Cb,spark.loss,tags.team').map(
      ({ key }) => key,
    )
    expect(keys).toEqual(['name', 'metrics.val/loss:min', 'params.a,b', 'spark.loss', 'tags.team'])
    expect(readColumns(null).map(({ key }) => key)).toEqual(usualColumns)
    expect(readColumns('nothing').map(({ key }) => key)).toEqual(usualColumns)
  })

  test('are written as they are read', () => {
    const keys = ['name', 'params.a,b', 'metrics.loss:max']
    expect(readColumns(writeColumns(keys)).map(({ key }) => key)).toEqual(keys)
    expect(writeColumns(usualColumns)).toBe('')
  })

  test.each([
    ['metrics.loss', { of: 'metric', name: 'loss', stat: 'last' }],
    ['metrics.loss:min', { of: 'metric', name: 'loss', stat: 'min' }],
    ['metrics.a:b', { of: 'metric', name: 'a:b', stat: 'last' }],
    ['constructor', undefined],
    ['metrics.', undefined],
  ])('%s', (key, wanted) => {
    const found = readColumn(key)
    expect(found).toEqual(wanted && { key, ...wanted })
  })

  test('say what to ask for and how to sort', () => {
    const columns = readColumns('name,spark.*,spark.loss,metrics.loss:min,params.lr,tags.team,metrics.val loss')
    expect(shownFor(columns)).toEqual(['metrics.loss', 'params.lr', 'tags.team', 'metrics.val loss'])
    expect(columns.map(orderOf)).toEqual([
      ...['name', undefined, 'metrics.loss', undefined, 'params.lr', 'tags.team'],
      'metrics.`val loss`',
    ])
  })
})

test('values', () => {
  const one = job('a', { lr: '0.1', loss: 0.5, team: 'cv' })
  const of = (key: string) => {
    const column = readColumn(key)
    return column && cellOf(column, one)
  }
  expect(['name', 'created', 'duration', 'tags', 'by'].map(of)).toEqual([
    ...['The a', '2026-01-02T03:04:05.000Z', 2.5],
    ...['team=cv', 'ada'],
  ])
  expect(['params.lr', 'metrics.loss', 'metrics.loss:min', 'spark.loss', 'params.none'].map(of)).toEqual([
    ...['0.1', 0.5, 0.1, 0.5],
    '',
  ])
})

test('what varies among jobs', () => {
  const jobs = [job('a', { lr: '0.1', loss: 1 }), job('b', { lr: '0.2', loss: 1 })]
  const does = (key: string) => readColumns(key).some((column) => varies(column, jobs))
  expect(['params.lr', 'metrics.loss', 'name', 'status'].map(does)).toEqual([true, false, true, false])
})
