// A pipeline as the server draws it; see the face `jobs/{name}/graph`.

export interface Port {
  name: string
  type?: string
  value?: string
  mode?: string
}

export interface Wire {
  from: string
  to: string
  fromPort: string
  toPort: string
  kind: 'data' | 'branch' | 'loop' | 'after'
}

export interface Round {
  key: string
  job: string
  status: string
  startedAt?: number
  endedAt?: number
}

export interface Phase {
  name: string
  stage: string
  from: number
  to?: number
}

export interface DrawnNode {
  /** Path of node keys; data has `:in/…` and `:out/…`. */
  id: string
  /** The pipeline it is in; '' for the outermost. */
  in: string
  key: string
  kind: string
  status: string
  why?: string
  job?: string
  component?: { name: string; version: string }
  createdAt?: number
  startedAt?: number
  endedAt?: number
  phases?: Phase[]
  reusedFrom?: string
  attempt?: number
  children?: number
  rounds?: Round[]
  inputs?: Port[]
  outputs?: Port[]
  error?: string
}

export interface Drawing {
  name: string
  displayName: string
  status: string
  hash: string
  nodes: DrawnNode[]
  edges: Wire[]
  truncated: boolean
}

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
