import { Readable } from 'node:stream'
import type { JsonObject } from '@lazurite/spec'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { blobFace } from '../blob/routes.ts'
import { type FaceServer, startFaces } from '../face-server.ts'
import { historyFace } from './routes.ts'

let server: FaceServer
let history: string
let data: string
let models: string

beforeAll(async () => {
  server = await startFaces([historyFace, blobFace])
  const { armId } = server.workspace
  history = `/history/v1.0${armId}`
  data = `/data/v1.0${armId}`
  models = `/modelregistry/v1.0${armId}`
})

afterAll(async () => {
  expect(server.faults).toEqual([])
  await server.close()
})

interface Made {
  state?: string
  props?: JsonObject
  status?: JsonObject
  parent?: string
}

/** A job as the loop would have left it, with its run. */
async function aJob(name: string, { state = 'Running', props = {}, status = {}, parent }: Made = {}): Promise<void> {
  const { store, workspace } = server
  const experiment = await store.runs.experiment(workspace.scope, { name: 'exp', create: true })
  const experimentId = experiment?.id ?? ''
  await store.resources.put({
    key: { scope: workspace.scope, kind: 'job', name },
    by: 'owner',
    state,
    props: { jobType: 'Command', displayName: `shown ${name}`, experimentName: 'exp', tags: { a: '1' }, ...props },
    status: { attempt: 1, runUuid: 'f'.repeat(32), experimentId, rootRunId: parent ?? name, phases: [], ...status },
    ...(parent === undefined ? {} : { parent }),
  })
  await store.runs.create(workspace.scope, { runId: name, experimentId, job: true, startTime: 1000 })
}

async function aFile(run: string, path: string, text: string): Promise<void> {
  const { account, artifacts } = server.workspace.storage
  await server.store.bytes.write(account, artifacts, `ExperimentRun/dcid.${run}/${path}`, Readable.from([text]))
}

const asJob = (job: string) => ({ authorization: `Bearer ${server.tokenOf(job)}` })

test('details tell the status and link every log so that no token is needed', async () => {
  await aJob('streams', { status: { startedAt: 1_700_000_000_000, notes: ['region has no effect here'] } })
  await aFile('streams', 'user_logs/std_log.txt', 'line 1\n')
  await aFile('streams', 'system_logs/lifecycler/lifecycler.log', 'started\n')
  await aFile('streams', 'outputs/model.bin', 'not a log')
  const { status, body } = await server.ask('GET', `${history}/runs/streams/details?api-version=1`)
  expect(status).toBe(200)
  expect(body).toMatchObject({
    runId: 'streams',
    status: 'Running',
    dataContainerId: 'dcid.streams',
    startTimeUtc: '2023-11-14T22:13:20.0000000+00:00',
    endTimeUtc: null,
    error: null,
    tags: { a: '1' },
    warnings: [{ source: 'lazurite', message: 'region has no effect here' }],
  })
  const logs = body.logFiles as Record<string, string>
  expect(Object.keys(logs).sort()).toEqual(['system_logs/lifecycler/lifecycler.log', 'user_logs/std_log.txt'])
  const link = logs['user_logs/std_log.txt'] ?? ''
  expect(link.startsWith(`${server.url}/laz`)).toBe(true)
  expect(await (await fetch(link)).text()).toBe('line 1\n')
  await aFile('streams', 'user_logs/std_log.txt', 'line 1\nline 2\n')
  const grown = await fetch(link, { headers: { range: 'bytes=7-' } })
  expect([grown.status, await grown.text()]).toEqual([206, 'line 2\n'])
  const other = await fetch(link.replace('std_log', 'std_log_1'))
  expect(other.status).toBe(403)
  expect((await fetch(link, { method: 'DELETE' })).status).toBe(403)
})

