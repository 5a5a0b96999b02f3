// Traces and a server that is killed: what was acknowledged is there, whole, and telling it again changes nothing.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Lazurite, startLazurite } from './laz.ts'

const senders = 4
const perSender = 120

let lazurite: Lazurite
beforeAll(async () => {
  lazurite = startLazurite()
  expect(await lazurite.laz(['up'])).toMatchObject({ code: 0 })
})
afterAll(() => lazurite?.stop())

const idOf = (sender: number, n: number) => `${sender + 1}${String(n).padStart(31, '0')}`

async function post(path: string, body: unknown): Promise<boolean> {
  const { url, token } = lazurite.server()
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'x-mlflow-experiment-id': '0',
  }
  try {
    const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
    await answer.text()
    return answer.status === 200
  } catch {
    return false // it was killed meanwhile
  }
}

const spansOf = (traceId: string) => {
  const span = (n: number) => ({
    traceId,
    spanId: String(n).padStart(16, '0'),
    ...(n > 1 ? { parentSpanId: '1'.padStart(16, '0') } : {}),
    name: `span ${n}`,
    startTimeUnixNano: String(1_700_000_000_000_000_000n + BigInt(n)),
    endTimeUnixNano: '1700000000500000000',
  })
  return { resourceSpans: [{ scopeSpans: [{ spans: [span(1), span(2), span(3)] }] }] }
}

const headOf = (traceId: string) => ({
  trace: {
    trace_info: {
      trace_id: `tr-${traceId}`,
      trace_location: { mlflow_experiment: { experiment_id: '0' } },
      request_time: '2023-11-14T22:13:20Z',
      execution_duration: '0.5s',
      state: 'OK',
      tags: { 'mlflow.traceName': 'told' },
    },
  },
})

it('keeps every trace it acknowledged through kill -9, each once', async () => {
  const [spans, heads] = [new Set<string>(), new Set<string>()]
  let kills = 0
  const send = async (sender: number) => {
    for (let n = 0; n < perSender; n += 1) {
      const id = idOf(sender, n)
      // told again until it is acknowledged, as clients do
      for (let tries = 0; tries < 200 && !spans.has(id); tries += 1)
        if (await post('/v1/traces', spansOf(id))) spans.add(id)
        else await pause()
      for (let tries = 0; tries < 200 && !heads.has(id); tries += 1)
        if (await post('/api/3.0/mlflow/traces', headOf(id))) heads.add(id)
        else await pause()
    }
  }
  const pause = () => new Promise((done) => setTimeout(done, 50))
  const kill = async () => {
    for (const at of [perSender, 2 * perSender, 3 * perSender]) {
      while (heads.size < at) await pause()
      process.kill(lazurite.server().pid, 'SIGKILL')
      kills += 1
      expect(await lazurite.laz(['up'])).toMatchObject({ code: 0 })
    }
  }
  await Promise.all([kill(), ...Array.from({ length: senders }, (_, sender) => send(sender))])
  expect([kills, spans.size, heads.size]).toEqual([3, senders * perSender, senders * perSender])

  const seen: string[] = []
  for (let token: string | undefined, more = true; more; ) {
    const { body } = await lazurite.http('POST', '/api/3.0/mlflow/traces/search', {
      locations: [{ mlflow_experiment: { experiment_id: '0' } }],
      filter: "name = 'told' AND status = 'OK'",
      max_results: 100,
      ...(token ? { page_token: token } : {}),
    })
    const page = JSON.parse(body) as { traces?: { trace_id: string }[]; next_page_token?: string } // what the face prints
    seen.push(...(page.traces ?? []).map((trace) => trace.trace_id.slice(3)))
    token = page.next_page_token
    more = token !== undefined
  }
  expect(new Set(seen)).toEqual(heads)
  expect(seen).toHaveLength(heads.size)
  for (const sender of Array.from({ length: senders }, (_, i) => i)) {
    const ids = Array.from({ length: perSender }, (_, n) => `trace_ids=tr-${idOf(sender, n)}`)
    const { body } = await lazurite.http('GET', `/api/3.0/mlflow/traces/batchGet?${ids.join('&')}`)
    const { traces } = JSON.parse(body) as { traces: { spans: unknown[] }[] } // what the face prints
    expect(traces.map((trace) => trace.spans.length)).toEqual(new Array(perSender).fill(3))
  }
}, 180_000)
