import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../fixture.ts'

let s: TestServer
let own: string
beforeAll(async () => {
  s = await startTestServer()
  own = `/lazurite/v1${s.ws}`
  for (const version of ['1', '2', '3']) await must('PUT', `${s.ws}/environments/e/versions/${version}`, env(version))
})
afterAll(() => s.end())

type Method = 'GET' | 'PUT' | 'DELETE' | 'POST'
const env = (version: string) => ({ properties: { image: `python:3.${version}` } })
const ask = async (method: Method, url: string, body?: unknown) => {
  const answer = await s.ask(method, url, body)
  return { status: answer.statusCode, body: answer.body === '' ? undefined : JSON.parse(answer.body) }
}
const must = async (method: Method, url: string, body?: unknown) => {
  const answer = await ask(method, url, body)
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300)
  return answer.body
}
const labels = async () => {
  const { value } = await must('GET', `${own}/environments/e/labels`)
  return Object.fromEntries(value.map(({ label, version }: Record<string, string>) => [label, version]))
}

describe('labels', () => {
  test('are put on a version, moved, read wherever a label is, and taken off', async () => {
    await must('PUT', `${own}/environments/e/labels/prod`, { version: '1' })
    expect((await must('GET', `${s.ws}/environments/e/labels/prod`)).name).toBe('1')
    await must('PUT', `${own}/environments/e/labels/prod`, { version: '2' })
    await must('PUT', `${own}/environments/e/labels/next.1`, { version: '3' })
    expect(await labels()).toEqual({ latest: '3', prod: '2', 'next.1': '3' })
    const container = await must('GET', `${s.ws}/environments/e`)
    const { labels: _, ...without } = container.properties
    await must('PUT', `${s.ws}/environments/e`, { properties: { ...without, labels: { evil: '1' } } })
    expect(await labels()).toEqual({ latest: '3', prod: '2', 'next.1': '3' })
    expect((await ask('DELETE', `${own}/environments/e/labels/next.1`)).status).toBe(200)
    expect((await ask('DELETE', `${own}/environments/e/labels/next.1`)).status).toBe(204)
    expect((await ask('GET', `${s.ws}/environments/e/labels/next.1`)).status).toBe(404)
  })

  test('a job runs with the version a label names', async () => {
    const job = { jobType: 'Command', command: 'true', computeId: 'local', environmentId: 'azureml:e@prod' }
    const { status, body } = await ask('PUT', `${s.ws}/jobs/labelled`, { properties: job })
    expect(status, JSON.stringify(body)).toBe(201)
    const wrong = { ...job, environmentId: 'azureml:e@nothing' }
    const refused = await ask('PUT', `${s.ws}/jobs/unlabelled`, { properties: wrong })
    expect(refused).toMatchObject({ status: 400, body: { error: { target: 'environmentId' } } })
    expect(JSON.stringify(refused.body)).toContain('labelled nothing')
  })

  test('go with their version, and many at once lose none', async () => {
    await must('PUT', `${s.ws}/environments/m/versions/1`, env('1'))
    await must('PUT', `${s.ws}/environments/m/versions/2`, env('2'))
    const names = Array.from({ length: 6 }, (_, i) => `l${i}`)
    await Promise.all(names.map((name) => must('PUT', `${own}/environments/m/labels/${name}`, { version: '1' })))
    const { value } = await must('GET', `${own}/environments/m/labels`)
    expect(value.map(({ label }: { label: string }) => label)).toEqual(['latest', ...names])
    await must('DELETE', `${s.ws}/environments/m/versions/1`)
    expect((await must('GET', `${own}/environments/m/labels`)).value).toEqual([{ label: 'latest', version: '2' }])
  })

  test.each([
    ['PUT', 'environments/e/labels/latest', { version: '1' }, 400, 'NotSupported'],
    ['PUT', 'environments/e/labels/default', { version: '1' }, 400, 'NotSupported'],
    ['DELETE', 'environments/e/labels/azureml_default', undefined, 400, 'NotSupported'],
    ['PUT', 'environments/e/labels/prod', { version: '9' }, 404, 'ResourceNotFound'],
    ['PUT', 'environments/e/labels/prod', {}, 400, 'BadArgument'],
    ['PUT', 'environments/e/labels/prod', [1], 400, 'BadArgument'],
    ['PUT', 'environments/e/labels/%20x', { version: '1' }, 400, 'UserError'],
    ['PUT', 'environments/nobody/labels/x', { version: '1' }, 404, 'ResourceNotFound'],
    ['PUT', 'datastores/workspaceblobstore/labels/x', { version: '1' }, 404, 'NotFound'],
    ['GET', 'environments/nobody/labels', undefined, 404, 'ResourceNotFound'],
    ['GET', 'environments/e/versions/9/lineage', undefined, 404, 'ResourceNotFound'],
    ['GET', 'jobs/nobody/lineage', undefined, 404, 'ResourceNotFound'],
  ] as const)('%s %s %j', async (method, path, body, status, code) => {
    const before = await labels()
    const answer = await ask(method, `${own}/${path}`, body)
    expect(answer).toMatchObject({ status, body: { error: { code } } })
    expect(await labels()).toEqual(before)
  })
})

