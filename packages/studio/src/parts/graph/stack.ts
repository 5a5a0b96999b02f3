// Steps that stand for the same thing many times, as one card: the same component, fed by the same and feeding the same.
// Without it a fan-out of a thousand is a drawing a quarter of a kilometre wide.
import { type DrawnNode, isControl, isData } from './drawing.ts'
import { acyclic, type Edge, layersOf } from './layers.ts'

export interface Stack {
  /** `*` and the id of its first member. */
  id: string
  title: string
  members: DrawnNode[]
}

export interface Stacked {
  /** Those that stand alone. */
  nodes: DrawnNode[]
  stacks: Stack[]
  /** The card that stands for a node. */
  cardOf(id: string): string
}

/** Fewer are shown one by one. */
const fewest = 5

/** Groups of like steps; `open` has the ids of groups that are to be shown one by one, or says that all are. */
export function stackUp(
  nodes: readonly DrawnNode[],
  links: readonly { from: string; to: string }[],
  open: ReadonlySet<string> | 'all',
): Stacked {
  if (open === 'all') return { nodes: [...nodes], stacks: [], cardOf: (id) => id }
  const classes = classesOf(nodes, links)
  const groups = new Map<number, DrawnNode[]>()
  for (const [i, node] of nodes.entries()) {
    const number = classes[i] ?? -1
    const group = groups.get(number)
    if (group) group.push(node)
    else groups.set(number, [node])
  }
  const stacks: Stack[] = []
  const owner = new Map<string, string>()
  for (const members of groups.values()) {
    const first = members[0]
    if (!first || members.length < fewest || isData(first) || isControl(first)) continue
    const id = `*${first.id}`
    if (open.has(id)) continue
    stacks.push({ id, title: titleOf(members), members })
    for (const member of members) owner.set(member.id, id)
  }
  return {
    nodes: nodes.filter(({ id }) => !owner.has(id)),
    stacks,
    cardOf: (id) => owner.get(id) ?? id,
  }
}

/** Numbers of classes: begun by what a node is and its row, and divided by the classes around it until nothing moves. */
function classesOf(nodes: readonly DrawnNode[], links: readonly { from: string; to: string }[]): number[] {
  const index = new Map(nodes.map(({ id }, i) => [id, i]))
  const edges = links.flatMap(({ from, to }): Edge[] => {
    const a = index.get(from)
    const b = index.get(to)
    return a === undefined || b === undefined ? [] : [[a, b]]
  })
  const before: number[][] = nodes.map(() => [])
  const after: number[][] = nodes.map(() => [])
  for (const [from, to] of edges) {
    before[to]?.push(from)
    after[from]?.push(to)
  }
  const layer = layersOf(nodes.length, acyclic(nodes.length, edges))
  let classes = numbered(nodes.map((node, i) => `${likeness(node)} ${layer[i]}`))
  for (;;) {
    const around = (near: number[] | undefined) => [...new Set(near?.map((i) => classes[i] ?? 0))].sort((a, b) => a - b)
    const next = numbered(classes.map((own, i) => `${own}|${around(before[i])}|${around(after[i])}`))
    if (Math.max(-1, ...new Set(next)) === Math.max(-1, ...new Set(classes))) return next
    classes = next
  }
}

function numbered(keys: readonly string[]): number[] {
  const known = new Map<string, number>()
  return keys.map((key) => {
    const number = known.get(key) ?? known.size
    known.set(key, number)
    return number
  })
}

/** What steps have to have in common: the component, else a name that differs in a number alone. */
function likeness({ kind, component, key }: DrawnNode): string {
  if (component) return `${kind} ${component.name}:${component.version}`
  const stem = stemOf(key)
  return stem === key ? `one ${key}` : `${kind} ${stem}`
}

function stemOf(key: string): string {
  return key.replace(/[_-]*\d+$/, '')
}

/** What their names have in common, else the component's name. */
function titleOf(members: readonly DrawnNode[]): string {
  const stems = new Set(members.map(({ key }) => stemOf(key)))
  const [only] = stems
  return stems.size === 1 && only ? only : (members[0]?.component?.name ?? members[0]?.key ?? '')
}
