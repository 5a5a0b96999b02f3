// What differs between two jobs, and nothing else: the question after "it worked yesterday".

import type { Lazurite, Resource } from '@lazurite/client'
import { listBlobs } from '@lazurite/client'
import {
  asArray,
  asObject,
  asString,
  isObject,
  type Json,
  type JsonObject,
  parseArmId,
  stableStringify,
} from '@lazurite/spec'
import { textOf } from '../args.ts'
import type { Run } from '../command.ts'
import { instantOf } from '../describe.ts'
import { drawTable, tint } from '../paint.ts'
import type { Session } from '../session.ts'

/** One thing that differs: where, and what it is on each side; undefined = not there. */
interface Difference {
  what: string
  a: string | undefined
  b: string | undefined
}

export const diffJobs: Run = async (session, args) => {
  const client = await session.client()
  const names = [textOf(args, 'a') ?? '', textOf(args, 'b') ?? ''] as const
  const [a, b] = await Promise.all([client.of('job').get({ name: names[0] }), client.of('job').get({ name: names[1] })])
  const [metricsA, metricsB] = await Promise.all([metricsOf(client, a), metricsOf(client, b)])
  const sections: Record<string, Difference[]> = {
    job: compare(plainFacts(a), plainFacts(b)),
    inputs: compare(inputsOf(a), inputsOf(b)),
    command: compare(commandOf(a), commandOf(b)),
    steps: compare(stepsOf(a), stepsOf(b)),
    code: await compareCode(client, a, b),
    environment: compare(environmentOf(a), environmentOf(b)),
    metrics: compare(metricsA, metricsB),
    outputs: compare(outputsOf(a), outputsOf(b)),
  }
  const found = Object.entries(sections).filter(([, list]) => list.length > 0)
  const value = Object.fromEntries(
    found.map(([section, list]) => [
      section,
      list.map((d): JsonObject => ({ what: d.what, a: d.a ?? null, b: d.b ?? null })),
    ]),
  )
  return { value, text: diffText(session, names, found) }
}

function diffText(session: Session, names: readonly [string, string], found: [string, Difference[]][]): string {
  if (found.length === 0) return `${names[0]} and ${names[1]} do not differ.\n`
  const rows = found.flatMap(([section, list]) => list.map((d, i) => ({ section: i === 0 ? section : '', ...d })))
  return drawTable(
    [
      { title: '', cells: rows.map((r) => r.section), tints: rows.map(() => 'bold') },
      { title: '', cells: rows.map((r) => r.what) },
      { title: names[0], cells: rows.map((r) => r.a ?? '–'), tints: rows.map(() => 'red') },
      { title: names[1], cells: rows.map((r) => r.b ?? '–'), tints: rows.map(() => 'green') },
    ],
    session.out,
  ).replace(/^\s*\n/, `${tint(session.out, 'bold', names.join(' ↔ '))}\n`)
}

type Facts = Record<string, string>

function compare(a: Facts, b: Facts): Difference[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .filter((key) => a[key] !== b[key])
    .map((what) => ({ what, a: a[what], b: b[what] }))
}

const text = (value: Json | undefined): string | undefined =>
  value === undefined || value === null ? undefined : typeof value === 'string' ? value : stableStringify(value)

function facts(pairs: Record<string, Json | undefined>): Facts {
  const out: Facts = {}
  for (const [key, value] of Object.entries(pairs)) {
    const shown = text(value)
    if (shown !== undefined && shown !== '' && shown !== '{}') out[key] = shown
  }
  return out
}

function plainFacts(job: Resource): Facts {
  const p = job.properties
  const known = asObject(job.rest.lazurite)
  const [from, to] = [instantOf(known.startedAt), instantOf(known.endedAt)]
  return facts({
    type: p.jobType,
    status: p.status,
    exit_code: known.exitCode,
    error: asObject(known.error).message,
    compute: last(p.computeId),
    distribution: p.distribution,
    resources: p.resources,
    limits: p.limits,
    settings: p.settings,
    duration: from === undefined || to === undefined ? undefined : `${((to - from) / 1000).toFixed(1)}s`,
    commit: asObject(p.properties)['azureml.git.commit'],
    dirty: asObject(p.properties)['azureml.git.dirty'],
  })
}

function last(id: Json | undefined): string | undefined {
  return asString(id)?.split('/').at(-1)
}

function inputsOf(job: Resource): Facts {
  const inputs = asObject(job.properties.inputs)
  return facts(
    Object.fromEntries(
      Object.entries(inputs).map(([name, input]) => [name, asObject(input).value ?? asObject(input).uri]),
    ),
  )
}

function commandOf(job: Resource): Facts {
  return facts({ command: job.properties.command, ...prefixed('env', asObject(job.properties.environmentVariables)) })
}

function prefixed(prefix: string, map: JsonObject): Record<string, Json> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [`${prefix}.${key}`, value]))
}

/** A pipeline's steps: what of a node differs, by node. */
function stepsOf(job: Resource): Facts {
  return facts(
    Object.fromEntries(
      Object.entries(asObject(job.properties.jobs)).flatMap(([node, body]) =>
        Object.entries(asObject(body)).flatMap(([key, value]) =>
          isObject(value)
            ? Object.entries(value).map(([inner, v]) => [`${node}.${key}.${inner}`, shorten(v)])
            : [[`${node}.${key}`, shorten(value)]],
        ),
      ),
    ),
  )
}

