/**
 * From an environment to something a process can run with, and the reasons for it. In the order of what a machine without
 * a container engine has: a virtual environment made from the conda file's Python and packages; for the curated names also
 * the machine's own Python, when it holds the packages or when no index can be reached; the machine's Python alone for what
 * is only an image. Every deviation is a line in the job's log.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { fail } from '@lazurite/spec'
import type { EngineContext } from '../context.ts'
import { printLayered, pythonVariable } from '../overlay.ts'
import { askPython, cleanPath, hostPython, listPythons, type Python } from '../python.ts'
import { type CondaEnvironment, readConda } from './conda.ts'
import type { Curated } from './curated.ts'
import { type Definition, defineEnvironment, pythonOfImage } from './definition.ts'
import { compareWith, hostEnv, hostPackages } from './host.ts'
import { indexReachable } from './install.ts'
import { compareNumbers, meets, numbers, readRequirement } from './requirement.ts'
import { ensureVenv, InstallFailed, type Venv } from './venv.ts'

export interface Realised {
  how: 'host' | 'venv'
  /** Folder of the virtual environment. */
  path?: string
  /** PATH and what else the environment sets. */
  env: Record<string, string>
  /** Equal for equal content. */
  hash: string
  /** Version of Python. */
  python: string
  /** What is not as asked for, or worth knowing. */
  notes: string[]
  /** Built by this call. */
  fresh: boolean
}

type Ctx = Pick<EngineContext, 'store' | 'home' | 'settings' | 'signal'> & {
  /** Lines for pip: added to what the environment asks for, where it names none of these packages. */
  also?: string[]
}

interface Site {
  ctx: Ctx
  name: string
  envs: string
  notes: string[]
  say(line: string): void
  /** Resolves when everything said is in the log. */
  said(): Promise<void>
}

/**
 * Realises an environment. Cheap when it was realised before. Raises EnvironmentFailed{name,why} naming the package that
 * could not be had, NotSupported for what cannot be honoured under `strict`, ResourceNotFound.
 * @param environmentId ARM id, `azureml:…` reference or registry URI; undefined means the machine's Python
 * @param note receives the lines of the image build log; it is not called when there is nothing to say
 */
export async function realise(
  environmentId: string | undefined,
  scope: string,
  ctx: Ctx,
  note: (line: string) => Promise<void>,
): Promise<Realised> {
  const definition = await defineEnvironment(ctx.store, scope, environmentId)
  const site = openSite(definition.name, ctx, note)
  try {
    return await build(definition, site)
  } finally {
    await site.said()
  }
}

function openSite(name: string, ctx: Site['ctx'], note: (line: string) => Promise<void>): Site {
  let written: Promise<void> = Promise.resolve()
  const say = (line: string) => {
    written = written.then(() => note(line))
    written.catch(() => {})
  }
  return { ctx, name, envs: join(ctx.home, 'envs'), notes: [], say, said: () => written }
}

/** Says it in the log and keeps it with the job. */
function remark(site: Site, text: string): void {
  site.notes.push(text)
  site.say(text)
}

function build(definition: Definition, site: Site): Promise<Realised> {
  const { curated, image, condaFile, dockerfile, windows } = definition
  if (windows) {
    fail('NotSupported', {
      what: `The environment ${site.name} for Windows`,
      why: 'jobs run on Linux here',
      instead: 'Use os_type: linux.',
    })
  }
  const also = site.ctx.also ?? []
  if (curated !== undefined) {
    return buildCurated(curated.host ? curated : { ...curated, packages: withAlso(curated.packages, also) }, site)
  }
  if (condaFile !== undefined) return buildConda(condaFile, image, site)
  // of an image alone only these can be had here
  if (also.length > 0) return buildConda('dependencies: []', image, site)
  if (dockerfile !== undefined) return buildImage(`the ${dockerfile} of its build context`, undefined, site)
  return buildImage(`the image ${image ?? '(none)'}`, image === undefined ? undefined : pythonOfImage(image), site)
}

/** Packages that are asked for, and those of `also` of which no version is. */
function withAlso(asked: string[], also: string[]): string[] {
  const keys = new Set(asked.map((line) => readRequirement(line)?.key))
  return [...asked, ...also.filter((line) => !keys.has(readRequirement(line)?.key))]
}

