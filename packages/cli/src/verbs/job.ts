// What only jobs do: submit, list by parent, stream, cancel, show services.
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { JobQuery, Lazurite, Resource } from '@lazurite/client'
import { asObject, asString, isFinal, type Json, type JsonObject, newJobName, printYaml } from '@lazurite/spec'
import { type Args, isSet, listOf, textOf, wholeOf } from '../args.ts'
import { checkOffline } from '../check.ts'
import type { Run } from '../command.ts'
import { brief, describe, instantOf, shownOf } from '../describe.ts'
import { readDocument, refuseOrWarn } from '../document.ts'
import { type Shown, sorted } from '../output.ts'
import { durationText } from '../paint.ts'
import { kindOf } from '../reach.ts'
import type { Session } from '../session.ts'
import { withDefaults } from './job-defaults.ts'
import { sayNew } from './resource.ts'

/** Address of a job's page in the Studio. */
export function webOf(job: Resource): string {
  return asString(asObject(asObject(job.properties.services).Studio).endpoint) ?? ''
}

async function showJob(session: Session, job: Resource): Promise<void> {
  const { showPage } = await import('./studio.ts')
  await showPage(session, `/jobs/${encodeURIComponent(job.name)}`, webOf(job))
}

export const create: Run = async (session, args) => {
  if (isSet(args, 'dry-run')) return (await import('./explain.ts')).dryRun(session, args)
  const kind = kindOf(session)
  const document = readDocument(session, args)
  const said = isSet(args, 'skip-validation') ? [] : checkOffline(document)
  refuseOrWarn(session, kind, said)
  const { load } = await import('../load.ts')
  const { gitProperties } = await import('../git.ts')
  const client = await session.client()
  const [{ properties, warnings }, git] = await Promise.all([
    load(session, client, document),
    gitProperties(document.base),
  ])
  sayNew(session, warnings, said)
  const name = asString(document.yaml.name) ?? newJobName(Math.random)
  const job = await client.of(kind.name).put({ name }, withDefaults(properties, { name, git, cwd: session.cwd }))
  const value = describe(kind, job)
  const saveAs = textOf(args, 'save-as')
  if (saveAs !== undefined) writeFileSync(resolve(session.cwd, saveAs), printYaml(sorted(brief(kind, job))))
  if (isSet(args, 'web')) await showJob(session, job)
  if (!isSet(args, 'stream')) return { value }
  return streamJob(session, client, job)
}

async function streamJob(session: Session, client: Lazurite, job: Resource) {
  const { follow } = await import('../follow.ts')
  const end = await follow(session, client, job)
  return { value: describe(kindOf(session), end.job), text: '', code: end.code }
}

export const stream: Run = async (session, args) => {
  const client = await session.client()
  return streamJob(session, client, await client.of(kindOf(session).name).get({ name: textOf(args, 'name') ?? '' }))
}

export const show: Run = async (session, args) => {
  const kind = kindOf(session)
  const job = await (await session.client()).of(kind.name).get({ name: textOf(args, 'name') ?? '' })
  if (isSet(args, 'web')) await showJob(session, job)
  return { value: describe(kind, job) }
}

export const list: Run = async (session, args) => {
  const kind = kindOf(session)
  const client = await session.client()
  const archived = isSet(args, 'archived-only') ? 'archived' : isSet(args, 'include-archived') ? 'all' : 'active'
  const parent = textOf(args, 'parent-job-name')
  const max = isSet(args, 'all-results') ? undefined : (wholeOf(args, 'max-results') ?? 50)
  const rows: JsonObject[] = []
  const took = new Map<string, string>()
  const wanted = filterOf(args)
  const filter = parent === undefined ? {} : { parentJobName: parent }
  const plain = () => client.of(kind.name).list({ archived, max, filter })
  const found = wanted ? client.findJobs({ ...wanted, archived, max, parent }) : plain()
  const metrics = new Map<string, JsonObject>()
  for await (const job of found) {
    rows.push(brief(kind, job))
    took.set(job.name, durationOf(job, session.now()))
    metrics.set(job.name, besideOf(asObject(job.rest.lazurite)))
  }
  if (parent !== undefined && rows.length === 0) await client.of(kind.name).get({ name: parent })
  const duration: Shown = { title: 'duration', of: (row) => took.get(asString(row.name) ?? '') ?? '', right: true }
  const names = [...new Set([...metrics.values()].flatMap((each) => Object.keys(each)))]
  const figures = names.map(
    (name): Shown => ({ title: name, of: (row) => figure(metrics.get(asString(row.name) ?? '')?.[name]), right: true }),
  )
  for (const row of rows) {
    const known = metrics.get(asString(row.name) ?? '')
    if (known && Object.keys(known).length > 0) row.metrics = known
  }
  const columns = [...shownOf(kind, session.now()), duration, ...figures]
  return { value: rows, shown: parent === undefined ? columns : stepColumns(columns) }
}