describe('versions', () => {
  test('nextVersion never goes back, whatever is archived or deleted; latest is what is left', async () => {
    const shown = async () => {
      const { latestVersion, nextVersion } = (await must('GET', `${s.ws}/environments/v`)).properties
      return [latestVersion, nextVersion]
    }
    for (const version of ['1', '2', '10', 'beta']) {
      await must('PUT', `${s.ws}/environments/v/versions/${version}`, env(version))
    }
    expect(await shown()).toEqual(['beta', '11'])
    await must('DELETE', `${s.ws}/environments/v/versions/beta`)
    await must('DELETE', `${s.ws}/environments/v/versions/10`)
    expect(await shown()).toEqual(['2', '11'])
    await must('PUT', `${s.ws}/environments/v/versions/2`, { properties: { ...env('2').properties, isArchived: true } })
    expect(await shown()).toEqual(['1', '11'])
    await must('PUT', `${s.ws}/environments/v`, { properties: { isArchived: true } })
    expect(await shown()).toEqual([null, '11'])
    expect((await must('GET', `${s.ws}/environments/v/versions`)).value).toEqual([])
    const all = await must('GET', `${s.ws}/environments/v/versions?listViewType=ArchivedOnly`)
    expect(all.value).toHaveLength(2)
    expect((await ask('GET', `${s.ws}/environments/v/versions/1`)).status).toBe(200)
    await must('PUT', `${s.ws}/environments/v`, { properties: { isArchived: false } })
    expect(await shown()).toEqual(['1', '11'])
  })

  test('of many who write one version, one wins; the same content is the same answer to all', async () => {
    const write = (image: string) =>
      ask('PUT', `${s.ws}/environments/race/versions/1`, { properties: { image: `python:${image}` } })
    const other = await Promise.all(Array.from({ length: 8 }, (_, i) => write(`3.${i}`)))
    expect(other.filter(({ status }) => status === 201)).toHaveLength(1)
    const lost = other.filter(({ status }) => status !== 201)
    expect(new Set(lost.map(({ status, body }) => `${status} ${body.error?.target}`))).toEqual(new Set(['409 image']))
    const { image } = (await must('GET', `${s.ws}/environments/race/versions/1`)).properties
    const same = await Promise.all(Array.from({ length: 8 }, () => write(image.slice('python:'.length))))
    expect(new Set(same.map(({ status }) => status))).toEqual(new Set([200]))
  })
})