function shorten(value: Json): Json {
  const id = asString(value)?.startsWith('/subscriptions/') ? parseArmId(asString(value) ?? '') : undefined
  if (id?.name) return id.version === undefined ? id.name : `${id.name}:${id.version}`
  return isObject(value) ? (value.value ?? value.uri ?? value) : value
}

function environmentOf(job: Resource): Facts {
  const realised = asObject(asObject(job.rest.lazurite).environment)
  const id = parseArmId(asString(job.properties.environmentId) ?? '')
  const named = id?.name ? `${id.name}${id.version ? `:${id.version}` : ''}` : job.properties.environmentId
  return facts({ environment: named, how: realised.how, python: realised.python, hash: realised.hash })
}

function outputsOf(job: Resource): Facts {
  const placed = asObject(asObject(job.rest.lazurite).outputs)
  const declared = asObject(job.properties.outputs)
  const names = Object.keys(declared).filter((name) => name !== 'default')
  const steps = Object.entries(asObject(asObject(job.rest.lazurite).children))
  const own = (uri: string | undefined) =>
    steps.reduce((said, [node, run]) => said?.replaceAll(String(run), `<${node}>`), uri?.replaceAll(job.name, '<job>'))
  return facts(
    Object.fromEntries(
      names.flatMap((name) => {
        const output = asObject(declared[name])
        const asset = asString(asObject(placed[name]).assetId) ?? asString(output.assetName)
        return [
          [name, own(place(asString(asObject(placed[name]).uri) ?? asString(output.uri)))],
          [`${name}.asset`, asset === undefined ? undefined : shorten(asset)],
        ]
      }),
    ),
  )
}

/** A datastore URI from the datastore on; the workspace before it says nothing here. */
function place(uri: string | undefined): string | undefined {
  return uri?.replace(/^azureml:\/\/.*?datastores\/([^/]+)\/paths\//, '$1/')
}

/** What the job logged and, of a pipeline, what its steps logged. */
async function metricsOf(client: Lazurite, job: Resource): Promise<Facts> {
  const steps = Object.entries(asObject(asObject(job.rest.lazurite).children))
  const own = loggedBy(client, job.name, '')
  const all = await Promise.all([own, ...steps.map(([node, run]) => loggedBy(client, asString(run) ?? '', `${node}.`))])
  return Object.assign({}, ...all)
}

/** Six digits tell two runs apart; the rest is noise to a reader. */
function rounded(value: Json): Json {
  return typeof value === 'number' ? Number(value.toPrecision(6)) : value
}

async function loggedBy(client: Lazurite, run: string, before: string): Promise<Facts> {
  const base = client
    .of('job')
    .path()
    .replace(/\/jobs$/, '')
  const answer = await client.ask({
    path: `/mlflow/v2.0${base}/api/2.0/mlflow/runs/get?run_id=${encodeURIComponent(run)}`,
    accept: [404],
  })
  if (answer.status === 404) return {}
  const data = asObject(asObject(asObject(await answer.json()).run).data)
  const pairs = (list: Json | undefined, prefix: string) =>
    asArray(list)
      .map(asObject)
      .map((m) => [`${prefix}${asString(m.key) ?? ''}`, rounded(m.value ?? null)])
  return facts(Object.fromEntries([...pairs(data.metrics, before), ...pairs(data.params, `param ${before}`)]))
}

/** Files of the two snapshots that are not the same; nothing is read when the hash is. */
async function compareCode(client: Lazurite, a: Resource, b: Resource): Promise<Difference[]> {
  const [idA, idB] = [asString(a.properties.codeId), asString(b.properties.codeId)]
  if (idA === idB) return []
  const [one, two] = await Promise.all([snapshotOf(client, idA), snapshotOf(client, idB)])
  if (one.hash !== undefined && one.hash === two.hash) return []
  const differs: Difference[] = []
  for (const path of [...new Set([...one.files.keys(), ...two.files.keys()])].sort()) {
    const [left, right] = [one.files.get(path), two.files.get(path)]
    if (left === right) continue
    differs.push({ what: path, a: left, b: right })
  }
  return differs
}

interface Snapshot {
  hash: string | undefined
  /** Path → what tells contents apart: size and digest. */
  files: Map<string, string>
}

async function snapshotOf(client: Lazurite, id: string | undefined): Promise<Snapshot> {
  const arm = id === undefined ? undefined : parseArmId(id)
  if (!arm?.name) return { hash: undefined, files: new Map() }
  const code = await client.of('code').get({ name: arm.name, version: arm.version })
  const hash = asString(asObject(code.properties.properties).hash_sha256)
  const address = new URL(asString(code.properties.codeUri) ?? '')
  const [, account = '', container = '', ...rest] = address.pathname.split('/')
  const prefix = rest.join('/').replace(/\/+$/, '')
  const base = `/${account}/${container}`
  const files = new Map<string, string>()
  for (const blob of await listBlobs(client, { base, query: '' }, prefix)) {
    const digest = await digestOf(client, `${base}/${blob.name.split('/').map(encodeURIComponent).join('/')}`)
    files.set(blob.name.slice(prefix.length + 1), `${blob.sizeBytes} bytes, sha256 ${digest.slice(0, 8)}`)
  }
  return { hash, files }
}

async function digestOf(client: Lazurite, path: string): Promise<string> {
  const { createHash } = await import('node:crypto')
  const hash = createHash('sha256')
  const answer = await client.ask({ path, headers: { accept: '*/*' } })
  for await (const part of answer.chunks()) hash.update(part)
  return hash.digest('hex')
}
