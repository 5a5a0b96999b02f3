import { appendFileSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { datastoreUri } from '@lazurite/spec'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { EngineContext } from '../context.ts'
import { locatePlace } from '../datastores/resolve.ts'
import { openRoom, type Room } from '../testing/room.ts'
import { deploymentFolder } from './folder.ts'
import { shipFolder } from './ship.ts'

const uuid = '0'.repeat(32)
let room: Room
let warned: string[] = []
let now = Date.now()
beforeAll(async () => {
  room = await openRoom()
})
afterAll(() => room.close())

const ship = () => {
  const log = { debug() {}, info() {}, error() {}, warn: (_: object, text: string) => void warned.push(text) }
  // of the context it reads these alone
  const ctx = { store: room.store, home: room.store.home, clock: { now: () => now }, log } as unknown as EngineContext
  return shipFolder(ctx, uuid)
}
const collected = () => deploymentFolder(room.store.home, uuid).collected
const uri = () => datastoreUri(room.workspace.id, 'workspaceblobstore', 'far')

async function there(path: string): Promise<string | undefined> {
  const { storage, path: below } = await locatePlace(room.store, room.workspace.scope, uri())
  const full = `${below}/${path}`
  if (!(await storage.stat(full))) return undefined
  const parts: Buffer[] = []
  for await (const part of await storage.read(full)) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}

test('files that grow are sent again, those that rest are removed here', async () => {
  const file = join(collected(), 'request/2026/01/02/a.jsonl')
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, 'one\n')
  writeFileSync(join(collected(), 'request.target'), JSON.stringify({ scope: room.workspace.scope, uri: uri() }))
  await ship()
  expect(await there('2026/01/02/a.jsonl')).toBe('one\n')
  appendFileSync(file, 'two\n')
  await ship()
  expect(await there('2026/01/02/a.jsonl')).toBe('one\ntwo\n')
  utimesSync(file, now / 1000, now / 1000)
  now += 25 * 3_600_000
  await ship()
  expect(readFileSync(file, 'utf8')).toBe('one\ntwo\n')
  now += 2 * 3_600_000
  await ship()
  expect(() => readFileSync(file)).toThrow('ENOENT')
  await ship()
  expect(await there('2026/01/02/a.jsonl')).toBe('one\ntwo\n')
  expect(warned).toEqual([])
})

test('what cannot be sent stays, and is told of', async () => {
  const file = join(collected(), 'lost/b.jsonl')
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, 'three\n')
  const nowhere = datastoreUri(room.workspace.id, 'nowhere', 'far')
  writeFileSync(join(collected(), 'lost.target'), JSON.stringify({ scope: room.workspace.scope, uri: nowhere }))
  warned = []
  await ship()
  expect(warned).toHaveLength(1)
  expect(readFileSync(file, 'utf8')).toBe('three\n')
  writeFileSync(join(collected(), 'lost.target'), JSON.stringify({ scope: room.workspace.scope, uri: uri() }))
  await ship()
  expect(await there('b.jsonl')).toBe('three\n')
  rmSync(collected(), { recursive: true })
  await ship()
})
