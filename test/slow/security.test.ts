// What a hostile job tries from inside: its token, its links and pipes, its names. The server neither tells nor hangs.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lazurite, startLazurite, workspace } from './laz.ts'

let lazurite: Lazurite
let folder: string

beforeAll(async () => {
  lazurite = startLazurite({ env: { LAZ_SECRET_OF_MINE: 'S3CR3T-of-the-server' } })
  folder = mkdtempSync(join(tmpdir(), 'laz-security-'))
  await lazurite.json(['job', 'list'])
})

afterAll(async () => {
  expect((await lazurite.http('GET', '/health')).status).toBe(200)
  lazurite.stop()
  rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
})

interface Job {
  name: string
  status: string
}

/** Runs a script as a job and answers the job, whatever became of it. */
async function run(name: string, script: string, more = ''): Promise<Job> {
  const code = join(folder, name)
  mkdirSync(code, { recursive: true })
  writeFileSync(join(code, 'run.sh'), script)
  const yaml = `command: bash run.sh\ncode: ${code}\nenvironment: azureml:host@latest\ncompute: azureml:local\n${more}`
  writeFileSync(join(folder, `${name}.yml`), yaml)
  await lazurite.json(['job', 'create', '-f', join(folder, `${name}.yml`), '-n', name])
  return ended(name)
}

async function ended(name: string): Promise<Job> {
  const show = () => lazurite.json<Job>(['job', 'show', '-n', name])
  await expect.poll(async () => (await show()).status, { timeout: 30_000 }).toMatch(/Completed|Failed|Canceled/)
  return show()
}

/** Every way in which a file of a run is read, the owner asking. */
async function readings(job: string, path: string): Promise<string[]> {
  const blob = `/${await accountOf()}/azureml/ExperimentRun/dcid.${job}/${path}`
  const answers = [
    blob,
    `${blob}?comp=archive`,
    `/artifact/v2.0${workspace}/artifacts/ExperimentRun/dcid.${job}/content?path=${path}`,
    `/lazurite/v1${workspace}/jobs/${job}/log?path=${path}`,
    `/lazurite/v1${workspace}/jobs/${job}/log?follow=true&path=${path}`,
  ].map((address) => lazurite.http('GET', address).catch(() => ({ status: 0, body: '' })))
  return (await Promise.all(answers)).map((answer) => answer.body)
}

async function accountOf(): Promise<string> {
  const shown = ['datastore', 'show', '-n', 'workspaceartifactstore']
  return (await lazurite.json<{ account_name: string }>(shown)).account_name
}

describe('the process of a job', () => {
  test('has no token of the owner and no setting of the server in its environment, nor has its wrapper', async () => {
    const script = `env > ${folder}/env.txt\ntr '\\0' '\\n' < /proc/$PPID/environ >> ${folder}/env.txt\n`
    expect((await run('looks_around', script)).status).toBe('Completed')
    const seen = readFileSync(join(folder, 'env.txt'), 'utf8')
    expect(seen).not.toContain(lazurite.server().token)
    expect(seen).not.toContain('S3CR3T')
    // places of its own run, and the name by which its processes are found
    expect(seen.match(/^LAZ_\w+/gm)?.sort()).toEqual(['LAZ_ARTIFACTS', 'LAZ_METRICS', 'LAZ_TASK_ID'])
  })

  test('reaches its own run alone, and nothing once it is over', async () => {
    expect(
      (await run('neighbour', 'mkdir -p outputs; echo private > outputs/p.txt', 'experiment_name: others\n')).status,
    ).toBe('Completed')
    const history = `/history/v1.0${workspace}/runs`
    const artifacts = `/artifact/v2.0${workspace}/artifacts/ExperimentRun`
    const mlflow = '/api/2.0/mlflow'
    const tries: [string, string, number][] = [
      ['GET', `${mlflow}/runs/get?run_id=intruder`, 200],
      ['GET', `${mlflow}/runs/get?run_id=neighbour`, 403],
      ['GET', `${mlflow}/metrics/get-history?run_id=neighbour&metric_key=m`, 403],
      ['GET', `${mlflow}/artifacts/list?run_id=neighbour`, 403],
      ['GET', `${history}/neighbour/details`, 403],
      ['GET', `${artifacts}/dcid.neighbour/content?path=outputs/p.txt`, 403],
      ['GET', `${artifacts}/dcid.intruder/content?path=..%2fdcid.neighbour%2foutputs%2fp.txt`, 400],
      ['GET', `/${await accountOf()}/azureml/ExperimentRun/dcid.neighbour/outputs/p.txt`, 403],
      ['GET', `${workspace}/jobs/intruder`, 403],
      ['PUT', `${workspace}/jobs/another`, 403],
      ['DELETE', `${workspace}/jobs/neighbour`, 403],
      ['POST', `${workspace}/datastores/workspaceblobstore/listSecrets`, 403],
      ['GET', '/lazurite/v1/events', 403],
      ['GET', '/lazurite/v1/doctor', 403],
      ['GET', `/lazurite/v1${workspace}/jobs/neighbour/log`, 403],
      ['GET', '/msi/token?resource=x', 401],
    ]
    const script = `import json, os, urllib.request, urllib.error
token = os.environ['MLFLOW_TRACKING_TOKEN']
open('${folder}/token.txt', 'w').write(token)
def ask(method, path):
    headers = {'Authorization': 'Bearer ' + token, 'X-IDENTITY-HEADER': token, 'Content-Type': 'application/json'}
    body = None if method in ('GET', 'DELETE') else b'{}'
    request = urllib.request.Request(os.environ['AZUREML_SERVICE_ENDPOINT'] + path, body, headers, method=method)
    try: return urllib.request.urlopen(request, timeout=20).status
    except urllib.error.HTTPError as error: return error.code
json.dump([ask(m, p) for m, p in json.loads(r'''${JSON.stringify(tries.map(([method, path]) => [method, path]))}''')], open('${folder}/answers.json', 'w'))
`
    expect((await run('intruder', `python3 - <<'EOF'\n${script}EOF\n`)).status).toBe('Completed')
    const answers: number[] = JSON.parse(readFileSync(join(folder, 'answers.json'), 'utf8'))
    expect(tries.map(([method, path], at) => [method, path, answers[at]])).toEqual(tries)
    const authorization = `Bearer ${readFileSync(join(folder, 'token.txt'), 'utf8')}`
    const late = await fetch(`${lazurite.server().url}${mlflow}/runs/get?run_id=intruder`, {
      headers: { authorization },
    })
    expect(late.status).toBe(401)
  })
})

