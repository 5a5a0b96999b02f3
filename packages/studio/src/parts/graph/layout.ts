// A layered drawing of a directed graph: rows by the longest way, few crossings, edges nearly straight. Parts that nothing
// connects are laid out alone and set side by side. Pure; the same graph is always drawn the same way.
import { placeAcross } from './coordinates.ts'
import { acyclic, type Edge, layersOf, partsOf } from './layers.ts'
import { rowsOf, untangle } from './order.ts'

export interface Box {
  id: string
  width: number
  height: number
}

export interface Link {
  from: string
  to: string
}

export interface Point {
  x: number
  y: number
}

export interface Placed extends Box {
  /** Left upper corner. */
  x: number
  y: number
  layer: number
}

export interface Route extends Link {
  /** From the border of one box to that of the other, by way of the rows between. */
  points: Point[]
}

export interface Layout {
  nodes: Map<string, Placed>
  /** One for every pair that is linked, however many links there are. */
  edges: Route[]
  width: number
  height: number
  crossings: number
  direction: Direction
}

/** Where edges go. */
export type Direction = 'down' | 'right'

export interface LayoutOptions {
  direction?: Direction
  /** Between neighbours of a row. */
  gap?: number
  /** Between rows. */
  rowGap?: number
}

/** Links to boxes that are not there are left out. */
export function layOut(boxes: readonly Box[], links: readonly Link[], o: LayoutOptions = {}): Layout {
  const { direction = 'down', gap = 28, rowGap = 44 } = o
  const index = new Map(boxes.map(({ id }, i) => [id, i]))
  const edges: Edge[] = links.flatMap(({ from, to }): Edge[] => {
    const a = index.get(from)
    const b = index.get(to)
    return a === undefined || b === undefined ? [] : [[a, b]]
  })
  const { part, parts } = partsOf(boxes.length, edges)
  const groups: { boxes: Box[]; edges: Edge[] }[] = Array.from({ length: parts }, () => ({ boxes: [], edges: [] }))
  const inside = boxes.map((box, i) => (groups[part[i] ?? 0]?.boxes.push(box) ?? 1) - 1)
  for (const [from, to] of edges) groups[part[from] ?? 0]?.edges.push([inside[from] ?? 0, inside[to] ?? 0])
  return pack(
    groups.map((group) => layOutPart(group, { direction, gap, rowGap })),
    { direction, gap },
  )
}

type Ready = Required<LayoutOptions>

/** Everything is thought of as going down; to the right, the two axes change places at the end. */
function layOutPart({ boxes, edges: raw }: { boxes: Box[]; edges: Edge[] }, o: Ready): Layout {
  const flip = o.direction === 'right'
  const across = (node: number) => (flip ? boxes[node]?.height : boxes[node]?.width) ?? 0
  const along = (node: number) => (flip ? boxes[node]?.width : boxes[node]?.height) ?? 0
  const edges = acyclic(boxes.length, raw)
  const rows = rowsOf(boxes.length, layersOf(boxes.length, edges), edges)
  const crossings = untangle(rows)
  const middle = placeAcross(rows, across, o.gap)
  const tops: number[] = []
  const heights = rows.rows.map((row) => Math.max(0, ...row.filter((n) => n < rows.real).map(along)))
  let top = 0
  for (const height of heights) {
    tops.push(top)
    top += height + o.rowGap
  }
  const point = (x: number, y: number): Point => (flip ? { x: y, y: x } : { x, y })
  const nodes = new Map<string, Placed>()
  let wide = 0
  for (const [i, box] of boxes.entries()) {
    const layer = rows.layer[i] ?? 0
    const y = (tops[layer] ?? 0) + ((heights[layer] ?? 0) - along(i)) / 2
    const x = (middle[i] ?? 0) - across(i) / 2
    wide = Math.max(wide, x + across(i))
    nodes.set(box.id, { ...box, ...point(x, y), layer })
  }
  const forward = new Set(raw.map(([from, to]) => from * boxes.length + to))
  const routes = edges.map((edge): Route => {
    const [from, to] = edge
    const start = (tops[rows.layer[from] ?? 0] ?? 0) + ((heights[rows.layer[from] ?? 0] ?? 0) + along(from)) / 2
    const end = (tops[rows.layer[to] ?? 0] ?? 0) + ((heights[rows.layer[to] ?? 0] ?? 0) - along(to)) / 2
    const points = [point(middle[from] ?? 0, start)]
    for (const bend of rows.bends.get(edge) ?? []) {
      const row = rows.layer[bend] ?? 0
      const x = middle[bend] ?? 0
      points.push(point(x, tops[row] ?? 0), point(x, (tops[row] ?? 0) + (heights[row] ?? 0)))
    }
    points.push(point(middle[to] ?? 0, end))
    const names = { from: boxes[from]?.id ?? '', to: boxes[to]?.id ?? '' }
    // an edge that was turned round to be laid is told as it is
    if (forward.has(from * boxes.length + to)) return { ...names, points }
    return { from: names.to, to: names.from, points: points.reverse() }
  })
  const size = point(wide, Math.max(0, top - o.rowGap))
  return { nodes, edges: routes, width: size.x, height: size.y, crossings, direction: o.direction }
}

/** Parts in shelves, the greatest first, so that the whole is about as wide as a screen is to its height. */
function pack(parts: Layout[], { direction, gap }: { direction: Direction; gap: number }): Layout {
  const sorted = parts.map((part, i) => ({ part, i })).sort((a, b) => area(b.part) - area(a.part) || a.i - b.i)
  const total = sorted.reduce((sum, { part }) => sum + (part.width + gap) * (part.height + gap), 0)
  const limit = Math.max(sorted[0]?.part.width ?? 0, Math.sqrt(total * 1.6))
  const whole: Layout = { nodes: new Map(), edges: [], width: 0, height: 0, crossings: 0, direction }
  let x = 0
  let y = 0
  let shelf = 0
  for (const { part } of sorted) {
    if (x > 0 && x + part.width > limit) {
      x = 0
      y += shelf + gap
      shelf = 0
    }
    for (const [id, node] of part.nodes) whole.nodes.set(id, { ...node, x: node.x + x, y: node.y + y })
    for (const edge of part.edges) {
      whole.edges.push({ ...edge, points: edge.points.map((point) => ({ x: point.x + x, y: point.y + y })) })
    }
    whole.width = Math.max(whole.width, x + part.width)
    whole.height = Math.max(whole.height, y + part.height)
    whole.crossings += part.crossings
    shelf = Math.max(shelf, part.height)
    x += part.width + gap
  }
  return whole
}

function area({ width, height }: Layout): number {
  return width * height
}
