import { afterEach, beforeEach, expect, test } from 'vitest'
import { openScratch, type Scratch } from './scratch.ts'

const scope = 'sub/rg/ws'
let scratch: Scratch
beforeEach(async () => {
  scratch = await openScratch()
})
afterEach(() => scratch.remove())

const put = (kind: string, name: string, props = {}, version?: string) =>
  scratch.store.resources.put({
    key: { scope, kind, name, ...(version === undefined ? {} : { version }) },
    props,
    by: 'ada',
  })
const found = async (text: string, more = {}) =>
  (await scratch.store.resources.find({ scope, text, without: [], top: 10, ...more })).map(
    ({ kind, name }) => `${kind}/${name}`,
  )

test('what is called so comes first, then what begins so, then what contains it, whatever the case', async () => {
  await put('model', 'old-Taxi')
  await put('job', 'taxi-fare')
  await put('data', 'TAXI', {}, '1')
  await put('compute', 'cpu')
  expect(await found('taxi')).toEqual(['data/TAXI', 'job/taxi-fare', 'model/old-Taxi'])
  expect(await found('taxi', { top: 1 })).toEqual(['data/TAXI'])
})

test('a name with many versions is found once, by its texts too', async () => {
  await put('model', 'm', { description: 'fares of new york' }, '1')
  await put('model', 'm', { description: 'fares of new york, again' }, '2')
  await put('environment', 'e', { displayName: 'Fares' }, '1')
  expect(await found('FARES')).toEqual(['environment/e', 'model/m'])
})

test('signs that mean something to the database are letters', async () => {
  await put('job', 'a_b')
  await put('job', 'axb')
  await put('job', '100%')
  expect(await found('a_b')).toEqual(['job/a_b'])
  expect(await found('%')).toEqual(['job/100%'])
  expect(await found("'")).toEqual([])
})

test('what is archived, elsewhere or left out is not found', async () => {
  await put('job', 'taxi-1')
  await put('code', 'taxi-2')
  await scratch.store.resources.put({ key: { scope: 'other', kind: 'job', name: 'taxi-3' }, props: {}, by: 'ada' })
  await put('job', 'taxi-4')
  await scratch.store.resources.setArchived({ scope, kind: 'job', name: 'taxi-4' }, true, 'ada')
  expect(await found('taxi', { without: ['code'] })).toEqual(['job/taxi-1'])
})

test('jobs are found by a part of their title, whatever the case', async () => {
  for (let i = 0; i < 20; i++) await put('job', `j${i}`, { displayName: `train ${i}` })
  const asked = await scratch.store.jobs.search({
    scope,
    parent: '',
    clauses: [{ entity: 'attribute', key: 'display_name', op: 'ILIKE', value: '%N 7%' }],
    sorts: [],
    top: 5,
  })
  expect(asked.rows.map(({ name }) => name)).toEqual(['j7'])
})
