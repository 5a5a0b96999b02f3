/** Laying out a revision: its folder is made once, its plan is kept beside it, and every replica starts from that. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { asObject, asString, type JsonObject } from '@lazurite/spec'
import type { EngineContext } from '../context.ts'
import { customOf, placeCollections } from './collect.ts'
import { deploymentFolder } from './folder.ts'
import { withReceiver } from './receiver.ts'
import type { DeploymentFacts, ReplicaPlan } from './recipe.ts'
import { recipeFor } from './recipes/index.ts'

interface Wanted {
  uuid: string
  revision: string
  facts: DeploymentFacts
  signal: AbortSignal
}

/** Makes the plan of a revision, or answers the one that was made. Raises what the recipe raises. */
export async function prepare(ctx: EngineContext, { uuid, revision, facts, signal }: Wanted): Promise<ReplicaPlan> {
  const folder = deploymentFolder(ctx.home, uuid)
  const known = readPlan(ctx.home, uuid, revision)
  if (known) return known
  const dir = folder.revision(revision)
  for (const path of [folder.logs, dir]) mkdirSync(path, { recursive: true, mode: 0o700 })
  const say = (line: string) => appendFileSync(folder.prepareLog, `${new Date().toISOString()} ${line}\n`)
  const recipe = await recipeFor(facts)
  say(`Preparing revision ${revision} with the recipe ${recipe.name}.`)
  try {
    const made = await recipe.plan({ ctx, facts, dir, say, signal })
    const key = { scope: facts.scope, name: `${facts.endpoint}/${facts.deployment}` }
    const scripted = recipe.collects && customOf(facts.props).length > 0
    const collecting = scripted ? await placeCollections(ctx, key, { uuid, props: facts.props }) : undefined
    const plan = withReceiver(made, { collecting, uuid, dir })
    // the environment may hold secrets of the deployment
    writeFileSync(`${folder.plan(revision)}.new`, JSON.stringify(plan), { mode: 0o600 })
    renameSync(`${folder.plan(revision)}.new`, folder.plan(revision))
    say(`Revision ${revision} is prepared.`)
    return plan
  } catch (error) {
    say(`Revision ${revision} could not be prepared: ${error instanceof Error ? error.message : String(error)}`)
    throw error
  }
}

/** Undefined as long as the revision is not laid out. */
export function readPlan(home: string, uuid: string, revision: string): ReplicaPlan | undefined {
  const file = deploymentFolder(home, uuid).plan(revision)
  if (!existsSync(file)) return undefined
  const about = asObject(JSON.parse(readFileSync(file, 'utf8')))
  const [cwd, command] = [asString(about.cwd), asString(about.command)]
  if (cwd === undefined || command === undefined) return undefined
  const routes: JsonObject = asObject(about.routes)
  const env = Object.entries(asObject(about.env)).map(([name, value]): [string, string] => [name, String(value)])
  return {
    cwd,
    command,
    env: Object.fromEntries(env),
    routes: {
      score: asString(routes.score) ?? '/score',
      live: asString(routes.live) ?? '/',
      ready: asString(routes.ready) ?? '/',
    },
    ...(about.passes === true ? { passes: true } : {}),
  }
}
