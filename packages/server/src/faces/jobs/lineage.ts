/**
 * Where something comes from and what became of it: jobs, versions of assets and the deployments that serve them around
 * one of them, as a graph.
 * `?focus=data:flowers:1` or `job:NAME`; `depth` steps away from it, 1 when left out; `way=up|down` for one side alone;
 * `without=environment,code` leaves kinds out; `open=` things that are followed one step further, any number of them.
 */

import { builtIn } from '@lazurite/engine'
import { asObject, asString, fail, type JsonObject, kindByName } from '@lazurite/spec'
import type { Store, UseNote } from '@lazurite/store'
import type { JobCall, JobVerb } from './call.ts'

interface Thing {
  scope: string
  kind: string
  name: string
  version: string
}

interface Found {
  thing: Thing
  distance: number
  /** What was not followed: there may be more on that side. */
  more: { up: number; down: number }
}

interface Edge {
  from: string
  to: string
  as: string[]
}

type Way = 'up' | 'down' | 'both'

/** What serves models. */
const serving = ['online-deployment', 'batch-deployment']
const mostThings = 1000
const mostDepth = 10
const mostNotes = 200

export const lineageGraph: JobVerb = {
  method: 'GET',
  path: '/lineage',
  async handle(call) {
    const { room, scope } = call
    const { store } = room.deps
    const query = new URLSearchParams((room.request.raw.url ?? '').split('?')[1] ?? '')
    const focus = thingOf(scope, query.get('focus') ?? '')
    const depth = depthOf(query.get('depth'))
    const way = wayOf(query.get('way'))
    const open = query.getAll('open').map((text) => idOf(thingOf(scope, text)))
    if (!(await rowOf(store, focus))) fail('ResourceNotFound', { kind: focus.kind, name: nameOf(focus) })
    const walk = new Walk(store, new Set((query.get('without') ?? '').split(',').filter(Boolean)))
    await walk.from(focus, { depth, way })
    for (const id of open) await walk.further(id)
    return { focus: idOf(focus), ...(await tell(call, walk)) }
  },
}

/** `kind:name:version`; a version may have colons in it no more than a name may. Raises InvalidQueryParameter. */
function thingOf(scope: string, text: string): Thing {
  const [kind = '', name = '', version = '', ...rest] = text.split(':')
  const shape = kindByName(kind)?.shape
  const fits = kind === 'job' || serving.includes(kind) ? version === '' : shape === 'versioned' && version !== ''
  if (fits && name !== '' && rest.length === 0) return { scope, kind, name, version }
  const what = 'kind:name:version of an asset, job:name or online-deployment:endpoint/name is needed'
  return fail('InvalidQueryParameter', { parameter: 'focus', what })
}

function depthOf(text: string | null): number {
  if (text === null) return 1
  if (/^\d{1,2}$/.test(text) && Number(text) <= mostDepth) return Number(text)
  return fail('InvalidQueryParameter', { parameter: 'depth', what: `a whole number up to ${mostDepth} is needed` })
}

function wayOf(text: string | null): Way {
  if (text === null || text === 'both') return 'both'
  if (text === 'up' || text === 'down') return text
  return fail('InvalidQueryParameter', { parameter: 'way', what: 'up, down or both is needed' })
}

function nameOf({ name, version }: Thing): string {
  return version === '' ? name : `${name}:${version}`
}

/** Within the scope of the question; things elsewhere carry their scope. */
function idOf({ kind, name, version }: Thing): string {
  return version === '' ? `${kind}:${name}` : `${kind}:${name}:${version}`
}

function rowOf(store: Store, { scope, kind, name, version }: Thing) {
  const key = { scope, kind, name, ...(version === '' ? {} : { version }) }
  return store.resources.get(key).then((row) => row ?? builtIn(key))
}

/** A breadth-first walk along uses. */
class Walk {
  readonly #store: Store
  readonly #without: ReadonlySet<string>
  readonly found = new Map<string, Found>()
  readonly #edges = new Map<string, Edge>()
  readonly #followed = new Set<string>()
  truncated = false
  #serving: Promise<Served[]> | undefined

