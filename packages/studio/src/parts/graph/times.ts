// When steps ran: rows of the timeline, which of them decided how long it all took, and the seconds of each stage.
import { defused } from '../chart/csv.ts'
import type { DrawnNode } from './drawing.ts'

export const presets = ['critical', 'flat', 'compact', 'hierarchical'] as const
export type Preset = (typeof presets)[number]

export const stages = ['queued', 'preparing', 'running', 'finalizing'] as const
export type Stage = (typeof stages)[number]

export interface Row {
  node: DrawnNode
  depth: number
  from: number
  to: number
  critical: boolean
  seconds: Record<Stage, number>
}

interface Linked {
  nodes: readonly DrawnNode[]
  links: readonly { from: string; to: string }[]
}

/** Steps below this many seconds are left out of the compact view. */
const compactSeconds = 30

export function rowsOf({ nodes, links }: Linked, preset: Preset, now: number): Row[] {
  const critical = criticalPath({ nodes, links }, now)
  const timed = nodes.filter((node) => node.createdAt !== undefined)
  const rows = timed.map((node): Row => {
    const from = node.createdAt ?? 0
    const to = Math.max(from, node.endedAt ?? now)
    const depth = preset === 'hierarchical' ? depthOf(node) : 0
    return { node, depth, from, to, critical: critical.has(node.id), seconds: secondsByStage(node, now) }
  })
  const leaves = rows.filter(({ node }) => node.kind !== 'pipeline')
  if (preset === 'hierarchical') return inOrder(rows)
  const chosen =
    preset === 'critical'
      ? leaves.filter((row) => row.critical)
      : preset === 'compact'
        ? leaves.filter(({ from, to }) => to - from > compactSeconds * 1000)
        : leaves
  return chosen.sort((a, b) => a.from - b.from || a.to - b.to)
}

function depthOf({ in: at }: DrawnNode): number {
  return at === '' ? 0 : at.split('/').length
}

/** Every pipeline before what is in it, by time. */
function inOrder(rows: Row[]): Row[] {
  const below = new Map<string, Row[]>()
  for (const row of rows) {
    const list = below.get(row.node.in)
    if (list) list.push(row)
    else below.set(row.node.in, [row])
  }
  const told: Row[] = []
  const tell = (at: string) => {
    for (const row of (below.get(at) ?? []).sort((a, b) => a.from - b.from || a.to - b.to)) {
      told.push(row)
      if (row.node.kind === 'pipeline') tell(row.node.id)
    }
  }
  tell('')
  return told
}

/**
 * The steps that would have had to be faster for the whole to be: from the one that ended last, back to whichever of
 * those it waited for ended last, and inside pipelines the same.
 */
export function criticalPath({ nodes, links }: Linked, now: number): Set<string> {
  const known = new Map(nodes.map((node) => [node.id, node]))
  const before = new Map<string, string[]>()
  for (const { from, to } of links) {
    const list = before.get(to)
    if (list) list.push(from)
    else before.set(to, [from])
  }
  const inside = new Map<string, DrawnNode[]>()
  for (const node of nodes) {
    const list = inside.get(node.in)
    if (list) list.push(node)
    else inside.set(node.in, [node])
  }
  const end = (node: DrawnNode) => (node.startedAt === undefined ? Number.NEGATIVE_INFINITY : (node.endedAt ?? now))
  const last = (some: readonly DrawnNode[]) =>
    some.reduce<DrawnNode | undefined>((a, b) => (end(b) > (a ? end(a) : Number.NEGATIVE_INFINITY) ? b : a), undefined)
  const path = new Set<string>()
  const open = ['']
  for (const at of open) {
    for (let here = last(inside.get(at) ?? []); here && !path.has(here.id); ) {
      path.add(here.id)
      if (here.kind === 'pipeline') open.push(here.id)
      here = last(waitedFor(here.id, { known, before }))
    }
  }
  return path
}

/** Those before a node that ran; through those that never do, such as conditions. */
function waitedFor(
  id: string,
  { known, before }: { known: ReadonlyMap<string, DrawnNode>; before: ReadonlyMap<string, string[]> },
): DrawnNode[] {
  const found: DrawnNode[] = []
  const seen = new Set<string>([id])
  const open = [id]
  for (const here of open) {
    for (const one of before.get(here) ?? []) {
      const node = known.get(one)
      if (!node || seen.has(one)) continue
      seen.add(one)
      if (node.startedAt === undefined) open.push(one)
      else found.push(node)
    }
  }
  return found
}

export function secondsByStage({ phases = [] }: DrawnNode, now: number): Record<Stage, number> {
  const total: Record<Stage, number> = { queued: 0, preparing: 0, running: 0, finalizing: 0 }
  for (const { stage, from, to } of phases) {
    const known = stages.find((one) => one === stage)
    if (known) total[known] += Math.max(0, (to ?? now) - from) / 1000
  }
  return total
}

/** Moments for an axis of about `most` marks: `[epoch ms, label of the time since the beginning]`. */
export function marks(from: number, to: number, most: number): { at: number; label: string }[] {
  const span = Math.max(1, (to - from) / 1000)
  const step = steps.find((one) => span / one <= most) ?? Math.ceil(span / most / 86_400) * 86_400
  const found: { at: number; label: string }[] = []
  for (let seconds = 0; seconds <= span; seconds += step)
    found.push({ at: from + seconds * 1000, label: clock(seconds) })
  return found
}

const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400]

function clock(seconds: number): string {
  if (seconds === 0) return '0'
  if (seconds < 60) return `${+seconds.toFixed(1)}s`
  if (seconds < 3600) return seconds % 60 === 0 ? `${seconds / 60}m` : `${Math.floor(seconds / 60)}m ${seconds % 60}s`
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.round((seconds % 3600) / 60)
  return minutes === 0 ? `${hours}h` : `${hours}h ${minutes}m`
}

/** The table as a file; a text that a spreadsheet would take for a formula is kept a text. */
export function csvOf(rows: readonly Row[]): string {
  const head = ['step', 'status', 'job', 'from', 'to', ...stages, 'total', 'critical']
  const lines = rows.map(({ node, from, to, seconds, critical }) => [
    node.id,
    node.status,
    node.job ?? '',
    new Date(from).toISOString(),
    new Date(to).toISOString(),
    ...stages.map((stage) => seconds[stage].toFixed(3)),
    ((to - from) / 1000).toFixed(3),
    critical ? 'yes' : '',
  ])
  return `${[head, ...lines].map((line) => line.map(cell).join(',')).join('\r\n')}\r\n`
}

function cell(text: string): string {
  const safe = defused(text)
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
