// Names of things: ARM ids, `azureml:` references and every form of `azureml://` and storage URIs; parse and print.
// Parsing ignores the case of fixed segments (clients send resourcegroups and resourceGroups); printing is canonical.

export interface WorkspaceId {
  subscription: string
  resourceGroup: string
  workspace: string
}

/** Parts of an ARM id. A registry id has `registry` and usually no subscription. */
export interface ArmId {
  subscription: string
  resourceGroup: string
  workspace?: string
  registry?: string
  /** Canonical path segment: jobs, models, … */
  collection?: string
  name?: string
  version?: string
  label?: string
  /** What follows in a child resource, e.g. ['deployments', 'blue']. */
  child?: string[]
}

/** A reference to an asset or resource as people write it. */
export interface Ref {
  collection: string
  name: string
  version?: string
  label?: string
  workspace?: WorkspaceId
  registry?: string
  /** False for a bare `name` or `name:1` without `azureml:` in front. */
  prefixed: boolean
}

export type Uri =
  | { form: 'datastore'; workspace?: WorkspaceId; datastore: string; path: string }
  | { form: 'jobOutput'; job: string; output: string; path: string }
  | {
      form: 'asset'
      collection: string
      name: string
      version?: string
      label?: string
      workspace?: WorkspaceId
      /** The guid of the workspace, in azureml://locations/… ids. */
      workspaceGuid?: string
    }
  | { form: 'registry'; registry: string; collection: string; name: string; version?: string; label?: string }
  | { form: 'artifact'; origin: string; container: string; path: string }
  | { form: 'run'; run: string; path: string }
  | { form: 'external'; scheme: string; url: string }
  | { form: 'local'; path: string }
  | { form: 'invalid'; text: string; why: string }

const provider = 'providers/Microsoft.MachineLearningServices'
const spellings = new Map(
  [
    'jobs codes components data environments models datastores computes connections schedules onlineEndpoints',
    'batchEndpoints deployments serverlessEndpoints featuresets featurestoreEntities versions labels',
  ]
    .join(' ')
    .split(' ')
    .map((word) => [word.toLowerCase(), word]),
)

/** The canonical spelling of an ARM path segment; an unknown one is returned as it is. */
export function canonCollection(segment: string): string {
  return spellings.get(segment.toLowerCase()) ?? segment
}

/** Key under which the store keeps a workspace's rows: `sub/group/workspace`, lower case. */
export function scopeOf(w: WorkspaceId): string {
  return `${w.subscription}/${w.resourceGroup}/${w.workspace}`.toLowerCase()
}

/** ARM id of a workspace. */
export function workspaceArmId(w: WorkspaceId): string {
  return `/subscriptions/${w.subscription}/resourceGroups/${w.resourceGroup}/${provider}/workspaces/${w.workspace}`
}

/** ARM id of something in a workspace, with a version when given. */
export function armId(w: WorkspaceId, collection: string, name: string, version?: string): string {
  const id = `${workspaceArmId(w)}/${canonCollection(collection)}/${name}`
  return version === undefined ? id : `${id}/versions/${version}`
}

/** Reads an ARM id, with or without `azureml:` in front. undefined when it is not one. */
export function parseArmId(text: string): ArmId | undefined {
  const bare = text.replace(/^azureml:(?=\/)/i, '')
  if (!bare.startsWith('/') || bare.startsWith('//')) return undefined
  const segments = bare.replace(/\/+$/, '').split('/').slice(1).map(decode)
  if (segments.some((s) => s === '' || s === undefined)) return undefined
  // every segment is a non-empty string: checked on the line above
  return readSegments(segments as string[])
}

/** Prints an ARM id in canonical casing. */
export function printArmId(id: ArmId): string {
  const head = `/subscriptions/${id.subscription}/resourceGroups/${id.resourceGroup}`
  const room = id.registry ? `/registries/${id.registry}` : id.workspace ? `/workspaces/${id.workspace}` : undefined
  if (room === undefined) return head
  const parts = [head, `/${provider}`, room]
  if (id.collection && id.name) parts.push(`/${canonCollection(id.collection)}/${id.name}`)
  if (id.version !== undefined) parts.push(`/versions/${id.version}`)
  if (id.label !== undefined) parts.push(`/labels/${id.label}`)
  if (id.child) parts.push(`/${id.child.join('/')}`)
  return parts.join('')
}

