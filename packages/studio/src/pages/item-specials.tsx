// What single kinds have beyond their table: tabs, actions, a look on the first tab.
import { type ComponentType, lazy } from 'react'
import { systemRegistry } from '../data/kind-places.ts'
import type { Item } from './item.tsx'

export interface ActionProps {
  item: Item
  /** Does something, shows that it is done, and what went wrong. True when it went well. */
  run(word: string, work: () => Promise<unknown>): Promise<boolean>
  busy: string
}

export interface Special {
  tabs?: { id: string; title: string; Tab: ComponentType<{ item: Item }>; has?(item: Item): boolean }[]
  /** By a word of their own. */
  actions?: Record<string, ComponentType<ActionProps>>
  details?: ComponentType<{ item: Item }>
  /** It is nobody's to change. */
  fixed?(item: Item): boolean
  /** Keys of the document that `details` shows. */
  shown?: string[]
}

const data = () => import('./item-data.tsx')
const DataPreview = lazy(() => data().then((page) => ({ default: page.DataPreview })))
const DataProfile = lazy(() => data().then((page) => ({ default: page.DataProfile })))
const DataConsume = lazy(() => data().then((page) => ({ default: page.DataConsume })))
const ComponentGraph = lazy(() => import('./component-graph.tsx').then((page) => ({ default: page.ComponentGraphTab })))
const Browse = lazy(() => import('./item-datastore.tsx').then((page) => ({ default: page.Browse })))
const model = () => import('./item-model.tsx')
const ModelDetails = lazy(() => model().then((page) => ({ default: page.ModelDetails })))
const Artifacts = lazy(() => model().then((page) => ({ default: page.Artifacts })))
const Deploy = lazy(() => model().then((page) => ({ default: page.Deploy })))
const ModelDeployments = lazy(() =>
  import('./model-deployments.tsx').then((page) => ({ default: page.ModelDeployments })),
)
const Share = lazy(() => import('./share.tsx').then((page) => ({ default: page.Share })))
const component = () => import('./item-component.tsx')
const Interface = lazy(() => component().then((page) => ({ default: page.Interface })))
const ComponentCode = lazy(() => component().then((page) => ({ default: page.ComponentCode })))
const Try = lazy(() => component().then((page) => ({ default: page.Try })))
const schedule = () => import('./item-schedule.tsx')
const Trigger = lazy(() => schedule().then((page) => ({ default: page.Trigger })))
const Switch = lazy(() => schedule().then((page) => ({ default: page.Switch })))
const TriggerNow = lazy(() => schedule().then((page) => ({ default: page.TriggerNow })))
const ScheduleJobs = lazy(() => schedule().then((page) => ({ default: page.ScheduleJobs })))
const RegistryAssets = lazy(() => import('./item-registry.tsx').then((page) => ({ default: page.RegistryAssets })))
const OpenWorkspace = lazy(() => import('./item-workspace.tsx').then((page) => ({ default: page.OpenWorkspace })))

export const specials: Record<string, Special | undefined> = {
  data: {
    tabs: [
      { id: 'preview', title: 'Preview', Tab: DataPreview },
      { id: 'profile', title: 'Profile', Tab: DataProfile },
      { id: 'consume', title: 'Consume', Tab: DataConsume },
    ],
    actions: { share: Share },
  },
  datastore: { tabs: [{ id: 'browse', title: 'Browse', Tab: Browse }] },
  model: {
    tabs: [
      { id: 'artifacts', title: 'Artifacts', Tab: Artifacts },
      { id: 'deployments', title: 'Deployments', Tab: ModelDeployments, has: ({ row }) => row.registry === undefined },
    ],
    details: ModelDetails,
    actions: { deploy: Deploy, share: Share },
  },
  workspace: { actions: { open: OpenWorkspace } },
  environment: { actions: { share: Share } },
  component: {
    tabs: [
      { id: 'graph', title: 'Graph', Tab: ComponentGraph, has: ({ document }) => document.type === 'pipeline' },
      {
        id: 'code',
        title: 'Code',
        Tab: ComponentCode,
        has: ({ document }) => String(document.code).startsWith('azureml:/'),
      },
    ],
    details: Interface,
    shown: ['inputs', 'outputs'],
    actions: { try: Try, share: Share },
  },
  schedule: {
    details: Trigger,
    shown: ['trigger', 'is_enabled'],
    tabs: [{ id: 'jobs', title: 'Jobs', Tab: ScheduleJobs }],
    actions: { trigger: TriggerNow, switch: Switch },
  },
  registry: {
    fixed: ({ row }) => row.name === systemRegistry,
    tabs: [{ id: 'assets', title: 'Assets', Tab: RegistryAssets }],
  },
}
