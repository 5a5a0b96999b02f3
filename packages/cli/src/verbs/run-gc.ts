// `laz run gc`: what was deleted goes for good, a slice at a time, so that neither side ever holds all of it.
import { asArray, asNumber, asObject, fail, type JsonObject } from '@lazurite/spec'
import { isSet, listOf, textOf } from '../args.ts'
import type { Run } from '../command.ts'
import { bytesText } from '../paint.ts'
import { confirm } from './resource.ts'

const unitMs: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 }

/** `1d6h30m`, in milliseconds. */
function timeOf(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)([dhms])/g)]
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== text)
    fail('BadArgument', { what: `'${text}' is no time: write 30d, 12h or 1d6h30m.` })
  return parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (unitMs[unit] ?? 0), 0)
}

const counts = ['runs', 'experiments', 'models', 'points', 'files', 'sizeBytes'] as const

export const gc: Run = async (session, args) => {
  const client = await session.client()
  const path = `/lazurite/v1${client
    .of('job')
    .path()
    .replace(/\/jobs$/, '')}/runs/gc`
  const older = textOf(args, 'older-than')
  const body = {
    older_than_ms: older === undefined ? 0 : timeOf(older),
    run_ids: listOf(args, 'run-ids'),
    experiment_ids: listOf(args, 'experiment-ids'),
  }
  const all = async (dryRun: boolean) => {
    const sum: Record<string, number> = Object.fromEntries(counts.map((key) => [key, 0]))
    const kept: JsonObject[] = []
    for (let after: string | undefined; ; ) {
      const asked = { ...body, dry_run: dryRun, ...(after === undefined ? {} : { after }) }
      const done = asObject(await (await client.ask({ method: 'POST', path, body: asked })).json())
      for (const key of counts) sum[key] = (sum[key] ?? 0) + (asNumber(done[key]) ?? 0)
      kept.push(...asArray(done.kept).map(asObject))
      if (typeof done.next !== 'string') return { dryRun, ...sum, kept }
      after = done.next
    }
  }
  const dry = isSet(args, 'dry-run')
  if (dry || !isSet(args, 'yes')) {
    const plan = await all(true)
    if (dry) return { value: plan, text: textOfPlan('Would remove', plan) }
    session.say(textOfPlan('Will remove', plan).trimEnd())
    await confirm(session, args, 'Remove this for good?')
  }
  const value = await all(false)
  return { value, text: textOfPlan('Removed', value) }
}

function textOfPlan(word: string, plan: JsonObject): string {
  const count = (key: string) => asNumber(plan[key]) ?? 0
  const kept = asArray(plan.kept).map(asObject)
  return [
    `${word} ${count('runs')} runs with ${count('points')} metric values, ${count('experiments')} experiments and ${count('models')} logged models;`,
    `${count('files')} files, ${bytesText(count('sizeBytes'))}.`,
    ...kept.slice(0, 20).map((one) => `Stays: ${String(one.what)} (${String(one.why)})`),
    '',
  ].join('\n')
}
