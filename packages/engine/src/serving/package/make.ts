/**
 * Model packages: a folder with a model, its code, its packages and a script that starts a server of it, kept in the
 * workspace's storage, and an environment that stands for it. A deployment of that environment needs nothing else; the
 * folder runs anywhere. Where a container engine answers, it is built into an image as well.
 */
import { randomBytes } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { asString, fail, isLazError, type JsonObject } from '@lazurite/spec'
import { type Row, type Store, safeJoin } from '@lazurite/store'
import { environmentOfModel } from '../../batch/mlflow-environment.ts'
import { locatePlace } from '../../datastores/resolve.ts'
import { sendTree } from '../../datastores/transfer.ts'
import { type CondaEnvironment, readConda } from '../../environments/conda.ts'
import { type Definition, defineEnvironment } from '../../environments/definition.ts'
import { ownPython } from '../../own-python.ts'
import { workspaceOfGuid } from '../../reconcile/workspace.ts'
import { isRegistryScope } from '../../registries.ts'
import { factsOf } from '../facts.ts'
import { placeCode, placeModel } from '../material.ts'
import type { DeploymentFacts } from '../recipe.ts'
import { docker, dockerLack } from '../recipes/docker.ts'
import { type PackageRequest, readPackageRequest } from './request.ts'
import { baseKey, dockerfile, type Manifest, minorOf, packageKey, readme, startScript } from './texts.ts'

interface Room {
  store: Store
  home: string
}

export interface PackageAsk {
  /** Where the model lies; the environment comes into the same workspace unless the request names another. */
  scope: string
  model: Row
  /** The request as it came. */
  body: JsonObject
  by: string
  signal: AbortSignal
}

/**
 * Makes a package. @returns the row of its environment
 * Raises BadArgument, NotSupported for what a package here cannot hold, ResourceExists for a version that is there,
 * EnvironmentFailed when a container engine is there and cannot build it, and what reading model and code raises.
 */
export async function packageModel(room: Room, ask: PackageAsk): Promise<Row> {
  const request = readPackageRequest(ask.body)
  const scope = await scopeOf(room.store, ask.scope, request)
  const facts = await factsOfPackage(room.store, { scope, model: ask.model, request })
  const definition = await defineEnvironment(room.store, scope, asString(facts.props.environmentId))
  const { name, version: asked } = request.environment
  for (let attempt = 1; ; attempt++) {
    const version = asked ?? (await room.store.resources.nextVersion(scope, 'environment', name))
    const key = { scope, kind: 'environment', name, version }
    if (await room.store.resources.get(key)) fail('ResourceExists', { kind: 'environment', name: `${name}:${version}` })
    try {
      return await makeOne(room, { key, request, facts, definition, by: ask.by, signal: ask.signal })
    } catch (error) {
      // somebody else took the number meanwhile
      const taken = isLazError(error) && error.code === 'PreconditionFailed' && asked === undefined
      if (!taken || attempt >= 5) throw error
    }
  }
}

interface Making {
  key: { scope: string; kind: string; name: string; version: string }
  request: PackageRequest
  facts: DeploymentFacts
  definition: Definition
  by: string
  signal: AbortSignal
}

async function makeOne(room: Room, { key, request, facts, definition, by, signal }: Making): Promise<Row> {
  const { scope, name, version } = key
  const dir = await makeFolder(join(room.home, 'packages'))
  try {
    const manifest = await fill(room, { dir, facts, request, definition, environment: `${name}:${version}`, signal })
    const image = await buildImage(dir, `${name.toLowerCase()}:${version}`, signal)
    // two that are made at once for the same version do not write into one folder
    const folder = `packages/${name}/${version}-${randomBytes(3).toString('hex')}`
    const uri = `azureml://datastores/workspaceblobstore/paths/${folder}/`
    const place = await locatePlace(room.store, scope, uri)
    await sendTree(place.storage, { full: dir, path: place.path, state: `${dir}.sent` }, { signal })
    const props = environmentProps({ definition, manifest, request, uri, image, facts })
    return (await room.store.resources.put({ key, props, by, state: 'Succeeded', ifNoneMatch: '*' })).row
  } finally {
    await rm(dir, { recursive: true, force: true })
    await rm(`${dir}.sent`, { recursive: true, force: true })
  }
}

async function scopeOf(store: Store, scope: string, { environment }: PackageRequest): Promise<string> {
  const guid = environment.workspaceGuid
  const told = guid === undefined ? undefined : (await workspaceOfGuid(store, guid))?.scope
  if (guid !== undefined && told === undefined) fail('ResourceNotFound', { kind: 'workspace', name: guid.slice(0, 60) })
  if (told === undefined && isRegistryScope(scope)) {
    const what = 'A package of a model in a registry needs the workspace that its environment comes into'
    fail('BadArgument', { what }, { target: 'targetEnvironmentId' })
  }
  return told ?? scope
}

const oldMs = 24 * 3600 * 1000

/** A folder to make a package in; what a server that died left behind goes. */
async function makeFolder(root: string): Promise<string> {
  mkdirSync(root, { recursive: true, mode: 0o700 })
  for (const name of readdirSync(root)) {
    const path = join(root, name)
    if (Date.now() - statSync(path).mtimeMs > oldMs) await rm(path, { recursive: true, force: true })
  }
  return mkdtempSync(join(root, 'making-'))
}