describe('links and pipes that a job leaves behind', () => {
  const kept = '$AZUREML_CR_HT_CAP_user_logs_PATH'

  test('are read through no face', async () => {
    const home = lazurite.home
    const script = `A=${kept}; R=$(dirname $A)
ln -s ${home}/token outputs/token; ln -s /etc/passwd outputs/passwd; ln -s ${home} outputs/home; mkfifo outputs/pipe
ln -s ${home}/token $R/token; ln -s ${home} $R/home; ln -s /etc/passwd $A/passwd.txt; mkfifo $R/pipe`
    await run('links', script)
    for (const path of [
      'outputs/token',
      'outputs/passwd',
      'outputs/home/token',
      'outputs/pipe',
      'token',
      'home/token',
    ]) {
      for (const body of await readings('links', path)) expect(body).not.toContain(lazurite.server().token)
    }
    for (const path of ['home/key', 'user_logs/passwd.txt', 'pipe', 'outputs/passwd']) {
      for (const body of await readings('links', path)) expect(body).not.toContain('root:')
    }
    const all = join(folder, 'all')
    await lazurite.laz(['job', 'download', '-n', 'links', '--all', '-p', all])
    expect(readdirSync(folder)).toContain('links')
    const archive = await lazurite.http('GET', `/${await accountOf()}/azureml/ExperimentRun/dcid.links?comp=archive`)
    expect(archive.body).not.toContain(lazurite.server().token)
    expect(archive.body).not.toContain('root:')
  })

  test.each([
    ['link', 'ln -s HOME/token'],
    ['pipe', 'mkfifo'],
    ['folder', 'mkdir'],
    ['endless', 'ln -s /dev/zero'],
  ])('in the place of its log (%s) keep nobody waiting and tell nothing', async (name, make) => {
    const made = make.replace('HOME', lazurite.home)
    const job = await run(`log_${name}`, `A=${kept}; rm $A/std_log.txt; ${made} $A/std_log.txt; exit 3`)
    expect(job.status).toBe('Failed')
    expect(JSON.stringify(job)).not.toContain(lazurite.server().token)
    const { out, err } = await lazurite.laz(['job', 'stream', '-n', `log_${name}`])
    expect(out + err).not.toContain(lazurite.server().token)
    for (const body of await readings(`log_${name}`, 'user_logs/std_log.txt')) {
      expect(body).not.toContain(lazurite.server().token)
    }
  })

  test('in the place where outputs are kept lead nothing elsewhere', async () => {
    const away = join(folder, 'away')
    mkdirSync(away)
    const script = `R=$(dirname ${kept}); rm -rf $R/outputs; ln -s ${away} $R/outputs; echo x > outputs/x.txt`
    await run('outputs_away', script)
    expect(readdirSync(away)).toEqual([])
    await run('all_away', `R=$(dirname ${kept}); mv $R $R.moved; ln -s ${away} $R; echo x > outputs/x.txt`)
    expect(readdirSync(away)).toEqual([])
  })
})

