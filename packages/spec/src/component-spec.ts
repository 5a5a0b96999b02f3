// The envelope of a component version: what clients put around its spec.
import { asObject, isObject, type Json, type JsonObject, setKey } from './json.ts'
import { pythonFloat } from './python.ts'

/** The name all components without one share; their version is derived from their content. */
export const anonymousComponent = 'azureml_anonymous'

/** Properties of a component version around its spec. */
export function wrapSpec(written: JsonObject): JsonObject {
  const spec = { ...written, ...(isObject(written.inputs) ? { inputs: normalPorts(written.inputs) } : {}) }
  const { description, tags }: JsonObject = spec
  return {
    ...(typeof description === 'string' ? { description } : {}),
    properties: {},
    tags: isObject(tags) ? tags : {},
    isAnonymous: false,
    isArchived: false,
    componentSpec: spec,
  }
}

/** Presets are texts in the spelling of their type: 1e-3 of a number is 0.001, 1 is 1.0. */
function normalPorts(ports: JsonObject): JsonObject {
  return mapObject(ports, (port) => {
    if (!isObject(port)) return port
    const type = port.type
    return mapObject(port, (v, key) => (presets.includes(key) ? normalPreset(v, type) : v))
  })
}

const presets = ['default', 'min', 'max']

function normalPreset(v: Json, type: Json | undefined): Json {
  if (typeof v !== 'string' && typeof v !== 'number') return v
  const n = Number(v)
  if (v === '' || Number.isNaN(n)) return v
  if (type === 'number') return pythonFloat(n)
  return type === 'integer' ? String(Math.trunc(n)) : v
}

function mapObject(v: JsonObject, change: (x: Json, key: string) => Json): JsonObject {
  const out: JsonObject = {}
  for (const [key, x] of Object.entries(v)) setKey(out, key, change(x, key))
  return out
}

/** The same under the name that inline components share. */
export function asAnonymous(props: JsonObject): JsonObject {
  const spec = { ...asObject(props.componentSpec), name: anonymousComponent, version: '1' }
  return { ...props, isAnonymous: true, componentSpec: spec }
}