function readSegments(s: string[]): ArmId | undefined {
  const is = (i: number, word: string) => s[i]?.toLowerCase() === word
  if (!is(0, 'subscriptions') || !is(2, 'resourcegroups') || s[1] === undefined || s[3] === undefined) return undefined
  const id: ArmId = { subscription: s[1], resourceGroup: s[3] }
  if (s.length === 4) return id
  if (!is(4, 'providers') || !is(5, 'microsoft.machinelearningservices') || s[7] === undefined) return undefined
  if (is(6, 'workspaces')) id.workspace = s[7]
  else if (is(6, 'registries')) id.registry = s[7]
  else return undefined
  if (s[8] === undefined) return id
  id.collection = canonCollection(s[8])
  if (s[9] === undefined) return id
  id.name = s[9]
  const [word, value] = [s[10]?.toLowerCase(), s[11]]
  if (word === undefined) return id
  if (value !== undefined && s.length === 12 && word === 'versions') id.version = value
  else if (value !== undefined && s.length === 12 && word === 'labels') id.label = value
  else id.child = s.slice(10)
  return id
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}

/** Prints the datastore form, short when no workspace is given. */
export function datastoreUri(w: WorkspaceId | undefined, datastore: string, path: string): string {
  const tail = `datastores/${datastore}/paths/${path.replace(/^\/+/, '')}`
  if (w === undefined) return `azureml://${tail}`
  return `azureml://subscriptions/${w.subscription}/resourcegroups/${w.resourceGroup}/workspaces/${w.workspace}/${tail}`
}

/**
 * Sorts any path or URI into its form. `collection` is what a plain `azureml:name:1` means here (data unless told).
 * Never throws: what looks like `azureml:` but is not well-formed comes back as `invalid` with the reason.
 */
export function parseUri(text: string, collection = 'data'): Uri {
  const armed = /^(azureml:)?\/subscriptions\//i.test(text) ? parseArmId(text) : undefined
  if (armed) return assetOfArm(armed, text)
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):(?!\\)/.exec(text)?.[1]?.toLowerCase()
  if (scheme === undefined || (scheme.length === 1 && /^[a-zA-Z]:[\\/]/.test(text)))
    return { form: 'local', path: text }
  if (scheme === 'azureml') return text.startsWith('azureml://') ? parseAzureml(text) : assetOfRef(text, collection)
  if (scheme === 'runs') return parseRun(text)
  if (scheme === 'file')
    return { form: 'local', path: decode(text.replace(/^file:(\/\/(localhost)?(?=\/))?/i, '')) ?? text }
  return { form: 'external', scheme, url: text }
}

/** Prints a URI in its canonical long spelling. */
export function printUri(uri: Uri): string {
  const tail = (o: { version?: string; label?: string }) =>
    o.version !== undefined ? `/versions/${o.version}` : o.label !== undefined ? `/labels/${o.label}` : ''
  switch (uri.form) {
    case 'datastore':
      return datastoreUri(uri.workspace, uri.datastore, uri.path)
    case 'jobOutput':
      return `azureml://jobs/${uri.job}/outputs/${uri.output}${uri.path === '' ? '' : `/paths/${uri.path}`}`
    case 'asset':
      if (uri.workspace) return `${armId(uri.workspace, uri.collection, uri.name)}${tail(uri)}`
      if (uri.workspaceGuid !== undefined) {
        return `azureml://locations/local/workspaces/${uri.workspaceGuid}/${uri.collection}/${uri.name}${tail(uri)}`
      }
      if (uri.collection !== 'data') return `azureml://${uri.collection}/${uri.name}${tail(uri)}`
      if (uri.version !== undefined) return `azureml:${uri.name}:${uri.version}`
      return `azureml:${uri.name}${uri.label === undefined ? '' : `@${uri.label}`}`
    case 'registry':
      return `azureml://registries/${uri.registry}/${uri.collection}/${uri.name}${tail(uri)}`
    case 'artifact':
      return `azureml://artifacts/${uri.origin}/${uri.container}/${uri.path}`
    case 'run':
      return `runs:/${uri.run}/${uri.path}`
    case 'external':
      return uri.url
    case 'local':
      return uri.path
    case 'invalid':
      return uri.text
  }
  return uri satisfies never
}

