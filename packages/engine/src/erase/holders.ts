/** Who else names the bytes that are about to go: a path that anything names stays, with everything below it. */
import { isLazError } from '@lazurite/spec'
import type { Row, Store } from '@lazurite/store'
import { isWeb, type Located, locate } from '../datastores/resolve.ts'
import { textsUsedBy } from './texts.ts'

export interface Held {
  /** What stays: an absolute path on this machine, or the address of what lies elsewhere. */
  at: string
  /** Who names it. */
  by: Row
}

export interface Question {
  /** Texts that every address of these bytes holds one of. */
  needles: readonly string[]
  /** Rows that go as well. */
  leaves: (row: Row) => boolean
  /** What work that is over has read counts too. */
  history: boolean
}

/** Every place that one of the rows that stay names. */
export async function holdersOf(store: Store, { needles, leaves, history }: Question): Promise<Held[]> {
  const held: Held[] = []
  for (const row of await store.erasing.naming(needles)) {
    if (leaves(row)) continue
    for (const text of textsUsedBy(row, history)) {
      if (!needles.some((needle) => text.includes(needle))) continue
      const located = await placeBehind(store, row.scope, text)
      if (located === undefined || isWeb(located)) continue
      held.push({ at: located.localPath ?? located.uri, by: row })
    }
  }
  return held
}

/** Undefined for text that is no address, or one that leads nowhere any more. */
export async function placeBehind(store: Store, scope: string, text: string): Promise<Located | undefined> {
  if (!/^(azureml:|https?:|runs:|wasbs?:|abfss?:|\/subscriptions\/)/i.test(text)) return undefined
  try {
    return await locate(store, scope, text)
  } catch (error) {
    if (isLazError(error)) return undefined
    throw error
  }
}
