// A component as the wire carries it: { componentSpec: YAML with its references resolved, … }; and how one is made from
// a file, from a mapping in place, or from a pipeline node that holds its job in place.
import type { Writing } from '../codec.ts'
import { anonymousComponent, asAnonymous, wrapSpec } from '../component-spec.ts'
import { type Field, f, type Variant } from '../field.ts'
import { asObject, type Json, type JsonObject, own, type Path } from '../json.ts'
import { kindByName } from '../kinds/index.ts'
import { inputPort, outputPort, printPort } from './ports.ts'

/** Properties of a component version from its YAML. `source` says where it came from, as clients record it. */
export function writeComponent(value: JsonObject, w: Writing, at: Path, source: string): JsonObject {
  const kind = kindByName('component')
  const table: Field = kind?.fields ?? f.any()
  const inside = w.with({ style: 'spec', bindings: false })
  const written = asObject(inside.write(table, value, at))
  const spec: JsonObject = {
    ...written,
    ...(written.type === 'pipeline' ? {} : { is_deterministic: own(written, 'is_deterministic') ?? true }),
    _source: source,
  }
  return wrapSpec(spec)
}

/** The component of an inline node: its promoted keys, with ports made from its inputs and outputs. */
export function promote(node: JsonObject, variant: Variant, w: Writing, at: Path): JsonObject {
  const fields = variant.inline ?? {}
  const inside = w.with({ style: 'spec', bindings: true, issues: [] })
  const spec: JsonObject = { type: asText(node.type) ?? 'command', name: anonymousComponent, version: '1' }
  for (const key of variant.promoted ?? []) {
    const given = own(node, key)
    const field = own(fields, key)
    if (given === undefined || given === null || !field) continue
    const value = inside.write(field, given, [...at, key])
    if (value !== undefined) spec[key] = value
  }
  const inputs = Object.entries(asObject(node.inputs)).map(([name, v]): [string, Json] => {
    const path = [...at, 'inputs', name]
    return [name, printPort(inputPort(v, w, path), w.numberText(path))]
  })
  const outputs = Object.entries(asObject(node.outputs)).map(([name, v]): [string, Json] => [
    name,
    printPort(outputPort(v, w)),
  ])
  return asAnonymous(
    wrapSpec({
      ...spec,
      ...(inputs.length > 0 ? { inputs: Object.fromEntries(inputs) } : {}),
      ...(outputs.length > 0 ? { outputs: Object.fromEntries(outputs) } : {}),
      is_deterministic: true,
      _source: 'YAML.JOB',
    }),
  )
}

function asText(v: Json | undefined): string | undefined {
  return typeof v === 'string' ? v : undefined
}
