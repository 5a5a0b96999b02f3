// The command line as people and scripts meet it: real processes, a real server, what is printed and how it ends.
import { spawn, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lazurite, root, startLazurite } from './laz.ts'

const bin = join(root, 'packages/cli/bin/laz.cjs')
let server: Lazurite
let folder: string

beforeAll(() => {
  server = startLazurite()
  folder = mkdtempSync(join(tmpdir(), 'laz-cli-'))
})
afterAll(() => {
  server?.stop()
  rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
})

function write(name: string, text: string): string {
  const path = join(folder, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  return path
}

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function until(what: () => boolean, ms = 10_000): Promise<void> {
  const end = Date.now() + ms
  while (!what() && Date.now() < end) await new Promise((go) => setTimeout(go, 20))
  expect(what()).toBe(true)
}

describe('the server', () => {
  test('starts by itself, once, however many ask at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 4 }, () => server.laz(['job', 'list'])))
    expect(answers.map(({ code, out, err }) => ({ code, out, err }))).toEqual(
      Array.from({ length: 4 }, () => ({ code: 0, out: '[]\n', err: '' })),
    )
    // those that came too late are still leaving
    const running = () => spawnSync('pgrep', ['-f', server.home], { encoding: 'utf8' }).stdout.trim()
    await until(() => running() === String(server.server().pid))
  })

  test('its note and token are readable by their owner alone', () => {
    for (const file of ['server.json', 'token']) expect(statSync(join(server.home, file)).mode & 0o077).toBe(0)
  })

  test('status and doctor say how it is', async () => {
    const { url, pid } = server.server()
    expect(await server.json(['status'])).toMatchObject({ running: true, url, pid, workspace: 'main' })
    const { code, out } = await server.laz(['doctor'])
    expect(out).toContain('All is well.')
    expect(code).toBe(0)
  })

  test('a second up changes nothing', async () => {
    const before = server.server().pid
    expect((await server.laz(['up'])).out).toContain('is running already')
    expect(server.server().pid).toBe(before)
  })

  test('killed, it is started again by the next command', async () => {
    const before = server.server().pid
    process.kill(before, 'SIGKILL')
    await until(() => !isAlive(before))
    expect((await server.laz(['workspace', 'show', '--query', 'name', '-o', 'tsv'])).out).toBe('main\n')
    expect(server.server().pid).not.toBe(before)
  })

  test('many commands that find it dead at once get one together', async () => {
    process.kill(server.server().pid, 'SIGKILL')
    const answers = await Promise.all(Array.from({ length: 6 }, () => server.laz(['compute', 'list', '-o', 'json'])))
    for (const { code, err } of answers) expect({ code, err }).toEqual({ code: 0, err: '' })
  })
})