/** What is only an image: its Python, as far as this machine has it. */
async function buildImage(what: string, wanted: string | undefined, site: Site): Promise<Realised> {
  const { settings } = site.ctx
  if (settings.strict) {
    fail('NotSupported', {
      what: `The environment ${site.name}`,
      why: `it needs ${what}, no container engine is configured, and strict forbids anything else`,
      instead: 'Give it a conda_file, or set strict to false to run it with the Python of this machine.',
    })
  }
  remark(site, `No container engine is configured: ${what} is not used; only programs of this machine are there.`)
  const python = await choosePython(wanted, site)
  return settings.environment === 'venv' && python !== undefined
    ? finishVenv(await makeVenv(python, [], site), python, site)
    : host(python, site)
}

async function buildConda(text: string, image: string | undefined, site: Site): Promise<Realised> {
  const read = readConda(text)
  const conda = { ...read, requirements: withAlso(read.requirements, site.ctx.also ?? []) }
  if (image !== undefined) {
    remark(
      site,
      `No container engine is configured: the image ${image} is not used; its conda file is, as far as pip can.`,
    )
  }
  for (const warning of conda.warnings) remark(site, warning)
  const python = await choosePython(conda.python, site)
  if (python === undefined) return needPython(site)
  if (site.ctx.settings.environment === 'host') {
    const { missing, other } = compareWith(await hostPackages(python, site.envs), conda.requirements)
    remark(site, 'The setting environment: host keeps to the Python of this machine; nothing is installed.')
    remarkDifferences(site, missing, other)
    return withVariables(await host(python, site), conda)
  }
  const venv = await makeVenv(python, conda.requirements, site)
  return withVariables(await finishVenv(venv, python, site, conda.name), conda)
}

async function buildCurated(curated: Curated, site: Site): Promise<Realised> {
  const { settings } = site.ctx
  if (curated.host) {
    if (curated.lacks.length > 0 && settings.strict) {
      fail('NotSupported', {
        what: `The environment ${site.name}`,
        why: curated.lacks.join('; '),
        instead: 'Create an environment of your own with a conda_file.',
      })
    }
    for (const text of curated.lacks) remark(site, `Not in this environment: ${text}.`)
    return host(await hostPython(settings.python), site)
  }
  const own = await hostPython(settings.python)
  if (own !== undefined && settings.environment !== 'venv') {
    const { missing, other } = compareWith(await hostPackages(own, site.envs), curated.packages)
    if (missing.length === 0 || settings.environment === 'host') {
      site.say(`The curated environment ${curated.name} is the Python ${own.version} of this machine.`)
      remarkDifferences(site, missing, other)
      return host(own, site)
    }
    if (!settings.strict && !(await indexReachable(own.executable, site.envs)))
      return fallBack(curated, own, missing, site)
  }
  return curatedVenv(curated, own, site)
}

async function curatedVenv(curated: Curated, own: Python | undefined, site: Site): Promise<Realised> {
  const python = await choosePython(curated.python, site)
  if (python === undefined) return needPython(site)
  for (const text of curated.lacks) remark(site, `Not in this environment: ${text}.`)
  try {
    return await finishVenv(await makeVenv(python, curated.packages, site, true), python, site, curated.name)
  } catch (e) {
    if (!(e instanceof InstallFailed)) throw e
    const reachable = own !== undefined && (await indexReachable(own.executable, site.envs))
    if (own !== undefined && !reachable && !site.ctx.settings.strict) {
      const { missing } = compareWith(await hostPackages(own, site.envs), curated.packages)
      return fallBack(curated, own, missing, site)
    }
    // the versions are our choice, not the user's: what cannot be had exactly is taken as it comes
    remark(
      site,
      `${e.failure.package ?? 'A package'} could not be had in the version of ${curated.name}: ${e.failure.why}.`,
    )
    const loose = curated.packages.map((line) => line.replace(/[<>=!~].*$/, ''))
    return finishVenv(await makeVenv(python, loose, site), python, site, curated.name)
  }
}

function fallBack(curated: Curated, own: Python, missing: string[], site: Site): Promise<Realised> {
  remark(
    site,
    `WARNING: no package index can be reached, so ${curated.name} cannot be built; the Python ${own.version} of this machine is used. It lacks: ${missing.join(', ')}.`,
  )
  return host(own, site)
}

function remarkDifferences(site: Site, missing: string[], other: string[]): void {
  if (missing.length > 0) remark(site, `WARNING: it lacks ${missing.join(', ')}.`)
  if (other.length > 0) remark(site, `It has ${other.join(', ')}.`)
}

