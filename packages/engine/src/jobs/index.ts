/** The types of jobs that run, one lazy line each; every other type is refused by name. */
import { asString, fail, type JsonObject } from '@lazurite/spec'
import type { JobType } from './type.ts'

const register: Record<string, () => Promise<JobType>> = {
  command: async () => (await import('./command.ts')).command,
  pipeline: async () => (await import('./pipeline.ts')).pipeline,
  sweep: async () => (await import('./sweep.ts')).sweep,
  automl: async () => (await import('./automl.ts')).automl,
  automltrial: async () => (await import('./automl-trial.ts')).automlTrial,
  parallel: async () => (await import('./parallel.ts')).parallel,
  spark: async () => (await import('./spark.ts')).spark,
}

/** Names of the job types that run, lower case as in YAML. */
const runnableJobTypes: readonly string[] = Object.keys(register)

/** The type of a job by its wire properties. Raises NotSupported for one that does not run here yet. */
export function jobTypeOf(props: JsonObject): Promise<JobType> {
  const name = asString(props.jobType) ?? 'Command'
  const load = Object.hasOwn(register, name.toLowerCase()) ? register[name.toLowerCase()] : undefined
  return (
    load?.() ??
    fail('NotSupported', {
      what: `Running a job of type ${name.toLowerCase()}`,
      why: `this version runs jobs of the types ${runnableJobTypes.join(', ')}`,
      instead: 'Express it as a command job, or as a pipeline of command steps.',
    })
  )
}
