// `laz log …`: inside a job a line in the file that the server reads, elsewhere a request about the run that --run names.
import { appendFileSync } from 'node:fs'
import { cp, mkdir, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { asObject, asString, fail, type JsonObject } from '@lazurite/spec'
import { type Args, listOf, textOf, wholeOf } from '../args.ts'
import type { Run } from '../command.ts'
import type { Session } from '../session.ts'
import { filesBelow } from '../tracking/local-files.ts'
import { isPlainPath, readNumber, type SourceFile, writeNumber } from '../tracking/source.ts'
import { ownWire, trackingPath } from '../tracking/wires.ts'

/** `NAME VALUE`, or any number of `NAME=VALUE`. */
function pairsOf(args: Args): [string, string][] {
  const [first = '', second, ...more] = listOf(args, 'words')
  if (second !== undefined && more.length === 0 && !(first.includes('=') && second.includes('=')))
    return [[first, second]]
  return listOf(args, 'words').map((word) => {
    const at = word.indexOf('=')
    if (at < 1) fail('BadArgument', { what: `'${word}' is no NAME=VALUE.` })
    return [word.slice(0, at), word.slice(at + 1)]
  })
}

/** The file of the job around; undefined when a run was named. */
function fileOf(session: Session, args: Args): string | undefined {
  if (textOf(args, 'run') !== undefined) return undefined
  return session.env.LAZ_METRICS || fail('BadArgument', { what: 'There is no job around: name a run with --run.' })
}

async function tell(session: Session, args: Args, body: JsonObject): Promise<void> {
  const wire = ownWire(await session.client())
  const run = textOf(args, 'run') ?? ''
  const answer = await wire.json('POST', '/api/2.0/mlflow/runs/log-batch', { run_id: run, ...body })
  if (answer === undefined) fail('RunNotFound', { run })
}

export const metric: Run = async (session, args) => {
  const points = pairsOf(args).map(([key, text]) => {
    const value = readNumber(text)
    if (Number.isNaN(value) && !/^nan$/i.test(text)) fail('BadArgument', { what: `'${text}' is no number.` })
    return { key, value: writeNumber(value) }
  })
  const [step, timestamp] = [wholeOf(args, 'step'), wholeOf(args, 'timestamp') ?? session.now()]
  const file = fileOf(session, args)
  if (file === undefined) {
    const metrics = points.map((point) => ({ ...point, step: step ?? 0, timestamp }))
    await tell(session, args, { metrics })
    return {}
  }
  append(
    file,
    points.map(({ key, value }) => ({ metric: key, value, timestamp, ...(step === undefined ? {} : { step }) })),
  )
  return {}
}

export const param: Run = (session, args) => words(session, args, 'param')
export const tag: Run = (session, args) => words(session, args, 'tag')

async function words(session: Session, args: Args, kind: 'param' | 'tag') {
  const pairs = pairsOf(args).map(([key, value]) => ({ key, value }))
  const file = fileOf(session, args)
  if (file === undefined) await tell(session, args, { [`${kind}s`]: pairs })
  else
    append(
      file,
      pairs.map(({ key, value }) => ({ [kind]: key, value })),
    )
  return {}
}

function append(file: string, lines: readonly JsonObject[]): void {
  appendFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
}

const jobsOwn = /^(user_logs|system_logs|azureml-logs)(\/|$)/

export const artifact: Run = async (session, args) => {
  const to = textOf(args, 'to')?.replace(/\/+$/, '') ?? ''
  if (to !== '' && !isPlainPath(to)) fail('BadArgument', { what: `'${to}' is no folder inside the artifacts.` })
  for (const word of listOf(args, 'words')) {
    const from = resolve(session.cwd, word)
    const about = await stat(from).catch(() => fail('FileNotFound', { path: from }))
    const target = [to, basename(from)].filter(Boolean).join('/')
    if (jobsOwn.test(target)) fail('BadArgument', { what: `'${target}' is among the logs of the job itself.` })
    if (textOf(args, 'run') === undefined) {
      const folder =
        session.env.LAZ_ARTIFACTS || fail('BadArgument', { what: 'There is no job around: name a run with --run.' })
      await mkdir(join(folder, to), { recursive: true })
      await cp(from, join(folder, target), { recursive: true, dereference: true })
    } else if (about.isDirectory()) {
      for await (const file of filesBelow(from))
        await upload(session, args, { ...file, path: `${target}/${file.path}` })
    } else await upload(session, args, { ...(await fileAt(from)), path: target })
  }
  return {}
}

async function fileAt(path: string): Promise<Omit<SourceFile, 'path'>> {
  const { createReadStream } = await import('node:fs')
  return { read: () => createReadStream(path) }
}

async function upload(session: Session, args: Args, file: SourceFile): Promise<void> {
  const client = await session.client()
  const run = textOf(args, 'run') ?? ''
  const known = await ownWire(client).json('GET', `/api/2.0/mlflow/runs/get?run_id=${encodeURIComponent(run)}`)
  const info = asObject(asObject((known ?? fail('RunNotFound', { run })).run).info)
  const place = [asString(info.experiment_id) ?? '', run, 'artifacts', ...file.path.split('/')]
    .map(encodeURIComponent)
    .join('/')
  await client.ask({
    method: 'PUT',
    path: `${trackingPath(client)}/api/2.0/mlflow-artifacts/artifacts/${place}`,
    body: file.read(),
    headers: { 'content-type': 'application/octet-stream' },
  })
}