test('what is in use is not deleted, and the refusal says by whom', async () => {
  await must('PUT', `${s.ws}/computes/busy`, {
    location: 'local',
    properties: {
      computeType: 'AmlCompute',
      properties: { vmSize: 'STANDARD_DS3_V2', scaleSettings: { maxNodeCount: 1, minNodeCount: 0 } },
    },
  })
  await must('PUT', `${s.ws}/datastores/mine`, {
    properties: {
      datastoreType: 'AzureBlob',
      accountName: 'a',
      containerName: 'c',
      credentials: { credentialsType: 'None' },
    },
  })
  const dataUri = 'azureml://datastores/mine/paths/x.csv'
  await must('PUT', `${s.ws}/data/lies/versions/7`, { properties: { dataType: 'uri_file', dataUri } })
  const job = {
    jobType: 'Command',
    command: 'sleep 60',
    environmentId: 'azureml:e:3',
    computeId: `${s.ws}/computes/busy`,
  }
  await must('PUT', `${s.ws}/jobs/sleeper`, { properties: job })
  const refusal = async (path: string) => {
    const { status, body } = await ask('DELETE', `${s.ws}/${path}`)
    return [status, body?.error?.message]
  }
  expect(await refusal('computes/busy')).toEqual([
    409,
    expect.stringMatching(/compute busy is in use: the job sleeper/),
  ])
  expect(await refusal('environments/e/versions/3')).toEqual([409, expect.stringMatching(/e:3 is in use.*sleeper/)])
  expect(await refusal('environments/e')).toEqual([409, expect.stringMatching(/e is in use.*sleeper/)])
  expect(await refusal('datastores/mine')).toEqual([409, expect.stringMatching(/data lies:7/)])
  expect(await refusal('datastores/workspaceartifactstore')).toEqual([409, expect.stringMatching(/own bytes/)])
  expect((await refusal('environments/e/versions/1'))[0]).toBe(200)
  expect((await refusal('data/lies'))[0]).toBe(200)
  expect((await refusal('datastores/mine'))[0]).toBe(200)
  await must('POST', `${s.ws}/jobs/sleeper/cancel`)
})

test('lineage tells of an asset by whom it was read and written, and of a job what it read and wrote', async () => {
  const job = {
    jobType: 'Command',
    command: 'mkdir -p outputs/m && echo x > outputs/m/f && cat ${{inputs.in}} > ${{outputs.out}}/o',
    computeId: 'local',
    environmentId: `${s.ws}/environments/e/versions/3`,
    inputs: { in: { jobInputType: 'uri_file', uri: `${s.ws}/data/source/versions/1` } },
    outputs: { out: { jobOutputType: 'uri_folder', assetName: 'made' } },
  }
  const account = (await must('GET', `${s.ws}/datastores/workspaceblobstore`)).properties
  const blob = `/${account.accountName}/${account.containerName}/l/x.txt`
  const headers = { 'x-ms-blob-type': 'BlockBlob', 'content-type': 'text/plain' }
  expect((await s.ask('PUT', blob, 'text', headers)).statusCode).toBe(201)
  const dataUri = 'azureml://datastores/workspaceblobstore/paths/l/x.txt'
  await must('PUT', `${s.ws}/data/source/versions/1`, { properties: { dataType: 'uri_file', dataUri } })
  await must('PUT', `${s.ws}/jobs/maker`, { properties: job })
  await expect
    .poll(async () => (await must('GET', `${s.ws}/jobs/maker`)).properties.status, { timeout: 20_000 })
    .toBe('Completed')
  const modelUri = 'azureml://jobs/maker/outputs/artifacts/paths/outputs/m'
  await must('PUT', `${s.ws}/models/registered/versions/1`, { properties: { modelUri } })
  const jobId = `${s.ws}/jobs/maker`
  const at = expect.stringMatching(/^\d{4}-/)
  const note = (direction: string, as: string) => ({ job: 'maker', direction, as, at, jobId })
  const ofAsset = async (path: string) => (await must('GET', `${own}/${path}/lineage`)).value
  expect(await ofAsset('data/source/versions/1')).toEqual([note('read', 'in')])
  expect(await ofAsset('environments/e/versions/3')).toContainEqual(note('read', 'environment'))
  expect(await ofAsset('data/made/versions/1')).toEqual([note('written', 'out')])
  expect(await ofAsset('models/registered/versions/1')).toEqual([note('written', 'artifacts')])
  const of = (collection: string, kind: string, name: string, version: string) => ({
    asset: `${s.ws}/${collection}/${name}/versions/${version}`,
    ...{ kind, name, version },
  })
  expect((await must('GET', `${own}/jobs/maker/lineage`)).value).toEqual([
    { ...of('environments', 'environment', 'e', '3'), direction: 'read', as: 'environment', at },
    { ...of('data', 'data', 'source', '1'), direction: 'read', as: 'in', at },
    { ...of('data', 'data', 'made', '1'), direction: 'written', as: 'out', at },
    { ...of('models', 'model', 'registered', '1'), direction: 'written', as: 'artifacts', at },
  ])
  // another asset of that name has a history of its own
  await must('DELETE', `${s.ws}/models/registered`)
  await must('PUT', `${s.ws}/models/registered/versions/1`, { properties: { modelUri: dataUri } })
  expect(await ofAsset('models/registered/versions/1')).toEqual([])
})