describe('code', () => {
  test('that is changed in storage between submission and start does not run', async () => {
    const canary = join(folder, 'tampered.txt')
    // every core is taken, so that the job waits
    writeFileSync(
      join(folder, 'hold.yml'),
      'command: sleep 60\nenvironment: azureml:host@latest\ncompute: azureml:local\n',
    )
    const holders = Array.from({ length: cpus().length }, (_, n) => `hold_${n}`)
    for (const name of holders) await lazurite.json(['job', 'create', '-f', join(folder, 'hold.yml'), '-n', name])
    mkdirSync(join(folder, 'honest'))
    writeFileSync(join(folder, 'honest/run.sh'), 'echo honest\n')
    const yaml = `command: bash run.sh\ncode: ${folder}/honest\nenvironment: azureml:host@latest\ncompute: azureml:local\n`
    writeFileSync(join(folder, 'honest.yml'), yaml)
    await lazurite.json(['job', 'create', '-f', join(folder, 'honest.yml'), '-n', 'honest'])
    const storage = join(lazurite.home, 'storage')
    const files = readdirSync(storage, { recursive: true, withFileTypes: true }).filter(
      (file) => file.name === 'run.sh',
    )
    const paths = files.map((file) => join(file.parentPath, file.name))
    const mine = paths.filter((path) => readFileSync(path, 'utf8') === 'echo honest\n')
    expect(mine).toHaveLength(1)
    writeFileSync(mine[0] ?? '', `touch ${canary}\n`)
    for (const name of holders) await lazurite.laz(['job', 'cancel', '-n', name])
    const job = await ended('honest')
    expect(job.status).toBe('Failed')
    expect(JSON.stringify(job)).toMatch(/SnapshotIntegrity/)
    expect(readdirSync(folder)).not.toContain('tampered.txt')
  })
})

describe('hostile names and values', () => {
  const put = (name: string, properties: Record<string, unknown>) =>
    lazurite.http('PUT', `${workspace}/jobs/${name}`, {
      properties: {
        jobType: 'Command',
        command: 'env -0 > ENV',
        environmentId: 'azureml:host@latest',
        computeId: `${workspace}/computes/local`,
        ...properties,
      },
    })

  test('of variables arrive as they are, or are refused; none is run', async () => {
    const touch = `touch ${folder}/injected`
    const variables: Record<string, string> = {
      PLAIN: `'; ${touch}; '`,
      NEWLINE: `a\n${touch}\nb`,
      [`X;${touch};Y`]: '1',
      [`$(${touch})`]: '2',
      'A\nB': `\`${touch}\``,
      '--split-string': touch,
      '-u': 'PATH',
      laz_command: touch,
      constructor: 'c',
      toString: 't',
    }
    const seen = join(folder, 'hostile-env')
    const made = await put('hostile_variables', { environmentVariables: variables, command: `env -0 > '${seen}'` })
    expect(made.status, made.body).toBe(201)
    expect((await ended('hostile_variables')).status).toBe('Completed')
    const env = new Map(
      readFileSync(seen, 'utf8')
        .split('\0')
        .map((pair): [string, string] => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
    )
    for (const [name, value] of Object.entries(variables)) expect([name, env.get(name)]).toEqual([name, value])
    expect(readdirSync(folder)).not.toContain('injected')
  })

  test('that no system can carry are refused or fail by name', async () => {
    const odd: [string, Record<string, unknown>][] = [
      ['nul_command', { command: 'echo a\0b' }],
      ['nul_value', { command: 'true', environmentVariables: { A: 'a\0b' } }],
      ['equal_name', { command: 'true', environmentVariables: { 'A=B': 'x' } }],
      ['empty_name', { command: 'true', environmentVariables: { '': 'x' } }],
      ['output_climb', { command: 'true', outputs: { '../../x': { jobOutputType: 'uri_folder' } } }],
      ['output_line', { command: 'true', outputs: { 'a\nb': { jobOutputType: 'uri_folder' } } }],
      ['input_name', { command: 'true', inputs: { '$(id)': { jobInputType: 'literal', value: '1' } } }],
    ]
    for (const [name, properties] of odd) {
      const { status, body } = await put(name, properties)
      expect(status, body).toBeLessThan(500)
      if (status === 201) {
        const job = await ended(name)
        expect([name, job.status]).toEqual([name, 'Failed'])
        expect(JSON.stringify(job)).not.toMatch(/InternalError/)
      }
    }
  })
})
