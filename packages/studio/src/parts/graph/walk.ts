// Steps of the arrow keys: along edges, and between neighbours of a row.
import type { Layout, Placed } from './layout.ts'

export type Arrow = 'ArrowUp' | 'ArrowDown' | 'ArrowLeft' | 'ArrowRight'

/** Where an arrow leads from a node; the first node of all from nowhere. Undefined when there is nothing that way. */
export function stepTo(layout: Layout, from: string | undefined, arrow: Arrow): string | undefined {
  const here = from === undefined ? undefined : layout.nodes.get(from)
  if (!here) return firstOf(layout)
  const sideways = layout.direction === 'right'
  const forward = sideways ? 'ArrowRight' : 'ArrowDown'
  const back = sideways ? 'ArrowLeft' : 'ArrowUp'
  const middle = (node: Placed) => (sideways ? node.y + node.height / 2 : node.x + node.width / 2)
  const nearest = (nodes: readonly Placed[]) =>
    nodes.reduce<Placed | undefined>(
      (best, node) => (best && distance(best) <= distance(node) ? best : node),
      undefined,
    )?.id
  const distance = (node: Placed) => Math.abs(middle(node) - middle(here))
  if (arrow === forward || arrow === back) {
    const ids = layout.edges.flatMap((edge) => {
      if (arrow === forward) return edge.from === here.id ? [edge.to] : []
      return edge.to === here.id ? [edge.from] : []
    })
    return nearest(ids.flatMap((id) => layout.nodes.get(id) ?? []))
  }
  const after = arrow === 'ArrowRight' || arrow === 'ArrowDown'
  const line = (node: Placed) => (sideways ? node.x + node.width / 2 : node.y + node.height / 2)
  const beside = [...layout.nodes.values()].filter(
    (node) =>
      Math.abs(line(node) - line(here)) < 1 && (after ? middle(node) > middle(here) : middle(node) < middle(here)),
  )
  return nearest(beside)
}

function firstOf({ nodes, direction }: Layout): string | undefined {
  let best: Placed | undefined
  for (const node of nodes.values()) {
    const before =
      !best || (direction === 'right' ? node.x < best.x : node.y < best.y || (node.y === best.y && node.x < best.x))
    if (before) best = node
  }
  return best?.id
}

/** The next of some nodes after one, round and round. */
export function nextOf(ids: readonly string[], after: string | undefined): string | undefined {
  return ids[((after === undefined ? -1 : ids.indexOf(after)) + 1) % Math.max(1, ids.length)]
}
