// The house keeps its own rules: who may import whom, how big a file may grow, what a register must list.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '..')

/** Clients of storage elsewhere and readers of tables: each behind the door below. */
const engineTheirs = [
  '@azure/storage-blob',
  '@azure/storage-file-share',
  '@azure/storage-file-datalake',
  '@azure/identity',
  '@aws-sdk/client-s3',
  '@aws-sdk/lib-storage',
  'csv-parse',
  'hyparquet',
  'hyparquet-compressors',
  'windows-iana',
]

/** The floors: a package may import only those listed, by name, and the third-party packages beside them. */
const mayImport: Record<string, { ours: string[]; theirs: string[]; node: boolean }> = {
  spec: { ours: [], theirs: ['yaml'], node: false },
  store: { ours: ['spec'], theirs: ['kysely', '@photostructure/sqlite', 'pg'], node: true },
  engine: { ours: ['spec', 'store'], theirs: engineTheirs, node: true },
  server: {
    ours: ['spec', 'store', 'engine'],
    theirs: ['fastify', 'pino', 'tar', '@peculiar/x509', 'reflect-metadata', 'protobufjs'],
    node: true,
  },
  client: { ours: ['spec'], theirs: [], node: true },
  cli: { ours: ['spec', 'client'], theirs: ['jmespath'], node: true },
}

/** Third-party packages that only one file of the house may touch. */
const oneDoor: Record<string, string> = {
  yaml: 'spec/src/yaml.ts',
  '@photostructure/sqlite': 'store/src/sql.ts',
  pg: 'store/src/postgres.ts',
  '@azure/storage-blob': 'engine/src/datastores/azure-blob.ts',
  '@azure/storage-file-share': 'engine/src/datastores/azure-file.ts',
  '@azure/storage-file-datalake': 'engine/src/datastores/data-lake.ts',
  '@azure/identity': 'engine/src/datastores/azure-identity.ts',
  '@aws-sdk/client-s3': 'engine/src/datastores/s3.ts',
  '@aws-sdk/lib-storage': 'engine/src/datastores/s3.ts',
  'csv-parse': 'engine/src/tables/delimited.ts',
  '@peculiar/x509': 'server/src/tls/issue.ts',
  protobufjs: 'server/src/faces/mlflow/otlp-schema.ts',
  'reflect-metadata': 'server/src/tls/issue.ts',
  hyparquet: 'engine/src/tables/parquet.ts',
  'hyparquet-compressors': 'engine/src/tables/parquet.ts',
  'windows-iana': 'engine/src/schedules/zone.ts',
}

interface Source {
  path: string
  package: string
  text: string
  lines: number
  imports: { from: string; typeOnly: boolean }[]
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'node_modules' || entry.name === 'dist' ? [] : walk(path)
    return path.endsWith('.ts') || path.endsWith('.tsx') ? [path] : []
  })
}

const importLine = /^\s*(?:import|export)\s+(type\s+)?(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]/gm
const importCall = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g

function read(path: string): Source {
  const text = readFileSync(path, 'utf8')
  const imports = [...text.matchAll(importLine)].map((m) => ({ from: m[2] ?? '', typeOnly: m[1] !== undefined }))
  for (const m of text.matchAll(importCall)) imports.push({ from: m[1] ?? '', typeOnly: false })
  const from = relative(join(root, 'packages'), path)
  return { path: from, package: from.split('/')[0] ?? '', text, lines: text.split('\n').length, imports }
}

const sources = readdirSync(join(root, 'packages')).flatMap((name) =>
  walk(join(root, 'packages', name, 'src')).map(read),
)
const code = sources.filter((s) => !s.path.endsWith('.test.ts') && !s.path.includes('/testing/'))

const packageName = (specifier: string) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')

