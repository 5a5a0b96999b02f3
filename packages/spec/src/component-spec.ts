// The envelope of a component version: what clients put around its spec.
import { asObject, isObject, type JsonObject } from './json.ts'

/** The name all components without one share; their version is derived from their content. */
export const anonymousComponent = 'azureml_anonymous'

/** Properties of a component version around its spec. */
export function wrapSpec(spec: JsonObject): JsonObject {
  const { description, tags } = spec
  return {
    ...(typeof description === 'string' ? { description } : {}),
    properties: {},
    tags: isObject(tags) ? tags : {},
    isAnonymous: false,
    isArchived: false,
    componentSpec: spec,
  }
}

/** The same under the name that inline components share. */
export function asAnonymous(props: JsonObject): JsonObject {
  const spec = { ...asObject(props.componentSpec), name: anonymousComponent, version: '1' }
  return { ...props, isAnonymous: true, componentSpec: spec }
}
