/**
 * Where a compute instance lives on disk. `<home>/computes/<uuid>` is its disk: it stays while the instance is stopped and
 * goes when the instance is deleted. Everything of one run of it lies in a folder of its own below.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asArray, asNumber, asObject, asString, type Json } from '@lazurite/spec'

export interface InstanceFolder {
  root: string
  /** HOME of everything that runs on it. */
  home: string
  /** Its own layer over the machine's Python: what is installed there stays. */
  python: string
  /** Logs of scripts and applications. */
  logs: string
  /** What one run of it needs; the folder of its task. */
  boot: string
  /** What the process of the instance is to do; mode 600, it holds the keys of the applications. */
  plan: string
  /** What the process says about itself. */
  state: string
  /** Where its terminals are reached. */
  socket: string
  /** Made when the script of its creation has succeeded. */
  created: string
}

/** Longest path that a Unix socket may have. */
const maxSocketBytes = 100

/** All instances of a home. */
export const instancesFolder = (home: string): string => join(home, 'computes')

export function instanceFolder(home: string, { uuid, boot }: { uuid: string; boot: number }): InstanceFolder {
  const root = join(instancesFolder(home), uuid)
  const folder = join(root, `boot-${boot}`)
  const near = join(folder, 'terminals')
  const far = join(tmpdir(), `laz-${createHash('sha256').update(folder).digest('hex').slice(0, 24)}`)
  return {
    root,
    home: join(root, 'home'),
    python: join(root, 'python'),
    logs: join(root, 'logs'),
    boot: folder,
    plan: join(folder, 'instance.json'),
    state: join(folder, 'state.json'),
    socket: Buffer.byteLength(near) <= maxSocketBytes ? near : far,
    created: join(root, 'created'),
  }
}

export const instanceTaskId = ({ uuid, boot }: { uuid: string; boot: number }): string => `${uuid}.${boot}`

/** What the process of an instance says about itself. */
export interface InstanceReport {
  phase: 'setting-up' | 'setup-failed' | 'ready' | 'ended'
  /** Why the setup failed, and which script it was. */
  message?: string
  script?: string
  /** Epoch ms of the last use. */
  lastActive: number
  /** Who uses it now. */
  active: string[]
  applications: Record<string, { state: string; starts: number }>
}

const phases = ['setting-up', 'setup-failed', 'ready', 'ended'] as const

/** Undefined as long as it has said nothing. */
export function readReport({ state }: Pick<InstanceFolder, 'state'>): InstanceReport | undefined {
  const facts = asObject(readJson(state))
  const phase = phases.find((name) => name === facts.phase)
  if (!phase) return undefined
  const [message, script] = [asString(facts.message), asString(facts.script)]
  return {
    phase,
    ...(message === undefined ? {} : { message }),
    ...(script === undefined ? {} : { script }),
    lastActive: asNumber(facts.lastActive) ?? 0,
    active: asArray(facts.active).map(String),
    applications: Object.fromEntries(
      Object.entries(asObject(facts.applications)).map(([name, one]) => {
        const { state, starts } = asObject(one)
        return [name, { state: asString(state) ?? 'ended', starts: asNumber(starts) ?? 0 }]
      }),
    ),
  }
}

/** Undefined for a file that is not there or not whole. */
export function readJson(file: string): Json | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

/** How many scripts a boot runs before it is ready. */
export function scriptsIn({ plan }: Pick<InstanceFolder, 'plan'>): number {
  return asArray(asObject(readJson(plan)).scripts).length
}

const firstPauseMs = 10
const mostPauseMs = 200
/** Whoever waits looks for himself after this time. */
const patienceMs = 60_000

/** Waits for the process of an instance to say that it is ready, or that it will not be. */
export async function untilUp(folder: InstanceFolder, signal: AbortSignal): Promise<void> {
  const end = Date.now() + patienceMs
  for (let ms = firstPauseMs; Date.now() < end && !signal.aborted; ms = Math.min(ms * 1.5, mostPauseMs)) {
    const phase = readReport(folder)?.phase
    if (phase !== undefined && phase !== 'setting-up') return
    await new Promise((resolve) => setTimeout(resolve, ms))
  }
}

/** The applications of a boot, with the keys that open them; empty when it has no plan. */
export function readApplications({ plan }: Pick<InstanceFolder, 'plan'>): PlannedApplication[] {
  return asArray(asObject(readJson(plan)).applications).flatMap((one) => {
    const { name, displayName, port, path, key } = asObject(one)
    const text = [name, displayName, path, key].map(asString)
    const [word, title, page, secret] = text
    if (word === undefined || title === undefined || page === undefined || secret === undefined) return []
    return [{ name: word, displayName: title, port: asNumber(port) ?? 0, path: page, key: secret }]
  })
}

export interface PlannedApplication {
  name: string
  displayName: string
  port: number
  /** Path and query of its first page, `{key}` for the key. */
  path: string
  key: string
}
