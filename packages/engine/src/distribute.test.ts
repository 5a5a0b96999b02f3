import { expect, test } from 'vitest'
import { type Crew, crewOf, freePorts, membersOf, portsNeeded } from './distribute.ts'

const crew = (distribution: Record<string, string | number>, nodes: number) => crewOf(distribution, nodes) as Crew // no test asks for an unsupported one here

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

test('launchers that are not driven are named', () => {
  expect(crewOf({ distributionType: 'Mpi' }, 1)).toEqual({ unsupported: 'Mpi' })
  expect(crewOf({ type: 'ray' }, 1)).toEqual({ unsupported: 'ray' })
})

test('free ports are different ones', async () => {
  const ports = await freePorts(5)
  expect(new Set(ports).size).toBe(5)
  expect(ports.every((port) => port > 0)).toBe(true)
})
