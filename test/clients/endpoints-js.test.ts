/**
 * The whole life of endpoints, online and batch, by the unmodified @azure/arm-machinelearning over https. LAZ_TEST_JS=1 says
 * that the packages of test/clients/js are installed; without it the test is skipped, in CI it fails.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lazurite, root, startLazurite } from '../slow/laz.ts'

const installed = process.env.LAZ_TEST_JS === '1'
if (!installed && process.env.CI === 'true') throw new Error('LAZ_TEST_JS=1 must say that test/clients/js is installed')
if (!installed) console.log('endpoints-js: skipped; LAZ_TEST_JS is not 1')

describe.skipIf(!installed)('endpoints of the JavaScript client', () => {
  let lazurite: Lazurite
  let seen: Record<string, unknown>
  beforeAll(async () => {
    lazurite = startLazurite({ env: { LAZ_ENVIRONMENT: 'host' } })
    const variables = await lazurite.json<Record<string, string>>(['connect', 'js'])
    const { url } = (lazurite.server() as unknown as { tls: { url: string } }).tls // written by the server itself
    const env = { PATH: process.env.PATH ?? '', HOME: lazurite.home, ...variables, LAZ_ENDPOINT: url }
    seen = await runDriver(env)
  }, 300_000)
  afterAll(() => lazurite?.stop(), 60_000)

  test('two deployments share the calls, one mirrors them, and logs say so', () => {
    expect(seen).toMatchObject({
      untouched: 404,
      deployments: ['blue', 'green'],
      split: { blue: 90, green: 10 },
      named: { sum: 42, word: 'green' },
      mirror: { green: 50 },
      mirrored: true,
      logs: expect.stringContaining('the weight is 40'),
    })
    const { blue = 0, green = 0, ...others } = seen.shares as Record<string, number> // counts, as the driver made them
    expect(others).toEqual({})
    expect(blue + green).toBe(300)
    // five standard deviations of a share of one tenth
    expect(Math.abs(green - 30)).toBeLessThan(26)
  })

  test('deployments are updated, scaled and swapped, keys made anew, and all of it deleted', () => {
    expect(seen).toMatchObject({
      updated: 'Succeeded',
      after: { sum: 42, word: 'azure' },
      scaled: [2, { c: 'd' }, 'Succeeded'],
      swapped: { sum: 42, word: 'green' },
      oldKey: 401,
      newKey: 200,
      left: ['green'],
      gone: [],
    })
    expect([401, 404]).toContain(seen.deaf)
  })

  test('a batch endpoint scores a folder, and what comes of it is a blob', () => {
    expect(seen).toMatchObject({
      batchDefault: 'first',
      batchJob: 'Completed',
      batchRows: ['a.txt 40', 'b.txt 40', 'c.txt 40'],
      batchChanged: 'changed',
      batchGone: [],
    })
  })
})

function runDriver(env: Record<string, string>): Promise<Record<string, unknown>> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [join(root, 'test/clients/js/endpoints.mjs')], { env })
    let [out, err] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text) => {
      out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      err += text
    })
    child.on('error', fail)
    child.on('close', (code) => (code === 0 ? done(JSON.parse(out)) : fail(new Error(`${out}\n${err}`))))
  })
}