test('a log full of markup cannot act in a browser', async () => {
  await aJob('markup')
  await aFile('markup', 'logs/page.html', '<script>alert(1)</script>')
  await aFile('markup', 'logs/picture.svg', '<svg onload="alert(1)"/>')
  const { body } = await server.ask('GET', `${history}/runs/markup/details`)
  for (const link of Object.values(body.logFiles as Record<string, string>)) {
    const answer = await fetch(link)
    expect(answer.headers.get('content-security-policy')).toBe("default-src 'none'; sandbox")
  }
})

test('a failed run says why in the shape the client prints', async () => {
  const error = { code: 'UserError', message: 'It ended with exit code 3.', hint: 'Read the log.', tail: 'boom' }
  await aJob('failed', { state: 'Failed', status: { error, endedAt: 1_700_000_060_000, startedAt: 1_700_000_000_000 } })
  const { body } = await server.ask('GET', `${history}/runs/failed/details`)
  expect(body.status).toBe('Failed')
  expect(body.duration).toBe('00:01:00.0000000')
  expect(body.error).toMatchObject({
    error: {
      code: 'UserError',
      message: 'It ended with exit code 3.\nRead the log.\nLast lines of the log:\nboom',
      innerError: { code: 'UserError', innerError: null },
      details: [],
    },
    environment: 'local',
    time: '2023-11-14T22:14:20.0000000+00:00',
  })
})

test('an unknown run is not found, an unknown workspace neither', async () => {
  expect((await server.ask('GET', `${history}/runs/nothing/details`)).status).toBe(404)
  expect((await server.ask('GET', `${history.replace('/main', '/other')}/runs/streams`)).status).toBe(404)
  expect(
    (await server.ask('GET', `${history.toUpperCase().replace('/HISTORY', '/history')}/runs/streams`)).status,
  ).toBe(200)
})

test('children are listed in pages, steps before the runs that code started', async () => {
  await aJob('parent', { props: { jobType: 'Pipeline' } })
  for (const step of ['s1', 's2', 's3']) {
    await aJob(`parent_${step}`, {
      parent: 'parent',
      state: 'Completed',
      props: { displayName: step },
      status: step === 's3' ? { reuse: { reused: true, of: 'earlier', why: 'same inputs' } } : {},
    })
  }
  const experiment = await server.store.runs.experiment(server.workspace.scope, { name: 'exp' })
  for (const runId of ['logged1', 'logged2']) {
    await server.store.runs.create(server.workspace.scope, {
      runId,
      experimentId: experiment?.id ?? '',
      parentRunId: 'parent',
      startTime: 5,
    })
  }
  const seen: JsonObject[] = []
  let next: string | null = `${history}/runs/parent/children?$top=2`
  let pages = 0
  while (next !== null) {
    const { status, body }: { status: number; body: JsonObject } = await server.ask('GET', next.replace(server.url, ''))
    expect(status).toBe(200)
    seen.push(...(body.value as JsonObject[]))
    next = body.nextLink as string | null
    pages++
  }
  expect(pages).toBeGreaterThan(1)
  expect(seen.map((run) => run.runId).sort()).toEqual(['logged1', 'logged2', 'parent_s1', 'parent_s2', 'parent_s3'])
  const step = seen.find((run) => run.runId === 'parent_s3')
  expect(step).toMatchObject({
    displayName: 's3',
    parentRunId: 'parent',
    rootRunId: 'parent',
    status: 'Completed',
    runType: 'azureml.StepRun',
    properties: { 'azureml.isreused': 'true', 'azureml.reusedrunid': 'earlier', 'azureml.pipelinerunid': 'parent' },
  })
  expect(seen.find((run) => run.runId === 'logged1')).toMatchObject({ status: 'Running', parentRunId: 'parent' })
  const empty = await server.ask('GET', `${history}/runs/parent_s1/children`)
  expect(empty.body).toEqual({ value: [], continuationToken: null, nextLink: null })
})

