/** How the server is: `status` in one cheap look, `doctor` with every check a person would make by hand. */
import { execFile } from 'node:child_process'
import { statSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { promisify } from 'node:util'
import { type JsonObject, kinds, scopeOf } from '@lazurite/spec'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import type { FaceDeps } from '../app.ts'

interface Check {
  name: string
  ok: boolean
  detail: string
  hint?: string
}

const lowDiskBytes = 2 ** 30

export function doctorFace(deps: FaceDeps): FastifyPluginAsync {
  return async (app) => {
    const startedAt = deps.store.clock.now()
    app.get('/lazurite/v1/status', async () => status(deps, startedAt))
    app.get('/lazurite/v1/doctor', async () => {
      const checks = await examine(deps, app)
      return { ok: checks.every((check) => check.ok), checks }
    })
  }
}

async function status(deps: FaceDeps, startedAt: number): Promise<JsonObject> {
  const { resources } = deps.store
  const { rows } = await resources.list({ kind: 'workspace', archived: 'all', top: 1000 })
  const work: JsonObject = {}
  for (const row of rows) {
    const [subscription = '', resourceGroup = ''] = row.scope.split('/')
    const scope = scopeOf({ subscription, resourceGroup, workspace: row.name })
    for (const kind of kinds.filter((each) => each.actions?.cancel !== undefined)) {
      work[`${scope}/${kind.collection}`] = await resources.counts(scope, kind.name)
    }
  }
  const { rss, heapUsed } = process.memoryUsage()
  return {
    pid: process.pid,
    url: deps.baseUrl(),
    home: deps.store.home,
    node: process.version,
    startedAt: new Date(startedAt).toISOString(),
    uptimeSeconds: Math.round((deps.store.clock.now() - startedAt) / 1000),
    memory: { rssBytes: rss, heapUsedBytes: heapUsed },
    lastChange: await deps.store.changes.last(),
    workspaces: rows.map((row) => row.name),
    work,
  }
}

async function examine(deps: FaceDeps, app: FastifyInstance): Promise<Check[]> {
  return Promise.all([
    checkNode(),
    checkHome(deps),
    checkDisk(deps),
    checkDatabase(deps),
    checkWriting(deps),
    checkPython(deps),
    checkEngine(deps),
    checkRoutes(app),
  ])
}

async function checkNode(): Promise<Check> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const ok = major > 20 || (major === 20 && minor >= 19)
  return { name: 'node', ok, detail: process.version, ...(ok ? {} : { hint: 'Install Node 20.19 or newer.' }) }
}

async function checkHome({ store }: FaceDeps): Promise<Check> {
  const mode = statSync(store.home).mode & 0o777
  const ok = (mode & 0o077) === 0
  const detail = `${store.home} (mode ${mode.toString(8)})`
  return { name: 'home', ok, detail, ...(ok ? {} : { hint: `Others can look into it: chmod 700 ${store.home}` }) }
}

async function checkDisk({ store }: FaceDeps): Promise<Check> {
  const { bavail, bsize } = await statfs(store.home)
  const free = bavail * bsize
  const ok = free > lowDiskBytes
  const detail = `${(free / 2 ** 30).toFixed(1)} GiB free`
  return { name: 'disk', ok, detail, ...(ok ? {} : { hint: 'Free some space: uploads and jobs will fail soon.' }) }
}

/** Asks the database for a row of each sort it keeps; a damaged page on the way raises. */
async function checkDatabase({ store }: FaceDeps): Promise<Check> {
  try {
    const last = await store.changes.last()
    for (const kind of kinds) await store.resources.list({ kind: kind.name, archived: 'all', top: 1 })
    return { name: 'database', ok: true, detail: `${store.database} answers; ${last} changes so far` }
  } catch (error) {
    const detail = error instanceof Error ? error.message : 'it does not answer'
    const hint = store.database.startsWith('postgres:')
      ? 'See whether that database runs and has room; the server finds it again by itself.'
      : 'Stop the server and put a backup of laz.db in its place.'
    return { name: 'database', ok: false, detail, hint }
  }
}

async function checkWriting({ store }: FaceDeps): Promise<Check> {
  const name = 'doctor|check'
  try {
    await store.secrets.seal(name, 'fine')
    const ok = (await store.secrets.open(name)) === 'fine'
    await store.secrets.remove(name)
    return { name: 'secrets', ok, detail: ok ? 'seal and open' : 'what was sealed does not open' }
  } catch (error) {
    return { name: 'secrets', ok: false, detail: error instanceof Error ? error.message : 'cannot seal' }
  }
}

async function checkPython({ settings }: FaceDeps): Promise<Check> {
  const python = settings.engine.python ?? 'python3'
  try {
    const { stdout, stderr } = await promisify(execFile)(python, ['--version'], { timeout: 10_000 })
    return { name: 'python', ok: true, detail: `${(stdout || stderr).trim()} (${python})` }
  } catch {
    const hint = 'Install Python 3, or name it in laz.toml: [compute] python = "/path/to/python3"'
    return { name: 'python', ok: false, detail: `${python} does not run`, hint }
  }
}

async function checkEngine({ store }: FaceDeps): Promise<Check> {
  const due = await store.leases.nextDue()
  const late = due === undefined ? 0 : store.clock.now() - due
  const ok = late < 60_000
  const detail = ok ? 'keeps up' : `the oldest row waits since ${Math.round(late / 1000)} seconds`
  return { name: 'engine', ok, detail, ...(ok ? {} : { hint: 'Look into server.log for what keeps failing.' }) }
}

async function checkRoutes(app: FastifyInstance): Promise<Check> {
  const { length } = app.routeNotes
  return { name: 'faces', ok: length > 0, detail: `${length} routes` }
}
