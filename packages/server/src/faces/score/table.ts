/**
 * Where calls may go, in memory: made of the rows of endpoints and deployments, renewed by the feed of changes. A call
 * reads no database and never waits for the loop.
 */
import { createSecretKey, hash, type KeyObject } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import {
  type Flight,
  flightId,
  flightsOf,
  type Load,
  loadOf,
  readServing,
  readWorkspace,
  runsHere,
  scalingOf,
} from '@lazurite/engine'
import { asNumber, asObject, asString, isLazError, isoToSeconds, kindByName } from '@lazurite/spec'
import type { Change, Key, Row, Store } from '@lazurite/store'
import { openSecrets } from '../arm/secrets.ts'
import { type Keeper, keeperOf } from './collect.ts'

export interface Target extends Flight {
  id: string
  port: number
  /** Path that scoring calls go to. */
  score: string
  passes: boolean
  /** Epoch ms until which others are asked first: a call broke off there a moment ago, it may be dying. */
  doubtedUntil: number
}

export interface Deployment {
  name: string
  /** Those that are ready. */
  targets: Target[]
  timeoutMs: number
  /** Calls at once that one instance takes; twice as many are let in. */
  perInstance: number
  /** Absent for a fixed number of instances; else calls wait for the first of them, and the loop hears how many do. */
  load: Load | undefined
  key: Key
  busy: number
  /** Keeps what its calls ask and are answered; absent when nothing is to be kept. */
  keeper?: Keeper | undefined
}

type AuthMode = 'key' | 'amltoken' | 'aadtoken'

export interface Endpoint {
  scope: string
  name: string
  mode: AuthMode
  /** Digests of its keys, compared in constant time. */
  keys: Buffer[]
  /** What its tokens are signed with. */
  tokenKey?: KeyObject
  traffic: [name: string, percent: number][]
  mirror: [name: string, percent: number] | undefined
  kubernetes: boolean
  deployments: Map<string, Deployment>
}

const againMs = 200

const tables = new WeakMap<Store, RouteTable>()

/** The one table of a store. */
export function tableOf(store: Store): RouteTable {
  const known = tables.get(store)
  if (known) return known
  const table = new RouteTable(store)
  tables.set(store, table)
  return table
}

export class RouteTable {
  /** Told what could not be kept of calls, or read of rows. */
  log: { warn(facts: object, text: string): void } = { warn() {} }
  readonly #store: Store
  readonly #endpoints = new Map<string, Endpoint>()
  /** Workspace guid → scope. */
  readonly #scopes = new Map<string, string>()
  #loading: Promise<void> | undefined
  #turn: Promise<void> = Promise.resolve()
  #unhear: (() => void) | undefined

  constructor(store: Store) {
    this.#store = store
  }

