// Which steps are meant: words of the box above the outline. `prep` finds names, `+train` brings all that is before it,
// `train+` all after, `2+train` two steps back; `status:failed`, `kind:data`, `component:train`, `reused`. Words beside
// each other narrow, commas widen.
import { familyOf } from '../../data/states.ts'
import { componentOf, type DrawnNode, isControl, isData } from './drawing.ts'

export interface Around {
  nodes: readonly DrawnNode[]
  links: readonly { from: string; to: string }[]
}

/** Ids of the nodes that are meant; undefined when the text says nothing. */
export function selectNodes(text: string, around: Around): Set<string> | undefined {
  const choices = text
    .split(',')
    .map((choice) => choice.trim().split(/\s+/).filter(Boolean))
    .filter((words) => words.length > 0)
  if (choices.length === 0) return undefined
  const meant = new Set<string>()
  for (const words of choices) {
    const sets = words.map((word) => meaningOf(word, around))
    const [first = new Set<string>(), ...rest] = sets
    for (const id of first) if (rest.every((set) => set.has(id))) meant.add(id)
  }
  return meant
}

function meaningOf(word: string, around: Around): Set<string> {
  const pair = /^([a-z]+):(.+)$/i.exec(word)
  if (pair) {
    const [, name = '', value = ''] = pair
    return namesOf(around.nodes.filter((node) => fits(node, name.toLowerCase(), value.toLowerCase())))
  }
  if (word.toLowerCase() === 'reused') return namesOf(around.nodes.filter((node) => node.reusedFrom !== undefined))
  const [, up, name = '', down] = /^(\d*\+)?(.*?)(\+\d*)?$/.exec(word) ?? []
  const found = namesOf(around.nodes.filter((node) => isNamed(node, name)))
  const whole = new Set(found)
  if (up) for (const id of reach(found, around.links, 'up', depthOf(up))) whole.add(id)
  if (down) for (const id of reach(found, around.links, 'down', depthOf(down))) whole.add(id)
  return whole
}

function namesOf(nodes: readonly DrawnNode[]): Set<string> {
  return new Set(nodes.map(({ id }) => id))
}

function depthOf(text: string): number {
  const digits = text.replace('+', '')
  return digits === '' ? Number.POSITIVE_INFINITY : Number(digits)
}

const families: Record<string, string> = {
  completed: 'ok',
  failed: 'fail',
  running: 'run',
  queued: 'queue',
  waiting: 'queue',
  canceled: 'cancel',
}

function fits(node: DrawnNode, name: string, value: string): boolean {
  if (name === 'status' || name === 'is') {
    if (value === 'reused') return node.reusedFrom !== undefined
    if (node.status.toLowerCase() === value) return true
    return node.status !== '' && value !== 'canceled' && familyOf(node.status) === families[value]
  }
  if (name === 'kind' || name === 'type') {
    if (value === 'data') return isData(node)
    if (value === 'component') return !isData(node) && !isControl(node)
    return node.kind === value
  }
  if (name === 'component') {
    const component = componentOf(node)
    return component !== undefined && `${component.name}:${component.version}`.toLowerCase().startsWith(value)
  }
  return false
}

/** Part of the name, or the whole of it with stars for what does not matter. */
function isNamed(node: DrawnNode, name: string): boolean {
  if (name === '' || name === '*') return true
  const lower = name.toLowerCase()
  const key = node.key.toLowerCase()
  if (!lower.includes('*')) {
    return key.includes(lower) || (componentOf(node)?.name.toLowerCase().includes(lower) ?? false)
  }
  const pattern = lower
    .split('*')
    .map((part) => part.replace(/[^\w]/g, '\\$&'))
    .join('.*')
  return new RegExp(`^${pattern}$`).test(key)
}

/** What is before or after some nodes, they included, at most `depth` links away. */
export function reach(
  from: Iterable<string>,
  links: readonly { from: string; to: string }[],
  way: 'up' | 'down',
  depth = Number.POSITIVE_INFINITY,
): Set<string> {
  const next = new Map<string, string[]>()
  for (const link of links) {
    const [here, there] = way === 'down' ? [link.from, link.to] : [link.to, link.from]
    const list = next.get(here)
    if (list) list.push(there)
    else next.set(here, [there])
  }
  const seen = new Set(from)
  let edge = [...seen]
  for (let step = 0; step < depth && edge.length > 0; step++) {
    const found: string[] = []
    for (const id of edge) {
      for (const other of next.get(id) ?? []) {
        if (seen.has(other)) continue
        seen.add(other)
        found.push(other)
      }
    }
    edge = found
  }
  return seen
}
