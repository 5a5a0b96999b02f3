// Where the pages of a kind are. A kind that is not in this table has its pages below /kinds: it needs no line here.

const own: Record<string, string> = {
  job: '/jobs',
  schedule: '/schedules',
  data: '/data',
  model: '/models',
  environment: '/environments',
  component: '/components',
  datastore: '/datastores',
  registry: '/registries',
  compute: '/compute',
  'online-endpoint': '/endpoints',
  'batch-endpoint': '/endpoints/batch',
}

/** Children are listed with what they lie below. */
const listed: Record<string, string> = { 'online-deployment': '/endpoints', 'batch-deployment': '/endpoints/batch' }

/** The kinds whose lists and items are made from their tables at a place of their own. */
export const tabled = ['schedule', 'data', 'model', 'environment', 'component', 'datastore', 'registry'].map(
  (kind) => [kind, own[kind] ?? ''] as const,
)

const join = (...parts: string[]) => parts.map(encodeURIComponent).join('/')

/** The list of a kind, in the workspace or in a registry. */
export function kindPath(kind: string, registry?: string): string {
  if (registry !== undefined) return `/registries/${join(registry)}?kind=${kind}`
  return listed[kind] ?? own[kind] ?? `/kinds/${kind}`
}

export interface Named {
  name: string
  version?: string | undefined
  /** What it lies below: the endpoint of a deployment. */
  parent?: string | undefined
  registry?: string | undefined
}

/** The page of one of them. */
export function itemPath(kind: string, { name, version, parent, registry }: Named): string {
  const tail = [...(parent === undefined ? [] : [parent]), name, ...(version === undefined ? [] : [version])]
  if (registry !== undefined) return `/registries/${join(registry, kind, ...tail)}`
  return `${own[kind] ?? `/kinds/${kind}`}/${join(...tail)}`
}

/** The page that makes one; `from` = the one it begins as: `name` or `name:version`. */
export function newPath(kind: string, words: Record<string, string> = {}): string {
  const query = new URLSearchParams(words).toString()
  return `/new/${kind}${query === '' ? '' : `?${query}`}`
}

/** The registry that comes with the server: it is nobody's to change. */
export const systemRegistry = 'azureml'