test('outputs are found by name, then by asset, registered or not', async () => {
  const { scope, guid, armId } = server.workspace
  const outputs = {
    plain: { uri: 'azureml://datastores/workspaceblobstore/paths/azureml/done/plain/', type: 'uri_folder' },
    model: {
      uri: 'azureml://datastores/workspaceblobstore/paths/m',
      type: 'mlflow_model',
      assetName: 'mod',
      assetVersion: '3',
    },
  }
  await aJob('done', { state: 'Completed', status: { outputs } })
  await server.store.resources.put({
    key: { scope, kind: 'model', name: 'mod', version: '3' },
    by: 'owner',
    props: { modelUri: 'azureml://datastores/workspaceblobstore/paths/m', modelType: 'mlflow_model' },
  })
  const { body } = await server.ask('POST', `${history}/rundata`, { runId: 'done', selectRunMetadata: true })
  const shown = (body.runMetadata as JsonObject).outputs as Record<string, { assetId: string; type: string }>
  expect(shown).toEqual({
    plain: {
      assetId: `azureml://locations/local/workspaces/${guid}/data/azureml_done_output_plain/versions/1`,
      type: 'UriFolder',
    },
    model: { assetId: `azureml://locations/local/workspaces/${guid}/models/mod/versions/3`, type: 'MLFlowModel' },
  })
  const plainId = shown.plain?.assetId ?? ''
  const found = await server.ask('POST', `${data}/dataversion/batchGetResolvedUris`, { values: [plainId] })
  const long = armId
    .replace('/providers/Microsoft.MachineLearningServices', '')
    .replace('/subscriptions', 'azureml://subscriptions')
  expect((found.body.values as JsonObject)[plainId]).toEqual({
    uri: `${long.replace('resourceGroups', 'resourcegroups')}/datastores/workspaceblobstore/paths/azureml/done/plain/`,
    type: 'UriFolder',
  })
  const newer = await server.ask(
    'POST',
    `${history}/rundata`,
    { runId: 'done' },
    { 'user-agent': 'azure-ai-ml/1.35.2' },
  )
  expect((newer.body.runMetadata as JsonObject).outputs).toMatchObject({
    plain: { type: 'uri_folder' },
    model: { type: 'uri_folder' },
  })
  const older = await server.ask(
    'POST',
    `${history}/rundata`,
    { runId: 'done' },
    { 'user-agent': 'azure-ai-ml/1.28.0' },
  )
  expect((older.body.runMetadata as JsonObject).outputs).toMatchObject({
    plain: { type: 'UriFolder' },
    model: { type: 'UriFolder' },
  })
  const modelId = shown.model?.assetId ?? ''
  const model = await server.ask('POST', `${models}/models/batchGetResolvedUris`, { values: [modelId] })
  expect(JSON.stringify(model.body)).toContain('/datastores/workspaceblobstore/paths/m"')
  const foreign = plainId.replace(guid, '00000000-0000-0000-0000-000000000009')
  expect((await server.ask('POST', `${data}/dataversion/batchGetResolvedUris`, { values: [foreign] })).status).toBe(404)
})

test('services that a job declares are shown as not started', async () => {
  await aJob('services', { props: { services: { my_ssh: { jobServiceType: 'SSH', port: 22 } } } })
  const { body } = await server.ask('GET', `${history}/runs/services/serviceinstances/0`)
  expect(body).toMatchObject({
    instances: { my_ssh: { type: 'SSH', status: 'NotStarted', error: { error: { code: 'NotSupported' } } } },
  })
  expect((await server.ask('GET', `${history}/runs/streams/serviceinstances/0`)).body).toEqual({ instances: {} })
})

