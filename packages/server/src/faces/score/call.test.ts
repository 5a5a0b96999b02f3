import { createHmac, createSecretKey } from 'node:crypto'
import { expect, test } from 'vitest'
import { mayCall } from './auth.ts'
import { share } from './call.ts'
import { idsOf, toCaller, toReplica } from './headers.ts'
import { count, metricsOf } from './metrics.ts'
import { digest, type Endpoint } from './table.ts'

const endpoint = (mode: Endpoint['mode']): Endpoint => ({
  scope: 's/w',
  name: 'one',
  mode,
  keys: [digest('first'), digest('second')],
  tokenKey: createSecretKey(Buffer.from('first')),
  traffic: [],
  mirror: undefined,
  kubernetes: false,
  deployments: new Map(),
})
const at = { isOwner: () => false, now: () => 1_000_000 }

test('either key opens an endpoint of keys, and nothing like one does', () => {
  expect(mayCall(endpoint('key'), 'Bearer first', at)).toBe(true)
  expect(mayCall(endpoint('key'), 'bearer second', at)).toBe(true)
  for (const header of [
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Bearer firs',
    'Bearer first second',
    'Basic first',
    'first',
  ])
    expect(mayCall(endpoint('key'), header, at), header).toBe(false)
  expect(mayCall(endpoint('key'), 'Bearer other', { ...at, isOwner: () => true })).toBe(false)
  expect(mayCall(endpoint('aadtoken'), 'Bearer first', at)).toBe(false)
  expect(mayCall(endpoint('aadtoken'), undefined, { ...at, isOwner: () => true })).toBe(true)
  expect(mayCall({ ...endpoint('key'), keys: [] }, 'Bearer first', at)).toBe(false)
})

const token = (claims: object, key = 'first', head: object = { alg: 'HS256' }) => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const body = `${part(head)}.${part(claims)}`
  return `Bearer ${body}.${createHmac('sha256', key).update(body).digest('base64url')}`
}

test('a token opens its own endpoint for its own time', () => {
  const may = (header: string) => mayCall(endpoint('amltoken'), header, at)
  expect(may(token({ aud: 's/w/one', exp: 1_001 }))).toBe(true)
  expect(may(token({ aud: 's/w/one', exp: 1_000 }))).toBe(false)
  expect(may(token({ aud: 's/w/two', exp: 1_001 }))).toBe(false)
  expect(may(token({ aud: 's/w/one', exp: 1_001 }, 'second'))).toBe(false)
  expect(may(token({ aud: 's/w/one' }))).toBe(false)
  expect(may(`${token({ aud: 's/w/one', exp: 1_001 })}.`)).toBe(false)
  expect(may('Bearer first')).toBe(false)
  expect(may(`Bearer ${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`)).toBe(false)
})

test('shares of traffic', () => {
  const traffic: [string, number][] = [
    ['blue', 90],
    ['green', 10],
  ]
  expect(share(traffic, 0)).toBe('blue')
  expect(share(traffic, 0.8999)).toBe('blue')
  expect(share(traffic, 0.9)).toBe('green')
  expect(share(traffic, 0.9999999)).toBe('green')
  expect(share([], 0.5)).toBeUndefined()
  // shares that do not add up to 100 are shares all the same
  expect(share([['blue', 1]], 0.99)).toBe('blue')
})

test('headers of one connection end here, and so does the key', () => {
  const ids = idsOf({ 'x-ms-client-request-id': `a b\u0000${'c'.repeat(60)}` })
  expect(ids['x-ms-client-request-id']).toBe(`ab${'c'.repeat(38)}`)
  const sent = toReplica(
    {
      authorization: 'Bearer k',
      connection: 'close, X-Hop',
      'x-hop': '1',
      te: 'trailers',
      host: 'h',
      accept: 'a',
      'x-request-id': 'b',
    },
    ids,
  )
  expect(sent).toEqual({ accept: 'a', ...ids })
  const back = toCaller({ 'transfer-encoding': 'chunked', 'x-request-id': 'theirs', 'content-type': 't' }, ids)
  expect(back).toMatchObject({ 'content-type': 't', 'x-request-id': ids['x-request-id'] })
  expect(back['transfer-encoding']).toBeUndefined()
})

test('counts by status and time', () => {
  const of = {}
  for (let ms = 1; ms <= 100; ms++) count(of, 'blue', { status: ms > 99 ? 424 : 200, ms, now: 5_000 })
  expect(metricsOf(of, 6_000).blue).toMatchObject({ calls: 100, failed: 1, statuses: { 200: 99, 424: 1 } })
  expect(metricsOf(of, 6_000).blue).toMatchObject({ callsPerSecond: 100 / 60, latency: { p50Ms: 50, p99Ms: 100 } })
  expect(metricsOf(of, 90_000).blue).toMatchObject({ callsPerSecond: 0 })
  expect(metricsOf({}, 0)).toEqual({})
})
