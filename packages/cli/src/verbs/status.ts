// What the server is doing, and what could go wrong on this machine.
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs'
import { asObject, asString, isFinal, type JsonObject, kindByName, scopeOf } from '@lazurite/spec'
import type { Run } from '../command.ts'
import { isAlive, readServerFile } from '../daemon.ts'
import { brief, shownOf } from '../describe.ts'
import { exitCodes } from '../exit-codes.ts'
import { serverBundle } from '../launch.ts'
import { bytesText, drawTable, tint, tintOf } from '../paint.ts'
import type { Session } from '../session.ts'

const mostJobs = 200

export const status: Run = async (session) => {
  const url = session.env.LAZ_URL
  const server = readServerFile(session.home)
  if (!url && !(server && isAlive(server.pid))) {
    const value = { running: false, home: session.home }
    return { value, text: `No server runs on ${session.home}.\n  start one: laz up\n`, code: exitCodes.notFound }
  }
  const client = await session.client()
  const jobKind = kindByName('job')
  const jobs: JsonObject[] = []
  const said = asObject(await (await client.ask({ path: '/lazurite/v1/status' })).json())
  const counts = asObject(asObject(said.work)[`${scopeOf(client.workspace)}/jobs`])
  for await (const job of client.of('job').list({ max: mostJobs })) {
    if (!isFinal(asString(job.properties.status) ?? '') && jobKind) jobs.push(brief(jobKind, job))
  }
  const value: JsonObject = {
    running: true,
    url: client.connection.url,
    home: said.home ?? session.home,
    pid: said.pid ?? server?.pid ?? null,
    started_at: server?.startedAt ?? said.startedAt ?? null,
    version: server?.version ?? null,
    workspace: client.workspace.workspace,
    resource_group: client.workspace.resourceGroup,
    jobs: counts,
    active: jobs,
  }
  return { value, text: statusText(session, value, jobs, counts) }
}

function statusText(session: Session, value: JsonObject, jobs: readonly JsonObject[], counts: JsonObject): string {
  const label = (text: string) => tint(session.out, 'dim', text.padEnd(10))
  const tally = Object.entries(counts).map(([state, count]) =>
    tint(session.out, tintOf(state), `${String(count)} ${state}`),
  )
  const lines = [
    `${tint(session.out, 'bold', 'Lazurite')} ${asString(value.version) ?? ''} is running.`,
    `  ${label('address')} ${asString(value.url)}`,
    `  ${label('home')} ${session.home}`,
    ...(value.pid === null ? [] : [`  ${label('process')} ${String(value.pid)}`]),
    `  ${label('workspace')} ${asString(value.workspace)} in ${asString(value.resource_group)}`,
    `  ${label('jobs')} ${tally.join(', ') || 'none yet'}`,
  ]
  const kind = kindByName('job')
  if (!kind || jobs.length === 0) return `${lines.join('\n')}\n`
  const columns = shownOf(kind, session.now()).map((shown) => {
    const cells = jobs.map((job) => shown.of(job))
    return { title: shown.title, cells, ...(shown.state ? { tints: cells.map(tintOf) } : {}) }
  })
  return `${lines.join('\n')}\n\n${drawTable(columns, session.out)}`
}

interface Check {
  check: string
  ok: boolean
  detail: string
  hint?: string
}

const leastDiskBytes = 2 ** 30

export const doctor: Run = async (session) => {
  const checks = [
    nodeCheck(),
    bundleCheck(),
    commandCheck('bash', ['--version'], 'Jobs run their command with bash.'),
    pythonCheck(session),
    homeCheck(session),
    diskCheck(session),
    ...(await serverChecks(session)),
  ]
  const bad = checks.filter((c) => !c.ok)
  const mark = (c: Check) => (c.ok ? tint(session.out, 'green', '✓') : tint(session.out, 'red', '✗'))
  const width = Math.max(...checks.map((c) => c.check.length))
  const lines = checks.map(
    (c) =>
      `${mark(c)} ${c.check.padEnd(width)}  ${c.detail}${!c.ok && c.hint ? `\n  ${' '.repeat(width)}  ${c.hint}` : ''}`,
  )
  const summary = bad.length === 0 ? 'All is well.' : `${bad.length} of ${checks.length} need a look.`
  const value = checks.map(
    (c): JsonObject => ({ check: c.check, ok: c.ok, detail: c.detail, ...(c.hint && !c.ok ? { hint: c.hint } : {}) }),
  )
  return {
    value,
    text: `${lines.join('\n')}\n\n${summary}\n`,
    code: bad.length === 0 ? exitCodes.done : exitCodes.failed,
  }
}

