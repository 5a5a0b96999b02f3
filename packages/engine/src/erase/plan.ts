/**
 * What goes when a job, an experiment or an asset is deleted for good: its row and those below it, what its runs recorded,
 * the assets nobody ever named that only it used, and the bytes that nothing else names. Nothing is touched here.
 */
import { relative, sep } from 'node:path'
import { asObject, asString, fail, isFinal } from '@lazurite/spec'
import type { Row, Store, Tally } from '@lazurite/store'
import { isWeb, type Place } from '../datastores/resolve.ts'
import type { Workspace } from '../reconcile/workspace.ts'
import { artifactsPath } from '../run-folder.ts'
import { packageKey } from '../serving/package/texts.ts'
import { addOrphans } from './anonymous.ts'
import { type Folder, foldersOf, thoseThere } from './folders.ts'
import { type Held, holdersOf, placeBehind } from './holders.ts'
import { keyText, textsOf } from './texts.ts'

/** What was asked to be deleted. */
export interface Target {
  jobs?: readonly Row[]
  /** Versions or containers. */
  assets?: readonly Row[]
  /** Ids; everything in them goes. */
  experiments?: readonly string[]
  /** Ids of runs that are no jobs; runs below them stay. */
  runs?: readonly string[]
  /** Folders of logged models that go by themselves, inside the artifact container. */
  modelFolders?: readonly string[]
}

export interface Plan {
  workspace: Workspace
  /** Steps included. */
  jobs: Row[]
  /** Jobs that are runs of programs elsewhere, as far as they were asked for; they are among the runs too. */
  logged: Row[]
  assets: Row[]
  /** Runs of the jobs, of what they nested, of the experiments. */
  runs: string[]
  experiments: string[]
  folders: Folder[]
  /** Outputs in storage elsewhere. */
  elsewhere: Place[]
  kept: Held[]
  tally: Tally
}

/** Raises JobNotFinal, NotSupported for a step of a job that stays. */
export async function planErasure(store: Store, workspace: Workspace, target: Target): Promise<Plan> {
  const { scope } = workspace
  const asked = target.jobs ?? []
  // what no loop moves is erased as the run it is
  const logged = asked.filter((row) => row.outside)
  const jobs = await withSteps(store, [
    ...asked.filter((row) => !row.outside),
    ...(await jobsIn(store, scope, target.experiments ?? [])),
  ])
  for (const { name, state } of [...jobs, ...logged]) if (!isFinal(state)) fail('JobNotFinal', { name, state })
  const below = await runsOf(store, scope, { jobs: [...jobs, ...logged], experiments: target.experiments ?? [] })
  const runs = [...new Set([...below, ...(target.runs ?? [])])]
  const chosen = await withVersions(store, target.assets ?? [])
  const assets = await addOrphans(store, [...jobs, ...chosen], chosen)
  const gone = new Set([...jobs, ...assets].map(keyText))
  const containers = new Set(
    assets.filter(({ version }) => version === '').map(({ scope: s, kind, name }) => keyText({ scope: s, kind, name })),
  )
  const leaves = (row: Row) =>
    gone.has(keyText(row)) ||
    (row.version !== '' && containers.has(keyText({ ...row, version: '' }))) ||
    emptied(row, assets)
  const candidates = await candidatesOf(store, workspace, {
    jobs,
    assets,
    runs,
    modelFolders: target.modelFolders ?? [],
  })
  const { account, artifacts: container } = workspace.storage
  // files of traces go with their experiment; the Default one stays
  for (const id of target.experiments ?? [])
    if (id !== '0') candidates.folders.push({ account, container, path: `ExperimentTraces/${id}` })
  const history = jobs.length > 0 || (target.experiments?.length ?? 0) > 0
  const held = await holdersOf(store, { needles: candidates.needles, leaves, history })
  const { folders, kept } = await foldersOf(store, candidates.folders, held)
  const free = candidates.elsewhere.filter(
    ({ uri }) => !held.some(({ at }) => at.startsWith(uri) || uri.startsWith(at)),
  )
  const experiments = [...(target.experiments ?? [])]
  const tally = await store.erasing.tally(scope, runs)
  return { workspace, jobs, logged, assets, runs, experiments, folders, elsewhere: free, kept, tally }
}

/** A container that loses its versions names no bytes itself. */
function emptied(row: Row, assets: readonly Row[]): boolean {
  return (
    row.version === '' &&
    assets.some(({ scope, kind, name }) => scope === row.scope && kind === row.kind && name === row.name)
  )
}

async function jobsIn(store: Store, scope: string, experiments: readonly string[]): Promise<Row[]> {
  const found: Row[] = []
  for (const id of experiments) {
    const experiment = await store.runs.experiment(scope, { id })
    if (!experiment) fail('ExperimentNotFound', { experiment: id })
    const clause = { entity: 'attribute', key: 'experiment_name', op: '=', value: experiment.name } as const
    for (let after: string | undefined; ; ) {
      const query = { scope, archived: 'all', outside: false, clauses: [clause], sorts: [], top: 1000 } as const
      const page = await store.jobs.search({ ...query, ...(after === undefined ? {} : { after }) })
      found.push(...page.rows)
      after = page.next
      if (after === undefined) break
    }
  }
  return found
}

/** Jobs with everything below them, each once. */
async function withSteps(store: Store, roots: readonly Row[]): Promise<Row[]> {
  const found = new Map(roots.map((row) => [row.name, row]))
  for (let level = [...found.values()]; level.length > 0; ) {
    const next: Row[] = []
    for (const { scope, kind, name } of level) {
      const { rows } = await store.resources.list({ scope, kind, parent: name, archived: 'all', outside: false })
      next.push(...rows.filter((row) => !found.has(row.name)))
    }
    for (const row of next) found.set(row.name, row)
    level = next
  }
  const jobs = [...found.values()]
  const step = jobs.find(({ parent }) => parent !== undefined && !found.has(parent))
  if (step?.parent !== undefined) {
    const root = asString(step.status.rootRunId) ?? step.parent
    fail('NotSupported', {
      what: `Deleting ${step.name} alone`,
      why: `it is a step of ${root}, whose record names it`,
      instead: `Delete the whole job: laz job delete -n ${root}`,
    })
  }
  return jobs
}