  constructor(store: Store, without: ReadonlySet<string>) {
    this.#store = store
    this.#without = without
  }

  get edges(): Edge[] {
    return [...this.#edges.values()].filter(({ from, to }) => this.found.has(from) && this.found.has(to))
  }

  async from(focus: Thing, { depth, way }: { depth: number; way: Way }): Promise<void> {
    this.#note(focus, 0)
    for (const side of way === 'both' ? (['up', 'down'] as const) : [way]) {
      let edge = [idOf(focus)]
      for (let distance = 0; distance < depth && edge.length > 0; distance++) {
        const next: string[] = []
        for (const id of edge) next.push(...(await this.#follow(id, side)))
        edge = next
      }
    }
    for (const id of this.found.keys()) await this.#look(id)
  }

  /** Both sides of something that was found. */
  async further(id: string): Promise<void> {
    if (!this.found.has(id)) return
    const found = [...(await this.#follow(id, 'up')), ...(await this.#follow(id, 'down'))]
    for (const one of [id, ...found]) await this.#look(one)
  }

  async #follow(id: string, side: 'up' | 'down'): Promise<string[]> {
    const here = this.found.get(id)
    if (!here || this.#followed.has(`${side} ${id}`)) return []
    this.#followed.add(`${side} ${id}`)
    const next: string[] = []
    for (const { other, as } of await this.#beside(here.thing, side)) {
      const isNew = !this.found.has(idOf(other))
      if (isNew && this.found.size >= mostThings) {
        this.truncated = true
        continue
      }
      this.#note(other, here.distance + 1)
      this.#join(side === 'down' ? [id, idOf(other)] : [idOf(other), id], as)
      if (isNew) next.push(idOf(other))
    }
    return next
  }

  /** How much there is on the sides that were not followed. */
  async #look(id: string): Promise<void> {
    const here = this.found.get(id)
    if (!here) return
    for (const side of ['up', 'down'] as const) {
      if (this.#followed.has(`${side} ${id}`)) here.more[side] = 0
      else {
        const around = await this.#beside(here.thing, side)
        for (const { other, as } of around) {
          if (!this.found.has(idOf(other))) continue
          this.#join(side === 'down' ? [id, idOf(other)] : [idOf(other), id], as)
        }
        here.more[side] = new Set(around.map(({ other }) => idOf(other)).filter((one) => !this.found.has(one))).size
      }
    }
  }

  #note(thing: Thing, distance: number): void {
    const id = idOf(thing)
    if (!this.found.has(id)) this.found.set(id, { thing, distance, more: { up: 0, down: 0 } })
  }

  #join([from, to]: [string, string], as: string): void {
    const key = `${from}\n${to}`
    const edge = this.#edges.get(key)
    if (!edge) this.#edges.set(key, { from, to, as: [as] })
    else if (!edge.as.includes(as)) edge.as.push(as)
  }

  /** Uses of a job; of one with steps, those of all of them together. */
  async #notesOf({ scope, name }: Thing, depth = 0): Promise<UseNote[]> {
    const own = await this.#store.lineage.ofJob(scope, name)
    const { rows } = await this.#store.resources.list({
      scope,
      kind: 'job',
      parent: name,
      archived: 'all',
      outside: false,
      top: mostSteps,
    })
    if (rows.length === 0) return own
    const below: UseNote[] = []
    for (const row of rows) below.push(...(await this.#notesOf({ ...row, version: '' }, depth + 1)))
    const all = [...own, ...below]
    return depth === 0 ? outsideOf(all) : all
  }

  /** Before a job is what it read, after it what it wrote; before an asset who wrote it, after it who read it. */
  async #beside(thing: Thing, side: 'up' | 'down'): Promise<{ other: Thing; as: string }[]> {
    if (thing.kind === 'job') {
      return (await this.#notesOf(thing))
        .filter(({ direction }) => direction === (side === 'up' ? 'read' : 'written'))
        .filter(({ asset }) => !this.#without.has(asset.kind))
        .map(({ asset, as }) => ({ other: { ...asset }, as }))
    }
    const served = await this.#servedBeside(thing, side)
    if (serving.includes(thing.kind)) return served
    const notes: UseNote[] = await this.#store.lineage.ofAsset(thing, mostNotes)
    const jobs = notes
      .filter(({ direction }) => direction === (side === 'up' ? 'written' : 'read'))
      .map(({ job, as }) => ({ other: { ...job, kind: 'job', version: '' }, as }))
    return [...jobs, ...served]
  }

  /** After a model are the deployments that serve it, before a deployment is its model. */
  async #servedBeside(thing: Thing, side: 'up' | 'down'): Promise<{ other: Thing; as: string }[]> {
    const isDeployment = serving.includes(thing.kind)
    if (isDeployment ? side === 'down' : side === 'up' || thing.kind !== 'model') return []
    this.#serving ??= servedIn(this.#store, thing.scope)
    const pairs = await this.#serving
    const same = (a: Thing, b: Thing) => idOf(a) === idOf(b) && a.scope === b.scope
    return pairs
      .filter(({ deployment, model }) => same(isDeployment ? deployment : model, thing))
      .map(({ deployment, model }) => ({ other: isDeployment ? model : deployment, as: 'model' }))
  }
}

interface Served {
  deployment: Thing
  model: Thing
}

/** The models of a workspace that its deployments name by version. */
async function servedIn(store: Store, scope: string): Promise<Served[]> {
  const found: Served[] = []
  for (const kind of serving) {
    const { rows } = await store.resources.list({ scope, kind, archived: 'all' })
    for (const { name, props } of rows) {
      const id = asString(props.model) ?? asString(asObject(props.model).assetId) ?? ''
      const [, model, version] = /\/workspaces\/[^/]+\/models\/([^/]+)\/versions\/([^/]+)$/i.exec(id) ?? []
      if (model === undefined || version === undefined) continue
      const deployment = { scope, kind, name, version: '' }
      found.push({ deployment, model: { scope, kind: 'model', name: model, version } })
    }
  }
  return found
}

const mostSteps = 1000

/** Names of versions that the loop makes for outputs nobody named. */
const ownNames = /^azureml_/

/** What its steps read that none of them wrote, and what they wrote for others than themselves. */
function outsideOf(notes: UseNote[]): UseNote[] {
  const key = ({ asset }: UseNote) => `${asset.scope} ${asset.kind} ${asset.name} ${asset.version}`
  const written = new Set(notes.filter(({ direction }) => direction === 'written').map(key))
  const read = new Set(notes.filter(({ direction }) => direction === 'read').map(key))
  return notes.filter((note) =>
    note.direction === 'read' ? !written.has(key(note)) : !read.has(key(note)) || !ownNames.test(note.asset.name),
  )
}

async function tell({ room, scope }: JobCall, walk: Walk): Promise<JsonObject> {
  const nodes: JsonObject[] = []
  for (const [id, { thing, distance, more }] of walk.found) {
    const row = await rowOf(room.deps.store, thing)
    const { displayName, jobType, dataType, modelType } = row?.props ?? {}
    nodes.push({
      id,
      kind: thing.kind,
      name: thing.name,
      version: thing.version,
      distance,
      more: { ...more },
      // a job that was deleted is still part of the story
      gone: row === undefined,
      elsewhere: thing.scope !== scope,
      archived: row?.archived === true,
      status: thing.version === '' ? (row?.state ?? '') : '',
      type: jobType ?? dataType ?? modelType ?? null,
      displayName: displayName ?? null,
      createdAt: row?.createdAt ?? null,
      ...(row?.parent && thing.kind === 'job' ? { parent: row.parent } : {}),
    })
  }
  return { nodes, edges: walk.edges.map((edge) => ({ ...edge })), truncated: walk.truncated }
}
