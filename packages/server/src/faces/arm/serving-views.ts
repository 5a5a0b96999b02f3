/** What stands below endpoints and deployments while nothing serves: sizes they may have, jobs they have not started. */
import { fail, type JsonObject } from '@lazurite/spec'
import { type Asked, needed } from './asked.ts'

/** The one size there is; how many instances of it, the cores of this machine say. */
export async function listSkus(asked: Asked): Promise<JsonObject> {
  await needed(asked)
  const { cores } = asked.room.deps.engine.usage().machine
  return {
    value: [
      {
        resourceType: `${asked.room.type}/onlineEndpoints/deployments`,
        sku: { name: 'Default', tier: 'Standard' },
        capacity: { default: 1, minimum: 1, maximum: cores, scaleType: 'Manual' },
      },
    ],
    nextLink: null,
  }
}

/** Jobs that calls of a batch endpoint started: none, since it takes no calls yet. Raises ResourceNotFound for one of them. */
export async function noJobs(asked: Asked): Promise<JsonObject> {
  await needed(asked)
  if (asked.of !== undefined) fail('ResourceNotFound', { kind: 'job', name: asked.of.slice(0, 60) })
  return { value: [] }
}
