/**
 * Every setting of the server in one table: its name in `<home>/laz.toml`, its LAZ_* variable, its default and what it
 * is for. A variable wins over the file; a wrong or unknown setting stops the start with its place named.
 */
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fail } from '@lazurite/spec'

type Value = string | number | boolean | string[]

interface Setting {
  variable: string
  type: 'text' | 'count' | 'flag' | 'list' | readonly string[]
  doc: string
}

/** `section.key` in laz.toml → how it is read. */
export const settingsTable = {
  'server.port': { variable: 'LAZ_PORT', type: 'count', doc: 'port to listen on; 0 takes a free one' },
  'server.tls': {
    variable: 'LAZ_TLS',
    type: 'flag',
    doc: 'listen on https too; default as the last time, `laz up --tls` turns it on',
  },
  'server.tls_port': { variable: 'LAZ_TLS_PORT', type: 'count', doc: 'port of the https listener; 0 takes a free one' },
  'server.hosts': { variable: 'LAZ_HOSTS', type: 'list', doc: 'host names to answer to beside the loopback names' },
  'server.origins': { variable: 'LAZ_ORIGINS', type: 'list', doc: 'page origins allowed to write beside our own' },
  'server.log_level': {
    variable: 'LAZ_LOG_LEVEL',
    type: ['debug', 'info', 'warn', 'error', 'silent'],
    doc: 'how much the server log says',
  },
  'storage.database': {
    variable: 'LAZ_STORE',
    type: 'text',
    doc: 'postgres://user:password@host/database: where rows are kept; default the home, or where it kept them last time',
  },
  'storage.archive_mib': {
    variable: 'LAZ_ARCHIVE_MIB',
    type: 'count',
    doc: 'the largest folder that one uploaded archive may unpack to',
  },
  'tracking.artifact_root': {
    variable: 'LAZ_ARTIFACT_ROOT',
    type: 'text',
    doc: "a store of the clients' own, such as s3://bucket/path, where the files of new experiments go",
  },
  'tracking.webhook_private_hosts': {
    variable: 'LAZ_WEBHOOK_PRIVATE_HOSTS',
    type: 'flag',
    doc: 'let webhooks go to private addresses, and to ones without encryption',
  },
  'compute.cores': { variable: 'LAZ_CORES', type: 'count', doc: 'cores that jobs may use; default all' },
  'compute.memory_mib': { variable: 'LAZ_MEMORY_MIB', type: 'count', doc: 'memory that jobs may use; default all' },
  'compute.gpus': { variable: 'LAZ_GPUS', type: 'count', doc: 'GPUs that jobs may use; default those found' },
  'compute.environment': {
    variable: 'LAZ_ENVIRONMENT',
    type: ['auto', 'venv', 'host'],
    doc: 'how environments are realised',
  },
  'compute.strict': { variable: 'LAZ_STRICT', type: 'flag', doc: 'forbid falling back to the Python of this machine' },
  'compute.grace_ms': { variable: 'LAZ_GRACE_MS', type: 'count', doc: 'time between the request to stop and the kill' },
  'compute.private_hosts': {
    variable: 'LAZ_PRIVATE_HOSTS',
    type: 'flag',
    doc: 'let inputs be fetched from private and loopback addresses',
  },
  'compute.download_mib': {
    variable: 'LAZ_DOWNLOAD_MIB',
    type: 'count',
    doc: 'the largest file that one input may fetch from the web',
  },
  'compute.python': { variable: 'LAZ_PYTHON', type: 'text', doc: 'the Python that environments are made with' },
  'compute.spark_submit': {
    variable: 'LAZ_SPARK_SUBMIT',
    type: 'text',
    doc: 'the spark-submit of Spark jobs; default the PySpark of their own environment',
  },
  'compute.spark_master': {
    variable: 'LAZ_SPARK_MASTER',
    type: 'text',
    doc: 'where Spark jobs run, as Spark writes it; default cores of this machine',
  },
} as const satisfies Record<string, Setting>

type SettingName = keyof typeof settingsTable

/** What the server was told, after defaults. */
export interface Config {
  home: string
  port: number | undefined
  /** Absent: as the last time. */
  tls: boolean | undefined
  tlsPort: number | undefined
  hosts: string[]
  origins: string[]
  logLevel: string
  /** Address of a database beside the home; holds a password. */
  database?: string
  /** Absent: as much as the storage face allows by itself. */
  archiveMiB: number | undefined
  /** Absent: the artifact store of the workspace. */
  artifactRoot: string | undefined
  webhookPrivateHosts: boolean | undefined
  /** Handed to the engine as they are; absent keys take the engine's own defaults. */
  engine: EngineChoices
}

interface EngineChoices {
  cores?: number
  memoryMiB?: number
  gpus?: number
  environment?: 'auto' | 'venv' | 'host'
  strict?: boolean
  privateHosts?: boolean
  maxDownloadBytes?: number
  graceMs?: number
  python?: string
  sparkSubmit?: string
  sparkMaster?: string
}

/** Where the home is when nobody says: LAZ_HOME or `~/.lazurite`. */
export function defaultHome(env: NodeJS.ProcessEnv): string {
  return env.LAZ_HOME || join(homedir(), '.lazurite')
}

