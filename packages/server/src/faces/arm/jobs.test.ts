import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../fixture.ts'

let s: TestServer
beforeAll(async () => {
  s = await startTestServer()
})
afterAll(() => s.end())

const call = async (method: 'GET' | 'PUT' | 'PATCH' | 'DELETE' | 'POST', path: string, body?: unknown) => {
  const answer = await s.ask(method, path.startsWith('/') ? path : `${s.ws}/${path}`, body)
  return {
    status: answer.statusCode,
    body: answer.body === '' ? undefined : JSON.parse(answer.body),
    headers: answer.headers,
  }
}
const command = (text: string, more: object = {}) => ({
  properties: {
    jobType: 'Command',
    command: text,
    environmentId: 'azureml:AzureML-sklearn-1.5@latest',
    computeId: `${s.ws}/computes/local`,
    experimentName: 'tests',
    ...more,
  },
})

/** The log until the job is over, over a real socket, as a client reads it. */
async function follow(name: string, query = ''): Promise<string> {
  const url = `${s.url}/lazurite/v1${s.ws}/jobs/${name}/log?follow=true${query}`
  const answer = await fetch(url, { headers: { authorization: `Bearer ${s.token}` } })
  expect(answer.status).toBe(200)
  return answer.text()
}
const finished = async (name: string) => {
  await follow(name)
  return (await call('GET', `jobs/${name}`)).body
}

