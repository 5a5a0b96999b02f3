// The outline: everything of a drawing as lines of a tree, those of closed pipelines left out.
import { type DrawnNode, isData, secondsOf } from './drawing.ts'

export interface Line {
  node: DrawnNode
  level: number
  /** Has something below it. */
  opens: boolean
  isOpen: boolean
}

export interface Tree {
  nodes: readonly DrawnNode[]
  /** Only these, and the pipelines around them; all when undefined. */
  meant: ReadonlySet<string> | undefined
  closed: ReadonlySet<string>
  order: 'written' | 'longest'
  now: number
}

export function linesOf({ nodes, meant, closed, order, now }: Tree): Line[] {
  const below = new Map<string, DrawnNode[]>()
  const shown = meant && withAround(nodes, meant)
  for (const node of nodes) {
    // data is seen in the graph; in the list of what is done it would only be in the way
    if (isData(node) && !meant?.has(node.id)) continue
    if (shown && !shown.has(node.id)) continue
    const list = below.get(node.in)
    if (list) list.push(node)
    else below.set(node.in, [node])
  }
  const lines: Line[] = []
  const tell = (at: string, level: number) => {
    const here = below.get(at) ?? []
    if (order === 'longest') here.sort((a, b) => (secondsOf(b, now) ?? -1) - (secondsOf(a, now) ?? -1))
    for (const node of here) {
      const opens = (below.get(node.id)?.length ?? 0) > 0
      const isOpen = opens && (meant !== undefined || !closed.has(node.id))
      lines.push({ node, level, opens, isOpen })
      if (isOpen) tell(node.id, level + 1)
    }
  }
  tell('', 1)
  return lines
}

/** Nodes with the pipelines they are in. */
export function withAround(nodes: readonly DrawnNode[], meant: ReadonlySet<string>): Set<string> {
  const around = new Map(nodes.map((node) => [node.id, node.in]))
  const all = new Set(meant)
  for (const id of meant) for (let at = around.get(id); at; at = around.get(at)) all.add(at)
  return all
}
