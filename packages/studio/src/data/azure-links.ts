// Addresses of Azure's studio, ids of ARM and short forms of assets: which page of ours is meant. Official clients print
// such addresses, and people paste them.
import { endpointAddress, place } from './addresses.ts'

/** The page for an address below our own host, as Azure's studio has it; undefined when it is one of ours. */
export function fromAzurePath(path: string, search: string): string | undefined {
  const [first = '', ...rest] = path.split('/').filter(Boolean)
  // addresses that both have are Azure's when they name a workspace
  const isAzures = new URLSearchParams(search).has('wsid')
  if (first === 'runs' && rest[0]) return place('jobs', rest[0])
  if (first === 'model') return modelOf(rest)
  if (first === 'experiments' && rest[0] === 'id' && rest[1]) return place('experiments', rest[1])
  if (!isAzures) return undefined
  if (first === 'data') return dataOf(rest, search)
  if (first === 'environments' && rest[1] === 'version') return place('environments', rest[0], rest[2])
  if (first === 'compute') return computeOf(rest)
  if (first === 'endpoints') return endpointsOf(rest)
  return undefined
}

function modelOf([asset = '']: string[]): string {
  if (asset === '' || asset === 'list' || asset === 'catalog') return '/models'
  const [name, version] = decodeURIComponent(asset).split(':')
  return place('models', name, version)
}

function dataOf([name, version]: string[], search: string): string {
  if (name !== 'datastore') return place('data', name, version)
  const store = version === undefined ? '/datastores' : place('datastores', version)
  const file = new URLSearchParams(search).get('activeFilePath')
  return file ? `${store}?path=${encodeURIComponent(file)}` : store
}

function computeOf([name, tab]: string[]): string {
  if (name === undefined) return '/compute'
  if (name !== 'list') return place('compute', name)
  return tab === 'instances' ? '/compute?kind=instances' : tab === 'training' ? '/compute?kind=clusters' : '/compute'
}

function endpointsOf([sort, name]: string[]): string {
  if (sort === 'batch') return name ? endpointAddress('batch', name) : '/endpoints/batch'
  return sort === 'realtime' && name ? endpointAddress('online', name) : '/endpoints'
}

const collections: Record<string, string> = {
  jobs: 'jobs',
  models: 'models',
  data: 'data',
  environments: 'environments',
  components: 'components',
  datastores: 'datastores',
  computes: 'compute',
  schedules: 'schedules',
  runs: 'jobs',
}

/**
 * The page for what somebody pasted: an address of Azure's studio or of ours, an ARM id, `azureml:name:version` cannot
 * tell its kind and is searched for. Undefined when it is none of these.
 */
export function fromPasted(text: string, host: string): string | undefined {
  const word = text.trim()
  if (/^https?:\/\//i.test(word)) return fromUrl(word, host)
  if (/^\/subscriptions\//i.test(word)) return fromArmId(word)
  const uri =
    /^azureml:\/\/(?:.*?\/)?(jobs|models|data|environments|components|datastores)\/([^/]+)(?:\/(?:versions|labels)\/([^/]+))?/.exec(
      word,
    )
  return uri?.[1] ? place(collections[uri[1]] ?? 'jobs', uri[2], uri[3]) : undefined
}

function fromUrl(text: string, host: string): string | undefined {
  try {
    const url = new URL(text)
    const azure = fromAzurePath(url.pathname, url.search)
    if (azure) return azure
    return url.host === host ? url.pathname + url.search : undefined
  } catch {
    return undefined
  }
}

function fromArmId(id: string): string | undefined {
  const parts = id.split(/[/?]/)
  const after = (word: string) => {
    const at = parts.findIndex((part) => part.toLowerCase() === word.toLowerCase())
    return at < 0 ? undefined : parts[at + 1]
  }
  const [online, batch] = [after('onlineEndpoints'), after('batchEndpoints')]
  if (online) return endpointAddress('online', online)
  if (batch) return endpointAddress('batch', batch)
  for (const [collection, page] of Object.entries(collections)) {
    const name = after(collection)
    if (name) return place(page, name, after('versions'))
  }
  return undefined
}