test('labels change in every spelling of the path, and archive hides', async () => {
  await aJob('labelled')
  const change = {
    displayName: 'new name',
    description: 'words',
    tags: { b: '2' },
    properties: { p: 'q' },
    status: 'Completed',
  }
  const { status, body } = await server.ask('PATCH', `${history}/experiments/exp/runs/labelled`, change)
  expect(status).toBe(200)
  expect(body).toMatchObject({
    displayName: 'new name',
    description: 'words',
    tags: { a: '1', b: '2' },
    properties: { p: 'q' },
    status: 'Running',
  })
  await server.ask('PATCH', `${history}/runs/labelled`, { hidden: true })
  const key = { scope: server.workspace.scope, kind: 'job', name: 'labelled' }
  expect(await server.store.resources.get(key)).toMatchObject({ archived: true, props: { displayName: 'new name' } })
  await server.ask('PATCH', `${history}/runs/labelled`, { hidden: false })
  expect(await server.store.resources.get(key)).toMatchObject({ archived: false, state: 'Running' })
  const tagged = await server.ask('DELETE', `${history}/runs/labelled/tags`, ['a', 'absent'])
  expect(tagged.body.tags).toEqual({ b: '2', 'mlflow.runName': 'new name' })
  const both = await server.ask('PATCH', `${history}/experimentids/x/runs/labelled/tags`, {
    tagsToDelete: ['b'],
    tagsToModify: { c: '3' },
  })
  expect(both.body.tags).toMatchObject({ c: '3' })
  expect(both.body.tags).not.toHaveProperty('b')
})

test('ten writers at once lose no tag', async () => {
  await aJob('contended')
  const names = Array.from({ length: 10 }, (_, i) => `t${i}`)
  const answers = await Promise.all(
    names.map((name) => server.ask('PATCH', `${history}/runs/contended`, { tags: { [name]: 'x' } })),
  )
  const kept = (await server.ask('GET', `${history}/runs/contended`)).body.tags as JsonObject
  for (const [at, answer] of answers.entries()) {
    expect([200, 412]).toContain(answer.status)
    if (answer.status === 200) expect(kept).toHaveProperty(names[at] ?? '')
  }
})

test('hostile maps are data or are refused', async () => {
  await aJob('hostile')
  const url = `${history}/runs/hostile`
  expect((await server.ask('PATCH', url, { tags: { deep: { er: 1 } } })).status).toBe(400)
  expect((await server.ask('PATCH', url, { tags: { '': 'x' } })).status).toBe(400)
  expect(
    (
      await server.ask('PATCH', url, {
        tags: Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`t${i}`, 'x'])),
      })
    ).status,
  ).toBe(413)
  expect((await server.ask('PATCH', url, [])).status).toBe(400)
  const evil = JSON.parse('{"tags":{"constructor":"x","toString":"y"}}') as JsonObject // keys a mapping may well have
  const { status, body } = await server.ask('PATCH', url, evil)
  expect([status, body.tags]).toEqual([200, expect.objectContaining({ constructor: 'x', toString: 'y' })])
})

test('a job cancels when asked, and not twice', async () => {
  await aJob('cancelled')
  expect((await server.ask('POST', `${history}/experimentids/x/runs/cancelled/cancel`)).status).toBe(200)
  expect((await server.ask('POST', `${history}/experimentids/x/runs/cancelled/cancel`)).status).toBe(200)
  const row = await server.store.resources.get({ scope: server.workspace.scope, kind: 'job', name: 'cancelled' })
  expect(row?.asks.cancel).toBeGreaterThan(0)
  await aJob('over', { state: 'Completed' })
  expect((await server.ask('POST', `${history}/experimentids/x/runs/over/cancel`)).status).toBe(409)
})

