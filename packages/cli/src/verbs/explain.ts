// Why steps were run or reused: after the fact of a job, before the fact of a file.
import type { Lazurite } from '@lazurite/client'
import { asArray, asObject, asString, type JsonObject, newJobName } from '@lazurite/spec'
import { type Args, isSet, textOf } from '../args.ts'
import { checkOffline } from '../check.ts'
import type { Run } from '../command.ts'
import { readDocument, refuseOrWarn } from '../document.ts'
import { drawTable, oneLine, type Tint, tint } from '../paint.ts'
import { kindOf } from '../reach.ts'
import type { Result, Session } from '../session.ts'

/** A job, and a step inside it: `NAME`, `NAME/train`, `NAME/outer/train`, or NAME with --step. */
export function stepNamed(args: Args): { name: string; step: string } {
  const [name = '', ...keys] = (textOf(args, 'name') ?? '').split('/')
  return { name, step: textOf(args, 'step') ?? keys.join('/') }
}

/** The address of a verb of ours about a job. */
export function jobPath(client: Lazurite, name: string, verb: string): string {
  return `/lazurite/v1${client.of('job').path({ name })}/${verb}`
}

export const explain: Run = async (session, args) => {
  const client = await session.client()
  const { name, step } = stepNamed(args)
  const query = step === '' ? '' : `?${new URLSearchParams({ step })}`
  const told = asObject(await (await client.ask({ path: jobPath(client, name, 'explain') + query })).json())
  const steps = asArray(told.steps).map(asObject)
  if (steps.length === 0) return { value: told, text: storyOf(session, told) }
  return { value: told, text: tableOf(session, steps) }
}

/** `laz job create --dry-run`: what would be uploaded, and which steps would run. */
export async function dryRun(session: Session, args: Args): Promise<Result> {
  const kind = kindOf(session)
  const document = readDocument(session, args)
  refuseOrWarn(session, kind, isSet(args, 'skip-validation') ? [] : checkOffline(document))
  const { load } = await import('../load.ts')
  const { withDefaults } = await import('./job-defaults.ts')
  const client = await session.client()
  const pending: JsonObject[] = []
  const { properties } = await load(session, client, document, { dry: pending })
  const name = asString(document.yaml.name) ?? newJobName(Math.random)
  const body = { properties: withDefaults(properties, { name, git: {}, cwd: session.cwd }), pending }
  const path = jobPath(client, name, 'dry-run')
  const told = asObject(await (await client.ask({ method: 'POST', path, body })).json())
  const steps = asArray(told.steps).map(asObject)
  if (steps.length === 0) return { value: told, text: 'It would be run: only steps of pipelines are reused.\n' }
  return { value: told, text: tableOf(session, steps) }
}

const tints: Readonly<Record<string, Tint>> = {
  reused: 'green',
  ran: 'blue',
  runs: 'blue',
  skipped: 'yellow',
  later: 'dim',
}

export function tableOf(session: Session, steps: readonly JsonObject[]): string {
  const cell = (key: string) => steps.map((step) => asString(step[key]) ?? '')
  const columns = [
    { title: 'step', cells: cell('step'), keep: true },
    { title: '', cells: cell('decision'), tints: cell('decision').map((word) => tints[word]), keep: true },
    { title: 'why', cells: cell('why').map(oneLine) },
  ]
  const counted = new Map<string, number>()
  for (const word of cell('decision')) if (word !== 'pipeline') counted.set(word, (counted.get(word) ?? 0) + 1)
  const sum = [...counted].map(([word, count]) => `${count} ${word}`).join(', ')
  return `${drawTable(columns, session.out)}\n${sum}\n`
}

/** One step in words, every difference on a line of its own. */
function storyOf(session: Session, told: JsonObject): string {
  const { out } = session
  const text = (from: JsonObject, key: string) => oneLine(asString(from[key]) ?? '')
  const decision = text(told, 'decision')
  const words: Record<string, string> = {
    reused: `was not run: it has its outputs from ${text(told, 'of') || 'an earlier step'}`,
    ran: 'was run',
    job: 'was run',
    waits: 'was not started yet',
    skipped: 'was never started',
  }
  const [step, job] = [text(told, 'step'), text(told, 'job')]
  const named = `${step}${job === '' || job === step ? '' : ` (${job})`}`
  const lines = [`${tint(out, 'bold', named)} ${words[decision] ?? decision}.`]
  const changes = asArray(told.changes).map(asObject)
  if (changes.length === 0) lines.push(`  ${text(told, 'why')}`)
  else {
    const since = asObject(told.since)
    const pipeline = text(since, 'pipeline')
    const at = text(since, 'createdAt').slice(0, 19).replace('T', ' ')
    lines.push(`Not as in ${text(since, 'job')}${pipeline && ` of ${pipeline}`}${at && `, ${at}Z`}:`)
    for (const change of changes) lines.push(...changeLines(session, change))
  }
  for (const cause of asArray(told.because).map(asObject)) {
    lines.push(`${tint(out, 'bold', text(cause, 'step'))} (${text(cause, 'job')}) ran: ${text(cause, 'why')}`)
  }
  return `${lines.join('\n')}\n`
}

function changeLines({ out }: Session, change: JsonObject): string[] {
  const part = oneLine(asString(change.part) ?? '')
  const files = asObject(change.files)
  const listed = asArray(files.files).map(asObject)
  const head = `  ${tint(out, 'cyan', part)}`
  if (listed.length > 0) {
    const more = Number(files.more ?? 0)
    const rows = listed.map((file) => `${oneLine(asString(file.what) ?? '')} ${oneLine(asString(file.path) ?? '')}`)
    return [head, ...rows.map((row) => `    ${row}`), ...(more > 0 ? [`    and ${more} more`] : [])]
  }
  const packages = asArray(change.packages).map(String)
  if (packages.length > 0) return [head, ...packages.map((row) => `    ${oneLine(row)}`)]
  const from = asArray(change.from).map(String)
  if (from.length > 0) return [`${head}  from ${from.join(', ')}, which ran again`]
  const [before, now] = [asString(change.before), asString(change.now)]
  return [`${head}  ${oneLine(now ?? 'not there')}  ${tint(out, 'dim', `was ${oneLine(before ?? 'not there')}`)}`]
}
