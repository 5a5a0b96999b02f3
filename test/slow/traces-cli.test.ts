// Traces on the command line: told by OpenTelemetry's words, found, looked at, deleted.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Lazurite, startLazurite } from './laz.ts'

let lz: Lazurite
const idOf = (n: number) => `tr-${String(n).padStart(32, '0')}`

beforeAll(async () => {
  lz = startLazurite({ env: { LAZ_ENVIRONMENT: 'host' } })
  expect(await lz.laz(['up'])).toMatchObject({ code: 0 })
  for (const n of [1, 2, 3]) await tell(n)
})
afterAll(() => lz?.stop())

async function tell(n: number): Promise<void> {
  const { url, token } = lz.server()
  const spans = [
    { name: 'answer', parent: undefined, from: 0, to: 400 },
    { name: 'look up', parent: 1, from: 100, to: 300 },
  ].map(({ name, parent, from, to }, i) => ({
    traceId: String(n).padStart(32, '0'),
    spanId: String(i + 1).padStart(16, '0'),
    ...(parent === undefined ? {} : { parentSpanId: String(parent).padStart(16, '0') }),
    name,
    startTimeUnixNano: `17954751${n}0${String(from).padStart(3, '0')}681050`,
    endTimeUnixNano: `17954751${n}0${String(to).padStart(3, '0')}681050`,
    attributes: [
      { key: 'mlflow.spanType', value: { stringValue: i === 0 ? 'AGENT' : 'TOOL' } },
      { key: 'big', value: { intValue: '1152921504606846977' } },
    ],
    ...(n === 2 && i === 1
      ? { status: { code: 2, message: 'the shop\u001b[31m is closed' } }
      : { status: { code: i === 0 && n === 2 ? 2 : 1 } }),
  }))
  const answer = await fetch(`${url}/v1/traces`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'x-mlflow-experiment-id': '0' },
    body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }),
  })
  expect(answer.status, await answer.text()).toBe(200)
}

test('they are listed, narrowed and ordered', async () => {
  const ids = async (...more: string[]) =>
    (await lz.json<{ id: string }[]>(['trace', 'list', ...more])).map(({ id }) => id)
  expect(await ids()).toEqual([3, 2, 1].map(idOf))
  expect(await ids('--filter', "trace.status = 'ERROR'")).toEqual([idOf(2)])
  expect(await ids('--experiment', 'Default', '--order-by', 'timestamp_ms ASC', '-r', '2')).toEqual([1, 2].map(idOf))
  const { code, err } = await lz.laz(['trace', 'list', '--filter', 'colour = 1'])
  expect(code).not.toBe(0)
  expect(err).toContain('colour')
})

test('one is shown with its steps, and what failed in it', async () => {
  const { code, out } = await lz.laz(['trace', 'show', idOf(2)])
  expect(code).toBe(0)
  expect(out).toMatch(/^answer is ERROR/)
  expect(out).toMatch(/\n {2}look up +tool +ERROR +200\.0ms/)
  expect(out).toContain('look up: the shop·[31m is closed')
  const value = await lz.json<{ spans: { name: string; from_us: number; attributes: Record<string, unknown> }[] }>([
    'trace',
    'show',
    idOf(1),
  ])
  expect(value.spans.map(({ name, from_us }) => [name, from_us])).toEqual([
    ['answer', 0],
    ['look up', 100_000],
  ])
  expect(value.spans[0]?.attributes.big).toBe('1152921504606846977')
  expect((await lz.laz(['trace', 'show', 'tr-nobody'])).err).toContain('tr-nobody')
})

test('they are deleted by id or by a filter, never by nothing', async () => {
  expect((await lz.laz(['trace', 'delete', '--yes'])).err).toContain('no trace was named')
  expect((await lz.laz(['trace', 'delete', idOf(1), '--run', 'x', '--yes'])).code).not.toBe(0)
  expect((await lz.laz(['trace', 'delete', idOf(1), 'tr-nobody', '--yes'])).err).toContain('tr-nobody')
  expect((await lz.laz(['trace', 'delete', idOf(1), '--dry-run'])).out).toContain('Would delete 1 trace')
  expect(await lz.json(['trace', 'delete', idOf(1), '--yes'])).toEqual({ traces: [idOf(1)] })
  const filter = ['--filter', "trace.status = 'ERROR'"]
  expect(await lz.json(['trace', 'delete', ...filter, '--yes'])).toEqual({ traces: [idOf(2)] })
  expect((await lz.json<{ id: string }[]>(['trace', 'list'])).map(({ id }) => id)).toEqual([idOf(3)])
})