function assetOfArm(id: ArmId, text: string): Uri {
  const { subscription, resourceGroup, workspace, registry, collection, name, version, label } = id
  if (!collection || !name) return { form: 'invalid', text, why: 'it names no asset' }
  const which = { ...(version === undefined ? {} : { version }), ...(label === undefined ? {} : { label }) }
  if (registry) return { form: 'registry', registry, collection, name, ...which }
  if (!workspace) return { form: 'invalid', text, why: 'it names no workspace' }
  return { form: 'asset', collection, name, ...which, workspace: { subscription, resourceGroup, workspace } }
}

function assetOfRef(text: string, collection: string): Uri {
  const ref = parseRef(text, collection)
  if (!ref) return { form: 'invalid', text, why: 'expected azureml:<name>:<version> or azureml:<name>@<label>' }
  const which = {
    ...(ref.version === undefined ? {} : { version: ref.version }),
    ...(ref.label === undefined ? {} : { label: ref.label }),
  }
  return { form: 'asset', collection: ref.collection, name: ref.name, ...which }
}

function parseRun(text: string): Uri {
  const m = /^runs:\/+([^/]+)(?:\/(.*))?$/s.exec(text)
  if (!m?.[1]) return { form: 'invalid', text, why: 'expected runs:/<run id>/<path>' }
  return { form: 'run', run: m[1], path: m[2] ?? '' }
}

function parseAzureml(text: string): Uri {
  const rest = text.slice('azureml://'.length)
  const [head = '', ...more] = rest.split('/')
  const invalid = (why: string): Uri => ({ form: 'invalid', text, why })
  switch (head.toLowerCase()) {
    case 'datastores':
      return datastoreOf(more) ?? invalid('expected azureml://datastores/<datastore>/paths/<path>')
    case 'subscriptions':
      return longForm(more) ?? invalid('expected …/datastores/<d>/paths/<path> or …/<type>/<name>/versions/<version>')
    case 'resourcegroups':
      return longForm(['', head, ...more]) ?? invalid('expected …/workspaces/<w>/<type>/<name>/versions/<version>')
    case 'locations':
      return (
        locationForm(more) ?? invalid('expected azureml://locations/<l>/workspaces/<guid>/<type>/<name>/versions/<v>')
      )
    case 'jobs':
      return jobForm(more) ?? invalid('expected azureml://jobs/<job>/outputs/<output>/paths/<path>')
    case 'registries':
      return registryForm(more) ?? invalid('expected azureml://registries/<r>/<type>/<name>/versions/<version>')
    case 'artifacts':
      return artifactForm(more) ?? invalid('expected azureml://artifacts/<origin>/<container>/<path>')
    case 'feeds':
      return { form: 'external', scheme: 'azureml', url: text }
    default:
      if (spellings.has(head.toLowerCase()))
        return assetForm([head, ...more]) ?? invalid('expected azureml://<type>/<name>/versions/<version>')
      // azureml://<host>/mlflow/… is a tracking address
      if (/[.:]|^localhost$/.test(head)) return { form: 'external', scheme: 'azureml', url: text }
      return invalid(`'${head}' is none of datastores, jobs, registries, subscriptions, locations, artifacts`)
  }
}

function datastoreOf(s: string[]): Uri | undefined {
  const [datastore, word, ...path] = s
  if (!datastore || word === undefined) return undefined
  if (word.toLowerCase() === 'paths') return { form: 'datastore', datastore, path: path.join('/') }
  // job objects print their default output without `paths/`
  if (word === 'ExperimentRun') return { form: 'datastore', datastore, path: [word, ...path].join('/') }
  return undefined
}

function longForm(s: string[]): Uri | undefined {
  const [subscription = '', group, resourceGroup, ...rest0] = s
  const rest = rest0[0]?.toLowerCase() === 'providers' ? rest0.slice(2) : rest0
  const [word, workspace, ...tail] = rest
  if (group?.toLowerCase() !== 'resourcegroups' || !resourceGroup || word?.toLowerCase() !== 'workspaces' || !workspace)
    return undefined
  const place = subscription === '' ? {} : { workspace: { subscription, resourceGroup, workspace } }
  const uri = tail[0]?.toLowerCase() === 'datastores' ? datastoreOf(tail.slice(1)) : assetForm(tail)
  return uri && { ...uri, ...place }
}

