import type { JsonObject } from '@lazurite/spec'
import { expect, test } from 'vitest'
import { type Crew, crewOf, crewSize, freePorts, mainLogOf, membersOf, portsNeeded } from './distribute.ts'

const crew = (distribution: JsonObject, nodes: number) => crewOf(distribution, nodes) as Crew // no test asks for an unsupported one here

test('a plain job is one process with one log', () => {
  const [only, ...more] = membersOf(crew({}, 1), [])
  expect(more).toEqual([])
  expect(only).toMatchObject({ log: 'std_log.txt', env: { AZUREML_PROCESS_NAME: 'main', AZUREML_CR_NODE_RANK: '0' } })
  expect(only?.env.RANK).toBeUndefined()
})

test('pytorch: two nodes of two processes know their rank and share one rendezvous', () => {
  const team = crew({ distributionType: 'PyTorch', processCountPerInstance: 2 }, 2)
  expect(portsNeeded(team)).toBe(1)
  const members = membersOf(team, [4711])
  expect(members.map(({ env }) => `${env.RANK}/${env.LOCAL_RANK}/${env.NODE_RANK}`)).toEqual([
    '0/0/0',
    '1/1/0',
    '2/0/1',
    '3/1/1',
  ])
  for (const { env } of members) {
    expect(env).toMatchObject({
      WORLD_SIZE: '4',
      MASTER_ADDR: '127.0.0.1',
      MASTER_PORT: '4711',
      AZ_BATCH_HOST_LIST: '127.0.0.1,127.0.0.1',
    })
  }
  expect(members.map((m) => m.log)).toEqual([0, 1, 2, 3].map((rank) => `std_log_process_${rank}.txt`))
  expect(members.map(({ env }) => env.AZUREML_PROCESS_NAME)).toEqual(['rank_0', 'rank_1', 'rank_2', 'rank_3'])
})

test('ranks in log names have the same width', () => {
  const logs = membersOf(crew({ type: 'pytorch', process_count_per_instance: 11 }, 1), [1]).map((m) => m.log)
  expect([logs[0], logs[10]]).toEqual(['std_log_process_00.txt', 'std_log_process_10.txt'])
})

test('tensorflow: workers and parameter servers have an address each and their own place in TF_CONFIG', () => {
  const team = crew({ distributionType: 'TensorFlow', workerCount: 2, parameterServerCount: 1 }, 2)
  expect(portsNeeded(team)).toBe(3)
  const members = membersOf(team, [1, 2, 3])
  expect(members.map((m) => JSON.parse(m.env.TF_CONFIG ?? ''))).toEqual(
    [
      { type: 'worker', index: 0 },
      { type: 'worker', index: 1 },
      { type: 'ps', index: 0 },
    ].map((task) => ({
      cluster: { worker: ['127.0.0.1:1', '127.0.0.1:2'], ps: ['127.0.0.1:3'] },
      task,
      environment: 'cloud',
    })),
  )
  expect(members.map((m) => m.log)).toEqual([
    'std_log_process_0.txt',
    'std_log_process_1.txt',
    'std_log_process_0_ps.txt',
  ])
})

test('workers default to the number of nodes; without a framework the command runs once a node', () => {
  expect(membersOf(crew({ type: 'tensorflow' }, 3), [1, 2, 3])).toHaveLength(3)
  const plain = membersOf(crew({}, 2), [])
  expect(plain.map(({ env }) => env.AZUREML_CR_NODE_RANK)).toEqual(['0', '1'])
})

test('mpi: mpirun is the one process that is started, with a log of its own', () => {
  const team = crew({ distributionType: 'Mpi', processCountPerInstance: 2 }, 2)
  expect(crewSize(team)).toBe(4)
  const members = membersOf(team, [4711])
  expect(members.map(({ name, log }) => [name, log])).toEqual([['p0', 'mpi_log.txt']])
  expect(members[0]?.env).toMatchObject({
    AZ_BATCH_MASTER_NODE: '127.0.0.1:4711',
    AZ_BATCH_HOST_LIST: expect.any(String),
  })
  expect(mainLogOf({ distribution: { distributionType: 'Mpi', processCountPerInstance: 2 } })).toBe(
    'user_logs/std_log_process_0.txt',
  )
})

test('ray: the command is one process, whatever the number of nodes', () => {
  const team = crew({ type: 'ray', include_dashboard: true, head_node_additional_args: '--verbose' }, 3)
  expect(team.ray).toEqual({ includeDashboard: true, headArguments: '--verbose' })
  expect(portsNeeded(team)).toBe(2)
  expect(membersOf(team, [1, 2])).toMatchObject([{ log: 'std_log.txt', env: { AZUREML_PROCESS_NAME: 'main' } }])
})

test('what is no distribution is named', () => {
  expect(crewOf({ type: 'horovod' }, 1)).toEqual({ unsupported: 'horovod' })
})

test('free ports are different ones', async () => {
  const ports = await freePorts(5)
  expect(new Set(ports).size).toBe(5)
  expect(ports.every((port) => port > 0)).toBe(true)
})
