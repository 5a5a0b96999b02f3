/** Steps by the names people give them: the path of node keys inside a pipeline. */
import { fail, isFinal } from '@lazurite/spec'
import type { Row, Store } from '@lazurite/store'
import { nodeOf, stepsOf } from './reuse.ts'

export interface Whereabouts {
  /** The outermost pipeline; the job itself when it is no step. */
  root: Row
  /** Node keys from there to the job; empty for the root itself. */
  path: string[]
}

/**
 * The job of a step. Raises ResourceNotFound with the steps there are.
 * @param path node keys with slashes between them, e.g. `train` or `outer/train`
 */
export async function findStep(store: Store, job: Row, path: string): Promise<Row> {
  let here = job
  for (const key of path.split('/').filter(Boolean)) {
    const steps = await stepsOf(store, here.scope, here.name)
    const name = steps.get(key)
    const row = name === undefined ? undefined : await store.resources.get({ scope: here.scope, kind: 'job', name })
    here = row ?? noStep(here, key, [...steps.keys()])
  }
  return here
}

function noStep(job: Row, key: string, steps: string[]): never {
  const there = steps.length > 0 ? `its steps so far are ${steps.slice(0, 20).join(', ')}` : 'it has started no step'
  const over = isFinal(job.state) ? '' : ' and it is not over'
  const details = [{ path: [], message: `${job.name} has started no step ${key}: ${there}${over}` }]
  return fail('ResourceNotFound', { kind: 'step', name: key }, { details })
}

/** Where a job is: which pipelines lie around it. */
export async function whereIs(store: Store, job: Row): Promise<Whereabouts> {
  const path: string[] = []
  let root = job
  while (root.parent) {
    const above = await store.resources.get({ scope: root.scope, kind: 'job', name: root.parent })
    if (!above) break
    path.unshift(nodeOf(root))
    root = above
  }
  return { root, path }
}
