import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Connection, Turns } from './turns.ts'

const nothing = () => {}
/** A connection that keeps nothing: turns are about order alone. */
const connection = {
  ...{
    begin: nothing,
    commit: nothing,
    rollback: nothing,
    mark: nothing,
    releaseMark: nothing,
    rollbackToMark: nothing,
  },
  inTransaction: () => true,
  statements: {},
  translate: (error: unknown) => error,
} as unknown as Connection // no statement is run

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

const rest = () => new Promise<void>((resolve) => setImmediate(resolve))

/** A transaction that lasts until it is let go, and longer than others may share its commit. */
function longOne(turns: Turns) {
  let release = nothing
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const done = turns.transaction(() => held)
  const end = async () => {
    const from = performance.now()
    while (performance.now() - from < 30) await rest()
    release()
    await done
    await rest()
  }
  return { done, end }
}

describe('turns', () => {
  it('refuse nobody while there is much to do and it is being done', async () => {
    const turns = new Turns(connection)
    const many = Array.from({ length: 6 }, () => longOne(turns))
    for (const one of many) {
      await one.end()
      vi.advanceTimersByTime(29_000)
    }
    await expect(turns.transaction(async () => 'last')).resolves.toBe('last')
  })

  it('let transactions share a commit across reads, and reads see what came before them', async () => {
    const order: string[] = []
    const note = (text: string) => async () => void order.push(text)
    const turns = new Turns({ ...connection, begin: note('begin'), commit: note('commit') })
    const all = [
      turns.transaction(note('first')),
      turns.whenFree(() => void order.push('read')),
      turns.transaction(note('second')),
    ]
    await Promise.all(all)
    // the first began alone, before the others were there
    expect(order).toEqual(['begin', 'first', 'second', 'commit', 'read'])
  })

  it('refuse those who wait for a transaction that does not end', async () => {
    const turns = new Turns(connection)
    const first = longOne(turns)
    const stuck = longOne(turns)
    await first.end()
    const waiting = turns.transaction(async () => 1).then(nothing, (error: { code: string }) => error.code)
    vi.advanceTimersByTime(30_000)
    vi.advanceTimersByTime(30_000)
    expect(await waiting).toBe('ServerBusy')
    await stuck.end()
  })
})
