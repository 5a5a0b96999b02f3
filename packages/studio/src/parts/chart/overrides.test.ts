import { expect, test } from 'vitest'
import { overridden, readOverrides, writeOverrides } from './overrides.ts'

const view = { x: 'step', logX: false, logY: true, smoothing: 'none', amount: 0 } as const

test('what one chart does otherwise is read from the address, and written there', () => {
  const told = readOverrides('lx -ly s0.6 nothing __proto__')
  expect(told).toEqual({ logX: true, logY: false, amount: 0.6 })
  expect(writeOverrides(told)).toBe('lx -ly s0.6')
  expect([writeOverrides({}), readOverrides('')]).toEqual(['', {}])
  expect(overridden(view, told)).toEqual({ x: 'step', logX: true, logY: false, smoothing: 'time', amount: 0.6 })
  expect(overridden({ ...view, smoothing: 'gauss', amount: 0.9 } as never, { amount: 0 })).toMatchObject({
    smoothing: 'none',
    amount: 0,
  })
  expect(overridden(view, {})).toEqual(view)
})