describe('import directions', () => {
  test('a package imports only what its floor allows', () => {
    const wrong: string[] = []
    for (const source of code) {
      const rule = mayImport[source.package]
      if (!rule) continue
      for (const { from } of source.imports) {
        if (from.startsWith('.')) continue
        if (from.startsWith('node:')) {
          if (!rule.node) wrong.push(`${source.path} imports ${from}`)
        } else if (from.startsWith('@lazurite/')) {
          if (!rule.ours.includes(from.split('/')[1] ?? '')) wrong.push(`${source.path} imports ${from}`)
        } else if (!rule.theirs.includes(packageName(from))) wrong.push(`${source.path} imports ${from}`)
      }
    }
    expect(wrong).toEqual([])
  })

  test('a third-party package with one door is imported there alone', () => {
    const wrong = code.flatMap((source) =>
      source.imports
        .filter(
          ({ from, typeOnly }) => !typeOnly && oneDoor[packageName(from)] && oneDoor[packageName(from)] !== source.path,
        )
        .map(({ from }) => `${source.path} imports ${from}`),
    )
    expect(wrong).toEqual([])
  })

  test('relative imports stay inside their package and name their file', () => {
    const wrong: string[] = []
    for (const source of sources) {
      for (const { from } of source.imports) {
        if (!from.startsWith('.')) continue
        const target = relative(join(root, 'packages'), resolve(root, 'packages', dirname(source.path), from))
        if (target.split('/')[0] !== source.package) wrong.push(`${source.path} reaches into ${target}`)
        else if (!existsSync(join(root, 'packages', target)))
          wrong.push(`${source.path} imports ${from}, which is missing`)
      }
    }
    expect(wrong).toEqual([])
  })

  test('no cycles at run time', () => {
    const edges = new Map(
      code.map((s) => [
        s.path,
        s.imports
          .filter((i) => i.from.startsWith('.') && !i.typeOnly)
          .map((i) => relative(join(root, 'packages'), resolve(root, 'packages', dirname(s.path), i.from))),
      ]),
    )
    const done = new Set<string>()
    const cycles: string[] = []
    const visit = (path: string, trail: string[]) => {
      if (trail.includes(path)) {
        cycles.push([...trail.slice(trail.indexOf(path)), path].join(' → '))
        return
      }
      if (done.has(path)) return
      for (const next of edges.get(path) ?? []) visit(next, [...trail, path])
      done.add(path)
    }
    for (const path of edges.keys()) visit(path, [])
    expect(cycles).toEqual([])
  })
})

describe('size and shape', () => {
  /** Files over the cap; the list may only shrink. */
  const big: string[] = []

  test('no file over 400 lines', () => {
    const over = sources.filter((s) => s.lines > 401 && !big.includes(s.path)).map((s) => `${s.path}: ${s.lines}`)
    expect(over).toEqual([])
    expect(big.filter((path) => !sources.some((s) => s.path === path && s.lines > 401))).toEqual([])
  })

  test('file names are kebab-case nouns without a drawer for everything', () => {
    const banned = /^(utils?|helpers?|types|common-utils|misc|.*-(manager|helper|util|impl))\.ts$/
    const wrong = sources
      .map((s) => s.path)
      .filter((path) => !/^[a-z0-9.-]+$/.test(basename(path)) || banned.test(basename(path)))
    expect(wrong).toEqual([])
  })

  test('no default exports, no enums, no namespaces', () => {
    const wrong = sources.flatMap((s) =>
      /^export default |^(?:export )?(?:const )?enum |^(?:export )?namespace /m.test(s.text) ? [s.path] : [],
    )
    expect(wrong).toEqual([])
  })
})

describe('registers', () => {
  const registers = [
    'engine/src/jobs',
    'engine/src/computes',
    'engine/src/reconcile',
    'engine/src/datastores',
    'spec/src/kinds',
  ]

  test.each(registers)('every file of %s is reached from its index', (folder) => {
    const index = code.find((s) => s.path === `${folder}/index.ts`)
    expect(index, `${folder}/index.ts`).toBeDefined()
    const reached = new Set<string>()
    const follow = (path: string) => {
      if (reached.has(path)) return
      reached.add(path)
      for (const { from } of code.find((s) => s.path === path)?.imports ?? []) {
        if (from.startsWith('.')) {
          follow(relative(join(root, 'packages'), resolve(root, 'packages', dirname(path), from)))
        }
      }
    }
    follow(`${folder}/index.ts`)
    const contracts = new Set(['conformance.ts'])
    const orphans = code
      .filter((s) => s.path.startsWith(`${folder}/`) && !reached.has(s.path) && !contracts.has(basename(s.path)))
      .map((s) => s.path)
      .filter((path) => !code.some((s) => s.imports.some((i) => i.from.endsWith(basename(path)))))
    expect(orphans).toEqual([])
  })
})

describe('the project speaks of itself alone', () => {
  const tracked = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).split('\n').filter(Boolean)
  const text = tracked.filter(
    (path) => !/\.(png|ico|csv|pkl|zip|gz)$/.test(path) && path !== 'test/architecture.test.ts',
  )

  test('no path of one machine and no registry address', () => {
    const wrong = text.flatMap((path) => {
      const body = existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : ''
      const found =
        /(?<![\w.])\/(?:work|root)\/(?!azureml)[\w.-]+|registry\.npmjs\.org|pypi\.org|files\.pythonhosted/.exec(body)
      return found ? [`${path}: ${found[0]}`] : []
    })
    expect(wrong).toEqual([])
  })
})
