import { expect, test } from 'vitest'
import { WorkMeter } from './work-meter.ts'

const reading = (busy: number, idle: number, freeBytes: number) => ({
  at: busy + idle,
  cpus: [{ times: { user: busy, nice: 0, sys: 0, irq: 0, idle } }],
  freeBytes,
  totalBytes: 100,
})

test('the share of the processors is that of the time since the reading before', () => {
  const meter = new WorkMeter(10)
  meter.note(reading(100, 900, 40))
  meter.note(reading(150, 950, 20))
  meter.note(reading(150, 1050, 100))
  expect(meter.samples.map(({ cpu, memory }) => [cpu, memory])).toEqual([
    [0.1, 0.6],
    [0.5, 0.8],
    [0, 0],
  ])
})

test('no time between two readings changes nothing; counters that go back are not trusted', () => {
  const meter = new WorkMeter(10)
  meter.note(reading(50, 50, 0))
  meter.note(reading(50, 50, 0))
  meter.note(reading(10, 100, 0))
  expect(meter.samples.map(({ cpu }) => cpu)).toEqual([0.5, 0.5, 0])
})

test('old samples go', () => {
  const meter = new WorkMeter(2)
  for (let i = 1; i < 6; i++) meter.note(reading(i, i, 0))
  expect(meter.samples.map(({ at }) => at)).toEqual([8, 10])
})
