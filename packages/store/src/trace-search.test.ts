import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTraceBench, scope, span, type TraceBench, trace } from './trace-fixture.ts'
import type { Traces } from './traces.ts'

let bench: TraceBench
let traces: Traces

beforeEach(async () => {
  bench = await openTraceBench()
  ;({ traces } = bench)
})
afterEach(() => bench.close())

const attributes = (words: Record<string, string>) =>
  JSON.stringify({ attributes: Object.entries(words).map(([key, value]) => ({ key, value: { string_value: value } })) })

const idsOf = (found: { traces: { traceId: string }[] }) => found.traces.map((t) => t.traceId).join(' ')
const find = async (filter: string, order: string[] = ['request_id ASC']) =>
  idsOf(await traces.search(scope, { experimentIds: ['0'], filter, order }))

describe('searching', () => {
  beforeEach(async () => {
    await traces.start(
      scope,
      trace('t1', {
        requestTime: 100,
        durationMs: 10,
        tags: { 'mlflow.traceName': 'alpha', env: 'prod' },
        metadata: { 'mlflow.sourceRun': 'run1', 'mlflow.trace.session': 's1', model: 'gpt-4' },
        clientRequestId: 'c1',
      }),
    )
    await traces.start(
      scope,
      trace('t2', {
        requestTime: 200,
        durationMs: 300,
        state: 'ERROR',
        tags: { 'mlflow.traceName': 'beta', env: 'dev', 'a b.c': "it's" },
        metadata: { 'mlflow.trace.session': 's1' },
      }),
    )
    const t3 = trace('t3', { requestTime: 300, state: 'IN_PROGRESS', tags: { env: 'Prod' } })
    const { durationMs: _, ...open } = t3
    await traces.start(scope, open)
    await traces.logSpans(scope, {
      experimentId: '0',
      spans: [
        span('t1', 'r1', { name: 'call', type: 'LLM', content: attributes({ model: 'gpt-4o', temperature: '0.5' }) }),
        span('t1', 'r2', {
          name: 'tool',
          type: 'TOOL',
          parentId: 'r1',
          status: 'ERROR',
          content: attributes({ model: 'x' }),
        }),
        span('t2', 'r3', { name: 'call', type: 'TOOL', content: attributes({ model: 'claude', 'a"b': 'odd' }) }),
      ],
    })
    await traces.link(scope, { traceIds: ['t3', 'none'], kind: 'run', targets: ['run1'] })
    await traces.link(scope, { traceIds: ['t2'], kind: 'prompt', targets: ['ask/1', 'ask/2'] })
    const source = { type: 'HUMAN', id: 'me' }
    await traces.assess(scope, 't1', { kind: 'feedback', name: 'good', value: true, source })
    await traces.assess(scope, 't2', { kind: 'feedback', name: 'good', value: 'no', source })
    await traces.assess(scope, 't2', { kind: 'feedback', name: 'score', value: 0.75, source })
    await traces.assess(scope, 't3', { kind: 'expectation', name: 'answer', value: { a: [1] }, source })
    await traces.assess(scope, 't3', { kind: 'issue', name: 'iss-1', value: { issue_name: 'slow' }, source })
    const metadata = { 'mlflow.trace.session': 's1' }
    await traces.assess(scope, 't1', { kind: 'feedback', name: 'polite', value: 'yes', source, metadata })
  })

  it.each([
    ['', 't1 t2 t3'],
    ["request_id = 't1'", 't1'],
    ["trace.status = 'OK'", 't1'],
    ["attributes.status != 'OK' AND status IN ('ERROR', 'OK')", 't2'],
    ["status NOT IN ('ERROR')", 't1 t3'],
    ["status RLIKE '^(OK|IN_.*)$'", 't1 t3'],
    ['timestamp_ms > 100 and timestamp <= 200', 't2'],
    ['execution_time_ms >= 10', 't1 t2'],
    ['execution_time < 20', 't1'],
    ['end_time_ms = 500', 't2'],
    ['end_time >= 300', 't2 t3'],
    ["client_request_id = 'c1'", 't1'],
    ["client_request_id LIKE 'c_'", 't1'],
    ["name = 'alpha'", 't1'],
    ["name != 'alpha'", 't2'],
    ["trace.name ILIKE 'AL%'", 't1'],
    ["attributes.name IN ('alpha', 'beta')", 't1 t2'],
    ["tag.env = 'prod'", 't1'],
    ["tags.env ILIKE 'PROD'", 't1 t3'],
    ["tags.env RLIKE 'rod$'", 't1 t3'],
    ['tags.`a b.c` = "it\'s"', 't2'],
    ['tag.env IS NOT NULL AND tag.`a b.c` IS NULL', 't1 t3'],
    ["metadata.model LIKE '%4'", 't1'],
    ["request_metadata.`model` = 'gpt-4'", 't1'],
    ['metadata.model IS NULL', 't2 t3'],
    ["run_id = 'run1'", 't1 t3'],
    ["metadata.`mlflow.sourceRun` = 'run1'", 't1 t3'],
    ["run_id IN ('run1', 'run2')", 't1'],
    ["prompt = 'ask/2'", 't2'],
    ["span.name = 'call'", 't1 t2'],
    ["span.name = 'call' AND span.type = 'TOOL'", 't2'],
    ["span.type IN ('LLM') AND span.status = 'ERROR'", ''],
    ["span.status RLIKE 'ERR'", 't1'],
    ["span.content LIKE '%gpt-4o%'", 't1'],
    ["text ILIKE '%CLAUDE%'", 't2'],
    ["text LIKE '%value%'", ''],
    ["text ILIKE '%STRING%VALUE%'", ''],
    ["text LIKE '%odd%'", 't2'],
    ["span.attributes.model LIKE 'gpt%'", 't1'],
    ["span.attributes.model = 'x' AND span.type = 'TOOL'", 't1'],
    ["span.attributes.model = 'gpt-4o' AND span.type = 'TOOL'", ''],
    ["span.attributes.`model` RLIKE '^(gpt|cl)'", 't1 t2'],
    ["span.attributes.temperature != '1'", 't1'],
    ["feedback.good = 'true'", 't1'],
    ["feedback.good = 'no'", 't2'],
    ["feedback.good != 'no'", 't1'],
    ['feedback.score > 0.7 AND feedback.score <= 0.75', 't2'],
    ['feedback.good >= 0', ''],
    ["feedback.good LIKE '%o%'", 't2'],
    ["feedback.good RLIKE '^\"?(no|true)'", 't1 t2'],
    ["feedback.polite = 'yes'", 't1 t2'],
    ["feedback.polite RLIKE 'y'", 't1 t2'],
    ['feedback.polite IS NULL', 't3'],
    ['feedback.polite IS NOT NULL', 't1 t2'],
    ["expectation.answer LIKE '%[1]%'", 't3'],
    ["issue.id = 'iss-1'", 't3'],
  ])('%s finds %s', async (filter, ids) => {
    expect(await find(filter)).toBe(ids)
  })

  it.each([
    ["foo = 'x'", "Invalid attribute key 'foo'"],
    ["bar.x = 'y'", "Invalid entity type 'bar'"],
    ["status > 'OK'", 'Invalid comparator'],
    ["timestamp_ms = 'x'", 'Expected a numeric value'],
    ["timestamp_ms LIKE '1%'", 'Invalid comparator'],
    ['tag.a = 5', 'Expected a quoted string value'],
    ["status = 'OK' OR status = 'ERROR'", "Invalid clause(s) in filter string: 'OR'"],
    ["span.kind = 'x'", "Invalid span attribute 'kind'"],
    ["span.content = 'x'", 'Invalid comparator'],
    ["issue.name = 'x'", "Invalid issue attribute 'name'"],
    ["prompt LIKE 'x%'", 'Invalid comparator'],
    ["prompt = 'x'", 'Expected format: prompt = "name/version"'],
    ["feedback.a > 'x'", 'Expected a numeric value'],
    ['feedback.a = 1', 'Expected a quoted string value'],
    ["tag.a RLIKE '('", 'Invalid regular expression'],
    ["status = 'OK'; DROP", 'Invalid clause(s)'],
  ])('%s is refused by name', async (filter, message) => {
    await expect(find(filter)).rejects.toThrow(message)
  })

  it.each([
    [[], 't3 t2 t1'],
    [['timestamp_ms ASC'], 't1 t2 t3'],
    [['execution_time_ms DESC'], 't2 t1 t3'],
    [['execution_time ASC'], 't1 t2 t3'],
    [['name DESC'], 't2 t1 t3'],
    [['status', 'timestamp DESC'], 't2 t3 t1'],
    [['tag.env DESC'], 't1 t2 t3'],
    [['metadata.`mlflow.trace.session` ASC', 'request_id DESC'], 't2 t1 t3'],
    [['experiment_id ASC', 'request_id ASC'], 't1 t2 t3'],
    [['end_time_ms DESC'], 't2 t3 t1'],
  ])('ordered by %j gives %s', async (order, ids) => {
    expect(await find('', order)).toBe(ids)
    // one by one is the same
    const seen: string[] = []
    for (let token: string | undefined, more = true; more; ) {
      const page = await traces.search(scope, { experimentIds: ['0'], order, max: 1, ...(token ? { token } : {}) })
      seen.push(idsOf(page))
      token = page.next
      more = token !== undefined
    }
    expect(seen.join(' ')).toBe(ids)
  })

  it.each([['span.name'], ['feedback.good'], ['prompt'], ['nothing'], ['status DESC LAST']])(
    'is not ordered by %s',
    async (order) => {
      await expect(find('', [order])).rejects.toThrow(/Invalid|cannot/)
    },
  )

  it('pages through what has to be read to be judged', async () => {
    const spans = Array.from({ length: 1200 }, (_, i) => span(`u${String(i).padStart(4, '0')}`, 'r', { content: attributes({ n: i % 3 === 0 ? 'three' : 'other' }) })) // biome-ignore format: long
    await traces.logSpans(scope, { experimentId: '0', spans })
    const seen: string[] = []
    for (let token: string | undefined, more = true; more; ) {
      const page = await traces.search(scope, {
        experimentIds: ['0'],
        filter: "span.attributes.n RLIKE '^th'",
        max: 150,
        ...(token ? { token } : {}),
      })
      seen.push(...page.traces.map((t) => t.traceId))
      token = page.next
      more = token !== undefined
    }
    expect([seen.length, new Set(seen).size]).toEqual([400, 400])
    const other = traces.search(scope, { experimentIds: ['0'], filter: "name = 'x'", token: 'bm9uc2Vuc2U' })
    await expect(other).rejects.toThrow('Invalid page token')
  })

  it('counts how two conditions go together', async () => {
    const o = { experimentIds: ['0'], first: "request_id != 'x'", second: "feedback.polite RLIKE 'y'" }
    expect(await traces.correlate(scope, o)).toEqual({ first: 3, second: 2, both: 2, all: 3 })
    expect(await traces.correlate(scope, { ...o, base: "status = 'OK'" })).toEqual({
      first: 1,
      second: 1,
      both: 1,
      all: 1,
    })
  })
})
