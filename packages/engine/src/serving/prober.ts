/**
 * Asks replicas whether they live and can score, outside the loop: a deployment that is well costs the store nothing. The
 * row is woken when an answer changes what is to be done. What is known here is only of this process; after a restart the
 * rows say which replicas were ready, and those are believed until they fail.
 */
import { get } from 'node:http'
import { asNumber, asObject, asString, isoToSeconds, type JsonObject } from '@lazurite/spec'

export interface Probe {
  path: string
  periodMs: number
  timeoutMs: number
  initialDelayMs: number
  successes: number
  failures: number
}

/** Wire properties of a probe; Azure's own defaults. */
export function probeOf(given: JsonObject, path: string): Probe {
  const ms = (name: string, seconds: number) => (isoToSeconds(asString(given[name]) ?? '') ?? seconds) * 1000
  return {
    path,
    periodMs: Math.max(100, ms('period', 10)),
    timeoutMs: Math.max(50, ms('timeout', 2)),
    initialDelayMs: ms('initialDelay', 10),
    successes: Math.max(1, asNumber(given.successThreshold) ?? 1),
    failures: Math.max(1, asNumber(given.failureThreshold) ?? 30),
  }
}

export function probesOf(props: JsonObject, routes: { live: string; ready: string }): { live: Probe; ready: Probe } {
  return {
    live: probeOf(asObject(props.livenessProbe), routes.live),
    ready: probeOf(asObject(props.readinessProbe), routes.ready),
  }
}

export interface Patient {
  port: number
  live: Probe
  ready: Probe
  /** It was ready when it was last heard of. */
  known: boolean
  changed(): void
}

export interface Health {
  /** Undefined as long as nothing is known. */
  ready?: boolean
  /** False when it has not answered for so long that it counts as dead. */
  alive: boolean
}

interface Case extends Patient {
  health: Health
  good: number
  badReady: number
  badLive: number
  livenessAt: number
  timer?: NodeJS.Timeout
  over: boolean
}

/** Pauses while one comes up: the answer is wanted at once, whatever the period. */
const firstMs = 20
const mostStartMs = 500

export class Prober {
  readonly #cases = new Map<string, Case>()

  /** Begins to ask, or goes on; the id names one boot of one replica. */
  watch(id: string, patient: Patient): Health {
    const known = this.#cases.get(id)
    if (known) {
      Object.assign(known, { live: patient.live, ready: patient.ready, changed: patient.changed })
      return known.health
    }
    const livenessAt = Date.now() + patient.live.initialDelayMs
    const health: Health = patient.known ? { alive: true, ready: true } : { alive: true }
    const fresh: Case = { ...patient, health, good: 0, badReady: 0, badLive: 0, livenessAt, over: false }
    this.#cases.set(id, fresh)
    this.#later(fresh, patient.known ? patient.ready.periodMs : firstMs, firstMs)
    return health
  }

  forget(id: string): void {
    const one = this.#cases.get(id)
    if (!one) return
    one.over = true
    clearTimeout(one.timer)
    this.#cases.delete(id)
  }

  close(): void {
    for (const id of [...this.#cases.keys()]) this.forget(id)
  }

  #later(one: Case, ms: number, pause: number): void {
    if (one.over) return
    one.timer = setTimeout(() => void this.#look(one, pause), ms)
    one.timer.unref()
  }

  async #look(one: Case, pause: number): Promise<void> {
    const { ready, live, health } = one
    const before = { ...health }
    const fit = await ask(one.port, ready)
    one.good = fit ? one.good + 1 : 0
    one.badReady = fit ? 0 : one.badReady + 1
    const lives = live.path === ready.path ? fit : health.ready === undefined || (await ask(one.port, live))
    one.badLive = lives ? 0 : one.badLive + 1
    if (one.over) return
    if (one.good >= ready.successes) health.ready = true
    if (health.ready && one.badReady >= ready.failures) health.ready = false
    const dead = health.ready !== undefined && Date.now() > one.livenessAt && one.badLive >= live.failures
    if (dead) health.alive = false
    if (health.ready !== before.ready || health.alive !== before.alive) one.changed()
    if (health.ready === undefined) this.#later(one, pause, Math.min(pause * 1.5, mostStartMs))
    else this.#later(one, Math.min(ready.periodMs, live.periodMs), firstMs)
  }
}

/** Whether the path answers 2xx in time. */
function ask(port: number, { path, timeoutMs }: Probe): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path, agent: false }, (answer) => {
      answer.resume()
      const { statusCode = 500 } = answer
      resolve(statusCode >= 200 && statusCode < 300)
      request.destroy()
    })
    const timer = setTimeout(() => request.destroy(), timeoutMs)
    request.on('error', () => resolve(false))
    request.on('close', () => {
      clearTimeout(timer)
      resolve(false)
    })
  })
}
