import { afterEach, beforeEach, expect, test } from 'vitest'
import { openScratch, type Scratch } from './scratch.ts'

const scope = 'sub/group/main'
let scratch: Scratch

beforeEach(async () => {
  scratch = await openScratch()
})
afterEach(() => scratch.remove())

const make = (name: string) =>
  scratch.store.webhooks.create(scope, {
    ...{ name, url: 'https://example.com/hook', events: ['MODEL_VERSION.CREATED'], secret: 's3cret' },
  })

test('a webhook keeps its secret elsewhere, and changes what is named', async () => {
  const { webhooks } = scratch.store
  const made = await make('first')
  expect(JSON.stringify(made)).not.toContain('s3cret')
  expect(await webhooks.secretOf(scope, made.webhookId)).toBe('s3cret')
  scratch.clock.at += 5
  const changed = await webhooks.update(scope, made.webhookId, { active: false, description: 'off', secret: '' })
  expect(changed).toEqual({ ...made, active: false, description: 'off', updatedAt: made.updatedAt + 5 })
  expect(await webhooks.secretOf(scope, made.webhookId)).toBeUndefined()
  expect(await webhooks.list('another/one/too')).toEqual([])
  await expect(webhooks.update('another/one/too', made.webhookId, {})).rejects.toThrow('not found')
})

test('what is to be sent, and how far the feed was read, outlive the process', async () => {
  const { webhookId } = await make('first')
  expect([await scratch.store.webhooks.mark(), await scratch.store.webhooks.any()]).toEqual([undefined, true])
  await scratch.store.webhooks.enqueue(
    [1, 2].map((n) => ({ scope, webhookId, body: `{"n":${n}}` })),
    17,
  )
  const { webhooks } = await scratch.reopen()
  expect(await webhooks.mark()).toBe(17)
  const due = await webhooks.due(10)
  expect(due.map(({ body, attempts }) => [body, attempts])).toEqual([
    ['{"n":1}', 0],
    ['{"n":2}', 0],
  ])
  await webhooks.done(due[0]?.id ?? 0)
  await webhooks.retry(due[1]?.id ?? 0, scratch.clock.at + 1000)
  expect([await webhooks.due(10), await webhooks.nextAt()]).toEqual([[], scratch.clock.at + 1000])
  scratch.clock.at += 1000
  expect((await webhooks.due(10)).map(({ attempts }) => attempts)).toEqual([1])
})

test('with a webhook goes what was to be sent to it, and its secret', async () => {
  const [first, second] = [await make('first'), await make('second')]
  const { webhooks } = scratch.store
  await webhooks.enqueue([first, second].map(({ webhookId }) => ({ scope, webhookId, body: '{}' })))
  await webhooks.delete(scope, first.webhookId)
  expect((await webhooks.due(10)).map((d) => d.webhookId)).toEqual([second.webhookId])
  expect((await webhooks.list(scope)).map((w) => w.name)).toEqual(['second'])
  expect(await webhooks.secretOf(scope, first.webhookId)).toBeUndefined()
  await expect(webhooks.delete(scope, first.webhookId)).rejects.toThrow('not found')
})

test('webhooks go with their workspace, their secrets too', async () => {
  const { webhooks, erasing } = scratch.store
  const gone = await make('gone')
  const other = { name: 'other', url: 'https://example.com', events: [], secret: 'kept' }
  const stays = await webhooks.create(`${scope}-2`, other)
  await webhooks.enqueue([{ scope, webhookId: gone.webhookId, body: '{}' }])
  await erasing.forget(scope)
  expect(await webhooks.list(scope)).toEqual([])
  expect(await webhooks.due(10)).toEqual([])
  expect(await webhooks.secretOf(scope, gone.webhookId)).toBeUndefined()
  expect(await webhooks.secretOf(`${scope}-2`, stays.webhookId)).toBe('kept')
})

test('a renamed asset keeps its versions, their numbers and what is known of their uses', async () => {
  const { resources, lineage } = scratch.store
  const key = { scope, kind: 'model', name: 'old' }
  const used = { ...key, version: '1' }
  await resources.put({ key: used, props: { a: 1 }, by: 'x' })
  await resources.put({
    key: { ...key, version: '2' },
    props: {},
    by: 'x',
    uses: [{ asset: used, job: { scope, name: 'j' }, direction: 'written', as: 'out' }],
  })
  await resources.put({ key: { ...key, name: 'taken' }, props: {}, by: 'x' })
  expect(await resources.rename(key, 'taken', 'y')).toBe(false)
  expect(await resources.rename(key, 'new name', 'y')).toBe(true)
  expect(await resources.get(used)).toBeUndefined()
  expect((await resources.get({ ...used, name: 'new name' }))?.props).toEqual({ a: 1 })
  expect(await resources.nextVersion(scope, 'model', 'new name')).toBe('3')
  expect(await lineage.ofAsset({ ...used, name: 'new name' })).toHaveLength(1)
  await expect(resources.rename(key, 'x', 'y')).rejects.toThrow('old')
})