function locationForm(s: string[]): Uri | undefined {
  const [location, word, guid, ...tail] = s
  if (!location || word?.toLowerCase() !== 'workspaces' || !guid) return undefined
  const uri = assetForm(tail)
  return uri?.form === 'asset' ? { ...uri, workspaceGuid: guid } : undefined
}

function jobForm(s: string[]): Uri | undefined {
  const [job, outputs, output, paths, ...path] = s
  if (!job || outputs?.toLowerCase() !== 'outputs' || !output) return undefined
  if (paths === undefined || (paths === '' && path.length === 0)) return { form: 'jobOutput', job, output, path: '' }
  return paths.toLowerCase() === 'paths' ? { form: 'jobOutput', job, output, path: path.join('/') } : undefined
}

function assetForm(s: string[]): Uri | undefined {
  const [collection, name, word, value, ...more] = s
  if (!collection || !name || more.length > 0) return undefined
  const base = { form: 'asset' as const, collection: canonCollection(collection), name }
  if (word === undefined) return base
  if (!value) return undefined
  if (word.toLowerCase() === 'versions') return { ...base, version: value }
  return word.toLowerCase() === 'labels' ? { ...base, label: value } : undefined
}

function registryForm(s: string[]): Uri | undefined {
  const [registry, ...tail] = s
  const uri = registry ? assetForm(tail) : undefined
  if (!registry || uri?.form !== 'asset') return undefined
  const { form: _, workspace: __, workspaceGuid: ___, ...asset } = uri
  return { form: 'registry', registry, ...asset }
}

function artifactForm(s: string[]): Uri | undefined {
  const [origin, container, ...path] = s
  return origin && container ? { form: 'artifact', origin, container, path: path.join('/') } : undefined
}

/**
 * Reads a reference: `azureml:name:1`, `azureml:name@latest`, `azureml:name`, an ARM id, a registry URI, or the same
 * without `azureml:`. `collection` is the kind of thing expected where the text is not explicit. undefined when it is
 * none of these (a local path, some other URI).
 */
export function parseRef(text: string, collection: string): Ref | undefined {
  const arm = parseArmId(text)
  if (arm) {
    const uri = assetOfArm(arm, text)
    return uri.form === 'asset' || uri.form === 'registry' ? refOf(uri) : undefined
  }
  if (/^azureml:\/\//i.test(text)) {
    const uri = parseAzureml(text)
    return uri.form === 'asset' || uri.form === 'registry' ? refOf(uri) : undefined
  }
  const prefixed = text.startsWith('azureml:')
  const m = /^([^:@/\\\s]+)(?::([^:@/\\\s]+)|@([^:@/\\\s]+))?$/.exec(prefixed ? text.slice('azureml:'.length) : text)
  if (!m?.[1]) return undefined
  return {
    collection,
    name: m[1],
    ...(m[2] === undefined ? {} : { version: m[2] }),
    ...(m[3] === undefined ? {} : { label: m[3] }),
    prefixed,
  }
}

function refOf(uri: Extract<Uri, { form: 'asset' | 'registry' }>): Ref {
  const { collection, name, version, label } = uri
  return {
    collection,
    name,
    ...(version === undefined ? {} : { version }),
    ...(label === undefined ? {} : { label }),
    ...(uri.form === 'registry' ? { registry: uri.registry } : uri.workspace ? { workspace: uri.workspace } : {}),
    prefixed: true,
  }
}

/** Where a workspace keeps its bytes, derived from its guid alone. */
export function storageOf(workspaceId: string): {
  account: string
  blobstore: string
  artifacts: string
  workingdir: string
  fileshare: string
} {
  const hex = workspaceId.replaceAll('-', '').toLowerCase()
  return {
    account: `laz${hex.slice(0, 12)}`,
    blobstore: `azureml-blobstore-${workspaceId}`,
    artifacts: 'azureml',
    workingdir: `code-${hex.slice(0, 8)}`,
    fileshare: `azureml-filestore-${workspaceId}`,
  }
}
