// The ways in which people use jobs and pipelines, each as a file of its own, through the command line as a user would.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lazurite, root, startLazurite } from './laz.ts'

const cwd = join(root, 'test/slow/uses')
let lazurite: Lazurite
let downloads: string

beforeAll(async () => {
  lazurite = startLazurite()
  downloads = mkdtempSync(join(tmpdir(), 'laz-uses-'))
  await lazurite.json([
    'compute',
    'create',
    '-n',
    'cpu-cluster',
    '--type',
    'amlcompute',
    '--min-instances',
    '0',
    '--max-instances',
    '4',
  ])
  await lazurite.json(['data', 'create', '-f', 'data.yml'], { cwd })
  await lazurite.json(['environment', 'create', '-f', 'environment.yml'], { cwd })
  await lazurite.json(['component', 'create', '-f', 'components/step.yml'], { cwd })
})

afterAll(() => {
  lazurite?.stop()
  rmSync(downloads, { recursive: true, force: true, maxRetries: 20 })
})

interface Job {
  name: string
  status: string
  display_name: string
}

/** Runs a file to its end; the job, what was streamed, and the folder with everything it left behind. */
async function run(file: string) {
  const name = `${file.replace(/\W/g, '_')}_${Math.random().toString(36).slice(2, 8)}`
  const streamed = await lazurite.laz(['job', 'create', '-f', `${file}.yml`, '-n', name, '--stream'], { cwd })
  expect(streamed, `${streamed.out}\n${streamed.err}`).toMatchObject({ code: 0 })
  const job = await lazurite.json<Job>(['job', 'show', '-n', name])
  expect(job.status).toBe('Completed')
  const folder = join(downloads, name)
  await lazurite.laz(['job', 'download', '-n', name, '--all', '-p', folder])
  return { name, job, out: streamed.out, folder, read: (path: string) => readFileSync(join(folder, path), 'utf8') }
}

async function children(name: string) {
  return lazurite.json<Job[]>(['job', 'list', '--parent-job-name', name])
}

/** What a step of a pipeline printed. */
async function logOf(pipeline: string, node: string) {
  const child = (await children(pipeline)).find((job) => job.display_name === node)
  const { out } = await lazurite.laz(['job', 'stream', '-n', child?.name ?? `no step ${node}`])
  return out
}

describe('command jobs', () => {
  test('literal inputs, as Python prints them, and optional segments', async () => {
    const { read } = await run('literal-inputs')
    const [first, second] = read('artifacts/user_logs/std_log.txt').split('\n')
    expect(first).toBe('word=green count=42 share=1.0 flag=True')
    expect(second?.trim()).toBe('with green')
  })

  test('environment variables of the user', async () => {
    expect((await run('environment-variable')).out).toContain('good morning 7')
  })

  test('a code snapshot without what .amlignore names', async () => {
    const { read, job } = await run('code-snapshot')
    const log = read('artifacts/user_logs/std_log.txt')
    expect(log).toContain('text: from the snapshot')
    expect(log).toContain('secret here: False')
    expect(job).toMatchObject({ display_name: 'code snapshot', tags: { use: 'code' } })
  })

  test('local folders and files as inputs, mounted and downloaded', async () => {
    const { out } = await run('local-folder-input')
    expect(out).toContain('one.csv')
    expect(out).toContain('1,2')
  })

  test('a named output becomes a data asset', async () => {
    const { read } = await run('named-output')
    expect(read('named-outputs/result/kept.txt')).toBe('kept\n')
    const asset = await lazurite.json<{ version: string; path: string }>([
      'data',
      'show',
      '-n',
      'kept-things',
      '--label',
      'latest',
    ])
    expect(asset.version).toBe('1')
    expect(asset.path).toMatch(/\/datastores\/workspaceblobstore\/paths\/azureml\//)
  })

  test('./outputs and ./logs are there before the command and kept after it', async () => {
    const { read } = await run('default-outputs')
    expect(read('artifacts/outputs/note.txt')).toBe('in outputs\n')
    expect(read('artifacts/logs/note.log')).toBe('in logs\n')
  })

  test('a model folder as input', async () => {
    expect((await run('model-input')).out).toContain('two.csv')
  })

  test('a registered data asset by its label', async () => {
    expect((await run('data-asset-input')).out).toContain('one.csv')
  })

  test('a registered environment', async () => {
    expect((await run('registered-environment')).out).toMatch(/Python 3\.\d+/)
  })
})

describe('distributed jobs on the slots of one machine', () => {
  test('pytorch: two nodes of two processes know their rank', async () => {
    const { folder, out } = await run('pytorch')
    expect(out).toContain('rank=0 ')
    const logs = join(folder, 'artifacts/user_logs')
    const lines = readdirSync(logs)
      .filter((file) => file.startsWith('std_log'))
      .sort()
      .map((file) => readFileSync(join(logs, file), 'utf8').trim())
    expect(lines).toHaveLength(4)
    lines.forEach((line, rank) => {
      expect(line).toContain(`rank=${rank} local=${rank % 2} node=${rank >> 1} world=4 master=`)
      expect(line).toContain(`process=rank_${rank}`)
    })
  })

  test('tensorflow: every worker has its TF_CONFIG', async () => {
    const { folder } = await run('tensorflow')
    const logs = join(folder, 'artifacts/user_logs')
    const configs = readdirSync(logs)
      .filter((file) => file.startsWith('std_log'))
      .sort()
      .map((file) => JSON.parse(readFileSync(join(logs, file), 'utf8').replace(/^"|"$/g, '')))
    expect(configs.map((config) => config.task.index)).toEqual([0, 1])
    expect(configs[0].cluster.worker).toHaveLength(2)
  })
})

describe('pipelines', () => {
  test('three shell steps that hand files on', async () => {
    const { name, out } = await run('pipeline-of-three')
    expect(out).toMatch(/a[\s\S]*b[\s\S]*c/)
    expect((await children(name)).map((job) => job.status)).toEqual(['Completed', 'Completed', 'Completed'])
    expect(await logOf(name, 'c')).toContain('a\nb\nc')
  })

  test('serverless compute and settings, misspelt ones too', async () => {
    await run('pipeline-serverless')
  })

  test('an output file at a path of the user', async () => {
    const { read } = await run('pipeline-output-file')
    expect(read('named-outputs/output/hello_world.txt')).toBe('world\n')
  })

  test('an output folder at a path with the step’s name', async () => {
    await run('pipeline-output-folder')
  })

  test('`artifacts` hands on the default outputs', async () => {
    const { name } = await run('pipeline-default-artifacts')
    expect(await logOf(name, 'read')).toContain('world')
  })

  test('components from files, with optional and default inputs', async () => {
    const { name, read } = await run('pipeline-components')
    expect(await logOf(name, 'first')).toContain('text: from the pipeline at 1.8')
    expect(await logOf(name, 'second')).toContain("input files: ['hello-world.txt']")
    expect(read('named-outputs/result/hello-world.txt')).toBe('by default')
  })

  test('registered components', async () => {
    const { name } = await run('pipeline-registered')
    expect(await logOf(name, 'second')).toContain('text: by default')
  })

  test('a datastore path that an earlier step writes', async () => {
    const { name } = await run('pipeline-datastore-path')
    expect(await logOf(name, 'read')).toContain('by default')
  })
})
