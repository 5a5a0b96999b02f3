// What jobs logged and how pipelines hang together, on a terminal; and everything by what it is called.
import type { Graph, GraphNode, MetricLine } from '@lazurite/client'
import { fail, type Json, type JsonObject } from '@lazurite/spec'
import { isSet, listOf, textOf, wholeOf } from '../args.ts'
import type { Run } from '../command.ts'
import type { Shown } from '../output.ts'
import { agoText, durationText, oneLine, type Screen, tint, tintOf } from '../paint.ts'
import { whichOf } from '../reach.ts'

const plain = (value: unknown): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject // what went through JSON is JSON
const cell = (value: Json | undefined): string =>
  typeof value === 'number' ? String(Number(value.toPrecision(6))) : value === undefined ? '' : String(value)
const ago = (at: Json | undefined, now: number): string =>
  typeof at === 'number' || typeof at === 'string' ? agoText(new Date(at).toISOString(), now) : ''
const column = (title: string, right = true): Shown => ({ title, right, of: (row) => cell(row[title]) })

/** One line a metric; with --key the values of those, slice by slice where there are many. */
export const metrics: Run = async (session, args) => {
  const client = await session.client()
  const { name } = whichOf(args)
  const keys = listOf(args, 'key')
  const known = await client.jobs.summary(name)
  if (keys.length === 0) {
    const value = known.metrics.map(plain)
    const at: Shown = { title: 'when', of: (row) => ago(row.at, session.now()) }
    const shown = [column('key', false), ...['last', 'step', 'min', 'max', 'count'].map((title) => column(title)), at]
    return { value, shown }
  }
  const strange = keys.find((key) => !known.metrics.some((metric) => metric.key === key))
  if (strange !== undefined) {
    const there = known.metrics.map((metric) => metric.key).join(', ') || 'none'
    fail('BadArgument', { what: `${name} logged no metric ${strange}; it has ${there}.` })
  }
  const points = wholeOf(args, 'points')
  const x = textOf(args, 'axis') ?? 'step'
  const told = await client.jobs.metricLines({ jobs: [name], keys, x, ...(points ? { buckets: points } : {}) })
  const value = told.x.map((at, i) => rowOf(x, at, told.series, i))
  return { value, shown: [column(x), ...keys.map((key) => column(key))] }
}

function rowOf(x: string, at: number, series: readonly MetricLine[], i: number): JsonObject {
  const row: JsonObject = { [x]: at }
  for (const { key, mean, odd } of series) row[key] = mean[i] ?? odd.find(([place]) => place === at)?.[1] ?? null
  return row
}

/** The steps of a pipeline as a tree, each with what feeds it; or as text that draws a chart. */
export const graph: Run = async (session, args) => {
  const client = await session.client()
  const told = await client.jobs.graph(whichOf(args).name)
  if (isSet(args, 'mermaid')) return { value: plain(told), text: mermaidOf(told) }
  return { value: plain(told), text: treeOf(told, { screen: session.out, now: session.now() }) }
}

interface Drawing {
  screen: Screen
  now: number
}

const isData = ({ kind }: GraphNode) => kind === 'input' || kind === 'output'

function treeOf(told: Graph, drawing: Drawing): string {
  if (told.nodes.length === 0) return `${told.name} has no steps.\n`
  const lines = [`${tint(drawing.screen, 'bold', oneLine(told.displayName))}  ${told.status}`]
  const walk = (inside: string, before: string) => {
    const steps = told.nodes.filter((node) => node.in === inside && !isData(node))
    steps.forEach((node, i) => {
      const isLast = i === steps.length - 1
      lines.push(`${before}${isLast ? '└─' : '├─'} ${lineOf(node, told, drawing)}`)
      walk(node.id, `${before}${isLast ? '   ' : '│  '}`)
    })
  }
  walk('', '')
  return `${lines.join('\n')}\n`
}

function lineOf(node: GraphNode, { edges }: Graph, { screen, now }: Drawing): string {
  const { startedAt, endedAt = now } = node
  const time = startedAt === undefined ? '' : durationText((endedAt - startedAt) / 1000)
  const sources = edges.filter(({ to, from }) => to === node.id && !from.includes(':in/'))
  const from = [...new Set(sources.map((edge) => edge.from.split('/').at(-1) ?? edge.from))]
  const parts = [
    oneLine(node.key),
    node.status && tint(screen, tintOf(node.status), node.status),
    time,
    node.reusedFrom && `reused from ${node.reusedFrom}`,
    from.length > 0 && tint(screen, 'dim', `← ${from.join(', ')}`),
  ]
  return parts.filter(Boolean).join('  ')
}

/** Names are numbered: they may hold what Mermaid reads as its own. */
export function mermaidOf({ nodes, edges }: Graph): string {
  const ids = new Map(nodes.map(({ id }, i) => [id, `n${i}`]))
  const quoted = (text: string) =>
    `"${oneLine(text).replaceAll('&', '#amp;').replaceAll('"', '#quot;').replaceAll('<', '#lt;')}"`
  const boxes = nodes.map((node) => {
    const text = quoted(node.status ? `${node.id} (${node.status})` : node.id)
    return `  ${ids.get(node.id)}${isData(node) ? `([${text}])` : `[${text}]`}`
  })
  const arrows = edges.map(({ from, to, fromPort, kind }) => {
    const arrow = kind === 'data' ? '-->' : '-.->'
    return `  ${ids.get(from)} ${arrow}${fromPort ? `|${quoted(fromPort)}|` : ''} ${ids.get(to)}`
  })
  return `${['flowchart TD', ...boxes, ...arrows].join('\n')}\n`
}

/** Lines of a log that hold a text. */
export const grep: Run = async (session, args) => {
  const client = await session.client()
  const { name } = whichOf(args)
  const file = textOf(args, 'file')
  const found = await client.jobs.searchLog(name, textOf(args, 'text') ?? '', {
    ...(file === undefined ? {} : { file }),
    ...(isSet(args, 'match-case') ? { exact: true } : {}),
    from: Math.max(0, (wholeOf(args, 'from-line') ?? 1) - 1),
    count: wholeOf(args, 'max-results') ?? 100,
  })
  if (found.next !== null) session.say(`There are more: --from-line ${found.next + 1}`)
  // people count lines from 1
  const value = found.value.map(({ line, text }): JsonObject => ({ line: line + 1, text }))
  return { value, shown: [column('line'), { title: 'text', of: (row) => oneLine(String(row.text)) }] }
}

/** Everything of the workspace by a part of what it is called. */
export const search: Run = async (session, args) => {
  const client = await session.client()
  const top = wholeOf(args, 'max-results')
  const found = await client.search(textOf(args, 'text') ?? '', top === undefined ? {} : { top })
  const text = (key: string) => (row: JsonObject) => oneLine(cell(row[key] ?? undefined))
  return {
    value: found.map(plain),
    shown: [
      { title: 'kind', of: text('kind') },
      {
        title: 'name',
        of: (row) => `${row.parent ? `${row.parent}/` : ''}${row.name}${row.version ? `:${row.version}` : ''}`,
      },
      { title: 'display name', of: (row) => (row.displayName === row.name ? '' : text('displayName')(row)) },
      { title: 'state', of: text('state'), state: true },
      { title: 'made', of: (row) => ago(row.createdAt, session.now()) },
    ],
  }
}
