// The map of the site: what the rail shows, and where pages of things are.
import type { IconName } from './parts/icons.tsx'

export interface Place {
  title: string
  path: string
  icon: IconName
}

export const home: Place = { title: 'Home', path: '/', icon: 'home' }

export const rail: { title: string; places: Place[] }[] = [
  {
    title: 'Run',
    places: [
      { title: 'Jobs', path: '/jobs', icon: 'play' },
      { title: 'Pipelines', path: '/pipelines', icon: 'pipeline' },
      { title: 'Schedules', path: '/schedules', icon: 'clock' },
    ],
  },
  {
    title: 'Assets',
    places: [
      { title: 'Data', path: '/data', icon: 'data' },
      { title: 'Models', path: '/models', icon: 'model' },
      { title: 'Environments', path: '/environments', icon: 'box' },
      { title: 'Components', path: '/components', icon: 'blocks' },
      { title: 'Lineage', path: '/lineage', icon: 'lineage' },
    ],
  },
  { title: 'Serve', places: [{ title: 'Endpoints', path: '/endpoints', icon: 'endpoint' }] },
  {
    title: 'Manage',
    places: [
      { title: 'Compute', path: '/compute', icon: 'chip' },
      { title: 'Datastores', path: '/datastores', icon: 'folder' },
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

export const jobPath = (name: string) => `/jobs/${part(name)}`
