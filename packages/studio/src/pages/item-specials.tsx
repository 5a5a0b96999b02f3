// What single kinds have beyond their table: tabs, actions, a look on the first tab.
import type { ComponentType } from 'react'
import { systemRegistry } from '../data/kind-places.ts'
import { later } from '../parts/later.tsx'
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
const DataPreview = later(
  () => data(),
  (page) => page.DataPreview,
  'the preview',
)
const DataProfile = later(
  () => data(),
  (page) => page.DataProfile,
  'the profile',
)
const DataConsume = later(
  () => data(),
  (page) => page.DataConsume,
  'the ways to read it',
)
const ComponentGraph = later(
  () => import('./component-graph.tsx'),
  (page) => page.ComponentGraphTab,
  'the graph',
)
const Browse = later(
  () => import('./item-datastore.tsx'),
  (page) => page.Browse,
  'the files',
)
const model = () => import('./item-model.tsx')
const ModelDetails = later(
  () => model(),
  (page) => page.ModelDetails,
)
const Artifacts = later(
  () => model(),
  (page) => page.Artifacts,
  'the files',
)
const Deploy = later(
  () => model(),
  (page) => page.Deploy,
)
const ModelDeployments = later(
  () => import('./model-deployments.tsx'),
  (page) => page.ModelDeployments,
  'the deployments',
)
const Share = later(
  () => import('./share.tsx'),
  (page) => page.Share,
)
const component = () => import('./item-component.tsx')
const Interface = later(
  () => component(),
  (page) => page.Interface,
)
const ComponentCode = later(
  () => component(),
  (page) => page.ComponentCode,
  'the code',
)
const Try = later(
  () => component(),
  (page) => page.Try,
)
const schedule = () => import('./item-schedule.tsx')
const Trigger = later(
  () => schedule(),
  (page) => page.Trigger,
)
const Switch = later(
  () => schedule(),
  (page) => page.Switch,
)
const TriggerNow = later(
  () => schedule(),
  (page) => page.TriggerNow,
)
const ScheduleJobs = later(
  () => schedule(),
  (page) => page.ScheduleJobs,
  'the jobs',
)
const RegistryAssets = later(
  () => import('./item-registry.tsx'),
  (page) => page.RegistryAssets,
  'the assets',
)
const EnvironmentMade = later(
  () => import('./item-environment.tsx'),
  (page) => page.EnvironmentMade,
  'the packages',
)
const OpenWorkspace = later(
  () => import('./item-workspace.tsx'),
  (page) => page.OpenWorkspace,
)

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
  environment: {
    tabs: [{ id: 'packages', title: 'Packages', Tab: EnvironmentMade, has: ({ row }) => row.registry === undefined }],
    actions: { share: Share },
  },
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
