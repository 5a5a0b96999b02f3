// One level of a drawing as cards and strands: what the canvas shows. Pipelines inside are one card, like steps are stacks.
import { type Family, familyOf } from '../../data/states.ts'
import type { IconName } from '../icons.tsx'
import { componentOf, type Drawing, type DrawnNode, isControl, isData, type Wire } from './drawing.ts'
import type { Box, Link } from './layout.ts'
import { stackUp } from './stack.ts'

export type Shape = 'step' | 'stack' | 'pipeline' | 'control' | 'pill' | 'thing'
export type Tone = 'added' | 'removed' | 'changed'

export interface Card extends Box {
  title: string
  shape: Shape
  /** A state of jobs; '' for what has none. */
  state: string
  family?: Family
  /** Words below the title, after the state. */
  note: string
  startedAt?: number
  endedAt?: number
  /** Of a stack: how many of each family. */
  tally?: [Family, number][]
  /** Nodes that it stands for. */
  members: string[]
  /** What is read out after what is seen. */
  heard: string
  tone?: Tone
  icon?: IconName
  /** What it is all about. */
  focus?: boolean
}

/** All wires between two cards. */
export interface Strand extends Link {
  kind: Wire['kind']
  /** Names of the ports, `out → data`. */
  ports: string[]
  /** What flows is there. */
  done: boolean
  tone?: Tone
}

export interface Scene {
  cards: Map<string, Card>
  strands: Map<string, Strand>
  cardOf(id: string): string
}

const stepSize = { width: 208, height: 56 }
const controlSize = { width: 176, height: 44 }

/** The nodes of one pipeline: `at` is its id, '' the outermost. */
export function levelOf(drawing: Drawing, at: string): { nodes: DrawnNode[]; edges: Wire[] } {
  const nodes = drawing.nodes.filter((node) => node.in === at)
  const known = new Set(nodes.map(({ id }) => id))
  return { nodes, edges: drawing.edges.filter(({ from, to }) => known.has(from) && known.has(to)) }
}

export function sceneOf(drawing: Drawing, at: string, open: ReadonlySet<string> | 'all'): Scene {
  const { nodes, edges } = levelOf(drawing, at)
  const { nodes: alone, stacks, cardOf } = stackUp(nodes, edges, open)
  const cards = new Map<string, Card>()
  const fan = fanOf(edges)
  for (const node of alone) cards.set(node.id, cardFor(node, fan.get(node.id) ?? 0))
  for (const { id, title, members } of stacks) {
    const tally = tallyOf(members)
    const worst = members.reduce((a, b) => (rank(b.status) < rank(a.status) ? b : a))
    const count = members.length
    cards.set(id, {
      ...stepSize,
      id,
      title: `${title} × ${count}`,
      shape: 'stack',
      state: worst.status,
      ...(worst.status ? { family: familyOf(worst.status) } : {}),
      note: '',
      tally,
      members: members.map((member) => member.id),
      heard: `${count} steps alike, ${tally.map(([family, n]) => `${n} ${familyWords[family]}`).join(', ')}`,
    })
  }
  const known = new Map(nodes.map((node) => [node.id, node]))
  return { cards, strands: strandsOf(edges, cardOf, known), cardOf }
}

function strandsOf(
  edges: readonly Wire[],
  cardOf: (id: string) => string,
  known: ReadonlyMap<string, DrawnNode>,
): Map<string, Strand> {
  const strands = new Map<string, Strand>()
  for (const edge of edges) {
    const from = cardOf(edge.from)
    const to = cardOf(edge.to)
    if (from === to) continue
    const key = strandKey(from, to)
    const ports = portsOf(edge)
    const source = known.get(edge.from)
    const done = source !== undefined && (source.status === 'Completed' || source.kind === 'input')
    const strand = strands.get(key)
    if (!strand) strands.set(key, { from, to, kind: edge.kind, ports: ports ? [ports] : [], done })
    else {
      if (ports && !strand.ports.includes(ports)) strand.ports.push(ports)
      strand.done &&= done
    }
  }
  return strands
}

export function strandKey(from: string, to: string): string {
  return `${from}\n${to}`
}

function portsOf({ fromPort, toPort }: Wire): string {
  return fromPort && toPort && fromPort !== toPort ? `${fromPort} → ${toPort}` : fromPort || toPort
}

/** How many things go into a node. */
function fanOf(edges: readonly Wire[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { to } of edges) counts.set(to, (counts.get(to) ?? 0) + 1)
  return counts
}

const controlWords: Record<string, string> = { if_else: 'if', do_while: 'repeat while', parallel_for: 'for each' }

function cardFor(node: DrawnNode, inputs: number): Card {
  const { id, key, kind, status, startedAt, endedAt, attempt, reusedFrom, children } = node
  const base = {
    id,
    title: key,
    state: status,
    ...(status ? { family: familyOf(status) } : {}),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(endedAt === undefined ? {} : { endedAt }),
    members: [id],
  }
  if (isData(node)) {
    const width = Math.round(Math.min(220, Math.max(92, key.length * 7.4 + 58)))
    return { ...base, width, height: 30, shape: 'pill', note: '', heard: `${kind} of the pipeline` }
  }
  const heard = inputs === 1 ? '1 input' : `${inputs} inputs`
  if (isControl(node)) {
    return { ...base, ...controlSize, shape: 'control', note: controlWords[kind] ?? kind, heard: `${heard}, ${kind}` }
  }
  const component = componentOf(node)
  const notes = [
    status === '' ? (component ? `${component.name}:${component.version}` : kind) : '',
    reusedFrom === undefined ? '' : 'reused',
    attempt === undefined ? '' : `try ${attempt}`,
    children === undefined ? '' : `${children} ${node.rounds ? 'rounds' : 'jobs'}`,
  ]
  const shape = kind === 'pipeline' ? 'pipeline' : 'step'
  return {
    ...base,
    ...stepSize,
    shape,
    note: notes.filter(Boolean).join(' · '),
    heard: shape === 'pipeline' ? `${heard}, a pipeline` : heard,
  }
}

const order: Family[] = ['fail', 'warn', 'run', 'prep', 'queue', 'cancel', 'ok']
const familyWords: Record<Family, string> = {
  ok: 'completed',
  run: 'running',
  fail: 'failed',
  queue: 'waiting',
  prep: 'preparing',
  warn: 'in doubt',
  cancel: 'not run',
}

function rank(status: string): number {
  return status === '' ? order.length : order.indexOf(familyOf(status))
}

export function tallyOf(members: readonly Pick<DrawnNode, 'status'>[]): [Family, number][] {
  const counts = new Map<Family, number>()
  for (const { status } of members) {
    if (status === '') continue
    const family = familyOf(status)
    counts.set(family, (counts.get(family) ?? 0) + 1)
  }
  return order.flatMap((family): [Family, number][] => {
    const count = counts.get(family)
    return count === undefined ? [] : [[family, count]]
  })
}
