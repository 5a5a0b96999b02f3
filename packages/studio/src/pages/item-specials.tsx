// What single kinds have beyond their table: tabs, actions, a look on the first tab.
import { type ComponentType, lazy } from 'react'
import type { Item } from './item.tsx'

export interface ActionProps {
  item: Item
  /** Does something, shows that it is done, and what went wrong. True when it went well. */
  run(word: string, work: () => Promise<unknown>): Promise<boolean>
  busy: string
}

export interface Special {
  tabs?: { id: string; title: string; Tab: ComponentType<{ item: Item }>; has?(item: Item): boolean }[]
  actions?: ComponentType<ActionProps>[]
  details?: ComponentType<{ item: Item }>
  /** Keys of the document that `details` shows. */
  shown?: string[]
}

const data = () => import('./item-data.tsx')
const DataPreview = lazy(() => data().then((page) => ({ default: page.DataPreview })))
const DataProfile = lazy(() => data().then((page) => ({ default: page.DataProfile })))
const DataConsume = lazy(() => data().then((page) => ({ default: page.DataConsume })))
const ComponentGraph = lazy(() => import('./component-graph.tsx').then((page) => ({ default: page.ComponentGraphTab })))
const Browse = lazy(() => import('./item-datastore.tsx').then((page) => ({ default: page.Browse })))

export const specials: Record<string, Special | undefined> = {
  data: {
    tabs: [
      { id: 'preview', title: 'Preview', Tab: DataPreview },
      { id: 'profile', title: 'Profile', Tab: DataProfile },
      { id: 'consume', title: 'Consume', Tab: DataConsume },
    ],
  },
  component: {
    tabs: [{ id: 'graph', title: 'Graph', Tab: ComponentGraph, has: ({ document }) => document.type === 'pipeline' }],
  },
  datastore: { tabs: [{ id: 'browse', title: 'Browse', Tab: Browse }] },
}
