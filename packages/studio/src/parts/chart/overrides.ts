// What one chart does otherwise than the page, as its address holds it.
import type { ChartView } from './metric-card.tsx'

export interface Overrides {
  logX?: boolean
  logY?: boolean
  clip?: boolean
  /** 0 for none. */
  amount?: number
  table?: boolean
}

/** Word of the address for the chart of a title. */
export const wordOfChart = (title: string) => `chart.${title}`

const flags = { lx: 'logX', ly: 'logY', clip: 'clip', table: 'table' } as const

/** `ly`, `-ly` for its opposite, `s0.6`; what it does not know it leaves out. */
export function readOverrides(text: string): Overrides {
  const found: Overrides = {}
  for (const word of text.split(' ')) {
    const [on, name] = word.startsWith('-') ? [false, word.slice(1)] : [true, word]
    if (Object.hasOwn(flags, name)) found[flags[name as keyof typeof flags]] = on // it is one: see the left
    const amount = /^s(0(?:\.\d{1,3})?)$/.exec(word)?.[1]
    if (amount !== undefined) found.amount = Number(amount)
  }
  return found
}

export function writeOverrides(overrides: Overrides): string {
  const words = Object.entries(flags).flatMap(([word, flag]) => {
    const value = overrides[flag]
    return value === undefined ? [] : [value ? word : `-${word}`]
  })
  return [...words, ...(overrides.amount === undefined ? [] : [`s${overrides.amount}`])].join(' ')
}

export function overridden(view: ChartView, { logX, logY, clip, amount }: Overrides): ChartView {
  return {
    ...view,
    ...(logX === undefined ? {} : { logX }),
    ...(logY === undefined ? {} : { logY }),
    ...(clip === undefined ? {} : { clip }),
    ...(amount === undefined
      ? {}
      : amount === 0
        ? { smoothing: 'none' as const, amount }
        : { smoothing: view.smoothing === 'none' ? ('time' as const) : view.smoothing, amount }),
  }
}