function nodeCheck(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const ok = major > 20 || (major === 20 && minor >= 19)
  return { check: 'node', ok, detail: process.version, hint: 'Lazurite needs Node 20.19 or newer.' }
}

function bundleCheck(): Check {
  const path = serverBundle()
  return { check: 'server bundle', ok: existsSync(path), detail: path, hint: 'Build it with: npm run build' }
}

function commandCheck(name: string, words: string[], hint: string): Check {
  const { status: code, stdout, error } = spawnSync(name, words, { encoding: 'utf8', timeout: 10_000 })
  const ok = !error && code === 0
  return { check: name, ok, detail: ok ? (stdout.split('\n')[0] ?? '').trim() : 'not found', hint }
}

function pythonCheck(session: Session): Check {
  const name = session.env.LAZ_PYTHON ?? 'python3'
  return {
    ...commandCheck(
      name,
      ['--version'],
      'Jobs that run Python need Python 3; set LAZ_PYTHON when it has another name.',
    ),
    check: 'python',
  }
}

function homeCheck(session: Session): Check {
  const check = 'home'
  if (!existsSync(session.home)) return { check, ok: true, detail: `${session.home} is made at the first start` }
  try {
    accessSync(session.home, constants.W_OK)
  } catch {
    return {
      check,
      ok: false,
      detail: `${session.home} cannot be written to`,
      hint: 'Set LAZ_HOME to a folder of yours.',
    }
  }
  const open = (statSync(session.home).mode & 0o077) !== 0
  return {
    check,
    ok: !open,
    detail: open ? `${session.home} can be read by others` : session.home,
    hint: `Close it with: chmod 700 ${session.home}`,
  }
}

function diskCheck(session: Session): Check {
  const at = existsSync(session.home) ? session.home : process.cwd()
  const { bavail, bsize } = statfsSync(at)
  const freeBytes = bavail * bsize
  return {
    check: 'disk',
    ok: freeBytes >= leastDiskBytes,
    detail: `${bytesText(freeBytes)} free`,
    hint: 'Free some space, or set LAZ_HOME to a larger disk.',
  }
}

/** What the server says about itself; a server that does not run is no fault. */
async function serverChecks(session: Session): Promise<Check[]> {
  const server = readServerFile(session.home)
  if (!session.env.LAZ_URL && !(server && isAlive(server.pid)))
    return [{ check: 'server', ok: true, detail: 'not running; laz up starts it' }]
  try {
    const client = await session.client()
    const answer = await client.ask({ path: '/lazurite/v1/doctor', accept: [404] })
    const own: Check = { check: 'server', ok: true, detail: client.connection.url }
    if (answer.status === 404) return [own]
    const said = asObject(await answer.json())
    const listed = Array.isArray(said.checks) ? said.checks : Array.isArray(said.value) ? said.value : []
    const known = new Set(['node', 'home', 'disk', 'python'])
    return [
      own,
      ...listed
        .map(asObject)
        .map(readCheck)
        .filter((c) => !c.ok || !known.has(c.check)),
    ]
  } catch (error) {
    return [
      {
        check: 'server',
        ok: false,
        detail: error instanceof Error ? error.message : String(error),
        hint: 'Restart it: laz down, laz up.',
      },
    ]
  }
}

function readCheck(said: JsonObject): Check {
  const hint = asString(said.hint)
  return {
    check: asString(said.check) ?? asString(said.name) ?? 'server',
    ok: said.ok !== false,
    detail: asString(said.detail) ?? asString(said.message) ?? '',
    ...(hint === undefined ? {} : { hint }),
  }
}
