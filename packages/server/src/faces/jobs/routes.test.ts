import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startTestServer, type TestServer } from '../../fixture.ts'

let server: TestServer
let jobs: string
beforeAll(async () => {
  server = await startTestServer()
  jobs = `/lazurite/v1${server.ws}/jobs`
})
afterAll(() => server.end())

const until = (name: string, state: RegExp) =>
  vi.waitFor(
    async () => expect((await server.ask('GET', `${server.ws}/jobs/${name}`)).json().properties.status).toMatch(state),
    { timeout: 20_000, interval: 20 },
  )
const submit = async (name: string, command: string) => {
  const properties = { jobType: 'Command', command, environmentId: 'azureml:host@latest', experimentName: 'words' }
  const answer = await server.ask('PUT', `${server.ws}/jobs/${name}`, { properties })
  expect(answer.statusCode, answer.body).toBe(201)
}

describe('timeline', () => {
  test('tells where all of the time went', async () => {
    await submit('timed', 'sleep 0.2')
    await until('timed', /Completed|Failed/)
    const answer = await server.ask('GET', `${jobs}/timed/timeline`)
    expect(answer.statusCode, answer.body).toBe(200)
    const told = answer.json()
    expect(told).toMatchObject({ name: 'timed', status: 'Completed', waiting: null, steps: [] })
    const sum = Object.values<number>(told.stages).reduce((a, b) => a + b, 0)
    expect(Math.abs(sum - told.totalSeconds)).toBeLessThan(1e-6)
    expect(told.stages.running).toBeGreaterThanOrEqual(0.19)
    for (const [i, phase] of told.phases.entries()) {
      const next = told.phases[i + 1]
      if (next) expect(phase.to).toBe(next.from)
    }
    expect(Math.abs(told.phases.at(-1).to - told.endedAt)).toBeLessThan(20)
  })

  test('of a job that is not there is told by name', async () => {
    const answer = await server.ask('GET', `${jobs}/nobody/timeline`)
    expect([answer.statusCode, answer.json().error.code]).toEqual([404, 'ResourceNotFound'])
    expect(answer.body).toContain('nobody')
  })
})

