// Shares of traffic that an endpoint takes, and those it is refused for.
import type { JsonObject } from '@lazurite/spec'
import { expect, test } from 'vitest'
import { admitOnlineEndpoint } from './admit-endpoint.ts'

const told = async (traffic: JsonObject, mirrorTraffic: JsonObject = {}) =>
  (await admitOnlineEndpoint({ props: { traffic, mirrorTraffic } })).map(({ message }) => message).join()

test.each([
  [{}, {}],
  [{ blue: 0 }, {}],
  [{ blue: 90, green: 10 }, {}],
  [{ blue: 100, green: 0 }, { green: 50 }],
  [{ blue: 100 }, { green: 0, blue: 0 }],
])('traffic %j with copies %j is taken', async (traffic, mirror) => {
  expect(await told(traffic, mirror)).toBe('')
})

test.each([
  [{ blue: 60, green: 30 }, {}, /add up to 90/],
  [{ blue: 100, green: 100 }, {}, /add up to 200/],
  [{ blue: -1, green: 101 }, {}, /share of blue/],
  [{ blue: 33.5, green: 66.5 }, {}, /no whole number/],
  [{ blue: '100' }, {}, /no whole number/],
  [{ blue: 100 }, { green: 51 }, /at most 50/],
  [{ blue: 100 }, { green: 10, red: 10 }, /not several/],
  [{ blue: 60, green: 40 }, { green: 10 }, /green answers calls/],
])('traffic %j with copies %j is refused', async (traffic, mirror, why) => {
  expect(await told(traffic, mirror)).toMatch(why)
})

test('without any of it, nothing is wrong', async () => {
  expect(await admitOnlineEndpoint({ props: {} })).toEqual([])
})