interface Wanted {
  scope: string
  model: Row
  request: PackageRequest
}

/** What a deployment of the same parts would be. Raises BadArgument, NotSupported, ResourceNotFound. */
async function factsOfPackage(store: Store, { scope, model, request }: Wanted): Promise<DeploymentFacts> {
  const { codeConfiguration, baseEnvironmentId } = request
  const type = asString(model.props.modelType) ?? 'custom_model'
  const what = `A package of the model ${model.name}:${model.version}`
  const instead =
    'Give inferencing_server a code_configuration with code and scoring_script, and a base_environment_source.'
  if (!codeConfiguration && type !== 'mlflow_model')
    fail('NotSupported', { what, why: `a ${type} does not say how it is scored`, instead })
  if (codeConfiguration && baseEnvironmentId === undefined && type !== 'mlflow_model')
    fail('NotSupported', { what, why: 'nothing says which packages its code needs', instead })
  const environmentId = baseEnvironmentId ?? (await environmentOfModel({ store, scope }, model))
  const props = { environmentId, ...(codeConfiguration ? { codeConfiguration } : {}) }
  const facts = await factsOf(store, { scope, name: 'package/package' }, props)
  return { ...facts, model, modelType: type }
}

interface Filling {
  dir: string
  facts: DeploymentFacts
  request: PackageRequest
  definition: Definition
  environment: string
  signal: AbortSignal
}

/** Lays everything out in a folder. */
async function fill({ store }: Room, o: Filling): Promise<Manifest> {
  const { dir, facts, request, definition, signal } = o
  const ask = { ctx: { store }, facts, dir, signal, say: () => {} }
  const model = await placeModel(ask)
  const code = await placeCode(ask)
  const wanted = request.codeConfiguration?.scoringScript ?? ''
  if (code !== undefined && !statSync(safeJoin(code, wanted), { throwIfNoEntry: false })?.isFile())
    fail('PathNotFound', { path: `the scoring script ${wanted} of the code` })
  const script = request.codeConfiguration
    ? `code/${request.codeConfiguration.scoringScript}`
    : 'server/mlflow_score.py'
  const server = join(dir, 'server')
  for (const name of ['score_driver.py', 'lazurite_score', ...(request.codeConfiguration ? [] : ['mlflow_score.py'])])
    cpSync(ownPython(name), join(server, name), { recursive: true, filter: (path) => !path.endsWith('__pycache__') })
  const needs = needsOf(definition)
  const manifest: Manifest = {
    format: 1,
    kind: request.codeConfiguration ? 'script' : 'mlflow',
    script,
    model: { name: facts.model?.name ?? '', version: facts.model?.version ?? '', last: model?.last ?? '' },
    variables: { ...needs.variables, ...request.variables },
    ...(needs.python === undefined ? {} : { python: needs.python }),
    image: definition.image ?? `python:${minorOf(needs.python) ?? '3.11'}-slim`,
  }
  const files: Record<string, string> = {
    'package.json': `${JSON.stringify(manifest, null, 2)}\n`,
    'requirements.txt': needs.requirements.map((line) => `${line}\n`).join(''),
    'start.sh': startScript(manifest),
    Dockerfile: dockerfile(manifest),
    '.dockerignore': '.venv\n',
    'README.md': readme(manifest, o.environment),
    ...(definition.condaFile === undefined ? {} : { 'conda.yaml': definition.condaFile }),
  }
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(dir, name), text)
  }
  return manifest
}

function needsOf({ condaFile, curated }: Definition): Pick<CondaEnvironment, 'python' | 'requirements' | 'variables'> {
  if (condaFile !== undefined) return readConda(condaFile)
  const { python, packages = [] } = curated ?? {}
  return { requirements: packages, variables: {}, ...(python === undefined ? {} : { python }) }
}

/** Builds the image where a container engine answers. @returns its tag; undefined where none does */
async function buildImage(dir: string, tag: string, signal: AbortSignal): Promise<string | undefined> {
  if ((await dockerLack()) !== undefined) return undefined
  try {
    await docker(['build', '--tag', tag, dir], { signal })
    return tag
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return fail('EnvironmentFailed', { name: tag, why })
  }
}

interface Made {
  definition: Definition
  manifest: Manifest
  request: PackageRequest
  uri: string
  image: string | undefined
  facts: DeploymentFacts
}

function environmentProps({ definition, manifest, request, uri, image, facts }: Made): JsonObject {
  const { condaFile } = definition
  const { name, version } = manifest.model
  return {
    description: `A package of the model ${name}:${version}`,
    image: definition.image ?? manifest.image,
    ...(condaFile === undefined ? {} : { condaFile }),
    osType: 'Linux',
    tags: request.tags,
    properties: {
      [packageKey]: uri,
      ...(condaFile === undefined ? { [baseKey]: asString(facts.props.environmentId) ?? '' } : {}),
      ...(image === undefined ? {} : { 'lazurite.image': image }),
    },
  }
}