/** Reads `<home>/laz.toml` and the LAZ_* variables. Raises BadArgument naming file and line, or the variable. */
export function readConfig(home: string, env: NodeJS.ProcessEnv): Config {
  const values = readFile(join(home, 'laz.toml'))
  for (const [name, setting] of Object.entries(settingsTable)) {
    const text = env[setting.variable]
    if (text !== undefined && text !== '') values.set(name, fromText(setting, text))
  }
  const get = <T extends Value>(name: SettingName): T | undefined => values.get(name) as T | undefined // the table's type was checked when read
  const engine: EngineChoices = {}
  const put = <K extends keyof EngineChoices>(key: K, value: EngineChoices[K] | undefined): void => {
    if (value !== undefined) engine[key] = value
  }
  put('cores', get<number>('compute.cores'))
  put('memoryMiB', get<number>('compute.memory_mib'))
  put('gpus', get<number>('compute.gpus'))
  put('environment', get<string>('compute.environment') as EngineChoices['environment']) // one of the listed words
  put('strict', get<boolean>('compute.strict'))
  put('privateHosts', get<boolean>('compute.private_hosts'))
  const downloadMiB = get<number>('compute.download_mib')
  put('maxDownloadBytes', downloadMiB === undefined ? undefined : downloadMiB * 2 ** 20)
  put('graceMs', get<number>('compute.grace_ms'))
  put('python', get<string>('compute.python'))
  put('sparkSubmit', get<string>('compute.spark_submit'))
  put('sparkMaster', get<string>('compute.spark_master'))
  const database = get<string>('storage.database')
  return {
    home,
    port: get<number>('server.port'),
    tls: get<boolean>('server.tls'),
    tlsPort: get<number>('server.tls_port'),
    hosts: (get<string[]>('server.hosts') ?? []).map((host) => host.toLowerCase()),
    origins: get<string[]>('server.origins') ?? [],
    logLevel: get<string>('server.log_level') ?? 'info',
    ...(database === undefined ? {} : { database }),
    archiveMiB: get<number>('storage.archive_mib'),
    artifactRoot: get<string>('tracking.artifact_root'),
    webhookPrivateHosts: get<boolean>('tracking.webhook_private_hosts'),
    engine,
  }
}

function refuseSetting(where: string, what: string): never {
  fail('BadArgument', { what: `${where}: ${what}.` })
}

function fromText(setting: Setting, text: string): Value {
  const refuse = (what: string): never => refuseSetting(setting.variable, what)
  if (setting.type === 'text') return text
  if (setting.type === 'list')
    return text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean)
  if (setting.type === 'count') return /^\d{1,9}$/.test(text) ? Number(text) : refuse('must be a whole number')
  if (setting.type === 'flag') {
    if (/^(1|true|yes|on)$/i.test(text)) return true
    return /^(0|false|no|off)$/i.test(text) ? false : refuse('must be true or false')
  }
  return setting.type.includes(text) ? text : refuse(`must be one of ${setting.type.join(', ')}`)
}

/** The part of TOML that settings need: sections, and keys with a string, number, boolean or list of strings. */
function readFile(file: string): Map<string, Value> {
  const values = new Map<string, Value>()
  let section = ''
  for (const [index, raw] of textOf(file).split(/\r?\n/).entries()) {
    const line = raw.trim()
    const where = `${file}:${index + 1}`
    if (line === '' || line.startsWith('#')) continue
    const head = /^\[\s*([A-Za-z0-9_-]+)\s*\]\s*(?:#.*)?$/.exec(line)
    if (head?.[1]) {
      section = head[1]
      continue
    }
    const pair = /^([A-Za-z0-9_-]+)\s*=\s*(.+)$/.exec(line)
    if (!pair?.[1] || !pair[2]) refuseSetting(where, 'expected [section] or key = value')
    const name = `${section}.${pair[1]}`
    const setting = (settingsTable as Record<string, Setting>)[name] // any text may be asked for
    if (!Object.hasOwn(settingsTable, name) || !setting) {
      refuseSetting(where, `unknown setting ${name}; known are ${Object.keys(settingsTable).join(', ')}`)
    }
    values.set(name, fromToml(setting, pair[2], where))
  }
  return values
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '' // fs errors carry a code
    fail('BadArgument', { what: `${file} cannot be read.` }, { cause: error })
  }
}

function fromToml(setting: Setting, text: string, where: string): Value {
  const quoted = /^"([^"\\]*)"\s*(?:#.*)?$|^'([^']*)'\s*(?:#.*)?$/.exec(text)
  const list = /^\[(.*)\]\s*(?:#.*)?$/.exec(text)
  const bare = /^([A-Za-z0-9_]+)\s*(?:#.*)?$/.exec(text)?.[1]
  if (setting.type === 'list') {
    const items = list?.[1]
      ?.split(',')
      .map((part) => part.trim())
      .filter(Boolean)
    const words = items?.map((item) => /^"([^"\\]*)"$|^'([^']*)'$/.exec(item))
    if (!words || words.includes(null)) refuseSetting(where, 'must be a list of strings')
    return words.map((word) => word?.[1] ?? word?.[2] ?? '')
  }
  const word = quoted ? (quoted[1] ?? quoted[2] ?? '') : undefined
  const wantsWord = setting.type === 'text' || Array.isArray(setting.type)
  const given = wantsWord ? word : bare
  if (given === undefined) refuseSetting(where, wantsWord ? 'must be a quoted string' : 'must be a bare value')
  return fromText({ ...setting, variable: where }, given)
}
