import { expect, test } from 'vitest'
import { replicaLines } from './replica-lines.ts'

test('the use of a replica is told between looks', () => {
  const look = (at: number, cpuSeconds: number, restarts = 0) => ({
    at,
    numbers: {
      endpoint: 'e',
      deployments: {},
      replicas: { blue: [{ id: 'r1', state: 'Ready', startedAt: 0, restarts, cpuSeconds, memoryBytes: 5e6 }] },
    },
  })
  const past = [look(0, 1), look(2000, 2), look(4000, 0.1, 1), look(6000, 0.3, 1)]
  const { cpu, memory } = replicaLines(past, 'blue/r1')
  expect(cpu.map((value) => value && Math.round(value))).toEqual([undefined, 50, undefined, 10])
  expect(memory).toEqual([5, 5, 5, 5])
  expect(replicaLines(past, 'green/r1').memory).toEqual(Array(4).fill(undefined))
})
