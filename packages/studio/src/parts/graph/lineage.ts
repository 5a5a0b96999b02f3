// Where things come from and what became of them, as the server tells it, and as cards.
import { useQuery } from '@tanstack/react-query'
import { ask } from '../../data/api.ts'
import { useWorkspace } from '../../data/queries.ts'
import { familyOf, standing } from '../../data/states.ts'
import type { IconName } from '../icons.tsx'
import type { DrawnNode } from './drawing.ts'
import { type Card, type Scene, type Strand, strandKey } from './scene.ts'
import { stackUp } from './stack.ts'

export interface Thing {
  /** `kind:name:version`, `job:name`. */
  id: string
  kind: string
  name: string
  version: string
  /** Steps from what is looked at. */
  distance: number
  /** What is beyond it and not shown. */
  more: { up: number; down: number }
  gone: boolean
  elsewhere: boolean
  archived: boolean
  status: string
  type: string | null
  displayName: string | null
  createdAt: string | null
  parent?: string
}

export interface LineageGraph {
  focus: string
  nodes: Thing[]
  edges: { from: string; to: string; as: string[] }[]
  truncated: boolean
}

export interface LineageQuestion {
  focus: string
  depth: number
  way?: 'up' | 'down'
  open?: readonly string[]
  /** Also what jobs run with: environments, code, components. */
  all?: boolean
}

export function useLineageGraph({ focus, depth, way, open = [], all }: LineageQuestion) {
  const { own } = useWorkspace()
  const words = new URLSearchParams({ focus, depth: String(depth), ...(way ? { way } : {}) })
  if (!all && !tools.includes(focus.split(':')[0] ?? '')) words.set('without', tools)
  for (const id of open) words.append('open', id)
  return useQuery({
    // what a job reads and writes changes as jobs go on
    queryKey: ['job', undefined, 'lineage', words.toString()],
    queryFn: ({ signal }) => ask<LineageGraph>(`${own}/lineage?${words}`, { signal }),
    enabled: focus !== '',
    placeholderData: (old) => old,
  })
}

/** What jobs run with; everything runs with the same few, so that they would tie all together. */
const tools = 'environment,code,component'

const icons: Record<string, IconName> = {
  data: 'data',
  model: 'model',
  job: 'play',
  environment: 'box',
  component: 'blocks',
  code: 'file',
  'online-deployment': 'endpoint',
  'batch-deployment': 'endpoint',
}
export function iconOfKind(kind: string): IconName {
  return icons[kind] ?? 'file'
}

export function titleOf({ displayName, name, version, kind }: Thing): string {
  if (kind === 'job') return displayName ?? name
  if (version === '') return name
  const output = /^azureml_(.+)_output_(.+)$/.exec(name)
  if (output?.[1] && output[2]) return `${output[2]} of ${output[1].slice(0, 8)}`
  return /^[0-9a-f]{32,}$/.test(name) ? `${kind} ${name.slice(0, 8)}` : `${name}:${version}`
}

const size = { width: 216, height: 52 }

export function lineageScene({ focus, nodes, edges }: LineageGraph, spread: ReadonlySet<string>): Scene {
  const byId = new Map(nodes.map((thing) => [thing.id, thing]))
  // many of one kind beside each other are one card, as steps of pipelines are
  const alike = nodes.map(
    (thing): DrawnNode => ({
      id: thing.id,
      in: '',
      key: thing.id,
      kind: thing.id === focus ? 'input' : 'thing',
      status: '',
      component: { name: thing.kind, version: '' },
    }),
  )
  const { nodes: alone, stacks, cardOf } = stackUp(alike, edges, spread)
  const cards = new Map<string, Card>()
  for (const { id } of alone) {
    const thing = byId.get(id)
    if (thing) cards.set(id, cardFor(thing, id === focus))
  }
  for (const { id, members } of stacks) {
    const kind = byId.get(members[0]?.id ?? '')?.kind ?? ''
    const title = `${members.length} ${kind === 'data' ? 'versions of data' : `${kind}s`}`
    cards.set(id, {
      ...size,
      id,
      title,
      shape: 'stack',
      state: '',
      note: 'open to see each',
      members: members.map((member) => member.id),
      heard: 'folded',
      icon: iconOfKind(kind),
    })
  }
  const strands = new Map<string, Strand>()
  for (const { from, to, as } of edges) {
    const [a, b] = [cardOf(from), cardOf(to)]
    const key = strandKey(a, b)
    const strand = strands.get(key)
    if (!strand) strands.set(key, { from: a, to: b, kind: 'data', ports: [...as], done: true })
    else for (const name of as) if (!strand.ports.includes(name)) strand.ports.push(name)
  }
  return { cards, strands, cardOf }
}

function cardFor(thing: Thing, isFocus: boolean): Card {
  const { id, kind, status, type, more, gone, archived, elsewhere } = thing
  const title = titleOf(thing)
  const beyond = more.up + more.down
  const notes = [
    kind === 'job' ? (type ?? 'job').toLowerCase() : type && type !== 'Unspecified' ? type : kind,
    gone ? 'deleted' : '',
    archived ? 'archived' : '',
    elsewhere ? 'elsewhere' : '',
    beyond > 0 ? `${beyond} more` : '',
  ].filter(Boolean)
  return {
    ...size,
    id,
    title,
    shape: 'thing',
    state: kind === 'job' ? status : standing(status),
    ...(status ? { family: familyOf(status) } : {}),
    note: notes.join(' · '),
    members: [id],
    heard: kind,
    icon: iconOfKind(kind),
    ...(isFocus ? { focus: true } : {}),
  }
}
