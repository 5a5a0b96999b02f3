/**
 * Puts packages into a virtual environment, with uv where it is on PATH, else with pip; and reads out of what they print
 * which package it was that could not be had, and whether there is an index to have packages from at all.
 */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cleanPath } from '../python.ts'
import { packageKey } from './requirement.ts'
import { runTool } from './tool.ts'

export interface InstallFailure {
  /** The package that could not be had, where the installer named one. */
  package?: string
  why: string
}

export interface Install {
  /** The environment. */
  prefix: string
  requirements: string[]
  /** Absolute path of uv; pip is used when absent. */
  uv?: string
  signal?: AbortSignal
  onLine: (line: string) => void
}

/** uv, when it is on PATH. */
export function findUv(): string | undefined {
  return cleanPath()
    .map((folder) => join(folder, 'uv'))
    .find((path) => existsSync(path))
}

/** Installs requirements; undefined when all went well. */
export async function install(o: Install): Promise<InstallFailure | undefined> {
  if (o.requirements.length === 0) return undefined
  const folder = await mkdtemp(join(tmpdir(), 'laz-requirements-'))
  try {
    const file = join(folder, 'requirements.txt')
    await writeFile(file, `${o.requirements.join('\n')}\n`)
    const python = join(o.prefix, 'bin', 'python')
    const [command, args] =
      o.uv === undefined
        ? [
            python,
            ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--progress-bar', 'off', '-r', file],
          ]
        : [o.uv, ['pip', 'install', '--no-progress', '--python', python, '-r', file]]
    const { exitCode, output } = await runTool({
      command,
      args,
      cwd: folder,
      // settings that send packages elsewhere are the user's own, not this environment's
      env: { PIP_USER: '0', PIP_TARGET: '', PIP_PREFIX: '', PYTHONPATH: '' },
      onLine: o.onLine,
      ...(o.signal === undefined ? {} : { signal: o.signal }),
    })
    return exitCode === 0 ? undefined : readFailure(output, o.requirements)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const patterns: { text: RegExp; why: string }[] = [
  {
    text: /Could not find a version that satisfies the requirement (\S+)/,
    why: 'no version of it that fits was found',
  },
  { text: /No matching distribution found for (\S+)/, why: 'no version of it that fits was found' },
  { text: /Cannot install (.+?) because these package versions have conflict/, why: 'they contradict each other' },
  { text: /Invalid requirement: '?([^'\n]+)'?/, why: 'it is no requirement' },
  {
    text: /(?:Failed building wheel for|Failed to build(?: installable wheels for some pyproject\.toml based projects)?) `?\(?([\w.-]+)/,
    why: 'it has to be compiled, and that failed',
  },
  { text: /Could not build wheels for ([\w.-]+)/, why: 'it has to be compiled, and that failed' },
  {
    text: /Because (\S+) was not found in the (?:package registry|cache|provided package locations)/,
    why: 'no index has it',
  },
  { text: /Because there (?:is|are) no versions? of (\S+)/, why: 'no version of it that fits was found' },
  { text: /Because only (\S+?)(?:[<=>!~].*)? (?:is|are) available/, why: 'no version of it that fits was found' },
  { text: /Because you require (\S+ and \S+?),/, why: 'they contradict each other' },
  { text: /Failed to fetch:? `?\S*?\/([\w.-]+)\/?`?$/m, why: 'the package index could not be reached' },
  { text: /No solution found[\s\S]*?you require (\S+?)[,.\s]/, why: 'no version of it that fits was found' },
]

/** What stopped an installer, out of what it printed. */
export function readFailure(output: string, requirements: string[]): InstallFailure {
  for (const { text, why } of patterns) {
    const found = text.exec(output)?.[1]?.replace(/[,;:.]+$/, '')
    if (found === undefined || found === '') continue
    const python =
      /Ignored the following versions that require a different python version: (\S+) Requires-Python ([^;\n]+)/.exec(
        output,
      )
    const detail = python?.[2] ? `; versions such as ${python[1]} need Python ${python[2].trim()}` : ''
    return { package: found, why: `${why}${detail}` }
  }
  // a build that broke off in the middle: the last package that was being collected
  const last = [
    ...output.matchAll(/^(?:Collecting|Building wheels? for collected packages:?|Preparing metadata.*for) ([\w.-]+)/gm),
  ].at(-1)?.[1]
  const named = requirements.find((line) => last !== undefined && packageKey(line).startsWith(packageKey(last)))
  const tail =
    output
      .split('\n')
      .filter((line) => /error/i.test(line))
      .at(-1) ??
    output.split('\n').at(-1) ??
    ''
  return {
    ...(last === undefined ? {} : { package: named ?? last }),
    why: tail.trim().slice(0, 300) || 'the installer failed',
  }
}

/** How long it is believed that no index can be reached. */
const rememberMs = 10 * 60_000
const probed = 'six'

/** A probe that takes longer than this means no. */
const probeMs = 20_000
const probes = new Map<string, Promise<boolean>>()

/**
 * Whether packages can be had from anywhere. A no is remembered for a while in `<envs>/index-unreachable`; those who ask
 * at the same time get the same answer.
 */
export async function indexReachable(python: string, envs: string): Promise<boolean> {
  if (await isFresh(join(envs, unreachable))) return false
  const asking = probes.get(envs) ?? probe(python, envs).finally(() => probes.delete(envs))
  probes.set(envs, asking)
  return asking
}

const unreachable = 'index-unreachable'

async function probe(python: string, envs: string): Promise<boolean> {
  const marker = join(envs, unreachable)
  const folder = await mkdtemp(join(tmpdir(), 'laz-probe-'))
  try {
    const { exitCode } = await runTool({
      command: python,
      args: [
        ...['-m', 'pip', 'download', '--disable-pip-version-check', '--no-input', '--no-deps', '-q'],
        ...['--timeout', '5', '--retries', '0', '-d', folder, probed],
      ],
      env: { PIP_RETRIES: '0', PIP_DEFAULT_TIMEOUT: '5' },
      signal: AbortSignal.timeout(probeMs),
    }).catch(() => ({ exitCode: 1 }))
    if (exitCode === 0) {
      await rm(marker, { force: true })
      return true
    }
    await mkdir(envs, { recursive: true })
    await writeFile(marker, `no package index answered at ${new Date().toISOString()}\n`)
    return false
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function isFresh(marker: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(marker)).mtimeMs < rememberMs
  } catch {
    return false
  }
}