describe('a command job', () => {
  test('is accepted, runs, and shows what the official clients read and what ours do', async () => {
    const made = await call(
      'PUT',
      'jobs/hello',
      command('echo hello ${{inputs.who}}', {
        inputs: { who: { jobInputType: 'literal', value: 'you' } },
        outputs: { out: { jobOutputType: 'uri_folder' } },
        tags: { a: 'b' },
        services: { my_ssh: { jobServiceType: 'SSH' } },
      }),
    )
    expect(made.status).toBe(201)
    expect(made.body.properties.status).toBe('NotStarted')
    expect(await follow('hello')).toContain('hello you\n')
    const { body } = await call('GET', 'jobs/hello')
    expect(body).toMatchObject({
      id: `${s.ws}/jobs/hello`,
      name: 'hello',
      type: 'Microsoft.MachineLearningServices/workspaces/jobs',
      properties: {
        jobType: 'Command',
        status: 'Completed',
        displayName: 'hello',
        experimentName: 'tests',
        tags: { a: 'b' },
        properties: {},
        isArchived: false,
        parameters: { who: 'you' },
        services: {
          my_ssh: { jobServiceType: 'SSH' },
          Studio: { jobServiceType: 'Studio', endpoint: expect.stringMatching(/^http.*\/runs\/hello\?/) },
          Tracking: { jobServiceType: 'Tracking', endpoint: expect.stringMatching(/^azureml:\/\//) },
        },
        outputs: {
          out: { jobOutputType: 'uri_folder', uri: expect.stringContaining('azureml') },
          default: { uri: 'azureml://datastores/workspaceartifactstore/ExperimentRun/dcid.hello' },
        },
      },
      lazurite: { exitCode: 0, attempt: 1, phases: expect.any(Array), node: { compute: 'local' }, parent: null },
    })
    expect(body.lazurite).not.toHaveProperty('handle')
  })

  test('that exists takes labels, and nothing that would change what ran', async () => {
    const { body } = await call('GET', 'jobs/hello')
    const labelled = await call('PUT', 'jobs/hello', {
      properties: { ...body.properties, tags: { c: 'd' }, displayName: 'Hello', description: 'x' },
    })
    expect(labelled).toMatchObject({
      status: 200,
      body: { properties: { tags: { c: 'd' }, displayName: 'Hello', status: 'Completed' } },
    })
    const changed = await call('PUT', 'jobs/hello', { properties: { ...body.properties, command: 'rm -rf /' } })
    expect(changed.status).toBe(409)
    expect(changed.body.error).toMatchObject({
      target: 'command',
      details: [{ target: 'command', message: expect.stringContaining('cannot change') }],
    })
    const patched = await call('PATCH', 'jobs/hello', { properties: { tags: { e: 'f' } } })
    expect(patched).toMatchObject({ status: 200, body: { properties: { tags: { e: 'f' }, displayName: 'Hello' } } })
  })

  test('is archived and listed accordingly', async () => {
    const { body } = await call('GET', 'jobs/hello')
    await call('PUT', 'jobs/hello', { properties: { ...body.properties, isArchived: true } })
    const names = async (query: string) =>
      (await call('GET', `jobs?${query}`)).body.value.map((job: { name: string }) => job.name)
    expect(await names('')).not.toContain('hello')
    await call('PATCH', 'jobs/hello', { properties: { description: 'patched while archived' } })
    expect(await names('listViewType=ArchivedOnly')).toContain('hello')
    await call('PUT', 'jobs/hello', { properties: { ...body.properties, isArchived: false } })
    expect(await names('jobType=Command&tag=e')).toContain('hello')
    expect(await names('jobType=Pipeline')).toEqual([])
  })

  test('that fails says how', async () => {
    await call('PUT', 'jobs/bad', command('echo oops >&2; exit 3'))
    const { properties, lazurite } = await finished('bad')
    expect(properties.status).toBe('Failed')
    expect(lazurite).toMatchObject({
      exitCode: 3,
      error: { code: expect.any(String), message: expect.stringContaining('3') },
    })
  })

  test('is cancelled once; what has ended is not', async () => {
    await call('PUT', 'jobs/long', command('echo up; sleep 600'))
    for await (const change of running('long')) if (change === 'Running') break
    expect((await call('DELETE', 'jobs/long')).body.error.code).toBe('Conflict')
    expect((await call('POST', 'jobs/long/cancel')).status).toBe(200)
    expect((await call('POST', 'jobs/long/cancel')).status).toBe(200)
    expect((await finished('long')).properties.status).toBe('Canceled')
    expect((await call('POST', 'jobs/long/cancel')).status).toBe(200)
    expect((await call('POST', 'jobs/hello/cancel')).status).toBe(409)
    expect((await call('POST', 'jobs/nobody/cancel')).status).toBe(404)
    expect((await call('DELETE', 'jobs/long')).status).toBe(200)
    expect((await call('DELETE', 'jobs/long')).status).toBe(204)
    expect((await s.ask('GET', `/lazurite/v1${s.ws}/jobs/long/log`)).statusCode).toBe(404)
    const again = await call('PUT', 'jobs/long', command('echo again'))
    expect(again.body.error.details[0].message).toMatch(/used once/)
  })

  /** States of a job as they come. */
  async function* running(name: string): AsyncGenerator<string> {
    const key = { scope: '00000000-0000-0000-0000-000000000001/lazurite/main', kind: 'job', name }
    for (;;) {
      let wake = () => {}
      const changed = new Promise<void>((resolve) => {
        wake = resolve
      })
      const stop = s.store.changes.subscribe(() => wake())
      yield (await s.store.resources.get(key))?.state ?? ''
      await changed
      stop()
    }
  }

  test.each([
    [{ computeId: 'WS/computes/nothere' }, /nothere/],
    [{ environmentId: 'WS/environments/nothere/versions/1' }, /nothere/],
    [{ codeId: 'WS/codes/nothere/versions/1' }, /nothere|code/],
    [{ inputs: { d: { jobInputType: 'uri_file', uri: '/etc/passwd' } } }, /path of some machine/],
    [{ inputs: { d: { jobInputType: 'uri_file', uri: 'azureml:missing:1' } } }, /missing/],
    [{ command: 'echo ${{inputs.missing}}' }, /missing/],
    [{ jobType: 'Nonsense' }, /Nonsense|jobType/i],
  ])('that cannot run is refused at the door: %j', async (more, message) => {
    const text = JSON.stringify(command('echo hi', more)).replaceAll('WS/', `${s.ws}/`)
    const { status, body } = await call('PUT', 'jobs/refused', JSON.parse(text))
    expect(status).toBe(400)
    expect(JSON.stringify(body.error)).toMatch(message)
    expect((await call('GET', 'jobs/refused')).status).toBe(404)
  })
})

describe('a log', () => {
  test('is read from any offset, whole or followed', async () => {
    await call('PUT', 'jobs/lines', command('for i in 1 2 3; do echo line $i; sleep 0.05; done'))
    const whole = await follow('lines')
    expect(whole).toContain('line 1\nline 2\nline 3\n')
    const size = Buffer.byteLength(whole)
    expect(await follow('lines', `&from=${size - 7}`)).toBe('line 3\n')
    expect(await follow('lines', `&from=${size + 100}`)).toBe('')
    const { body } = await s.ask('GET', `/lazurite/v1${s.ws}/jobs/lines/log?from=0&follow=false`)
    expect(body).toBe(whole)
  })

  test('of a job that is not there, or a path that climbs, is refused', async () => {
    expect((await s.ask('GET', `/lazurite/v1${s.ws}/jobs/nobody/log`)).statusCode).toBe(404)
    for (const path of ['../../../../token', '/etc/passwd', 'user_logs/../../../../../key', 'a%00b', '..\\..\\token']) {
      const { statusCode } = await s.ask('GET', `/lazurite/v1${s.ws}/jobs/lines/log?path=${encodeURIComponent(path)}`)
      expect(statusCode, path).toBe(400)
    }
    expect((await s.ask('GET', `/lazurite/v1${s.ws}/jobs/lines/log?from=-1`)).statusCode).toBe(400)
  })

  test('of 200,000 lines comes whole, and does not stay in memory', async () => {
    await call('PUT', 'jobs/flood', command('seq 1 200000'))
    const text = await follow('flood')
    const lines = text.split('\n').filter((line) => /^\d+$/.test(line))
    expect(lines).toHaveLength(200_000)
    expect(lines.at(-1)).toBe('200000')
  })
})

describe('a compute', () => {
  const cluster = {
    location: 'local',
    tags: { a: 'b' },
    properties: {
      computeType: 'AmlCompute',
      properties: {
        vmSize: 'STANDARD_DS3_V2',
        vmPriority: 'lowpriority',
        scaleSettings: { maxNodeCount: 2, minNodeCount: 1, nodeIdleTimeBeforeScaleDown: 'PT2M' },
      },
    },
  }

  test('cluster is ready at once, shows its nodes and takes a second PUT', async () => {
    const { status, body } = await call('PUT', 'computes/cpu-cluster', cluster)
    expect([200, 201]).toContain(status)
    expect(body).toMatchObject({
      location: 'local',
      tags: { a: 'b' },
      properties: {
        computeType: 'AmlCompute',
        provisioningState: 'Succeeded',
        properties: { vmSize: 'STANDARD_DS3_V2', currentNodeCount: 1, allocationState: 'Steady' },
      },
    })
    expect(body.properties).not.toHaveProperty('tags')
    const again = await call('PUT', 'computes/cpu-cluster', { ...cluster, tags: {} })
    expect(again).toMatchObject({ status: 200, body: { tags: {}, properties: { provisioningState: 'Succeeded' } } })
    const nodes = (await call('POST', 'computes/cpu-cluster/listNodes')).body.nodes
    expect(nodes).toEqual([expect.objectContaining({ nodeId: 'cpu-cluster-0', nodeState: 'idle', runId: null })])
    expect((await call('POST', 'computes/cpu-cluster/start')).body.error.code).toBe('NotSupported')
    expect((await call('POST', 'computes/cpu-cluster/enableSso', { enableSSO: true })).body.error.code).toBe(
      'NotSupported',
    )
    expect((await call('POST', 'computes/cpu-cluster/listKeys')).body.error.code).toBe('NotSupported')
  })

  test('instance takes its settings one by one, each of the right type', async () => {
    await call('PUT', 'computes/ci-set', {
      location: 'local',
      tags: { a: 'b' },
      properties: { computeType: 'ComputeInstance', properties: { vmSize: 'STANDARD_DS1_V2' } },
    })
    expect((await call('POST', 'computes/ci-set/enableSso', { enableSSO: false })).status).toBe(200)
    expect((await call('POST', 'computes/ci-set/enableSso', { enableSSO: 'perhaps' })).status).toBe(400)
    expect((await call('POST', 'computes/ci-set/enableSso', {})).status).toBe(400)
    const idle = { idleTimeBeforeShutdown: 'PT45M' }
    expect((await call('POST', 'computes/ci-set/updateIdleShutdownSetting', idle)).status).toBe(200)
    const { body } = await call('POST', 'computes/ci-set/getAllowedVmSizesForResize')
    expect(body.value.length).toBeGreaterThan(0)
    expect((await call('POST', 'computes/ci-set/resize', { targetVMSize: 'STANDARD_DS2_V2' })).status).toBe(202)
    expect((await call('GET', 'computes/ci-set')).body).toMatchObject({
      tags: { a: 'b' },
      properties: { properties: { enableSSO: false, vmSize: 'STANDARD_DS2_V2', ...idle } },
    })
  })

  test('machine that was attached gives its keys back, to whom asks for them by name', async () => {
    const administratorAccount = { username: 'u', password: 'S3CR3T-vm' }
    const vm = { computeType: 'VirtualMachine', resourceId: '/x', properties: { sshPort: 22, administratorAccount } }
    const made = await call('PUT', 'computes/vm-keys', { location: 'local', properties: vm })
    expect(made.status).toBe(201)
    expect(JSON.stringify(made.body)).not.toContain('S3CR3T')
    expect((await call('POST', 'computes/vm-keys/listKeys')).body).toEqual({
      computeType: 'VirtualMachine',
      administratorAccount,
    })
  })

  test('instance starts and stops through an operation that is polled', async () => {
    await call('PUT', 'computes/ci-one', {
      location: 'local',
      properties: { computeType: 'ComputeInstance', properties: { vmSize: 'STANDARD_DS1_V2' } },
    })
    for (const [action, state] of [
      ['stop', 'Stopped'],
      ['start', 'Running'],
      ['restart', 'Running'],
    ] as const) {
      const asked = await call('POST', `computes/ci-one/${action}`)
      expect(asked.status).toBe(202)
      expect(Number(asked.headers['retry-after'])).toBeGreaterThan(0)
      const { pathname } = new URL(String(asked.headers.location))
      let polled = await call('GET', pathname)
      while (polled.status === 202) {
        // requests by injection alone would leave no turn for the process that is waited for
        await new Promise((resolve) => setTimeout(resolve, 20))
        polled = await call('GET', pathname)
      }
      expect(polled.status).toBe(200)
      expect((await call('GET', 'computes/ci-one')).body.properties.properties.state).toBe(state)
    }
    await call('DELETE', 'computes/ci-one')
  })

  test('is deleted, and gone when the operation says so', async () => {
    const asked = await call('DELETE', 'computes/cpu-cluster?underlyingResourceAction=Delete')
    expect(asked.status).toBe(202)
    expect((await call('GET', new URL(String(asked.headers.location)).pathname)).status).toBe(200)
    expect((await call('GET', 'computes/cpu-cluster')).status).toBe(404)
    expect((await call('DELETE', 'computes/cpu-cluster')).status).toBe(204)
  })
})
