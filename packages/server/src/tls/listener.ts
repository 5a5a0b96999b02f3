/**
 * The https listener beside the http one: the same application on a port of its own, which a home keeps like the other.
 * Once opened it comes back at every start, because programs were pointed at it.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { fail, isLazError } from '@lazurite/spec'
import type { FastifyBaseLogger } from 'fastify'
import type { Config } from '../config.ts'
import { type Door, openDoor } from '../door.ts'
import { type Certificates, openCertificates } from './certificates.ts'

/** Where the https listener is, and which files make a client trust it. */
export interface TlsPlace {
  /** `https://localhost:<port>`, no trailing slash. */
  url: string
  port: number
  /** Path of our authority's certificate, PEM. */
  ca: string
  /** Path of a file with every authority this machine trusts and ours, PEM. */
  bundle: string
}

export interface Tls {
  /** Undefined while nothing listens. */
  place(): TlsPlace | undefined
  /** Opens the listener; the one that is open is the answer when it fits. Raises CertificateUnusable, PortInUse. */
  open(port?: number): Promise<TlsPlace>
  close(graceMs: number): Promise<void>
}

export interface TlsOptions {
  home: string
  settings: Config
  log: FastifyBaseLogger
  env: NodeJS.ProcessEnv
  /** Epoch milliseconds. */
  now(): number
  handler(request: IncomingMessage, response: ServerResponse): void
  /** Told when the listener has opened. */
  opened(): void
}

/** How often a running server looks whether its certificate is to be renewed. */
const renewalCheckMs = 6 * 3_600_000

/** Whether this home had an https listener before. */
export function hadTls(home: string): boolean {
  return rememberedPort(home) !== undefined
}

export function makeTls(options: TlsOptions): Tls {
  let door: Door | undefined
  let place: TlsPlace | undefined
  let opening: Promise<TlsPlace> | undefined
  let timer: NodeJS.Timeout | undefined
  const certificates = () => certificatesOf(options)

  const start = async (port: number | undefined): Promise<TlsPlace> => {
    const { leaf, ca, bundle } = await certificates()
    const opened = await choosePort(options, leaf, port)
    place = { url: `https://localhost:${opened.port}`, port: opened.port, ca, bundle }
    door = opened
    timer = setInterval(() => void renew(opened, certificates, options.log), renewalCheckMs).unref()
    opened.serve(options.handler)
    options.opened()
    return place
  }

  return {
    place: () => place,
    async open(port) {
      opening ??= start(port).catch((error) => {
        opening = undefined
        throw error
      })
      const found = await opening
      if (port !== undefined && port !== 0 && port !== found.port) {
        const instead = 'Stop the server with `laz down`, then start it with the other port.'
        fail('NotSupported', { what: 'Moving the https listener', why: `it listens on port ${found.port}`, instead })
      }
      return found
    },
    async close(graceMs) {
      clearInterval(timer)
      await opening?.catch(() => undefined)
      await door?.close(graceMs)
    },
  }
}

async function certificatesOf({ home, settings, log, env, now }: TlsOptions): Promise<Certificates> {
  const found = await openCertificates({ home, names: settings.hosts, now: now(), env })
  if (found.renewed) log.info({ until: new Date(found.leafUntil).toISOString() }, 'made a server certificate')
  return found
}

/** A certificate that cannot be renewed is told in the log again and again; the old one serves until its end. */
async function renew(door: Door, read: () => Promise<Certificates>, log: FastifyBaseLogger): Promise<void> {
  try {
    const { leaf, renewed } = await read()
    if (renewed) door.renew(leaf)
  } catch (error) {
    log.error({ err: error }, 'the server certificate could not be renewed')
  }
}

function portFile(home: string): string {
  return join(home, 'tls-port')
}

function rememberedPort(home: string): number | undefined {
  try {
    const port = Number(readFileSync(portFile(home), 'utf8').trim())
    return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined
  } catch {
    return undefined
  }
}

/** Forgets that this home had an https listener: the next start opens none. */
export function forgetTls(home: string): void {
  rmSync(portFile(home), { force: true })
}

/** A port that was asked for is taken or refused; a remembered one that is taken by now is let go, with a word. */
async function choosePort(o: TlsOptions, proof: { cert: string; key: string }, asked?: number): Promise<Door> {
  const wanted = asked ?? o.settings.tlsPort
  const last = wanted === undefined ? rememberedPort(o.home) : undefined
  let door: Door
  try {
    door = await openDoor({ host: '127.0.0.1', port: wanted ?? last ?? 0, proof })
  } catch (error) {
    if (last === undefined || !isLazError(error)) throw error
    o.log.warn({ port: last }, 'the https port of the last time is taken; run `laz connect` again for the new one')
    door = await openDoor({ host: '127.0.0.1', port: 0, proof })
  }
  writeFileSync(portFile(o.home), `${door.port}\n`, { mode: 0o600 })
  return door
}
