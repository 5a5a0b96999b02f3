// The map of the site: what the rail shows, and where pages of things are.
import type { IconName } from './parts/icons.tsx'

export interface Place {
  title: string
  path: string
  icon: IconName
  /** Kinds that are counted beside it. */
  counts?: string[]
}

export const home: Place = { title: 'Home', path: '/', icon: 'home' }

export const rail: { title: string; places: Place[] }[] = [
  {
    title: 'Run',
    places: [
      { title: 'Jobs', path: '/jobs', icon: 'play', counts: ['job'] },
      { title: 'Pipelines', path: '/pipelines', icon: 'pipeline' },
      { title: 'Experiments', path: '/experiments', icon: 'flask' },
      { title: 'Traces', path: '/traces', icon: 'trace' },
      { title: 'Schedules', path: '/schedules', icon: 'clock', counts: ['schedule'] },
    ],
  },
  {
    title: 'Assets',
    places: [
      { title: 'Data', path: '/data', icon: 'data', counts: ['data'] },
      { title: 'Models', path: '/models', icon: 'model', counts: ['model'] },
      { title: 'Environments', path: '/environments', icon: 'box', counts: ['environment'] },
      { title: 'Components', path: '/components', icon: 'blocks', counts: ['component'] },
      { title: 'Lineage', path: '/lineage', icon: 'lineage' },
    ],
  },
  {
    title: 'Serve',
    places: [
      { title: 'Endpoints', path: '/endpoints', icon: 'endpoint', counts: ['online-endpoint', 'batch-endpoint'] },
    ],
  },
  {
    title: 'Manage',
    places: [
      { title: 'Compute', path: '/compute', icon: 'chip', counts: ['compute'] },
      { title: 'Datastores', path: '/datastores', icon: 'folder', counts: ['datastore'] },
      { title: 'Registries', path: '/registries', icon: 'registry' },
      { title: 'Everything', path: '/kinds', icon: 'more' },
      { title: 'Settings', path: '/settings', icon: 'gear' },
    ],
  },
]

/** Part of an address. */
export function part(text: string): string {
  return encodeURIComponent(text)
}

export const tracePath = (id: string) => `/traces/${part(id)}`
export const experimentPath = (name: string) => `/experiments/${part(name)}`
export const jobPath = (name: string) => `/jobs/${part(name)}`
