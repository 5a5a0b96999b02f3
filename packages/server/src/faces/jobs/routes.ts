/**
 * What can be asked of jobs and ARM has no word for. Ours, with the paths of ARM under `/lazurite/v1` and a verb at the
 * end. A verb is one file here that exports its `JobVerb`, and one line in `verbs`.
 */
import type { FastifyPluginAsync } from 'fastify'
import type { FaceDeps } from '../../app.ts'
import { printProblem } from '../problem.ts'
import { countThings, factsOfAssets } from './asset-facts.ts'
import { type JobVerb, openCall } from './call.ts'
import { debug } from './debug.ts'
import { dryRun } from './dry-run.ts'
import { environmentMade } from './environment-made.ts'
import { eraseAsset, eraseExperiment, eraseJob, eraseVersion } from './erase.ts'
import { explain } from './explain.ts'
import { fieldsOfJobs, sparksOfJobs } from './fields.ts'
import { collectGarbage } from './gc.ts'
import { componentGraph, graph } from './graph.ts'
import { importEvaluations } from './import-evaluations.ts'
import { importModel } from './import-model.ts'
import { importRun } from './import-run.ts'
import { importTraces } from './import-traces.ts'
import { importWebhook } from './import-webhook.ts'
import { lineageGraph } from './lineage.ts'
import { countJobs, list } from './list.ts'
import { logLines, searchLog } from './log-lines.ts'
import { jobsTogether, metricsOfJob, queryMetrics } from './metrics.ts'
import { rerun } from './rerun.ts'
import { resume } from './resume.ts'
import { timeline } from './timeline.ts'
import { factsOfExperiments, listTraces } from './traces.ts'
import { trials } from './trials.ts'
import { listViews, putView, removeView } from './views.ts'

const workspace =
  '/lazurite/v1/subscriptions/:subscription/resourceGroups/:group/providers/:provider/workspaces/:workspace'

const verbs: readonly JobVerb[] = [
  debug,
  dryRun,
  explain,
  graph,
  componentGraph,
  lineageGraph,
  list,
  resume,
  timeline,
  rerun,
  eraseJob,
  eraseExperiment,
  eraseAsset,
  eraseVersion,
  trials,
  metricsOfJob,
  jobsTogether,
  queryMetrics,
  logLines,
  searchLog,
  countJobs,
  fieldsOfJobs,
  sparksOfJobs,
  factsOfAssets,
  countThings,
  environmentMade,
  listViews,
  putView,
  removeView,
  importRun,
  importModel,
  importTraces,
  importEvaluations,
  importWebhook,
  collectGarbage,
  listTraces,
  factsOfExperiments,
]

export function jobsFace(deps: FaceDeps): FastifyPluginAsync {
  return async (app) => {
    app.setErrorHandler((error, request, reply) => printProblem(deps, error, request, reply))
    for (const { method, path, streams, reads, handle } of verbs) {
      app.route({
        method,
        url: workspace + path,
        config: { ...(streams ? { streams, checkOrigin: true } : {}), ...(reads ? { reads } : {}) },
        handler: async (request, reply) => (await handle(await openCall(deps, request, reply))) ?? reply,
      })
    }
  }
}