async function runsOf(
  store: Store,
  scope: string,
  { jobs, experiments }: { jobs: readonly Row[]; experiments: readonly string[] },
): Promise<string[]> {
  const runs = new Set(jobs.map(({ name }) => name))
  for (const id of experiments) for (const run of await store.erasing.runsOf(scope, id)) runs.add(run)
  for (const run of await store.erasing.runsBelow(scope, [...runs])) runs.add(run)
  return [...runs]
}

async function withVersions(store: Store, assets: readonly Row[]): Promise<Row[]> {
  const found: Row[] = []
  for (const row of assets) {
    found.push(row)
    if (row.version !== '') continue
    const { scope, kind, name } = row
    found.push(...(await store.resources.list({ scope, kind, name, versions: true, archived: 'all' })).rows)
  }
  return found
}

interface Candidates {
  /** Absolute paths on this machine. */
  folders: { account: string; container: string; path: string }[]
  elsewhere: Place[]
  needles: string[]
}

/** Fields of assets that name bytes. */
const addresses: Readonly<Record<string, string>> = { code: 'codeUri', data: 'dataUri', model: 'modelUri' }

async function candidatesOf(
  store: Store,
  workspace: Workspace,
  { jobs, assets, runs, modelFolders }: Pick<Plan, 'jobs' | 'assets' | 'runs'> & { modelFolders: readonly string[] },
): Promise<Candidates> {
  const { account, artifacts, blobstore } = workspace.storage
  const found: Candidates = { folders: [], elsewhere: [], needles: [] }
  const add = (container: string, path: string) => found.folders.push({ account, container, path })
  const ours = new Set(jobs.map(({ name }) => name))
  for (const run of runs) {
    const places = [
      { account, container: artifacts, path: artifactsPath(run) },
      { account, container: blobstore, path: `azureml/${run}` },
    ]
    const left = await thoseThere(store, places)
    found.folders.push(...left)
    // who names what is not there need not be looked for; a job may have left something elsewhere
    if (left.length === 0 && !ours.has(run)) continue
    found.needles.push(
      `azureml/${run}/`,
      `dcid.${run}`,
      `jobs/${run}/`,
      `runs:/${run}`,
      `${run}/artifacts`,
      `azureml_${run}_`,
    )
  }
  for (const folder of [...modelFolders, ...(await store.erasing.modelFolders(workspace.scope, runs))]) {
    add(artifacts, folder)
    found.needles.push(folder)
  }
  const uris = [
    ...jobs.flatMap(outputsOf),
    ...assets.flatMap((row) => asString(row.props[addresses[row.kind] ?? '']) ?? []),
    ...assets.flatMap((row) => asString(asObject(row.props.properties)[packageKey]) ?? []),
  ]
  const leaving = new Set(runs)
  for (const uri of [
    ...uris,
    ...jobs.flatMap((row) => [...textsOf(row.props.inputs), ...textsOf(row.status.inputs)]),
  ]) {
    const place = await placeBehind(store, workspace.scope, uri)
    if (place === undefined || isWeb(place)) continue
    if (place.localPath === undefined) {
      const [, job] = /(?:^|\/)azureml\/([^/]+)(?:\/|$)/.exec(place.path) ?? []
      if (job !== undefined && leaving.has(job)) found.elsewhere.push(place)
      continue
    }
    const own = await ownFolder(store, workspace, { localPath: place.localPath, leaving })
    if (!own) continue
    add(own.container, own.path)
    found.needles.push(own.path === '' ? own.container : own.path)
  }
  return found
}

function outputsOf({ status }: Row): string[] {
  return Object.values(asObject(status.outputs)).flatMap((output) => asString(asObject(output).uri) ?? [])
}

/**
 * The folder that exists for these bytes alone: an upload by its hash, a container made for one upload, a model package,
 * what a job left that is gone or goes. A path that somebody chose is not ours to remove.
 */
async function ownFolder(
  store: Store,
  { scope, storage }: Workspace,
  { localPath, leaving }: { localPath: string; leaving: ReadonlySet<string> },
): Promise<{ container: string; path: string } | undefined> {
  const inside = relative(store.bytes.folder(storage.account, storage.blobstore), localPath)
  const [container, ...path] = inside.startsWith('..')
    ? inside.split(sep).slice(1)
    : [storage.blobstore, ...inside.split(sep)]
  if (container === undefined || container === '..') return undefined
  const kept: readonly string[] = [storage.blobstore, storage.artifacts, storage.workingdir, storage.fileshare]
  if (!kept.includes(container)) return { container, path: '' }
  const [first = '', second, third = ''] = path
  if (second === undefined) return undefined
  if (first === 'packages' && /-[0-9a-f]{6}$/.test(third)) return { container, path: `${first}/${second}/${third}` }
  if (first === 'LocalUpload' || first === 'WebUpload') return { container, path: `${first}/${second}` }
  const job = first === 'azureml' ? second : first === 'ExperimentRun' ? second.replace(/^dcid\./, '') : undefined
  if (job === undefined) return undefined
  const known = await store.resources.get({ scope, kind: 'job', name: job })
  const stays = !leaving.has(job) && (known !== undefined || (await store.runs.head(scope, job)) !== undefined)
  return stays ? undefined : { container, path: `${first}/${second}` }
}
