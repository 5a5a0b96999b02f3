/**
 * The machine's own Python as an environment: nothing is built, a job starts at once.
 */
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { asArray, asObject, asString, type JsonObject } from '@lazurite/spec'
import { printLayered, pythonVariable } from '../overlay.ts'
import { type Python, pathWith } from '../python.ts'
import { meets, readRequirement } from './requirement.ts'
import { runTool } from './tool.ts'

/** Variables of a job that runs with an interpreter of the machine. */
export function hostEnv(python: Python | undefined, home: string): Record<string, string> {
  const path = { PATH: pathWith(python, home) }
  if (python === undefined) return path
  const { base: executable, version, site } = python
  return { ...path, [pythonVariable]: printLayered({ executable, version, ...(site === undefined ? {} : { site }) }) }
}

const listScript = `
import importlib.metadata as m, json, sys, os
found = {}
for d in m.distributions():
    n = d.metadata["Name"]
    if n: found.setdefault(n, d.version)
print(json.dumps({"paths": [p for p in sys.path if p and os.path.isdir(p)], "packages": found}))
`

/**
 * What is installed for an interpreter: compared name → version. Asked once and kept in `<envs>`, until the interpreter or
 * one of its package folders changes.
 */
export async function hostPackages(python: Python, envs: string): Promise<Map<string, string>> {
  const name = createHash('sha256').update(`${python.executable}\n${python.version}`).digest('hex').slice(0, 16)
  const file = join(envs, `host-${name}.json`)
  const kept = await readKept(file)
  if (kept !== undefined && kept.stamp === (await stampOf(python, kept.paths))) return kept.packages
  const { exitCode, output } = await runTool({ command: python.executable, args: ['-c', listScript] })
  const told = exitCode === 0 ? asObject(parse(output.trim().split('\n').at(-1) ?? '')) : {}
  const paths = asArray(told.paths).flatMap((p) => asString(p) ?? [])
  const packages = keysOf(asObject(told.packages))
  const record: JsonObject = { stamp: await stampOf(python, paths), paths, packages: Object.fromEntries(packages) }
  await mkdir(envs, { recursive: true })
  // jobs that start together ask together
  const fresh = `${file}.${randomUUID()}`
  await writeFile(fresh, JSON.stringify(record))
  await rename(fresh, file)
  return packages
}

async function readKept(file: string) {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const record = asObject(parse(text))
  return {
    stamp: asString(record.stamp),
    paths: asArray(record.paths).flatMap((p) => asString(p) ?? []),
    packages: keysOf(asObject(record.packages)),
  }
}

function keysOf(packages: JsonObject): Map<string, string> {
  return new Map(
    Object.entries(packages).map(([name, version]) => [
      readRequirement(name)?.key ?? name.toLowerCase(),
      String(version),
    ]),
  )
}

async function stampOf(python: Python, paths: string[]): Promise<string> {
  const times = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  )
  return [python.stampMs, ...times].join(' ')
}

function parse(text: string) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Which requirements an interpreter does not have at all, and which in another version. */
export function compareWith(
  packages: Map<string, string>,
  requirements: string[],
): { missing: string[]; other: string[] } {
  const missing: string[] = []
  const other: string[] = []
  for (const line of requirements) {
    const requirement = readRequirement(line)
    if (requirement === undefined) continue
    const version = packages.get(requirement.key)
    if (version === undefined) missing.push(requirement.name)
    else if (!meets(version, requirement.condition))
      other.push(`${requirement.name} ${version} instead of ${requirement.condition}`)
  }
  return { missing, other }
}
