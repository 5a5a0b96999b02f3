// Two pipelines as one drawing: what only one of them has, and what both have differently.
import type { Drawing, DrawnNode, Wire } from './drawing.ts'
import { type Card, type Scene, strandKey, type Tone } from './scene.ts'

export type Difference = 'component' | 'parameter' | 'source' | 'type'

export interface Change {
  is: Difference
  /** The port, or what it is about. */
  what: string
  a: string
  b: string
}

export interface NodeDiff {
  tone: Tone
  changes: Change[]
}

export interface GraphDiff {
  /** Nodes and wires of both. */
  drawing: Drawing
  /** Those that differ; the others are the same. */
  nodes: Map<string, NodeDiff>
  /** By `from\nto`. */
  wires: Map<string, Tone>
}

export const differenceWords: Record<Difference, string> = {
  component: 'Component',
  parameter: 'Parameter',
  source: 'Input source',
  type: 'Type',
}

export function diffDrawings(a: Drawing, b: Drawing): GraphDiff {
  const inA = new Map(a.nodes.map((node) => [node.id, node]))
  const inB = new Map(b.nodes.map((node) => [node.id, node]))
  const nodes = new Map<string, NodeDiff>()
  const merged: DrawnNode[] = []
  for (const node of b.nodes) {
    const before = inA.get(node.id)
    merged.push(node)
    if (!before) {
      nodes.set(node.id, { tone: 'added', changes: [] })
      continue
    }
    const changes = changesOf({ node: before, edges: a.edges }, { node, edges: b.edges })
    if (changes.length > 0) nodes.set(node.id, { tone: 'changed', changes })
  }
  for (const node of a.nodes) {
    if (inB.has(node.id)) continue
    merged.push(node)
    nodes.set(node.id, { tone: 'removed', changes: [] })
  }
  const wires = new Map<string, Tone>()
  const pairsA = pairsOf(a.edges)
  const pairsB = pairsOf(b.edges)
  for (const pair of pairsB.keys()) if (!pairsA.has(pair)) wires.set(pair, 'added')
  for (const pair of pairsA.keys()) if (!pairsB.has(pair)) wires.set(pair, 'removed')
  const edges = [...b.edges, ...a.edges.filter(({ from, to }) => !pairsB.has(strandKey(from, to)))]
  const drawing = { ...b, hash: `${a.hash} ${b.hash}`, nodes: merged, edges }
  return { drawing, nodes, wires }
}

function pairsOf(edges: readonly Wire[]): Map<string, Wire> {
  return new Map(edges.map((edge) => [strandKey(edge.from, edge.to), edge]))
}

interface Side {
  node: DrawnNode
  edges: readonly Wire[]
}

function changesOf(a: Side, b: Side): Change[] {
  const changes: Change[] = []
  if (a.node.kind !== b.node.kind) changes.push({ is: 'type', what: 'type', a: a.node.kind, b: b.node.kind })
  const [before, after] = [named(a.node), named(b.node)]
  if (before !== after) changes.push({ is: 'component', what: 'component', a: before, b: after })
  const [sourcesA, sourcesB] = [sourcesOf(a), sourcesOf(b)]
  const [valuesA, valuesB] = [valuesOf(a), valuesOf(b)]
  const ports = new Set([...sourcesA.keys(), ...sourcesB.keys(), ...valuesA.keys(), ...valuesB.keys()])
  for (const port of ports) {
    const from = [sourcesA.get(port) ?? '', sourcesB.get(port) ?? '']
    const value = [valuesA.get(port) ?? '', valuesB.get(port) ?? '']
    if (from[0] !== from[1])
      changes.push({ is: 'source', what: port, a: from[0] || value[0] || '', b: from[1] || value[1] || '' })
    // what a step was fed with lies elsewhere in each run: only what is written is compared
    else if (from[0] === '' && value[0] !== value[1])
      changes.push({ is: 'parameter', what: port, a: value[0] ?? '', b: value[1] ?? '' })
  }
  return changes
}

/** Steps written in place have components whose versions are made of all that is in them. */
function named({ component }: DrawnNode): string {
  if (!component) return ''
  return component.name === 'azureml_anonymous'
    ? `in place ${component.version.slice(0, 8)}`
    : `${component.name}:${component.version}`
}

function sourcesOf({ node, edges }: Side): Map<string, string> {
  const sources = new Map<string, string[]>()
  for (const { from, fromPort, to, toPort } of edges) {
    if (to !== node.id) continue
    const text = fromPort ? `${from} / ${fromPort}` : from
    sources.set(toPort, [...(sources.get(toPort) ?? []), text])
  }
  return new Map([...sources].map(([port, texts]) => [port, texts.sort().join(', ')]))
}

function valuesOf({ node }: Side): Map<string, string> {
  // what goes into a pipeline inside was made on the way
  if (node.kind === 'input' && node.in !== '') return new Map()
  const ports = node.kind === 'input' ? (node.outputs ?? []) : node.kind === 'output' ? [] : (node.inputs ?? [])
  return new Map(ports.map(({ name, value = '' }) => [name, value]))
}

/** The scene of both with the marks of what differs. */
export function withMarks(scene: Scene, diff: GraphDiff): Scene {
  const cards = new Map([...scene.cards].map(([id, card]) => [id, markedCard(card, diff)]))
  const strands = new Map(
    [...scene.strands].map(([key, strand]) => {
      const tone = diff.wires.get(key)
      return [key, tone ? { ...strand, tone } : strand]
    }),
  )
  return { ...scene, cards, strands }
}

/** What two runs took is not what they are: states and times are left out. */
function markedCard(card: Card, { nodes }: GraphDiff): Card {
  const { id, title, shape, width, height, members, heard } = card
  const found = members.flatMap((member) => nodes.get(member) ?? [])
  const inside = [...nodes.keys()].filter((one) => one.startsWith(`${id}/`)).length
  const words = new Set(
    found.flatMap(({ tone, changes }) => {
      if (tone !== 'changed') return [`only in ${tone === 'added' ? 'B' : 'A'}`]
      return changes.map(({ is }) => differenceWords[is].toLowerCase())
    }),
  )
  if (inside > 0) words.add(`${inside} inside`)
  const tone: Tone | undefined = found[0]?.tone ?? (inside > 0 ? 'changed' : undefined)
  const note = tone ? `${signs[tone]} ${[...words].join(', ')}` : 'the same'
  return { id, title, shape, width, height, members, heard, state: '', note, ...(tone ? { tone } : {}) }
}

const signs: Record<Tone, string> = { added: '+', removed: '−', changed: '~' }
