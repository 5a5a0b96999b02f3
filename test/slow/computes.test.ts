// Computes as their users have them: clusters that grow and shrink, an instance whose terminal outlives the server.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lazurite, root, startLazurite } from './laz.ts'

let server: Lazurite
const marker = (name: string) => join(server.home, name)
beforeAll(() => {
  server = startLazurite({ env: { LAZ_ENVIRONMENT: 'host', LAZ_CORES: '4', LAZ_MEMORY_MIB: '16000' } })
})
afterAll(async () => {
  for (const { name } of await server.json<{ name: string }[]>(['compute', 'list'])) {
    await server.laz(['compute', 'delete', '-n', name, '-y'])
  }
  await until(
    async () => !existsSync(marker('computes')) || (await files(marker('computes'))).length === 0,
    'the sweep',
  )
  server.stop()
})

const files = (folder: string) => readdir(folder)

async function until<T>(look: () => Promise<T | undefined | false>, what: string): Promise<T> {
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return expect.fail(`waited too long for ${what}`)
}

async function laz(...words: string[]): Promise<string> {
  const { code, out, err } = await server.laz(words)
  expect(code, err).toBe(0)
  return out
}

/** A job that runs until a file appears. */
async function submit(name: string, compute: string): Promise<void> {
  const file = join(server.home, `${name}.yml`)
  const command = `while [ ! -e ${marker(`${name}.go`)} ]; do sleep 0.05; done`
  writeFileSync(
    file,
    `name: ${name}\ncommand: ${JSON.stringify(command)}\nenvironment: azureml:host@latest\ncompute: azureml:${compute}\n`,
  )
  await laz('job', 'create', '-f', file)
}
async function letGo(name: string): Promise<void> {
  writeFileSync(marker(`${name}.go`), '')
}
const stateOf = async (kind: string, name: string, query: string) =>
  (await laz(kind, 'show', '-n', name, '--query', query, '-o', 'tsv')).trim()
interface Node {
  node_id: string
  node_state: string
  current_job_name: string | null
}
const nodesOf = (name: string) => server.json<Node[]>(['compute', 'list-nodes', '-n', name])
/** What is dead and not collected yet is gone too. */
function isGone(pid: number): boolean {
  try {
    return /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return true
  }
}
const killServer = () => process.kill(server.server().pid, 'SIGKILL')

describe('a cluster', () => {
  test('grows with its jobs, is resized while they wait, and lets idle nodes go after the time set', async () => {
    await laz(...'compute create -n grow --type amlcompute --size Standard_D1_v2 --max-instances 1 -d 4'.split(' '))
    expect(await nodesOf('grow')).toEqual([])
    for (const name of ['g1', 'g2']) await submit(name, 'grow')
    await until(async () => (await stateOf('job', 'g1', 'status')) === 'Running', 'the first job')
    expect(await nodesOf('grow')).toMatchObject([{ node_id: 'grow-0', node_state: 'running', current_job_name: 'g1' }])
    expect(await stateOf('job', 'g2', 'status')).toBe('Queued')
    await laz(...'compute update -n grow --max-instances 2 --min-instances 1'.split(' '))
    await until(async () => (await stateOf('job', 'g2', 'status')) === 'Running', 'the second job')
    killServer()
    expect((await nodesOf('grow')).map((node) => node.node_state)).toEqual(['running', 'running'])
    for (const name of ['g1', 'g2']) await letGo(name)
    await until(async () => (await nodesOf('grow')).every((node) => node.node_state === 'idle'), 'the jobs to end')
    const idleFrom = Date.now()
    await until(async () => (await nodesOf('grow')).length === 1, 'the second node to go')
    expect(Date.now() - idleFrom).toBeLessThan(20_000)
    expect(await stateOf('compute', 'grow', 'state || provisioning_state')).toBe('Succeeded')
  })

  test('whose nodes take several jobs runs them beside each other', async () => {
    await laz(
      ...'compute create -n share --type amlcompute --size Standard_D2_v2 --max-instances 1 --jobs-per-node 2'.split(
        ' ',
      ),
    )
    expect(await stateOf('compute', 'share', 'jobs_per_node')).toBe('2')
    for (const name of ['s1', 's2']) await submit(name, 'share')
    for (const name of ['s1', 's2']) {
      await until(async () => (await stateOf('job', name, 'status')) === 'Running', name)
    }
    expect((await nodesOf('share')).map((node) => node.node_id)).toEqual(['share-0'])
    for (const name of ['s1', 's2']) await letGo(name)
  })
})

describe('an instance', () => {
  const inState = (state: string) => until(async () => (await stateOf('compute', 'box', 'state')) === state, state)

  test('is created, and its terminal takes what is piped into it', async () => {
    await laz(...'compute create -n box --type computeinstance --size Standard_D2_v2'.split(' '))
    expect(await stateOf('compute', 'box', 'state')).toBe('Running')
    const shell = spawn(
      process.execPath,
      [join(root, 'packages/cli/bin/laz.cjs'), 'compute', 'terminal', '-n', 'box'],
      {
        env: { ...process.env, LAZ_HOME: server.home },
      },
    )
    let text = ''
    shell.stdout.setEncoding('utf8').on('data', (more) => {
      text += more
    })
    shell.stdin.end('echo it is $((6*7)) on $LAZ_COMPUTE; (setsid sleep 1000 & echo "pid=$!")\n')
    expect(await new Promise((resolve) => shell.on('close', resolve))).toBe(0)
    expect(text).toContain('it is 42 on box')
    const pid = Number(/pid=(\d+)/.exec(text)?.[1])
    expect(existsSync(`/proc/${pid}`)).toBe(true)
    killServer()
    expect(await stateOf('compute', 'box', 'state')).toBe('Running')
    expect(existsSync(`/proc/${pid}`)).toBe(true)
    // nothing that was ever started on it stays behind
    await laz('compute', 'stop', '-n', 'box')
    await inState('Stopped')
    await until(async () => isGone(pid), 'the process to be gone')
  })

  test('comes up once however often the server dies while it starts', async () => {
    for (let round = 0; round < 5; round++) {
      const starting = server.laz(['compute', 'start', '-n', 'box'])
      await new Promise((resolve) => setTimeout(resolve, 150 + 80 * round))
      killServer()
      await starting
      await inState('Running')
      await laz('compute', 'list-terminals', '-n', 'box')
      const supervisors = readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .filter((name) => {
          try {
            const words = readFileSync(`/proc/${name}/cmdline`, 'utf8')
            return words.includes('instance.py') && words.includes(server.home)
          } catch {
            return false
          }
        })
      expect(supervisors).toHaveLength(1)
      await laz('compute', 'stop', '-n', 'box')
      await inState('Stopped')
    }
  })

  test('deleted, nothing of it is left', async () => {
    await laz('compute', 'start', '-n', 'box')
    await laz('compute', 'delete', '-n', 'box', '-y')
    await until(async () => (await files(marker('computes'))).length === 0, 'its folder to go')
  })
})