describe('list', () => {
  const names = async (query: string) => {
    const answer = await server.ask('GET', `${jobs}?${query}`)
    expect(answer.statusCode, answer.body).toBe(200)
    return answer.json().value.map((job: { name: string }) => job.name)
  }
  beforeAll(async () => {
    const make = async (name: string, o: { experimentName: string; tags?: object; lr: string; acc: number[] }) => {
      const { experimentName, tags = {}, lr, acc } = o
      const inputs = { lr: { jobInputType: 'literal', value: lr } }
      const properties = {
        jobType: 'Command',
        command: 'true',
        environmentId: 'azureml:host@latest',
        experimentName,
        tags,
        inputs,
      }
      expect((await server.ask('PUT', `${server.ws}/jobs/${name}`, { properties })).statusCode).toBe(201)
      await until(name, /Completed/)
      const run = `/mlflow/v1.0${server.ws}/api/2.0/mlflow/runs`
      for (const [step, value] of acc.entries()) {
        const metric = { run_id: name, key: 'acc', value, timestamp: 1, step }
        expect((await server.ask('POST', `${run}/log-metric`, metric)).statusCode).toBe(200)
      }
      const epochs = { run_id: name, key: 'epochs', value: String(acc.length) }
      expect((await server.ask('POST', `${run}/log-parameter`, epochs)).statusCode).toBe(200)
    }
    await make('a1', { experimentName: 'alpha', tags: { team: 'red' }, lr: '0.1', acc: [0.5, 0.9] })
    await make('a2', { experimentName: 'alpha', tags: { team: 'blue', best: 'yes' }, lr: '0.01', acc: [0.7] })
    await make('b1', { experimentName: 'beta', lr: '1e-3', acc: [0.2, 0.3, 0.4] })
  })

  test('by state, type, experiment, name, tag, parameter and metric', async () => {
    const cases: [string, string[]][] = [
      ['experiment=alpha', ['a2', 'a1']],
      ['experiment=alp*', ['a2', 'a1']],
      ['status=completed,failed&experiment=beta', ['b1']],
      ['status=Failed', []],
      ['type=command&name=a*', ['a2', 'a1']],
      ['type=Sweep', []],
      ['tag=team', ['a2', 'a1']],
      ['tag=team%3Dblue', ['a2']],
      ['tag=team!%3Dblue', ['a1']],
      ['tag=team%3Db*', ['a2']],
      ['param=lr%3E%3D0.01', ['a2', 'a1']],
      ['param=lr%3C0.01', ['b1']],
      ['param=lr%3D0.10', ['a1']],
      ['param=epochs%3D3', ['b1']],
      ['param=epochs', ['b1', 'a2', 'a1']],
      ['metric=acc%3E0.6', ['a2', 'a1']],
      ['metric=acc%3E0.6&param=lr%3D0.01', ['a2']],
      ['metric=nothing', []],
      [`filter=${encodeURIComponent("metrics.acc < 0.8 and tags.team = 'blue'")}`, ['a2']],
      ['order=metrics.acc%20desc&metric=acc', ['a1', 'a2', 'b1']],
      ['order=experiment%20desc,metrics.acc%20desc&metric=acc', ['b1', 'a1', 'a2']],
      ['order=metrics.acc&metric=acc', ['b1', 'a2', 'a1']],
      ['since=1h&experiment=beta', ['b1']],
      ['until=2000-01-01', []],
    ]
    for (const [query, expected] of cases) expect([query, await names(query)]).toEqual([query, expected])
  })

  test('page by page, each job once, in any order', async () => {
    for (const order of ['', '&order=metrics.acc', '&order=name%20desc']) {
      const seen: string[] = []
      let url: string | undefined = `${jobs}?top=1&depth=all&param=epochs${order}`
      for (let pages = 0; url !== undefined && pages < 10; pages += 1) {
        const page: { value: { name: string }[]; nextLink?: string } = (await server.ask('GET', url)).json()
        seen.push(...page.value.map((job) => job.name))
        url = page.nextLink?.replace(/^https?:\/\/[^/]*/, '')
      }
      expect([...seen].sort()).toEqual(['a1', 'a2', 'b1'])
    }
  })

  test('tells the metrics that the question is about', async () => {
    const [job] = (await server.ask('GET', `${jobs}?metric=acc%3E0.8`)).json().value
    expect(job).toMatchObject({ name: 'a1', properties: { status: 'Completed' }, lazurite: { metrics: { acc: 0.9 } } })
  })

  test('tells what is asked for beside', async () => {
    const [job] = (await server.ask('GET', `${jobs}?name=a1&show=acc,params.epochs&show=tags.mlflow.user`)).json().value
    expect(job.lazurite).toMatchObject({
      metrics: { acc: 0.9 },
      least: { acc: 0.5 },
      greatest: { acc: 0.9 },
      params: { epochs: '2' },
    })
    const [plain] = (await server.ask('GET', `${jobs}?name=a1`)).json().value
    expect(Object.keys(plain.lazurite)).not.toContain('metrics')
  })

  test('counts them by state', async () => {
    const count = async (query: string) => (await server.ask('GET', `${jobs}/counts?${query}`)).json()
    expect(await count('experiment=alpha')).toEqual({ total: 2, states: { Completed: 2 } })
    expect(await count('experiment=nowhere')).toEqual({ total: 0, states: {} })
    expect((await server.ask('GET', `${jobs}/counts?colour=red`)).statusCode).toBe(400)
  })

  test('tells what there is to show, and the shapes of metrics', async () => {
    const fields = (await server.ask('POST', `${jobs}/fields`, { jobs: ['a1', 'b1', 'nobody'] })).json()
    expect(fields.metrics).toContainEqual({ name: 'acc', jobs: 2 })
    expect(fields.params).toContainEqual({ name: 'epochs', jobs: 2 })
    const sparks = jobs.replace(/jobs$/, 'metrics/sparks')
    const told = (
      await server.ask('POST', sparks, { jobs: ['a1', 'a2', 'b1', 'nobody'], keys: ['acc', 'none'] })
    ).json()
    expect(told.value).toEqual([
      { job: 'a1', key: 'acc', last: 0.9, low: 0.5, high: 0.9, line: [0, 255] },
      { job: 'a2', key: 'acc', last: 0.7, line: [] },
      { job: 'b1', key: 'acc', last: 0.4, low: 0.2, high: 0.4, line: [0, 127, 255] },
    ])
    expect((await server.ask('POST', sparks, { jobs: 'a1', keys: [] })).statusCode).toBe(400)
    expect((await server.ask('POST', sparks, { jobs: [], keys: [], width: 1 })).statusCode).toBe(400)
  })

  test.each([
    ['status=Flying', /Flying.*Running/],
    ['colour=red', /colour.*status/],
    ['metric=acc%3Ehigh', /high.*no number/],
    ['param=lr%3Clow', /low.*no number/],
    ['tag=', /a name is needed/],
    ['since=tomorrowish', /12h or 7d/],
    ['top=0', /above zero/],
    ['after=zzz', /token/],
    ['filter=metrics.acc%20%3E', /missing/],
    ['order=nonsense', /nonsense/],
    [`tag=${encodeURIComponent('$.x=1')}`, /\$\.x/],
  ])('%s is refused in words', async (query, words) => {
    const answer = await server.ask('GET', `${jobs}?${query}`)
    expect([answer.statusCode, answer.body]).toEqual([400, expect.stringMatching(words)])
  })
})

