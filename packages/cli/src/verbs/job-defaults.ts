// What a job gets when its file leaves it out.
import { basename } from 'node:path'
import { asObject, type JsonObject } from '@lazurite/spec'

/** What the official client fills in when the file leaves it out. */
export function withDefaults(
  properties: JsonObject,
  from: { name: string; git: Record<string, string>; cwd: string },
): JsonObject {
  const experiment = basename(from.cwd).replace(/\s+/g, '') || 'Default'
  return {
    ...properties,
    displayName: properties.displayName ?? from.name,
    experimentName: properties.experimentName ?? experiment,
    properties: { ...from.git, ...asObject(properties.properties) },
  }
}
