/** For tests: traces told and asked for over HTTP, in few words. */
import { asArray, asObject, type Json, type JsonObject } from '@lazurite/spec'
import type { MlflowServer } from './mlflow-server.ts'

export type Answer = { status: number; body: JsonObject; text: string }
export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/** An endpoint of the third dialect. */
export async function third(
  s: MlflowServer,
  method: Method,
  path: string,
  body?: unknown,
  token?: string,
): Promise<Answer> {
  const answer = await s.raw({
    method,
    url: `/api/3.0/mlflow/${path}`,
    ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
  })
  return { status: answer.statusCode, body: asObject(parsed(answer.payload)), text: answer.payload }
}

export function parsed(text: string): Json {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}

let number = 0
const freshId = () => {
  number += 1
  return `tr-${String(number).padStart(32, '0')}`
}

export const info = (o: JsonObject = {}): JsonObject => ({
  trace_id: freshId(),
  trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '0' } },
  request_time: '2025-01-02T03:04:05.678Z',
  execution_duration: '1.5s',
  state: 'OK',
  ...o,
})

export async function started(s: MlflowServer, o: JsonObject = {}): Promise<JsonObject> {
  const answer = await third(s, 'POST', 'traces', { trace: { trace_info: info(o) } })
  if (answer.status !== 200) throw new Error(answer.text)
  return asObject(asObject(answer.body.trace).trace_info)
}

export const otlp = (o: JsonObject = {}, resource: JsonObject[] = []): JsonObject => ({
  resourceSpans: [
    {
      resource: { attributes: resource },
      scopeSpans: [
        {
          spans: [
            {
              traceId: '5b8efff798038103d269b633813fc60c',
              spanId: 'eee19b7ec3c1b174',
              name: 'I am a span',
              kind: 2,
              startTimeUnixNano: '1544712660000000123',
              endTimeUnixNano: '1544712661000000456',
              attributes: [{ key: 'my.attr', value: { stringValue: 'some value' } }],
              ...o,
            },
          ],
        },
      ],
    },
  ],
})

export async function send(
  s: MlflowServer,
  payload: string | Buffer,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string; type: string }> {
  const answer = await s.raw({
    method: 'POST',
    url: '/v1/traces',
    payload,
    headers: { 'content-type': 'application/json', 'x-mlflow-experiment-id': '0', ...headers },
  })
  return { status: answer.statusCode, text: answer.payload, type: String(answer.headers['content-type']) }
}

export const spansOf = async (s: MlflowServer, id: string) =>
  asArray(asObject((await third(s, 'GET', `traces/get?trace_id=${id}`)).body.trace).spans).map(asObject)
