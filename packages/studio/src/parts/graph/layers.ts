// Which row of a layered drawing each node stands in. Nodes are numbers, edges pairs of them.

export type Edge = readonly [from: number, to: number]

/** Edges without those from a node to itself and without repetitions; those that close a circle are turned round. */
export function acyclic(count: number, edges: readonly Edge[]): Edge[] {
  const out: number[][] = Array.from({ length: count }, () => [])
  const seen = new Set<number>()
  for (const [from, to] of edges) {
    const key = from * count + to
    if (from === to || seen.has(key)) continue
    seen.add(key)
    out[from]?.push(to)
  }
  const turned = new Set<number>()
  const kept: Edge[] = []
  const state = new Uint8Array(count) // 0 not met, 1 on the trail, 2 done
  for (let start = 0; start < count; start++) {
    if (state[start] !== 0) continue
    state[start] = 1
    // a trail of its own: a chain may be longer than the stack is deep
    const trail = [{ node: start, next: 0 }]
    for (let here = trail.at(-1); here; here = trail.at(-1)) {
      const to = out[here.node]?.[here.next++]
      if (to === undefined) {
        state[here.node] = 2
        trail.pop()
        continue
      }
      const closes = state[to] === 1
      const edge: Edge = closes ? [to, here.node] : [here.node, to]
      const key = edge[0] * count + edge[1]
      if (!turned.has(key) && (!closes || !seen.has(key))) kept.push(edge)
      if (closes) turned.add(key)
      if (state[to] === 0) {
        state[to] = 1
        trail.push({ node: to, next: 0 })
      }
    }
  }
  return kept
}

/**
 * The row of each node: one below the lowest of those before it. Nodes that nothing goes into are brought down to what
 * needs them. Edges must not close a circle.
 */
export function layersOf(count: number, edges: readonly Edge[]): Int32Array {
  const layer = new Int32Array(count)
  const after: number[][] = Array.from({ length: count }, () => [])
  const open = new Int32Array(count)
  for (const [from, to] of edges) {
    after[from]?.push(to)
    open[to] = (open[to] ?? 0) + 1
  }
  const isSource = open.map((needed) => (needed === 0 ? 1 : 0))
  const order: number[] = []
  for (let node = 0; node < count; node++) if (isSource[node] === 1) order.push(node)
  for (const node of order) {
    for (const next of after[node] ?? []) {
      layer[next] = Math.max(layer[next] ?? 0, (layer[node] ?? 0) + 1)
      open[next] = (open[next] ?? 0) - 1
      if (open[next] === 0) order.push(next)
    }
  }
  for (let node = 0; node < count; node++) {
    const below = after[node] ?? []
    if (isSource[node] !== 1 || below.length === 0) continue
    layer[node] = Math.min(...below.map((next) => layer[next] ?? 0)) - 1
  }
  return layer
}

/** Parts that no edge connects: for each node the number of its part, and how many there are. */
export function partsOf(count: number, edges: readonly Edge[]): { part: Int32Array; parts: number } {
  const near: number[][] = Array.from({ length: count }, () => [])
  for (const [from, to] of edges) {
    near[from]?.push(to)
    near[to]?.push(from)
  }
  const part = new Int32Array(count).fill(-1)
  let parts = 0
  for (let start = 0; start < count; start++) {
    if (part[start] !== -1) continue
    part[start] = parts
    const open = [start]
    for (const node of open) {
      for (const next of near[node] ?? []) {
        if (part[next] !== -1) continue
        part[next] = parts
        open.push(next)
      }
    }
    parts++
  }
  return { part, parts }
}
