/**
 * Nodes that run nothing themselves and decide about others: `if_else`, `do_while`, `parallel_for`, as the official
 * client spells them. Pure: what a node says is only read here.
 */
import { asArray, asNumber, asObject, asString, isObject, type Json, type JsonObject, soleRef } from '@lazurite/spec'

export interface IfElse {
  is: 'if_else'
  /** A boolean, or a text with a binding. */
  condition: Json | undefined
  yes: string[]
  no: string[]
}

export interface DoWhile {
  is: 'do_while'
  body: string
  /** Output of the body; the loop goes on while it says true, for ever when absent. */
  condition?: string
  /** Output of the body → inputs of its next iteration. */
  mapping: Record<string, string[]>
  /** Iterations at most. */
  most: number
}

export interface ParallelFor {
  is: 'parallel_for'
  body: string
  /** JSON text, a list or mapping of mappings, or a binding. */
  items: Json | undefined
  /** Iterations at once; all of them when absent. */
  most?: number
}

export type Control = IfElse | DoWhile | ParallelFor

/** What the official client allows. */
export const mostIterations = 1000

export function isControl(type: string): boolean {
  return type === 'if_else' || type === 'do_while' || type === 'parallel_for'
}

/** What a control node says; undefined for any other node. */
export function controlOf({ type, wire }: { type: string; wire: JsonObject }): Control | undefined {
  if (type === 'if_else') {
    return { is: type, condition: wire.condition, yes: nodesIn(wire.true_block), no: nodesIn(wire.false_block) }
  }
  const [body = ''] = nodesIn(wire.body)
  if (type === 'do_while') {
    const condition = asString(wire.condition)
    const mapping = Object.entries(asObject(wire.mapping)).map(([output, inputs]): [string, string[]] => [
      portOf(output),
      (Array.isArray(inputs) ? asArray(inputs) : [inputs]).flatMap((input) => {
        const name = asString(input)
        return name === undefined ? [] : [portOf(name)]
      }),
    ])
    return {
      is: type,
      body,
      ...(condition ? { condition: portOf(condition) } : {}),
      mapping: Object.fromEntries(mapping),
      most: asNumber(asObject(wire.limits).max_iteration_count) ?? mostIterations,
    }
  }
  if (type !== 'parallel_for') return undefined
  const most = asNumber(wire.max_concurrency)
  return { is: type, body, items: wire.items, ...(most !== undefined && most > 0 ? { most } : {}) }
}

/** The nodes a block or a body names: `${{parent.jobs.x}}`, one or a list; a bare name is taken for one. */
function nodesIn(value: Json | undefined): string[] {
  return (Array.isArray(value) ? value : [value]).flatMap((item) => {
    const text = asString(item)?.trim()
    if (!text) return []
    const path = soleRef(text)
    if (!path) return [text]
    const [area, name] = path[0] === 'parent' ? path.slice(1) : path
    return area === 'jobs' && name !== undefined ? [name] : [text]
  })
}

/** The port that `flag` or `${{parent.jobs.body.outputs.flag}}` means. */
function portOf(text: string): string {
  const path = soleRef(text)
  if (!path) return text
  const bare = path[0] === 'parent' ? path.slice(1) : path
  return bare[0] === 'jobs' ? bare.slice(3).join('.') : bare.slice(1).join('.')
}

/** Items of a loop by the name of the iteration, or what is wrong with them. */
export function itemsOf(value: Json | undefined): { items: [string, JsonObject][] } | { problem: string } {
  let read = value
  if (typeof value === 'string') {
    try {
      read = JSON.parse(value) as Json // what JSON.parse answers is JSON
    } catch {
      return { problem: `${JSON.stringify(value.slice(0, 80))} is neither a list of items nor a binding` }
    }
  }
  const entries = Array.isArray(read)
    ? read.map((item, index): [string, Json] => [String(index), item])
    : isObject(read)
      ? Object.entries(read)
      : undefined
  if (!entries) return { problem: 'the items must be a list or a mapping of mappings' }
  if (entries.length === 0) return { problem: 'there are no items' }
  const first = asObject(entries[0]?.[1])
  const items: [string, JsonObject][] = []
  for (const [name, item] of entries) {
    if (!isObject(item)) return { problem: `the item ${name} is no mapping of inputs` }
    if (String(Object.keys(item).sort()) !== String(Object.keys(first).sort())) {
      return { problem: `the item ${name} has other inputs than the first one` }
    }
    items.push([name, item])
  }
  return { items }
}

/** True or false as people and programs write them; undefined for anything else. */
export function truth(text: string): boolean | undefined {
  const word = text.trim().toLowerCase()
  if (word === 'true' || word === '1' || word === 'yes') return true
  if (word === 'false' || word === '0' || word === 'no' || word === '' || word === 'none') return false
  return undefined
}
