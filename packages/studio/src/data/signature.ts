// Signatures of MLflow models.
import { asArray, asObject, asString, type Json } from '@lazurite/spec'

export interface Port {
  name: string
  type: string
  required: boolean
}

/** Columns or tensors of a side of a signature, which MLflow writes as JSON in a text. */
export function portsOf(side: Json | undefined): Port[] {
  let list: Json[] = []
  try {
    list = asArray(typeof side === 'string' ? (JSON.parse(side) as Json) : side) // JSON.parse yields JSON
  } catch {
    return []
  }
  return list.map((one, index) => {
    const port = asObject(one)
    const spec = asObject(port['tensor-spec'])
    const tensor = spec.dtype === undefined ? undefined : `${spec.dtype}${JSON.stringify(spec.shape ?? [])}`
    const type = tensor ?? (typeof port.type === 'string' ? port.type : JSON.stringify(port.type ?? ''))
    return { name: asString(port.name) ?? String(index), type, required: port.required !== false }
  })
}
