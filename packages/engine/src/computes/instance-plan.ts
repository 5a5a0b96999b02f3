/**
 * What a compute instance is on this machine: one task, whose process starts everything else. Stopping the task ends all
 * that was ever started on the instance; its home folder, its Python and its logs stay.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { asObject, asString, fail, type JsonObject } from '@lazurite/spec'
import type { Row } from '@lazurite/store'
import type { EngineContext } from '../context.ts'
import { freePorts } from '../distribute.ts'
import { makeOverlay, printLayered } from '../overlay.ts'
import { ownPython } from '../own-python.ts'
import { hostPython, pathWith } from '../python.ts'
import { type Workspace, workspaceOf } from '../reconcile/workspace.ts'
import { sizeOf } from '../sizes.ts'
import type { Task } from '../task.ts'
import { type ApplicationPlan, findApplications } from './applications.ts'
import { type InstanceFolder, instanceFolder, instanceTaskId } from './instance-folder.ts'
import { quoteShell } from './wrapper.ts'

interface Script {
  name: string
  argv: string[]
  timeoutSeconds: number
  /** A file that says it has been run. */
  once?: string
}

/** Azure's own default. */
const scriptSeconds = 15 * 60

/** Writes the plan of a boot that has none yet, and answers the task that carries it out. May be repeated. */
export async function planInstance(ctx: EngineContext, row: Row, it: { uuid: string; boot: number }): Promise<Task> {
  const folder = instanceFolder(ctx.home, it)
  const python = (await hostPython(ctx.settings.python)) ?? refusePython()
  const workspace = await workspaceOf(ctx.store, row.scope)
  const cwd = makeFolders(ctx, row, { folder, workspace })
  const layer = { executable: python.base, version: python.version, ...(python.site ? { site: python.site } : {}) }
  const bin = existsSync(join(folder.python, 'pyvenv.cfg'))
    ? join(folder.python, 'bin')
    : makeOverlay(folder.python, printLayered(layer))
  const path = [bin, join(folder.home, '.local', 'bin'), pathWith(python, ctx.home)].join(delimiter)
  if (!existsSync(folder.plan)) {
    const scripts = scriptsOf(ctx, row, { folder, workspace })
    const applications = await planApplications(path, cwd)
    const plan = { cwd, logs: folder.logs, shell: findShell(), socket: folder.socket, scripts, applications }
    writeFileSync(`${folder.plan}.new`, JSON.stringify(plan), { mode: 0o600 })
    renameSync(`${folder.plan}.new`, folder.plan)
  }
  const size = sizeOf(asString(asObject(row.props.properties).vmSize) ?? '')
  const { id } = workspace
  return {
    id: instanceTaskId(it),
    dir: folder.boot,
    cwd,
    command: ['exec', python.executable, '-I', ownPython('instance.py'), folder.plan].map(quoteWord).join(' '),
    env: {
      HOME: folder.home,
      PATH: path,
      VIRTUAL_ENV: folder.python,
      PYTHONUNBUFFERED: '1',
      LAZ_HOME: ctx.home,
      LAZ_COMPUTE: row.name,
      AZURE_DEFAULTS_GROUP: id.resourceGroup,
      AZURE_DEFAULTS_WORKSPACE: id.workspace,
    },
    logFile: join(folder.logs, 'instance.log'),
    processes: [],
    graceMs: ctx.settings.graceMs,
    ...(size ? { memoryMiB: Math.min(size.memoryMiB, ctx.settings.memoryMiB) } : {}),
  }
}

const findShell = () => ['/bin/bash', '/usr/bin/bash', '/bin/sh'].find((path) => existsSync(path)) ?? '/bin/sh'

const quoteWord = (word: string) => (/^[\w./-]+$/.test(word) ? word : quoteShell(word))

function refusePython(): never {
  return fail('NotSupported', {
    what: 'A compute instance',
    why: 'there is no Python 3 on this machine, and the process of an instance needs one',
    instead: 'Install Python 3, or name one in compute.python of laz.toml.',
  })
}

interface Where {
  folder: InstanceFolder
  workspace: Workspace
}

/** The folders of the instance; answers the one its terminals begin in, which lies on the file share of the workspace. */
function makeFolders(ctx: EngineContext, row: Row, { folder, workspace }: Where): string {
  const { account, fileshare } = workspace.storage
  const share = ctx.store.bytes.folder(account, fileshare)
  const alias = row.createdBy.replace(/@.*$/, '').replace(/[^\w.-]+/g, '-') || 'user'
  const user = alias.replace(/^\.+/, '') || 'user'
  for (const path of [folder.boot, folder.home, folder.logs]) mkdirSync(path, { recursive: true, mode: 0o700 })
  for (const path of [join(share, 'Users', user), join(folder.home, 'cloudfiles')]) mkdirSync(path, { recursive: true })
  const code = join(folder.home, 'cloudfiles', 'code')
  if (!existsSync(code)) symlinkSync(share, code)
  return join(code, 'Users', user)
}

async function planApplications(path: string, folder: string): Promise<ApplicationPlan[]> {
  const found = findApplications(path)
  const ports = await freePorts(found.length)
  return found.map(({ name, displayName, program, plan }, index) => {
    const [port, key] = [ports[index] ?? 0, randomBytes(24).toString('base64url')]
    return { name, displayName, port, key, ...plan({ program, port, key, folder }) }
  })
}

/** The scripts of creation and start, in that order. */
function scriptsOf(ctx: EngineContext, row: Row, where: Where): Script[] {
  const scripts = asObject(asObject(asObject(row.props.properties).setupScripts).scripts)
  const make = (name: string, given: JsonObject): Script[] => {
    if (asString(given.scriptData) === undefined && asString(given.scriptArguments) === undefined) return []
    const seconds = Number(/^(\d+)m$/.exec(asString(given.timeout) ?? '')?.[1]) * 60
    return [{ name, argv: scriptWords(ctx, given, { ...where, name }), timeoutSeconds: seconds || scriptSeconds }]
  }
  const [created] = make('creation-script', asObject(scripts.creationScript))
  const started = make('startup-script', asObject(scripts.startupScript))
  return [...(created ? [{ ...created, once: where.folder.created }] : []), ...started]
}

/** A script lies on the file share of the workspace, or stands in the resource itself as base64. */
function scriptWords(ctx: EngineContext, given: JsonObject, { folder, workspace, name }: Where & { name: string }) {
  const data = asString(given.scriptData)
  const more = asString(given.scriptArguments) ?? ''
  if (data === undefined) return ['bash', '-c', more]
  if (given.scriptSource === 'inline') {
    const file = join(folder.boot, `${name}.sh`)
    writeFileSync(file, Buffer.from(data, 'base64'), { mode: 0o700 })
    return ['bash', '-c', `exec bash ${quoteShell(file)} ${more}`]
  }
  const { account, fileshare } = workspace.storage
  const file = ctx.store.bytes.path(account, fileshare, data.replace(/^\/+/, ''))
  return ['bash', '-c', `exec bash ${quoteShell(file)} ${more}`]
}
