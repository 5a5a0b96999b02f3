/**
 * What changes, as server-sent events. A client is a cursor into the feed and nothing more: it gets changes as they are
 * committed while it keeps up, and reads the feed from its cursor when it does not, so neither a slow client nor ten
 * thousand idle ones hold memory.
 */
import type { ServerResponse } from 'node:http'
import { fail } from '@lazurite/spec'
import type { Change, Changes, Resources } from '@lazurite/store'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { FaceDeps } from '../app.ts'
import { keepOpen } from '../request-url.ts'

const beatMs = 15_000
const pageSize = 500

export function eventsFace(deps: FaceDeps): FastifyPluginAsync {
  return async (app) => {
    const listeners = new Set<Listener>()
    const beat = setInterval(() => {
      for (const listener of listeners) listener.beat()
    }, beatMs)
    beat.unref()
    const stop = deps.store.changes.subscribe((change) => {
      for (const listener of listeners) listener.tell(change)
    })
    deps.closing.addEventListener('abort', () => {
      for (const listener of listeners) listener.end()
    })
    app.addHook('onClose', async () => {
      clearInterval(beat)
      stop()
    })
    app.get('/lazurite/v1/events', { config: { checkOrigin: true, streams: true } }, async (request, reply) => {
      const wish = await readWish(deps, request)
      const family = wish.job === undefined ? undefined : new Family(deps.store.resources, wish.job)
      const { expiresAt = Number.POSITIVE_INFINITY } = request.caller
      const isOpen = () => deps.store.clock.now() < expiresAt
      const listener = new Listener(deps.store.changes, { ...wish, family, isOpen }, open(request, reply, wish.since))
      listeners.add(listener)
      reply.raw.once('close', () => listeners.delete(listener))
      listener.catchUp()
    })
  }
}

interface Wish {
  since: number
  scope: string | undefined
  kind: string | undefined
  /** A job: it and all below it. */
  job: string | undefined
}

async function readWish(deps: FaceDeps, request: FastifyRequest): Promise<Wish> {
  const query = request.query as Record<string, string | undefined> // parsed by the framework
  const text = request.headers['last-event-id'] ?? query.since
  if (text !== undefined && !/^\d{1,15}$/.test(String(text)))
    fail('BadArgument', { what: 'since must be a whole number.' })
  const since = text === undefined ? await deps.store.changes.last() : Number(text)
  if (query.job !== undefined && query.scope === undefined)
    fail('BadArgument', { what: 'job needs the scope of its workspace beside it: scope=subscription/group/workspace.' })
  const kind = query.job === undefined ? query.kind : 'job'
  return { since, scope: query.scope?.toLowerCase(), kind, job: query.job }
}

/** Takes the answer out of the framework's hands; from here on bytes go straight to the socket. */
function open(request: FastifyRequest, reply: FastifyReply, since: number): ServerResponse {
  reply.hijack()
  keepOpen(request)
  reply.raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>), // set by our own hooks as texts
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
  // who is cut off before the first change goes on from here
  reply.raw.write(`retry: 1000\nid: ${since}\n\n`)
  return reply.raw
}

interface Listening extends Wish {
  family: Family | undefined
  /** Whether the token that the stream was opened with is good still. */
  isOpen(): boolean
}

const mostKnown = 50_000

/** Which jobs are a certain one or stand below it, however deep: looked up once each. */
class Family {
  readonly #resources: Resources
  readonly #known = new Map<string, boolean>()

  constructor(resources: Resources, job: string) {
    this.#resources = resources
    this.#known.set(job, true)
  }

  has(name: string): boolean {
    return this.#known.get(name) === true
  }

  /** Learns of a job that is met for the first time. */
  async meet({ scope, kind, name }: Change): Promise<void> {
    if (kind !== 'job' || this.#known.has(name)) return
    const way: string[] = []
    let here: string | undefined = name
    while (here !== undefined && !this.#known.has(here) && way.length < 100) {
      way.push(here)
      here = (await this.#resources.get({ scope, kind, name: here }))?.parent
    }
    const belongs = here !== undefined && this.has(here)
    if (this.#known.size < mostKnown || belongs) for (const each of way) this.#known.set(each, belongs)
  }
}

class Listener {
  readonly #changes: Changes
  readonly #wish: Listening
  readonly #out: ServerResponse
  /** Number of the last change this client has seen or does not care for. */
  #cursor: number
  #reading = false
  /** Something came while the feed was being read: read it once more. */
  #again = false
  #full = false

  constructor(changes: Changes, wish: Listening, out: ServerResponse) {
    this.#changes = changes
    this.#wish = wish
    this.#out = out
    this.#cursor = wish.since
    out.on('drain', () => {
      this.#full = false
      this.catchUp()
    })
  }

  /** A change was committed: written at once when this client is up to date, left in the feed when it is not. */
  tell(change: Change): void {
    if (this.#full) return
    if (this.#reading) this.#again = true
    else if (change.seq === this.#cursor + 1 && !this.#wish.family) this.#write(change)
    else this.catchUp()
  }

  beat(): void {
    if (!this.#full) this.#send(': beat\n\n')
  }

  end(): void {
    this.#out.end()
  }

  /** Reads the feed from the cursor until it is empty or the client is full. */
  catchUp(): void {
    if (this.#reading || this.#full || this.#out.destroyed) return
    this.#reading = true
    this.#again = false
    this.#read()
      .catch(() => this.#out.destroy())
      .finally(() => {
        this.#reading = false
        if (this.#again) this.catchUp()
      })
  }

  async #read(): Promise<void> {
    const oldest = await this.#changes.oldest()
    if (this.#cursor > 0 && this.#cursor < oldest - 1) {
      this.#cursor = oldest - 1
      this.#send(`event: reset\nid: ${this.#cursor}\ndata: {"reset":true,"oldest":${oldest}}\n\n`)
    }
    while (!this.#full && !this.#out.destroyed) {
      const page = await this.#changes.since(this.#cursor, { limit: pageSize })
      if (page.length === 0) return
      for (const change of page) {
        if (this.#full) return
        await this.#wish.family?.meet(change)
        this.#write(change)
      }
    }
  }

  #write(change: Change): void {
    this.#cursor = change.seq
    const { scope, kind, family } = this.#wish
    if (scope !== undefined && change.scope !== scope && !change.scope.startsWith(`${scope}/`)) return
    if (kind !== undefined && change.kind !== kind) return
    if (family && !family.has(change.name)) return
    this.#send(`id: ${change.seq}\ndata: ${JSON.stringify(change)}\n\n`)
  }

  #send(text: string): void {
    if (this.#out.destroyed || this.#out.writableEnded) return
    // the page is told by the answer to its next try
    if (!this.#wish.isOpen()) this.end()
    else if (!this.#out.write(text)) this.#full = true
  }
}