describe('an ephemeral server', () => {
  const variables = (text: string) =>
    Object.fromEntries([...text.matchAll(/^export (\w+)='(.*)'$/gm)].map((m) => [m[1] ?? '', m[2] ?? '']))

  test('prints what points clients at it, and leaves nothing behind', async () => {
    const temporary = () => readdirSync(tmpdir()).filter((name) => name.startsWith('lazurite-'))
    const before = temporary()
    const start = performance.now()
    const { code, out } = await server.laz(['up', '--ephemeral'])
    const took = performance.now() - start
    expect(code).toBe(0)
    const env = variables(out)
    expect(Object.keys(env)).toEqual(
      expect.arrayContaining([
        'LAZ_HOME',
        'LAZ_URL',
        'LAZ_TOKEN',
        'MLFLOW_TRACKING_URI',
        'MLFLOW_TRACKING_TOKEN',
        'ARM_CLOUD_METADATA_URL',
        'IDENTITY_ENDPOINT',
        'IDENTITY_HEADER',
        'AZURE_DEFAULTS_GROUP',
        'AZURE_DEFAULTS_WORKSPACE',
      ]),
    )
    expect(
      out
        .trim()
        .split('\n')
        .every((line) => line.startsWith('export ')),
    ).toBe(true)
    const home = env.LAZ_HOME ?? ''
    const { pid } = JSON.parse(readFileSync(join(home, 'server.json'), 'utf8'))
    expect((await server.laz(['workspace', 'show', '--query', 'name', '-o', 'tsv'], { env })).out).toBe('main\n')
    const tracked = await fetch(`${env.MLFLOW_TRACKING_URI}/api/2.0/mlflow/experiments/search?max_results=1`, {
      headers: { authorization: `Bearer ${env.MLFLOW_TRACKING_TOKEN}` },
    })
    expect(tracked.status).toBe(200)
    await server.laz(['down'], { env })
    await until(() => !isAlive(pid) && !existsSync(home))
    expect(temporary()).toEqual(before)
    // a second alone on a quiet machine; this suite shares its cores
    expect(took).toBeLessThan(4000)
  })

  test('goes with the shell that started it', async () => {
    const script = `eval "$('${process.execPath}' '${bin}' up --ephemeral)"; echo "$LAZ_HOME"; '${process.execPath}' '${bin}' job list`
    const { stdout } = spawnSync('bash', ['-c', script], { encoding: 'utf8' })
    const [home = '', list] = stdout.split('\n')
    expect(list).toBe('[]')
    await until(() => !existsSync(home))
  })
})

describe('assets', () => {
  test('versions count up, labels and queries find them, archived ones hide', async () => {
    const data = write('numbers.csv', 'a,b\n1,2\n')
    const created = [
      'data',
      'create',
      '--name',
      'numbers',
      '--path',
      data,
      '--type',
      'uri_file',
      '--query',
      'version',
      '-o',
      'tsv',
    ]
    expect((await server.laz(created)).out).toBe('1\n')
    expect((await server.laz(created)).out).toBe('2\n')
    const shown = await server.json(['data', 'show', '-n', 'numbers', '--label', 'latest'])
    expect(shown).toMatchObject({
      name: 'numbers',
      version: '2',
      type: 'uri_file',
      path: expect.stringContaining('LocalUpload/'),
    })
    const blob = /paths\/(.*)$/.exec(String(shown.path))?.[1] ?? ''
    const stored = spawnSync('find', [join(server.home, 'storage'), '-path', `*${blob}`], {
      encoding: 'utf8',
    }).stdout.trim()
    expect(readFileSync(stored, 'utf8')).toBe('a,b\n1,2\n')
    expect((await server.laz(['data', 'archive', '-n', 'numbers', '--version', '2'])).code).toBe(0)
    expect((await server.laz(['data', 'list', '--name', 'numbers', '--query', '[].version', '-o', 'tsv'])).out).toBe(
      '1\n',
    )
    expect(
      (await server.laz(['data', 'list', '--name', 'numbers', '--include-archived', '--query', 'length(@)'])).out,
    ).toBe('2\n')
    await server.laz(['data', 'restore', '-n', 'numbers', '--version', '2'])
    expect(
      (await server.laz(['data', 'show', '-n', 'numbers', '--label', 'latest', '--query', 'version', '-o', 'tsv'])).out,
    ).toBe('2\n')
  })

  test('update edits tags and description and refuses content', async () => {
    const file = write('env.yml', 'name: tools\nversion: 1\nimage: ubuntu:22.04\n')
    expect((await server.laz(['environment', 'create', '-f', file])).code).toBe(0)
    const which = ['-n', 'tools', '--version', '1']
    const updated = await server.json([
      'environment',
      'update',
      ...which,
      '--set',
      'tags.stage=prod',
      'description=for tests',
    ])
    expect(updated).toMatchObject({ tags: { stage: 'prod' }, description: 'for tests', image: 'ubuntu:22.04' })
    expect(await server.json(['environment', 'update', ...which, '--remove', 'tags.stage'])).toMatchObject({ tags: {} })
    const refused = await server.laz(['environment', 'update', ...which, '--set', 'image=debian:12'])
    expect(refused.code).toBe(1)
    expect(refused.err).toContain('image')
  })

  test('the same code is kept once, links that leave it are refused', async () => {
    write('code/main.py', 'print(1)\n')
    const code = join(folder, 'code')
    const first = await server.json(['code', 'create', '--path', code])
    const second = await server.json(['code', 'create', '--path', code])
    expect([second.id, second.known, first.known]).toEqual([first.id, true, false])
    symlinkSync('/etc/passwd', join(code, 'passwd'))
    const refused = await server.laz(['code', 'create', '--path', code])
    expect(refused.code).toBe(1)
    expect(refused.err).toContain('outside the folder')
    rmSync(join(code, 'passwd'))
  })
})

