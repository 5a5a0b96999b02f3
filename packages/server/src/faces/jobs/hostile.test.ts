import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../fixture.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.end())

const names = [
  '..',
  '%2e%2e%2f%2e%2e',
  '%00',
  '%ff',
  '__proto__',
  'constructor',
  "';DROP TABLE runs;--",
  '%E2%80%AE',
  'x'.repeat(3000),
  '$.x',
  '*',
]
const verbs: ['GET' | 'POST' | 'DELETE', string][] = [
  ['GET', 'jobs/NAME/timeline'],
  ['POST', 'jobs/NAME/rerun'],
  ['DELETE', 'jobs/NAME?dryRun=true'],
  ['DELETE', 'jobs/NAME'],
  ['DELETE', 'experiments/NAME'],
  ['DELETE', 'data/NAME'],
  ['DELETE', 'models/NAME/versions/NAME'],
  ['DELETE', 'NAME/NAME'],
  ...[
    'status',
    'type',
    'experiment',
    'name',
    'compute',
    'since',
    'tag',
    'param',
    'metric',
    'filter',
    'order',
    'after',
    'parent',
    'show',
  ].flatMap((word): ['GET', string][] => [
    ['GET', `jobs?${word}=NAME`],
    ['GET', `jobs?${word}=NAME%3C1`],
  ]),
]

test('odd names and words are answered, none is obeyed', async () => {
  const before = await server.store.changes.last()
  for (const [method, path] of verbs) {
    for (const name of names) {
      const url = `/lazurite/v1${server.ws}/${path.replaceAll('NAME', name)}`
      const answer = await server.ask(method, url, method === 'POST' ? {} : undefined)
      expect([url.slice(0, 300), answer.statusCode < 500]).toEqual([url.slice(0, 300), true])
      expect(answer.body).not.toMatch(/\bat .*\.ts:\d+|SQLITE|syntax error/)
    }
  }
  expect(await server.store.changes.last()).toBe(before)
})

test('bodies that are none are refused', async () => {
  for (const body of [
    [],
    'x',
    3,
    { inputs: [] },
    { tags: 'x' },
    { environment_variables: { a: { b: {} } }, name: {} },
  ]) {
    const { statusCode } = await server.ask('POST', `/lazurite/v1${server.ws}/jobs/none/rerun`, body)
    expect([JSON.stringify(body), statusCode >= 400 && statusCode < 500]).toEqual([JSON.stringify(body), true])
  }
})
