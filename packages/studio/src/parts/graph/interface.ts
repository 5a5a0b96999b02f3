// The ports of a component, as the designer needs them.
import { asObject, asString, type Json, type JsonObject } from '@lazurite/spec'
import { describe } from '../../data/described.ts'
import { needKind, useItem } from '../../data/kinds.ts'

export interface PortSpec {
  name: string
  type: string
  needed: boolean
  usual?: string
  doc?: string
  words?: string[]
}

export interface Interface {
  inputs: PortSpec[]
  outputs: PortSpec[]
}

export function portsOf(written: Json | undefined): PortSpec[] {
  return Object.entries(asObject(written)).map(([name, raw]) => {
    const { type, optional, default: usual, description, enum: words } = asObject(raw)
    return {
      name,
      type: asString(type) ?? 'uri_folder',
      needed: optional !== true && usual === undefined,
      ...(usual === undefined || usual === null ? {} : { usual: String(usual) }),
      ...(typeof description === 'string' ? { doc: description } : {}),
      ...(Array.isArray(words) ? { words: words.map(String) } : {}),
    }
  })
}

/** Undefined while it is asked for, and when there is none. */
export function useInterface({ name, version }: { name: string; version: string }): Interface | undefined {
  const kind = needKind('component')
  const item = useItem(kind, version === 'latest' ? { name } : { name, version })
  if (!item.data) return undefined
  const { document } = describe(kind, item.data)
  return { inputs: portsOf(document.inputs), outputs: portsOf(document.outputs) }
}

/** The ports of a step that is written in place, as far as it says them. */
export function interfaceInPlace(step: JsonObject): Interface {
  return { inputs: portsOf(step.inputs).map((port) => ({ ...port, needed: false })), outputs: portsOf(step.outputs) }
}
