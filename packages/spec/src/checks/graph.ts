// The graph of a pipeline: who waits for whom. Works on YAML and on the wire alike, since bindings are the same text in
// both. The official client does not look for cycles; whoever runs the pipeline must.
import type { Issue } from '../issue.ts'
import { asObject, isObject, type Json, type JsonObject } from '../json.ts'
import { refsOf } from '../template.ts'

/** Names of the nodes each node waits for, by its bindings to their outputs. */
export function dependenciesOf(jobs: JsonObject): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(jobs).map(([name, node]) => {
      const names = textsOf(asObject(node).inputs ?? null).flatMap((text) =>
        refsOf(text).flatMap(({ path: [root, section, job = '', side] }) =>
          root === 'parent' && section === 'jobs' && side === 'outputs' ? [job] : [],
        ),
      )
      return [name, [...new Set(names)]]
    }),
  )
}

/**
 * Problems of a pipeline's graph that no run survives: cycles, and bindings to nodes, inputs and outputs of the
 * pipeline that do not exist. `pipeline` = { inputs, outputs, jobs } of a YAML file or of wire properties.
 */
export function checkGraph(pipeline: JsonObject): Issue[] {
  const jobs = asObject(pipeline.jobs)
  const issues: Issue[] = []
  for (const [name, needs] of Object.entries(dependenciesOf(jobs))) {
    for (const need of needs) {
      if (!Object.hasOwn(jobs, need)) {
        issues.push({
          path: ['jobs', name, 'inputs'],
          message: `the node '${name}' waits for '${need}', which does not exist`,
        })
      }
    }
  }
  const cycle = findCycle(dependenciesOf(jobs))
  if (cycle) {
    const [first = ''] = cycle
    const round = [...cycle, first].join(' → ')
    const message =
      cycle.length === 1 ? `the node '${first}' waits for itself` : `these nodes wait for each other: ${round}`
    issues.push({ path: ['jobs', first], message, hint: 'remove one of the bindings' })
  }
  return issues
}

/** Nodes of one cycle in order, or undefined. Never recurses, so that ten thousand nodes in a chain are fine. */
function findCycle(needs: Record<string, string[]>): string[] | undefined {
  const done = new Set<string>()
  for (const start of Object.keys(needs)) {
    const path: { name: string; next: number }[] = []
    const onPath = new Map<string, number>()
    const push = (name: string) => {
      onPath.set(name, path.length)
      path.push({ name, next: 0 })
    }
    if (!done.has(start)) push(start)
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const need = needs[top.name]?.[top.next++]
      if (need === undefined) {
        done.add(top.name)
        onPath.delete(top.name)
        path.pop()
      } else if (onPath.has(need)) return path.slice(onPath.get(need)).map((p) => p.name)
      else if (!done.has(need) && Object.hasOwn(needs, need)) push(need)
    }
  }
  return undefined
}

/** Every text inside a value, depth first. */
export function textsOf(v: Json): string[] {
  if (typeof v === 'string') return [v]
  if (Array.isArray(v)) return v.flatMap(textsOf)
  return isObject(v) ? Object.values(v).flatMap(textsOf) : []
}
