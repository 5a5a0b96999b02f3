/**
 * `GET …/environments/{name}/versions/{version}/made`: what became of an environment when a job last ran in it, with its
 * packages as they lie on this machine and what building it said. `{job: null}` while no job has.
 */
import { readMade } from '@lazurite/engine'
import { asObject, fail, kindByName } from '@lazurite/spec'
import { getRow } from '../arm/read.ts'
import type { JobVerb } from './call.ts'

/** So many of the jobs that used it are looked at. */
const mostJobs = 50

export const environmentMade: JobVerb = {
  method: 'GET',
  path: '/environments/:name/versions/:version/made',
  async handle({ room, scope, name }) {
    const { version = '' } = room.request.params as Record<string, string> // what the router found
    const { store } = room.deps
    const kind = kindByName('environment') ?? fail('InternalError', {})
    const row = await getRow(room, kind, { scope, kind: kind.name, name, version })
    for (const { job } of await store.lineage.ofAsset(row, mostJobs)) {
      const found = await store.resources.get({ scope: job.scope, kind: 'job', name: job.name })
      const kept = asObject(found?.status.environment)
      if (kept.how === undefined || job.scope !== scope) continue
      return { job: job.name, ...(await readMade(store.home, kept)) }
    }
    return { job: null }
  },
}