  /** Undefined for an endpoint that is not there. */
  async find(guid: string, name: string): Promise<Endpoint | undefined> {
    this.#loading ??= this.#load().catch((error: unknown) => {
      this.#loading = undefined // the next call tries again
      throw error
    })
    await this.#loading
    const scope = this.#scopes.get(guid.toLowerCase())
    return scope === undefined ? undefined : this.#endpoints.get(idOf(scope, name))
  }

  /** Reads an endpoint anew, for what no row tells: its keys. */
  renew({ scope, name }: Pick<Key, 'scope' | 'name'>): Promise<void> {
    return this.#queue(() => this.#readEndpoint({ scope, kind: 'online-endpoint', name }))
  }

  async #load(): Promise<void> {
    const { changes, resources } = this.#store
    this.#unhear?.()
    this.#unhear = changes.subscribe((change) => this.#hear(change))
    await this.#readWorkspaces()
    for (const row of (await resources.list({ kind: 'online-endpoint', archived: 'all' })).rows) await this.#put(row)
    for (const row of (await resources.list({ kind: 'online-deployment', archived: 'all' })).rows) this.#putChild(row)
  }

  #hear({ kind, scope, name }: Change): void {
    const key = { scope, kind, name }
    if (kind === 'online-endpoint') void this.#queue(() => this.#readEndpoint(key))
    if (kind === 'online-deployment') void this.#queue(() => this.#readDeployment(key))
    if (kind === 'workspace') void this.#queue(() => this.#readWorkspaces())
  }

  /** One after the other: what was read first must not overwrite what was read later. */
  #queue(work: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn
      .then(() => this.#loading)
      .then(
        () => this.#insist(work),
        () => undefined,
      )
    return this.#turn
  }

  /** No further change may come: what the store could not answer just now is asked again. */
  async #insist(work: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await work()
      } catch (error) {
        if (isLazError(error) && error.code === 'Stopping') return
        this.log.warn({ err: error }, 'could not read where calls go')
        if (!isLazError(error) || error.code !== 'ServerBusy') return
        await pause(againMs, undefined, { ref: false })
      }
    }
  }

  async #readWorkspaces(): Promise<void> {
    const { rows } = await this.#store.resources.list({ kind: 'workspace', archived: 'all' })
    this.#scopes.clear()
    for (const { guid, scope } of rows.map(readWorkspace)) this.#scopes.set(guid.toLowerCase(), scope)
  }

  async #readEndpoint(key: Key): Promise<void> {
    const row = await this.#store.resources.get(key)
    if (row) return this.#put(row)
    const id = idOf(key.scope, key.name)
    for (const { key: below, targets } of this.#endpoints.get(id)?.deployments.values() ?? [])
      for (const target of targets) this.#shut(below, target)
    this.#endpoints.delete(id)
  }

  async #put(row: Row): Promise<void> {
    const { scope, name, props } = row
    const kind = kindByName('online-endpoint')
    const held = kind ? asObject((await openSecrets(this.#store, kind, row)).keys) : {}
    const keys = [held.primaryKey, held.secondaryKey].flatMap((key) => asString(key) ?? [])
    const share = (given: unknown) =>
      Object.entries(asObject(given as never)).flatMap(([to, n]): [string, number][] =>
        // what is no number is 0 below
        (asNumber(n) ?? 0) > 0 ? [[to.toLowerCase(), asNumber(n) ?? 0]] : [],
      )
    const known = this.#endpoints.get(idOf(scope, name))
    this.#endpoints.set(idOf(scope, name), {
      scope,
      name,
      mode: (asString(props.authMode)?.toLowerCase() ?? 'key') as AuthMode, // anything else lets nobody in
      keys: keys.map(digest),
      ...(keys[0] === undefined ? {} : { tokenKey: createSecretKey(Buffer.from(keys[0])) }),
      traffic: share(props.traffic),
      mirror: share(props.mirrorTraffic)[0],
      kubernetes: Boolean(asString(props.compute)),
      deployments: known?.deployments ?? new Map(),
    })
    if (known) return
    // a deployment that was read before its endpoint
    const { rows } = await this.#store.resources.list({
      scope,
      kind: 'online-deployment',
      parent: name,
      archived: 'all',
    })
    for (const child of rows) this.#putChild(child)
  }

  async #readDeployment(key: Key): Promise<void> {
    const row = await this.#store.resources.get(key)
    if (row) return this.#putChild(row)
    const [endpoint = '', name = ''] = key.name.split('/')
    const home = this.#endpoints.get(idOf(key.scope, endpoint))
    for (const target of home?.deployments.get(name.toLowerCase())?.targets ?? []) this.#shut(key, target)
    home?.deployments.delete(name.toLowerCase())
  }

  #open(key: Pick<Key, 'scope' | 'name'>, target: Target): Target {
    flightsOf(this.#store).set(flightId(key, target), target)
    return target
  }

  /** No further call finds it; it is forgotten when those under way are over. */
  #shut(key: Pick<Key, 'scope' | 'name'>, target: Target): void {
    target.open = false
    const flights = flightsOf(this.#store)
    const id = flightId(key, target)
    const look = () => {
      if (target.busy > 0) setTimeout(look, 1_000).unref()
      else if (flights.get(id) === target) flights.delete(id)
    }
    look()
  }

  #putChild(row: Row): void {
    const [endpoint = '', name = ''] = row.name.split('/')
    const home = this.#endpoints.get(idOf(row.scope, endpoint))
    if (!home) return
    const known = home.deployments.get(name.toLowerCase())
    const it = runsHere(row) ? readServing(row.status) : undefined
    const ready = [...(it?.replicas.values() ?? [])].filter(({ state }) => state === 'Ready')
    const targets = ready.map(({ id, port, score, passes }): Target => {
      const old = known?.targets.find((target) => target.id === id && target.port === port)
      return old ?? this.#open(row, { id, port, score, passes, busy: 0, open: true, doubtedUntil: 0 })
    })
    for (const old of known?.targets ?? []) if (!targets.includes(old)) this.#shut(row, old)
    const settings = asObject(row.props.requestSettings)
    const fresh: Deployment = {
      name,
      targets,
      timeoutMs: (isoToSeconds(asString(settings.requestTimeout) ?? '') ?? 5) * 1000,
      perInstance: Math.max(1, asNumber(settings.maxConcurrentRequestsPerInstance) ?? 1),
      key: { scope: row.scope, kind: row.kind, name: row.name },
      load: scalingOf(row.props) ? loadOf(this.#store, row) : undefined,
      busy: 0,
      keeper: it && keeperOf({ uuid: it.uuid, collecting: it.collecting, known: known?.keeper, log: this.log }),
    }
    // calls under way hold on to the object
    home.deployments.set(name.toLowerCase(), known ? Object.assign(known, { ...fresh, busy: known.busy }) : fresh)
  }
}

const idOf = (scope: string, name: string) => `${scope}|${name.toLowerCase()}`

export const digest = (text: string): Buffer => hash('sha256', text, 'buffer')
