// What single kinds have beyond their table: tabs, actions, a look on the first tab.
import type { ComponentType } from 'react'
import type { Item } from './item.tsx'

export interface ActionProps {
  item: Item
  /** Does something, shows that it is done, and what went wrong. True when it went well. */
  run(word: string, work: () => Promise<unknown>): Promise<boolean>
  busy: string
}

export interface Special {
  tabs?: { id: string; title: string; Tab: ComponentType<{ item: Item }> }[]
  actions?: ComponentType<ActionProps>[]
  details?: ComponentType<{ item: Item }>
  /** Keys of the document that `details` shows. */
  shown?: string[]
}

export const specials: Record<string, Special | undefined> = {}
