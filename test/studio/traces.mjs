// Traces of an agent, told by OpenTelemetry's words; and runs that no job started.
const base = Date.now() - 3_600_000
const hex = (n, length) => n.toString(16).padStart(length, '0')
const text = (key, value) => ({
  key,
  value: { stringValue: typeof value === 'string' ? value : JSON.stringify(value) },
})

/** The trace with this number, as addresses name it. */
export const traceId = (n) => `tr-${hex(n, 32)}`

const questions = [
  'Where is my order?',
  'Can I still cancel?',
  'My parcel is damaged, what now?',
  'Do you ship to Norway?',
]

function spanOf(trace, n, { name, type, from, to, inputs, outputs, parent, failed, usage }) {
  const at = (ms) => `${base + trace * 60_000 + ms}000000`
  return {
    traceId: hex(trace, 32),
    spanId: hex(n + 1, 16),
    ...(parent === undefined ? {} : { parentSpanId: hex(parent + 1, 16) }),
    name,
    startTimeUnixNano: at(from),
    endTimeUnixNano: at(to),
    attributes: [
      text('mlflow.spanType', type),
      text('mlflow.spanInputs', inputs),
      ...(outputs === undefined ? [] : [text('mlflow.spanOutputs', outputs)]),
      ...(usage === undefined ? [] : [text('mlflow.chat.tokenUsage', usage), text('model', 'small-chat-7b')]),
      ...(parent === undefined ? [text('mlflow.traceTag.team', trace % 2 ? 'blue' : 'red')] : []),
    ],
    ...(failed
      ? {
          events: [
            {
              name: 'exception',
              timeUnixNano: at(to),
              attributes: [
                text('exception.type', 'TimeoutError'),
                text('exception.message', failed),
                text(
                  'exception.stacktrace',
                  `Traceback (most recent call last):\n  File "agent.py", line 24\nTimeoutError: ${failed}`,
                ),
              ],
            },
          ],
        }
      : {}),
    status: { code: failed ? 2 : 1 },
  }
}

function spansOf(trace) {
  const question = questions[trace % questions.length]
  const [plan, rest] = [40 + trace * 7, 120 + trace * 11]
  const failed = trace === 3 ? 'the shop did not answer within 30 s' : undefined
  const said = 'Your order is on its way; it left our store yesterday and arrives within two days.'
  const messages = [
    { role: 'system', content: 'Answer kindly, in one sentence.' },
    { role: 'user', content: question },
  ]
  const usage = (n) => ({ input_tokens: n, output_tokens: Math.round(n / 6), total_tokens: n + Math.round(n / 6) })
  const choices = { choices: [{ message: { role: 'assistant', content: said } }] }
  const documents = [
    { page_content: 'Orders are shipped within two days.', doc_uri: 'handbook/shipping.md' },
    { page_content: 'Refunds take five working days.', doc_uri: 'handbook/refunds.md' },
  ]
  const end = failed ? rest : rest + 130
  const steps = [
    { name: 'answer', type: 'AGENT', from: 0, to: end, inputs: { question }, ...(failed ? {} : { outputs: said }) },
    { name: 'retrieve', type: 'RETRIEVER', from: 4, to: plan, inputs: { question }, outputs: documents, parent: 0 },
    { name: 'plan', type: 'CHAT_MODEL', from: plan, to: rest - 30, inputs: { messages }, outputs: choices, parent: 0 },
    { name: 'order_status', type: 'TOOL', from: rest - 30, to: rest, inputs: { order: 10 + trace }, parent: 0, failed },
    { name: 'write', type: 'CHAT_MODEL', from: rest, to: end, inputs: { messages }, outputs: choices, parent: 0 },
  ]
  return (failed ? steps.slice(0, 4) : steps).map((step, n) =>
    spanOf(trace, n, {
      ...step,
      ...(n === 0 && failed ? { failed } : {}),
      ...(step.type === 'CHAT_MODEL' ? { usage: usage(400 + trace * 37) } : {}),
      ...(step.type === 'TOOL' && !failed ? { outputs: { state: 'shipped', carrier: 'post' } } : {}),
    }),
  )
}

/** Names of the runs: one with three below it. */
export const runs = {}

export async function seedTraces({ ask, token }) {
  const post = (path, body, headers = {}) =>
    ask(path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    })
  const api = '/api/2.0/mlflow'
  const { experiment_id } = await post(`${api}/experiments/create`, {
    name: 'support',
    tags: [{ key: 'team', value: 'blue' }, { key: 'mlflow.note.content', value: 'An agent that answers customers.' }],
  }) // biome-ignore format: one thought
  const run = async (name, tags = []) =>
    (await post(`${api}/runs/create`, { experiment_id, run_name: name, start_time: base, tags })).run.info.run_id
  runs.prompt = await run('prompt-v2', [{ key: 'mlflow.source.name', value: 'agent.py' }])
  for (const n of [1, 2, 3]) {
    const inner = await run(`temperature 0.${n}`, [{ key: 'mlflow.parentRunId', value: runs.prompt }])
    await post(`${api}/runs/update`, { run_id: inner, status: 'FINISHED', end_time: base + n * 1000 })
  }
  const metrics = Array.from({ length: 60 }, (_, step) => ({
    ...{ key: 'quality', value: 1 - 1 / (step + 2), step, timestamp: base + step * 1000 },
  }))
  await post(`${api}/runs/log-batch`, { run_id: runs.prompt, metrics, params: [{ key: 'prompt', value: 'v2' }] })
  await post(`${api}/runs/update`, { run_id: runs.prompt, status: 'FINISHED', end_time: base + 60_000 })
  const headers = { 'x-mlflow-experiment-id': experiment_id, 'x-mlflow-run-id': runs.prompt }
  for (let n = 1; n <= 12; n++)
    await post('/v1/traces', { resourceSpans: [{ scopeSpans: [{ spans: spansOf(n) }] }] }, headers)
  const judge = (n, assessment_name, said, source, rationale) =>
    post(`/api/3.0/mlflow/traces/${traceId(n)}/assessments`, {
      assessment: { assessment_name, source, ...said, ...(rationale ? { rationale } : {}) },
    })
  const [ada, judgeOne] = [{ source_type: 'HUMAN', source_id: 'ada' }, { source_type: 'LLM_JUDGE', source_id: 'judge-1' }] // biome-ignore format: one thought
  for (let n = 5; n <= 12; n++) {
    await judge(n, 'correct', { feedback: { value: n % 3 !== 0 } }, ada, n % 3 ? 'It names the right carrier.' : 'The date is wrong.') // biome-ignore format: one thought
    await judge(n, 'politeness', { feedback: { value: 3 + (n % 3) } }, judgeOne)
  }
  await judge(12, 'answer', { expectation: { value: 'It arrives tomorrow.' } }, ada)
}