describe('a failure', () => {
  test('tells the last lines, the likely cause and the line of code', async () => {
    const code = "import os\\ndef main():\\n    open('data/none.csv')\\nmain()\\n"
    await submit('fails', `printf "${code}" > train.py; echo one; python3 train.py`)
    await until('fails', /Failed/)
    const { lazurite } = (await server.ask('GET', `${server.ws}/jobs/fails`)).json()
    expect(lazurite.error).toMatchObject({
      code: 'UserError',
      log: 'user_logs/std_log.txt',
      cause: { name: 'file-missing', what: 'The file data/none.csv is not there.', where: 'train.py:3 in main' },
    })
    expect(lazurite.error.tail).toMatch(/^one\nTraceback[\s\S]*none\.csv'$/)
  })
})

describe('rerun', () => {
  test('is the same job under a new name, with what was changed', async () => {
    const inputs = { lr: { jobInputType: 'literal', value: '0.5' } }
    const properties = {
      jobType: 'Command',
      command: `echo lr=$\{{inputs.lr}} $X`,
      environmentId: 'azureml:host@latest',
      experimentName: 'again',
      tags: { team: 'red' },
      properties: { 'azureml.git.commit': 'abc', 'azureml.isreused': 'true', mine: 'yes' },
      inputs,
    }
    expect((await server.ask('PUT', `${server.ws}/jobs/first`, { properties })).statusCode).toBe(201)
    await until('first', /Completed/)
    const body = { name: 'second', inputs: { lr: 0.7 }, environment_variables: { X: 'x' }, tags: { try: 2 } }
    const made = (await server.ask('POST', `${jobs}/first/rerun`, body)).json()
    expect(made.properties).toMatchObject({
      displayName: 'second',
      experimentName: 'again',
      tags: { team: 'red', try: '2' },
      properties: { 'azureml.git.commit': 'abc', mine: 'yes', 'lazurite.rerunOf': 'first' },
    })
    expect(made.properties.properties).not.toHaveProperty('azureml.isreused')
    await until('second', /Completed/)
    const log = await server.ask('GET', `${jobs}/second/log`)
    expect(log.body).toBe('lr=0.7 x\n')
    const unnamed = (await server.ask('POST', `${jobs}/first/rerun`)).json()
    expect(unnamed.name).not.toBe('first')
    await until(unnamed.name, /Completed/)
  })

  test.each([
    [{ inputs: { nothing: 1 } }, 400, /no input nothing; it has lr/],
    [{ colour: 'red' }, 400, /no colour/],
    [{ inputs: 3 }, 400, /inputs must be a mapping/],
    [{ name: 'first' }, 409, /first/],
    [{ name: 'bad name!' }, 400, /name/],
    [{ compute: 'nowhere' }, 400, /nowhere/],
  ])('%j is refused in words', async (body, status, words) => {
    const answer = await server.ask('POST', `${jobs}/first/rerun`, body)
    expect([answer.statusCode, answer.body]).toEqual([status, expect.stringMatching(words)])
  })
})

describe('tags', () => {
  test('of a job and of its run are the same, whoever sets them', async () => {
    await submit('tagged', 'true')
    await until('tagged', /Completed/)
    const run = `/mlflow/v1.0${server.ws}/api/2.0/mlflow/runs`
    const ofRun = async () => {
      const { data } = (await server.ask('GET', `${run}/get?run_id=tagged`)).json().run
      const tags: [string, string][] = data.tags.map(({ key, value }: { key: string; value: string }) => [key, value])
      return Object.fromEntries(tags.filter(([key]) => !key.startsWith('mlflow.')))
    }
    const ofJob = async () => (await server.ask('GET', `${server.ws}/jobs/tagged`)).json().properties.tags
    const set = (key: string, value: string) => server.ask('POST', `${run}/set-tag`, { run_id: 'tagged', key, value })
    expect((await set('phase', 'one')).statusCode).toBe(200)
    await set('mlflow.note.content', 'a note')
    const batch = { run_id: 'tagged', tags: [{ key: 'b', value: '1' }] }
    expect((await server.ask('POST', `${run}/log-batch`, batch)).statusCode).toBe(200)
    expect(await ofJob()).toEqual({ phase: 'one', b: '1' })
    const patched = await server.ask('PUT', `${server.ws}/jobs/tagged`, {
      properties: { jobType: 'Command', command: 'true', environmentId: 'azureml:host@latest', tags: { phase: 'two' } },
    })
    expect(patched.statusCode, patched.body).toBe(200)
    expect([await ofRun(), await ofJob()]).toEqual([{ phase: 'two' }, { phase: 'two' }])
    const gone = await server.ask('POST', `${run}/delete-tag`, { run_id: 'tagged', key: 'phase' })
    expect(gone.statusCode).toBe(200)
    expect([await ofRun(), await ofJob()]).toEqual([{}, {}])
  })
})