/** What was asked for beside a job: metrics by their names, parameters and tags with the word of what they are. */
function besideOf({ metrics, params, runTags }: JsonObject): JsonObject {
  const named = (word: string, values: JsonObject) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [`${word}.${key}`, value]))
  return { ...asObject(metrics), ...named('params', asObject(params)), ...named('tags', asObject(runTags)) }
}

/** What the server looks for jobs by; undefined when nothing of it was said. */
function filterOf(args: Args): JobQuery | undefined {
  const texts: readonly [string, keyof JobQuery][] = [
    ['experiment-name', 'experiment'],
    ['like', 'name'],
    ['filter', 'filter'],
    ['order-by', 'order'],
    ['since', 'since'],
    ['until', 'until'],
    ['compute', 'compute'],
  ]
  const lists: readonly [string, keyof JobQuery][] = [
    ['status', 'status'],
    ['type', 'type'],
    ['tag', 'tag'],
    ['param', 'param'],
    ['metric', 'metric'],
    ['metrics', 'show'],
  ]
  const query: Record<string, string | string[] | boolean> = {}
  for (const [flag, key] of texts) {
    const text = textOf(args, flag)
    if (text !== undefined) query[key] = text
  }
  for (const [flag, key] of lists) {
    const words = listOf(args, flag)
    if (words.length > 0) query[key] = words
  }
  if (isSet(args, 'all-depths')) query.allDepths = true
  return Object.keys(query).length === 0 ? undefined : query
}

function figure(value: Json | undefined): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(6))) : (asString(value) ?? '')
}

/** Steps of one job are told apart by what the pipeline calls them. */
function stepColumns(columns: readonly Shown[]): Shown[] {
  const of = (title: string, change: Partial<Shown> = {}) =>
    columns.filter((column) => column.title === title).map((column) => ({ ...column, ...change }))
  return [
    ...of('display name', { title: 'step', keep: true }),
    ...of('type'),
    ...of('status'),
    ...of('duration'),
    ...of('name', { keep: false }),
  ]
}

/** How long a job ran, or has been running; a step that was not run again says so. */
function durationOf(job: Resource, now: number): string {
  const reused = asString(asObject(job.properties.properties)['azureml.isreused'])
  if (reused?.toLowerCase() === 'true') return 'reused'
  const facts = asObject(job.rest.lazurite)
  const start = instantOf(facts.startedAt)
  return start === undefined ? '' : durationText(((instantOf(facts.endedAt) ?? now) - start) / 1000)
}

export const cancel: Run = async (session, args) => {
  const kind = kindOf(session)
  const client = await session.client()
  const name = textOf(args, 'name') ?? ''
  await client.of(kind.name).act({ name }, 'cancel')
  const job = await client.of(kind.name).get({ name })
  const state = asString(job.properties.status) ?? ''
  session.say(isFinal(state) ? `${name} is ${state}.` : `${name} is being cancelled.`)
  return {}
}

export const showServices: Run = async (session, args) => {
  const client = await session.client()
  const name = textOf(args, 'name') ?? ''
  const node = textOf(args, 'node-index') ?? '0'
  const job = await client.of(kindOf(session).name).get({ name })
  const path = `/history/v1.0${client
    .of('job')
    .path()
    .replace(/\/jobs$/, '')}/runs/${encodeURIComponent(name)}/serviceinstances/${encodeURIComponent(node)}`
  const answer = await client.ask({ path, accept: [404] })
  if (answer.status === 404) return { value: asObject(job.properties.services) }
  return { value: asObject(asObject(await answer.json()).instances) }
}
