/** What became of an environment on this machine: its packages as they lie there, and what building it said. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { asArray, asNumber, asObject, asString, type JsonObject } from '@lazurite/spec'
import { hostPython } from '../python.ts'
import { hostPackages } from './host.ts'

export interface Made {
  how: 'host' | 'venv'
  /** Version of Python. */
  python: string
  notes: string[]
  /** Versions by name, as they are installed; absent when the folder is gone. */
  packages?: Record<string, string>
  /** What was asked for, line by line. */
  requirements?: string[]
  /** How long it took to build. */
  seconds?: number
  /** Epoch milliseconds. */
  builtAt?: number
  /** The end of what building said. */
  log?: string
}

const mostLog = 512 * 1024

/** @param kept what a job keeps of the environment it ran in */
export async function readMade(home: string, kept: JsonObject): Promise<Made> {
  const how = kept.how === 'venv' ? 'venv' : 'host'
  const notes = asArray(kept.notes).flatMap((note) => asString(note) ?? [])
  const made: Made = { how, python: asString(kept.python) ?? '', notes }
  const envs = join(home, 'envs')
  if (how === 'host') {
    const python = await hostPython()
    if (python === undefined || python.version !== made.python) return made
    return { ...made, packages: Object.fromEntries([...(await hostPackages(python, envs))].sort(byName)) }
  }
  const name = asString(kept.hash) ?? ''
  if (!/^[0-9a-f]{32}$/.test(name)) return made
  return { ...made, ...(await readVenv(join(envs, name))), ...(await readLog(join(envs, `${name}.log`))) }
}

async function readVenv(prefix: string): Promise<Partial<Made>> {
  try {
    const ready = join(prefix, '.ready')
    const record = asObject(JSON.parse(await readFile(ready, 'utf8')))
    const seconds = asNumber(record.seconds)
    return {
      packages: await packagesIn(join(prefix, 'lib')),
      requirements: asArray(record.requirements).flatMap((line) => asString(line) ?? []),
      builtAt: (await stat(ready)).mtimeMs,
      ...(seconds === undefined ? {} : { seconds }),
    }
  } catch {
    return {} // it was removed; the next job builds it anew
  }
}

/** Installed packages say name and version in the name of a folder. */
async function packagesIn(lib: string): Promise<Record<string, string>> {
  const found: [string, string][] = []
  for (const python of (await readdir(lib)).filter((name) => name.startsWith('python'))) {
    for (const name of await readdir(join(lib, python, 'site-packages'))) {
      const [, title, version] = /^(.+?)-([^-]+)\.dist-info$/.exec(name) ?? []
      if (title !== undefined && version !== undefined)
        found.push([title.toLowerCase().replace(/[._]+/g, '-'), version])
    }
  }
  return Object.fromEntries(found.sort(byName))
}

const byName = ([a]: [string, string], [b]: [string, string]) => (a < b ? -1 : 1)

async function readLog(path: string): Promise<Partial<Made>> {
  try {
    const text = await readFile(path, 'utf8')
    return { log: text.slice(-mostLog) }
  } catch {
    return {}
  }
}
