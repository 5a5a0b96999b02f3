/** An image that brings its own server: it runs where a container engine is, and is refused by name elsewhere. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { asObject, asString, fail, type Issue, isObject, type JsonObject } from '@lazurite/spec'
import type { Row } from '@lazurite/store'
import { quoteShell } from '../../computes/wrapper.ts'
import { locatePlace } from '../../datastores/resolve.ts'
import { fetchTree } from '../../datastores/transfer.ts'
import { placeCode, placeModel, variablesOf } from '../material.ts'
import type { DeploymentFacts, PlanAsk, Recipe, ReplicaPlan } from '../recipe.ts'
import { docker, dockerLack } from './docker.ts'

const configOf = (environment: Row | undefined) => environment?.props.inferenceConfig
const inside = '/var/azureml-app'
/** Variables that the docker command itself listens to: what the user sets of these is for the container alone. */
const dockers = /^(PATH|HOME|TMPDIR|BASH_ENV|LD_.*|DOCKER_.*|LAZ_.*)$/

export const container: Recipe = {
  name: 'container',
  fits: ({ environment }: DeploymentFacts) => isObject(configOf(environment)),
  async admit(facts): Promise<Issue[]> {
    const path = ['properties', 'environmentId']
    const routes = asObject(configOf(facts.environment))
    const lacking = ['livenessRoute', 'readinessRoute', 'scoringRoute'].filter((name) => !isRoute(routes[name]))
    if (lacking.length > 0) {
      return [
        { path, message: `inference_config of the environment needs a port and a path for ${lacking.join(', ')}` },
      ]
    }
    const ports = new Set(Object.values(routes).flatMap((route) => (isRoute(route) ? [route.port] : [])))
    if (ports.size > 1) {
      return [
        { path, message: `the routes of inference_config must share one port; they name ${[...ports].join(', ')}` },
      ]
    }
    const lack = await dockerLack()
    if (lack === undefined) return []
    const hint = 'Start a container engine, or give code_configuration and an environment with a conda_file.'
    return [{ path, message: `the image of this environment needs a container engine, and ${lack}`, hint }]
  },
  plan,
}

function isRoute(route: unknown): route is { port: number; path: string } {
  const { port, path } = asObject(route as JsonObject) // anything that is no object becomes an empty one
  return typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65536 && typeof path === 'string'
}

async function plan(ask: PlanAsk): Promise<ReplicaPlan> {
  const { facts, dir } = ask
  const lack = await dockerLack()
  if (lack !== undefined) {
    fail('NotSupported', { what: 'A custom container', why: lack, instead: 'Start a container engine, and try again.' })
  }
  const image = await imageOf(ask)
  const model = await placeModel(ask)
  const code = await placeCode(ask)
  const { livenessRoute, readinessRoute, scoringRoute } = asObject(configOf(facts.environment))
  if (!isRoute(livenessRoute) || !isRoute(readinessRoute) || !isRoute(scoringRoute)) {
    return fail('BadArgument', { what: 'inference_config needs a port and a path for all three routes' })
  }
  const given = asString(facts.props.modelMountPath)
  // the last two components, name and version, are below a mount path of the user's as well
  const models = given ? join('/', given) : join(inside, 'azureml-models')
  const modelDir = model ? join(models, basename(join(model.dir, '..')), basename(model.dir)) : undefined
  const script = asString(asObject(facts.props.codeConfiguration).scoringScript)
  const variables = {
    ...(modelDir ? { AZUREML_MODEL_DIR: modelDir } : {}),
    ...(code ? { AML_APP_ROOT: join(inside, 'code'), ...(script ? { AZUREML_ENTRY_SCRIPT: script } : {}) } : {}),
    ...variablesOf(facts),
  }
  const words = [
    ...(model && modelDir ? ['-v', `${model.dir}:${modelDir}:ro`] : []),
    ...(code ? ['-v', `${code}:${join(inside, 'code')}:ro`] : []),
    // by name alone: values are in the environment of the command, not in the list of processes
    ...Object.entries(variables).flatMap(([name, value]) => ['-e', dockers.test(name) ? `${name}=${value}` : name]),
    image,
  ]
  const name = '--name "laz-$LAZ_REPLICA" --label lazurite=replica'
  return {
    cwd: dir,
    command: [
      // of an earlier process of this replica that was killed
      'docker rm -f "laz-$LAZ_REPLICA" > /dev/null 2>&1',
      `exec docker run --rm --init ${name} -p "127.0.0.1:$LAZ_PORT:${scoringRoute.port}" ${words.map(quoteShell).join(' ')}`,
    ].join('\n'),
    env: {
      ...Object.fromEntries(Object.entries(variables).filter(([name]) => !dockers.test(name))),
      PATH: process.env.PATH ?? '',
      HOME: process.env.HOME ?? '/',
    },
    routes: { score: slash(scoringRoute.path), live: slash(livenessRoute.path), ready: slash(readinessRoute.path) },
    passes: true,
  }
}

const slash = (path: string) => (path.startsWith('/') ? path : `/${path}`)

/** The image, pulled or built when it is not there. Raises EnvironmentFailed. */
async function imageOf({ ctx, facts, dir, say, signal }: PlanAsk): Promise<string> {
  const { environment } = facts
  const props = environment?.props ?? {}
  const name = `${environment?.name}:${environment?.version}`
  const image = asString(props.image)
  const { contextUri, dockerfilePath } = asObject(props.build)
  try {
    if (image !== undefined) {
      const there = await docker(['image', 'inspect', image], { signal }).catch(() => undefined)
      if (there === undefined) {
        say(`Fetching the image ${image}.`)
        await docker(['pull', '--quiet', image], { signal })
      }
      return image
    }
    const from = await locatePlace(ctx.store, environment?.scope ?? facts.scope, asString(contextUri) ?? '')
    const fetched = join(dir, 'context')
    const folder = from.localPath ?? fetched
    if (from.localPath === undefined && !existsSync(fetched))
      await fetchTree(from.storage, from.path, fetched, { signal })
    const hash = createHash('sha256').update(`${environment?.scope}\n${name}\n${environment?.id}`).digest('hex')
    const tag = `lazurite-environment:${hash.slice(0, 24)}`
    say(`Building ${asString(dockerfilePath) ?? 'Dockerfile'} of the environment ${name} as ${tag}.`)
    await docker(['build', '-q', '-t', tag, '-f', asString(dockerfilePath) ?? 'Dockerfile', '.'], {
      signal,
      cwd: folder,
    })
    await rm(fetched, { recursive: true, force: true })
    return tag
  } catch (error) {
    if (signal.aborted) throw error
    return fail('EnvironmentFailed', { name, why: error instanceof Error ? error.message : String(error) })
  }
}
