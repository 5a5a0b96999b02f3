/** A job of an AutoML job: it runs a program of ours in an environment with scikit-learn, told by a file what to do. */
import { existsSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { asArray, asObject, asString, fail, type JsonObject, parseYaml } from '@lazurite/spec'
import { readPlan } from '../automl/plan.ts'
import { locatePlace } from '../datastores/resolve.ts'
import { tailOf } from '../mltable.ts'
import { ownPython } from '../own-python.ts'
import { artifactsFolder } from '../run-folder.ts'
import type { Place, Staged } from './launch.ts'
import { processJob } from './process-job.ts'
import { quoteWord } from './spark-words.ts'
import { readJobStatus } from './status.ts'
import type { Work } from './type.ts'

export const automlTrialType = 'AutoMLTrial'

/** What the program itself needs, whatever the environment is. */
const also = ['scikit-learn', 'pandas', 'mlflow']

export const automlTrial = processJob({
  jobType: automlTrialType,
  async admit() {
    const message = 'A trial of an AutoML job is made by the AutoML job alone.'
    return [{ path: ['jobType'], message, hint: 'Submit a job of type automl.' }]
  },
  environment: ({ props }) => ({ id: asString(props.environmentId), also }),
  command: ({ status }) => `python ${quoteWord(ownPython('automl.py'))} ../attempt-${status.attempt}/${taskFile}`,
  dress,
})

const taskFile = 'automl.json'

async function dress(work: Work, place: Place, staged: Staged): Promise<Record<string, string>> {
  const { key, row, ctx, status } = work
  const parent = row.parent && (await ctx.store.resources.get({ scope: key.scope, kind: key.kind, name: row.parent }))
  if (!parent) return fail('BadArgument', { what: 'The AutoML job of this trial is gone' })
  const { plan } = readPlan(parent.props)
  const { setup = {} } = readJobStatus(parent.status).automl ?? {}
  const { part = 'setup', recipe, ensemble, members = [] } = status.automlPart ?? {}
  const most = Math.max(1, Math.floor(status.node?.cores ?? 1))
  const cores = plan.limits.maxCores > 0 ? Math.min(most, plan.limits.maxCores) : most
  const data: JsonObject = {}
  for (const [name, path] of Object.entries(staged.inputs)) {
    data[name.replace(/_data$/, '')] = { path, foreign: await foreignPaths(work, path) }
  }
  const task: JsonObject = {
    ...plan.settings,
    part,
    task: plan.task,
    metric: plan.metric,
    goal: plan.goal,
    target: plan.target,
    algorithms: plan.algorithms,
    cores,
    data,
    setup,
    ...(recipe ? { recipe: { ...recipe }, params: { ...recipe.params, scaler: recipe.scaler } } : {}),
    ...(ensemble ? { ensemble } : {}),
    members: members.map(({ run, algorithm }) => ({
      run,
      algorithm,
      folder: artifactsFolder(ctx.store, place.workspace, run),
    })),
  }
  await writeFile(join(place.folder.attempt, taskFile), JSON.stringify(task))
  const threads = String(cores)
  // threads that wait for work leave the cores to those that have some
  return {
    OMP_WAIT_POLICY: 'passive',
    OMP_NUM_THREADS: threads,
    OPENBLAS_NUM_THREADS: threads,
    MKL_NUM_THREADS: threads,
  }
}

/** Paths of a table that are addresses, as paths of this machine. */
async function foreignPaths(work: Work, folder: string): Promise<JsonObject> {
  const file = join(folder, 'MLTable')
  if (!existsSync(file)) return {}
  const { value } = parseYaml(readFileSync(file, 'utf8'), { file: 'MLTable', maxBytes: 1 << 20 })
  const found: JsonObject = {}
  for (const entry of asArray(asObject(value).paths)) {
    for (const text of Object.values(asObject(entry))) {
      const what = asString(text)
      if (!what || !/^[a-z][a-z0-9+.-]*:/i.test(what) || /^https?:/i.test(what)) continue
      found[what] = await pathOf(work, what)
    }
  }
  return found
}

async function pathOf({ ctx, key }: Work, what: string): Promise<string> {
  const place = await locatePlace(ctx.store, key.scope, what.replace(/[*?[].*$/s, ''))
  if (place.localPath !== undefined) return tailOf(what, place.localPath)
  return fail('NotSupported', {
    what: `The path ${what} in an MLTable`,
    why: 'AutoML reads the files of a table from this machine',
    instead: 'Put the table beside its files, with paths relative to it.',
  })
}