const hello = (command: string) => `command: ${command}\nenvironment: azureml:host@latest\ncompute: azureml:local\n`

describe('jobs', () => {
  test('streamed to the end, as az prints it', async () => {
    const file = write(
      'hello.yml',
      hello('echo hello from ${{inputs.who}} && echo kept > outputs/kept.txt\ninputs:\n  who: file'),
    )
    const { code, out, err } = await server.laz(
      ['job', 'create', '-f', file, '-n', 'hello-1', '--set', 'inputs.who=flag', '--stream'],
      { cwd: folder },
    )
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(
      /^RunId: hello-1\nWeb View: http:\S+\?\S+\n\nStreaming user_logs\/std_log.txt\n={31}\n\nhello from flag\n\nExecution Summary\n={17}\nRunId: hello-1\nWeb View: /,
    )
    expect((await server.laz(['job', 'stream', '-n', 'hello-1'])).out).toBe(out)
    const shown = await server.json(['job', 'show', '-n', 'hello-1'])
    expect(shown).toMatchObject({ name: 'hello-1', status: 'Completed', type: 'command', inputs: { who: 'flag' } })
    expect(
      (await server.laz(['job', 'show', '-n', 'hello-1', '--query', 'services.Studio.endpoint', '-o', 'tsv'])).out,
    ).toMatch(/^http:/)
    const to = join(folder, 'back')
    expect((await server.laz(['job', 'download', '-n', 'hello-1', '-p', to])).code).toBe(0)
    expect(readFileSync(join(to, 'artifacts/outputs/kept.txt'), 'utf8')).toBe('kept\n')
    expect(readFileSync(join(to, 'artifacts/user_logs/std_log.txt'), 'utf8')).toBe('hello from flag\n')
  })

  test('a job that fails says why and ends with 1', async () => {
    const file = write('fail.yml', hello('echo before && exit 3'))
    const { code, out, err } = await server.laz(['job', 'create', '-f', file, '-n', 'fails-1', '--stream'], {
      cwd: folder,
    })
    expect(code).toBe(1)
    expect(out).toContain('before\n')
    expect(err).toMatch(/fails-1 is Failed[\s\S]*status code 3/)
  })

  test('Ctrl-C leaves the job running and says how to come back', async () => {
    const file = write('slow.yml', hello('echo started; sleep 60'))
    const child = spawn(process.execPath, [bin, 'job', 'create', '-f', file, '-n', 'slow-1', '--stream'], {
      env: { ...process.env, LAZ_HOME: server.home },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let [out, err] = ['', '']
    child.stdout.on('data', (part) => (out += part))
    child.stderr.on('data', (part) => (err += part))
    await until(() => out.includes('started\n'), 30_000)
    child.kill('SIGINT')
    const code = await new Promise((done) => child.on('close', done))
    expect(code).toBe(130)
    expect(err).toContain('laz job stream -n slow-1')
    expect((await server.laz(['job', 'show', '-n', 'slow-1', '--query', 'status', '-o', 'tsv'])).out).toBe('Running\n')
    expect((await server.laz(['job', 'cancel', '-n', 'slow-1'])).code).toBe(0)
    const ended = await server.laz(['job', 'stream', '-n', 'slow-1'])
    expect([ended.code, ended.err.includes('Canceled')]).toEqual([1, true])
  })

  test('diff shows what differs and nothing else', async () => {
    write('a/train.py', 'print("one")\n')
    write('a/same.py', '')
    write('b/train.py', 'print("two")\n')
    write('b/same.py', '')
    for (const [name, rate] of [
      ['a', '0.1'],
      ['b', '0.2'],
    ] as const) {
      const file = write(`${name}.yml`, hello(`python3 train.py\ncode: ${name}\ninputs:\n  rate: ${rate}\n  steps: 5`))
      expect((await server.laz(['job', 'create', '-f', file, '-n', `diff-${name}`, '--stream'])).code).toBe(0)
    }
    const found = await server.json<Record<string, { what: string; a: string; b: string }[]>>([
      'job',
      'diff',
      'diff-a',
      'diff-b',
    ])
    expect(found.inputs).toEqual([{ what: 'rate', a: '0.1', b: '0.2' }])
    expect(found.code?.map((d) => d.what)).toEqual(['train.py'])
    expect(found.command).toBeUndefined()
    expect((await server.laz(['job', 'diff', 'diff-a', 'diff-a'])).out).toContain('do not differ')
  })

  test('component files, inline steps and files beside the code', async () => {
    write('pipe/shared/util.py', 'WORD = "shared"\n')
    write('pipe/parts/src/say.py', 'import sys, util\nopen(sys.argv[1] + "/said.txt", "w").write(util.WORD)\n')
    write('pipe/parts/shared.py', '')
    write(
      'pipe/parts/say.yml',
      'type: command\nname: say\noutputs:\n  said:\n    type: uri_folder\ncode: src\nadditional_includes:\n  - ../shared/util.py\nenvironment: azureml:host@latest\ncommand: python3 say.py ${{outputs.said}}\n',
    )
    const file = write(
      'pipe/pipeline.yml',
      'type: pipeline\nsettings:\n  default_compute: azureml:local\njobs:\n  say:\n    component: parts/say.yml\n  hear:\n    command: cat ${{inputs.said}}/said.txt\n    environment: azureml:host@latest\n    inputs:\n      said: ${{parent.jobs.say.outputs.said}}\n',
    )
    const { code, out, err } = await server.laz(['job', 'create', '-f', file, '-n', 'pipe-1', '--stream'])
    expect({ code, err }).toEqual({ code: 0, err: expect.stringMatching(/^Uploading .*parts\/src: 2 files, \d+ B\n$/) })
    expect(out).toMatch(/say: Completed/)
    const steps = await server.json<{ name: string; display_name: string }[]>([
      'job',
      'list',
      '--parent-job-name',
      'pipe-1',
    ])
    const hear = steps.find((step) => step.display_name === 'hear')?.name ?? ''
    expect((await server.laz(['job', 'stream', '-n', hear])).out).toContain('\nshared\n')
  })
})

describe('wrong words', () => {
  test.each([
    [['jbo', 'list'], 2, 'Did you mean: laz job'],
    [['job', 'lits'], 2, 'Did you mean: laz job list'],
    [['job', 'show'], 2, '--name/-n'],
    [['job', 'list', '--max', 'many'], 2, 'whole number'],
    [['job', 'list', '--query', '['], 2, 'JMESPath'],
    [['job', 'show', '-n', 'nobody'], 3, 'nobody'],
    [['model', 'share', '-n', 'x'], 2, '--registry-name'],
    [['data', 'mount', '--path', 'azureml:x:1'], 1, 'not supported'],
    [['online-deployment', 'list'], 2, '--endpoint-name/-e'],
    [['job', 'create', '-f', 'nowhere.yml'], 3, 'nowhere.yml'],
    [['validate', 'nowhere.yml'], 3, 'nowhere.yml'],
  ] as const)('%j ends with %i', async (words, expected, said) => {
    const { code, out, err } = await server.laz([...words])
    expect({ code, out }).toEqual({ code: expected, out: '' })
    expect(err).toContain(said)
    expect(err).not.toMatch(/\n\s+at /)
  })

  test('a home that cannot be used is named, with the way out', async () => {
    const file = write('a-file', '')
    for (const home of ['/proc/nowhere/home', file]) {
      const { code, err } = await server.laz(['job', 'list'], { env: { LAZ_HOME: home } })
      expect([code, err.includes(home), err.includes('LAZ_HOME')]).toEqual([1, true, true])
    }
  })

  test('a bad file is told whole, with file, line and column, before anything is sent', async () => {
    const file = write('bad.yml', 'command: 5\nenvironmet: azureml:host@latest\nlimits:\n  timeout: soon\n')
    const { code, err } = await server.laz(['job', 'create', '-f', file], { cwd: folder })
    expect(code).toBe(1)
    for (const place of ['bad.yml:2:1', 'bad.yml:4:3']) expect(err).toContain(place)
    const judged = await server.laz(['validate', file, '-o', 'json'], { cwd: folder })
    expect(judged.code).toBe(1)
    expect(JSON.parse(judged.out)).toMatchObject({
      result: 'Failed',
      errors: expect.arrayContaining([expect.objectContaining({ location: 'bad.yml#line 4', path: 'limits.timeout' })]),
    })
  })

  test('a missing folder of code is a problem of its line', async () => {
    const file = write('nocode.yml', hello('ls\ncode: ./absent'))
    const { code, err } = await server.laz(['job', 'create', '-f', file], { cwd: folder })
    expect(code).toBe(1)
    expect(err).toMatch(/nocode\.yml:2:1/)
    expect(err).toContain('absent')
  })
})

test('defaults are kept, shown and forgotten', async () => {
  expect((await server.laz(['configure', '--defaults', 'workspace=other', 'group=g'])).code).toBe(0)
  const missing = await server.laz(['job', 'list'])
  expect([missing.code, missing.err.includes('other')]).toEqual([3, true])
  expect((await server.laz(['job', 'list', '-w', 'main', '-g', 'lazurite'])).code).toBe(0)
  await server.laz(['configure', '--defaults', 'workspace=', 'group='])
  expect((await server.laz(['job', 'list'])).code).toBe(0)
})

test('completion names groups, verbs and flags', async () => {
  const complete = async (...words: string[]) => (await server.laz(['__complete', ...words])).out.trim().split('\n')
  expect(await complete()).toEqual(expect.arrayContaining(['job', 'up', 'validate']))
  expect(await complete('job')).toContain('stream')
  expect(await complete('job', 'create')).toContain('--file')
  expect(await complete('job', 'list', '-o')).toContain('tsv')
  const script = (await server.laz(['completion', 'bash'])).out
  expect(spawnSync('bash', ['-n'], { input: script }).status).toBe(0)
})

test('the start costs little beside an empty process', async () => {
  const once = (words: string[]) => {
    const start = performance.now()
    spawnSync(process.execPath, words, { env: { ...process.env, LAZ_HOME: server.home }, stdio: 'ignore' })
    return performance.now() - start
  }
  const cases = { empty: ['-e', '0'], version: [bin, '--version'], list: [bin, 'job', 'list'] }
  const times: Record<string, number[]> = { empty: [], version: [], list: [] }
  for (let round = 0; round < 22; round++)
    for (const [name, words] of Object.entries(cases)) times[name]?.push(once(words))
  const middle = (name: string) => (times[name] ?? []).slice(2).sort((a, b) => a - b)[10] ?? 0
  // the goals are 1.3 and 1.4 on a quiet machine; a shared one is given room
  expect(middle('version') / middle('empty')).toBeLessThan(1.6)
  expect(middle('list') / middle('empty')).toBeLessThan(1.9)
  expect(readdirSync(join(root, 'packages/cli/dist')).some((name) => name.startsWith('laz.cache'))).toBe(true)
})
