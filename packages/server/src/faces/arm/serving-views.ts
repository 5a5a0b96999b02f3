/** What stands below online deployments: sizes they may have. */
import type { JsonObject } from '@lazurite/spec'
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
