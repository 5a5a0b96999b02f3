// Runs from and to other tracking servers: `laz run import`, `laz run export`.
import { statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fail } from '@lazurite/spec'
import { isSet, listOf, textOf } from '../args.ts'
import type { Run } from '../command.ts'
import type { Session } from '../session.ts'
import type { Source } from '../tracking/source.ts'

export const importRuns: Run = async (session, args) => {
  const [client, { bring }, { reportJson, reportText }] = [
    await session.client(),
    await import('../tracking/bring.ts'),
    await import('../tracking/report.ts'),
  ]
  const from =
    textOf(args, 'from') ?? textOf(args, 'source') ?? fail('BadArgument', { what: 'Say from where: --from …' })
  const root = textOf(args, 'artifacts')
  const source = await openSource(session, from, root === undefined ? undefined : resolve(session.cwd, root))
  let shownAt = session.now()
  try {
    const report = await bring({
      client,
      source,
      experiments: listOf(args, 'experiment'),
      runs: listOf(args, 'run-id'),
      artifacts: !isSet(args, 'no-artifacts'),
      progress({ runs, points, files }) {
        if (session.now() - shownAt < everyMs) return
        shownAt = session.now()
        session.say(`${runs.new + runs.completed + runs.same} runs, ${points} metric values, ${files} files …`)
      },
    })
    return { value: reportJson(report), text: reportText(report) }
  } finally {
    await source.close()
  }
}

const everyMs = 2_000

const postgresTables = `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()`
const sqliteTables = `SELECT name FROM sqlite_master WHERE type = 'table'`

async function openSource(session: Session, from: string, root: string | undefined): Promise<Source> {
  const scheme = /^([a-z][\w+]*):/i.exec(from)?.[1]?.toLowerCase() ?? ''
  if (scheme === 'http' || scheme === 'https') {
    const [{ httpSource }, { foreignWire }] = [
      await import('../tracking/http-source.ts'),
      await import('../tracking/wires.ts'),
    ]
    return httpSource(foreignWire(from, session.env))
  }
  if (scheme.startsWith('postgres')) {
    const [{ databaseSource }, { postgresRows }] = [
      await import('../tracking/database-source.ts'),
      await import('../tracking/rows.ts'),
    ]
    const rows = postgresRows(from.replace(/^postgres(?:ql)?(?:\+\w+)?:/i, 'postgresql:'), session.env)
    const what = from.replace(/\/\/[^@/]*@/, '//')
    return databaseSource(rows, { what, root, cwd: session.cwd, tables: postgresTables })
  }
  if (scheme === 'sqlite' || (scheme === '' && isFile(resolve(session.cwd, from))))
    return openSqlite(session, from, root)
  if (scheme !== '' && scheme !== 'file')
    fail('NotSupported', {
      what: `Importing from ${scheme}:`,
      why: 'what is read is http, https, sqlite, postgresql and folders',
      instead: 'Start its own server and give that address: --from http://host:5000',
    })
  const { fileSource } = await import('../tracking/file-source.ts')
  return fileSource(resolve(session.cwd, scheme === 'file' ? fileURLToPath(from) : from))
}

/** `sqlite:///relative.db`, `sqlite:////absolute.db`, or just the file. */
async function openSqlite(session: Session, from: string, given: string | undefined): Promise<Source> {
  const [{ databaseSource }, { sqliteRows }] = [
    await import('../tracking/database-source.ts'),
    await import('../tracking/rows.ts'),
  ]
  const path = resolve(session.cwd, from.replace(/^sqlite:\/\/\//i, ''))
  if (!isFile(path)) fail('FileNotFound', { path })
  const cwd = dirname(path)
  // where MLflow's own server keeps artifacts unless it is told otherwise
  const root = given ?? resolve(cwd, 'mlartifacts')
  return databaseSource(sqliteRows(path, session.env), { what: path, root, cwd, tables: sqliteTables })
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

export const exportRuns: Run = async (session, args) => {
  const [client, { exportRuns: write }, { httpSource }, { ownWire }] = [
    await session.client(),
    await import('../tracking/file-target.ts'),
    await import('../tracking/http-source.ts'),
    await import('../tracking/wires.ts'),
  ]
  const to = resolve(session.cwd, textOf(args, 'to') ?? 'mlruns')
  const named = textOf(args, 'name')
  const runs = [...listOf(args, 'run-id'), ...(named === undefined ? [] : [named])]
  const done = await write({
    source: httpSource(ownWire(client)),
    to,
    experiments: listOf(args, 'experiment'),
    runs,
    artifacts: !isSet(args, 'no-artifacts'),
  })
  const left = done.left.length === 0 ? '' : `Left out: ${done.left.join('; ')}.\n`
  const text = `${done.runs} runs of ${done.experiments} experiments, with ${done.points} metric values and ${done.files} files, are in ${to}\n${left}`
  const { places: _, ...told } = done
  return { value: told, text }
}