/** The venv of these packages; a failure names the package, unless the caller wants to try something else. */
async function makeVenv(python: Python, requirements: string[], site: Site, mayFail = false): Promise<Venv> {
  const onLine = (line: string) => site.say(line)
  try {
    return await ensureVenv({ python, requirements }, { envs: site.envs, onLine, signal: site.ctx.signal })
  } catch (e) {
    if (!(e instanceof InstallFailed) || mayFail) throw e
    const { package: name, why } = e.failure
    const offline = !(await indexReachable(python.executable, site.envs))
    const reason = offline ? 'no package index can be reached' : why
    return fail('EnvironmentFailed', {
      name: site.name,
      why: name === undefined ? reason : `the package ${name} cannot be installed: ${reason}`,
    })
  }
}

async function finishVenv(venv: Venv, python: Python, site: Site, name?: string): Promise<Realised> {
  if (venv.fresh) site.say(`The environment is ready: ${venv.prefix}`)
  const { prefix, hash, fresh } = venv
  const env = {
    PATH: [join(prefix, 'bin'), ...cleanPath()].join(':'),
    VIRTUAL_ENV: prefix,
    CONDA_PREFIX: prefix,
    CONDA_DEFAULT_ENV: name ?? site.name,
    AZUREML_CONDA_ENVIRONMENT_PATH: prefix,
    [pythonVariable]: printLayered({ executable: python.base, version: python.version, site: venv.site }),
  }
  return { how: 'venv', path: prefix, env, hash, python: python.version, notes: site.notes, fresh }
}

async function host(python: Python | undefined, site: Site): Promise<Realised> {
  if (python === undefined)
    remark(site, 'WARNING: this machine has no Python 3; only commands that need none will work.')
  const identity = python === undefined ? 'none' : `${python.executable}\n${python.version}`
  const hash = createHash('sha256').update(`host\n${identity}`).digest('hex').slice(0, 32)
  const env = hostEnv(python, site.ctx.home)
  return { how: 'host', env, hash, python: python?.version ?? '', notes: site.notes, fresh: false }
}

function withVariables(realised: Realised, conda: CondaEnvironment): Realised {
  return { ...realised, env: { ...realised.env, ...conda.variables } }
}

/**
 * The interpreter for a condition: the machine's own when it fits, else one that does, else the nearest, which is named.
 * undefined only on a machine without Python.
 */
async function choosePython(wanted: string | undefined, site: Site): Promise<Python | undefined> {
  const own = await hostPython(site.ctx.settings.python)
  if (wanted === undefined || site.ctx.settings.environment === 'host') return own
  if (own !== undefined && meets(own.version, prefixOf(wanted))) return own
  const candidates = listPythons()
  let near: Python | undefined
  for (const { minor, command } of candidates) {
    // only the minor version is known before asking
    if (!couldMeet(minor, wanted)) continue
    const python = await askPython(command)
    if (python === undefined) continue
    if (meets(python.version, prefixOf(wanted))) return python
    near ??= python
  }
  near ??= await nearest(candidates, wanted, own)
  if (near !== undefined) {
    remark(
      site,
      `Python ${wanted.replace(/^==/, '').replace(/\.\*$/, '')} is not on this machine: Python ${near.version} is used instead.`,
    )
  }
  return near
}

/** `==3.10` and `3.10` mean any 3.10. */
function prefixOf(wanted: string): string {
  return wanted.replace(/(^|,)={0,3}(\d+(?:\.\d+){0,1})(?=,|$)/g, '$1==$2.*')
}

function couldMeet(minor: string, wanted: string): boolean {
  return (
    meets(minor, prefixOf(wanted)) ||
    meets(`${minor}.999`, prefixOf(wanted)) ||
    numbers(wanted).slice(0, 2).join('.') === minor
  )
}

async function nearest(candidates: { minor: string; command: string }[], wanted: string, own: Python | undefined) {
  const target = numbers(wanted.replace(/^[^\d]*/, ''))[1] ?? 0
  const distance = (minor: string) => Math.abs((numbers(minor)[1] ?? 0) - target)
  const sorted = [...candidates].sort(
    (a, b) => distance(a.minor) - distance(b.minor) || compareNumbers(numbers(b.minor), numbers(a.minor)),
  )
  for (const { minor, command } of sorted) {
    if (own !== undefined && distance(own.version) <= distance(minor)) return own
    const python = await askPython(command)
    if (python !== undefined) return python
  }
  return own
}

function needPython(site: Site): never {
  fail('EnvironmentFailed', { name: site.name, why: 'this machine has no Python 3' })
}
