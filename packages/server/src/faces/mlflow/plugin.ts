/**
 * What azureml-mlflow, the plugin for addresses that begin with `azureml://`, wants to hear otherwise than the stock
 * client: it takes files by the artifact service of run history and knows that place by an address of its own scheme.
 * It tells itself by its token, which a credential got for our address; the stock client has the owner's or a run's.
 */
import { asObject, asString, isObject, type Json, type JsonObject } from '@lazurite/spec'
import type { FastifyRequest } from 'fastify'

/** The answer with the artifact addresses of its runs in the plugin's scheme, when the plugin asks. */
export function inPluginWords(request: FastifyRequest, body: JsonObject): JsonObject {
  if (!isPlugin(request)) return body
  const { run, runs } = body
  return {
    ...body,
    ...(isObject(run) ? { run: renamed(request, run) } : {}),
    ...(Array.isArray(runs)
      ? { runs: runs.map((each): Json => (isObject(each) ? renamed(request, each) : each)) }
      : {}),
  }
}

/** Whether it asks who wants its own words. */
export function isPlugin({ caller, params }: FastifyRequest): boolean {
  return /^https:/.test(caller.audience ?? '') && asString(asObject(params).workspace) !== undefined
}

function renamed(request: FastifyRequest, run: JsonObject): JsonObject {
  const info = asObject(run.info)
  const { run_id: id, experiment_id: experiment } = info
  if (typeof id !== 'string' || typeof experiment !== 'string') return run
  const { subscription, group, workspace } = request.params as Record<string, string> // the holes of the address
  const room =
    `/subscriptions/${subscription}/resourceGroups/${group}` +
    `/providers/Microsoft.MachineLearningServices/workspaces/${workspace}`
  const uri = `azureml://${request.headers.host}/mlflow/v2.0${room}/experiments/${experiment}/runs/${id}/artifacts`
  return { ...run, info: { ...info, artifact_uri: uri } }
}
