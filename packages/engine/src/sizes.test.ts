import { expect, test } from 'vitest'
import { sizeOf } from './sizes.ts'

test.each([
  ['Standard_DS3_v2', 4, 14],
  ['STANDARD_DS3_V2', 4, 14],
  ['Standard_D2_v2', 2, 7],
  ['Standard_D4s_v3', 4, 16],
  ['Standard_E4s_v3', 4, 32],
  ['Standard_E8-4s_v3', 4, 64],
  ['Standard_F4s_v2', 4, 8],
  ['Standard_F4s', 4, 8],
  ['Standard_D8as_v5', 8, 32],
  ['Standard_A2m_v2', 2, 16],
  ['Standard_B2s', 2, 4],
  ['Standard_DS11_v2', 2, 14],
])('%s has %i cores and %i GiB', (name, cores, gib) => {
  expect(sizeOf(name)).toEqual({ cores, memoryMiB: gib * 1024, gpus: 0 })
})

test('GPUs are counted', () => {
  expect(sizeOf('Standard_NC6s_v3')).toEqual({ cores: 6, memoryMiB: 112 * 1024, gpus: 1 })
  expect(sizeOf('Standard_NC24ads_A100_v4')?.gpus).toBe(1)
  expect(sizeOf('STANDARD_ND40RS_V2')?.gpus).toBe(8)
})

test.each([
  '',
  'Standard_',
  'cheap',
  'Standard_Z9',
  'constructor',
  '__proto__',
  'Standard_D0_v3',
  'Standard_D9999999_v3',
])('%j means nothing', (name) => expect(sizeOf(name)).toBeUndefined())
