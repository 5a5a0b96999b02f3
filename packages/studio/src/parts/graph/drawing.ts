// A pipeline as the server draws it; see the face `jobs/{name}/graph`.
import type { Graph, GraphEdge, GraphNode, GraphPort } from '@lazurite/client'

export type Drawing = Graph
export type DrawnNode = GraphNode
export type Port = GraphPort
export type Wire = GraphEdge
export type Phase = NonNullable<GraphNode['phases']>[number]

const anonymous = 'azureml_anonymous'

export function isData({ kind }: Pick<DrawnNode, 'kind'>): boolean {
  return kind === 'input' || kind === 'output'
}

export function isControl({ kind }: Pick<DrawnNode, 'kind'>): boolean {
  return kind === 'if_else' || kind === 'do_while' || kind === 'parallel_for'
}

/** A component that somebody named; steps written in place have none. */
export function componentOf({
  component,
}: Pick<DrawnNode, 'component'>): { name: string; version: string } | undefined {
  return component && component.name !== anonymous ? component : undefined
}

/** Seconds from its start to its end, or to now; undefined for what never started. */
export function secondsOf(node: Pick<DrawnNode, 'startedAt' | 'endedAt'>, now: number): number | undefined {
  if (node.startedAt === undefined) return undefined
  return Math.max(0, (node.endedAt ?? now) - node.startedAt) / 1000
}

/** The same drawing with states that changes told of; undefined when none of it changed. */
export function patched(drawing: Drawing, states: ReadonlyMap<string, string>): Drawing | undefined {
  let changed = false
  const nodes = drawing.nodes.map((node) => {
    const status = node.job === undefined ? undefined : states.get(node.job)
    if (status === undefined || status === node.status) return node
    changed = true
    return { ...node, status }
  })
  const status = states.get(drawing.name) ?? drawing.status
  return changed || status !== drawing.status ? { ...drawing, status, nodes } : undefined
}