test('the token of a job reaches its own run and what it made', async () => {
  await aJob('mine')
  await aJob('theirs')
  await aFile('theirs', 'user_logs/std_log.txt', 'secret')
  const mine = asJob('mine')
  expect((await server.ask('GET', `${history}/runs/mine/details`, undefined, mine)).status).toBe(200)
  const refused: [string, string, unknown?][] = [
    ['GET', `${history}/runs/theirs`],
    ['GET', `${history}/runs/theirs/details`],
    ['GET', `${history}/runs/theirs/children`],
    ['GET', `${history}/runs/theirs/token`],
    ['GET', `${history}/runs/theirs/serviceinstances/0`],
    ['GET', `${history}/experiments/exp/runs/theirs/artifacts`],
    ['GET', `${history}/experiments/exp/runs/theirs/artifacts/contentinfo?path=user_logs/std_log.txt`],
    ['GET', `${history}/runs/unknown`],
    ['PATCH', `${history}/runs/theirs`, { tags: { x: 'y' } }],
    ['PATCH', `${history}/experiments/exp/batch/runs`, { runs: [{ tags: {} }] }],
    ['DELETE', `${history}/runs/theirs/tags`, ['a']],
    ['POST', `${history}/runs/theirs/events`, { name: 'Microsoft.MachineLearning.Run.Completed' }],
    ['POST', `${history}/rundata`, { runId: 'theirs' }],
    ['POST', `${history}/experimentids/x/runs/mine/cancel`],
    ['POST', `${history}/experimentids/x/runs/runIds`, { runIds: ['mine'] }],
    ['POST', `${data}/dataversion/batchGetResolvedUris`, { values: [] }],
    ['DELETE', `${history}/experimentids/0`],
    ['PATCH', `${history}/runs/new-run`, { parentRunId: 'theirs' }],
    ['PATCH', `${history}/runs/new-run`, {}],
  ]
  for (const [method, path, body] of refused) {
    const answer = await server.ask(method, path, body, mine)
    expect([method, path, answer.status >= 400 && answer.status < 500]).toEqual([method, path, true])
    expect(answer.text).not.toContain('secret')
    expect(answer.text).not.toContain('shown theirs')
  }
  const made = await server.ask(
    'PATCH',
    `${history}/runs/my-child`,
    { parentRunId: 'mine', displayName: 'child' },
    mine,
  )
  expect([made.status, made.body.parentRunId]).toEqual([200, 'mine'])
  const elsewhere = { authorization: `Bearer ${server.tokenOf('mine', 'a/b/c')}` }
  expect((await server.ask('GET', `${history}/runs/mine`, undefined, elsewhere)).status).toBe(403)
  expect((await server.ask('GET', `${history}/runs/mine`, undefined, { authorization: '' })).status).toBe(401)
})

test('a child run made by a job follows its events; a job does not', async () => {
  await aJob('starter')
  const token = asJob('starter')
  await server.ask(
    'PATCH',
    `${history}/runs/child-of-starter`,
    { parentRunId: 'starter', properties: { k: 'v' } },
    token,
  )
  const event = { name: 'Microsoft.MachineLearning.Run.Failed', data: { RunId: 'child-of-starter' } }
  const own = { name: 'Microsoft.MachineLearning.Run.Completed', data: { RunId: 'starter' } }
  const other = { name: 'Microsoft.MachineLearning.Run.Completed', data: { RunId: 'streams' } }
  const { body } = await server.ask('POST', `${history}/batch/events`, { events: [event, own, other] }, token)
  expect(body).toMatchObject({ successes: ['child-of-starter', 'starter'], errors: [{ key: other }] })
  const child = await server.ask('GET', `${history}/runs/child-of-starter`, undefined, token)
  expect(child.body).toMatchObject({ status: 'Failed', properties: { k: 'v' } })
  expect((await server.ask('GET', `${history}/runs/starter`)).body.status).toBe('Running')
})

test('a running job renews its token, one that is over does not', async () => {
  await aJob('renews')
  const { body } = await server.ask('GET', `${history}/experiments/exp/runs/renews/token`, undefined, asJob('renews'))
  expect(Date.parse(String(body.expiryTimeUtc))).toBeGreaterThan(Date.now() + 3_600_000)
  const renewed = { authorization: `Bearer ${String(body.token)}` }
  expect((await server.ask('GET', `${history}/runs/renews`, undefined, renewed)).status).toBe(200)
  expect((await server.ask('GET', `${history}/runs/streams`, undefined, renewed)).status).toBe(403)
  await aJob('ended', { state: 'Completed' })
  expect((await server.ask('GET', `${history}/runs/ended/token`, undefined, asJob('ended'))).status).toBe(403)
})
