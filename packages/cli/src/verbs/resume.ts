// A pipeline that goes on where another ended: what completed is taken over, what was edited runs.
import { resolve } from 'node:path'
import { type Lazurite, readResource } from '@lazurite/client'
import { asArray, asObject, fail, isObject, type JsonObject } from '@lazurite/spec'
import { type Args, isSet, textOf } from '../args.ts'
import type { Run } from '../command.ts'
import { describe } from '../describe.ts'
import { applyEdits } from '../edits.ts'
import { sayPlan } from '../load.ts'
import { kindOf } from '../reach.ts'
import type { Result, Session } from '../session.ts'
import { UsageError } from '../usage.ts'
import { jobPath, stepNamed, tableOf } from './explain.ts'

export const resume: Run = async (session, args) => {
  const client = await session.client()
  const { name, step } = stepNamed(args)
  const edits = editsOf(args)
  const folder = textOf(args, 'code')
  if (folder !== undefined) {
    if (step === '')
      throw new UsageError('--code needs to know whose code it is', `laz job resume ${name}/train --code ./src`)
    const code = await uploadFolder(session, client, folder)
    const steps = asObject(edits.steps)
    edits.steps = { ...steps, [step]: { ...asObject(steps[step]), code } }
  }
  return submitResume(session, args, { client, name, edits })
}

export interface ResumeCall {
  client: Lazurite
  /** The pipeline, or one of its steps. */
  name: string
  edits: JsonObject
}

/** Asks the server for the pipeline that goes on; follows it with --stream. */
export async function submitResume(session: Session, args: Args, call: ResumeCall): Promise<Result> {
  const { client, name, edits } = call
  const kind = kindOf(session)
  const dry = isSet(args, 'dry-run')
  const fresh = textOf(args, 'new-name')
  const body: JsonObject = {
    ...edits,
    ...(fresh === undefined ? {} : { name: fresh }),
    ...(dry ? { dry_run: true } : {}),
  }
  const path = jobPath(client, name, 'resume')
  const told = asObject(await (await client.ask({ method: 'POST', path, body })).json())
  if (dry) return { value: told, text: tableOf(session, asArray(told.steps).map(asObject)) }
  const job = readResource(told)
  session.say(`${job.name} goes on with ${name}; why each step runs or not: laz job explain ${job.name}`)
  if (!isSet(args, 'stream')) return { value: describe(kind, job) }
  const { follow } = await import('../follow.ts')
  const end = await follow(session, client, job)
  return { value: describe(kind, end.job), text: '', code: end.code }
}

/** Registers a folder as code and says first what is uploaded. */
export async function uploadFolder(session: Session, client: Lazurite, folder: string): Promise<string> {
  const path = resolve(session.cwd, folder)
  const { id } = await client.uploadCode(path, { planned: (plan) => sayPlan(session, path, plan) })
  return id
}

/** `--set inputs.lr=0.2 jobs.train.inputs.epochs=3 jobs.outer.jobs.train.command=…` as the server reads it. */
function editsOf(args: Args): JsonObject {
  const { inputs, jobs, ...rest } = applyEdits({ inputs: {}, jobs: {} }, args.edits, {})
  const [unknown] = Object.keys(rest)
  if (unknown !== undefined)
    fail('BadArgument', { what: `--set changes inputs.NAME and jobs.STEP.…, and no ${unknown}.` })
  const steps = Object.fromEntries(flat(asObject(jobs), ''))
  return {
    ...(Object.keys(asObject(inputs)).length > 0 ? { inputs: asObject(inputs) } : {}),
    ...(Object.keys(steps).length > 0 ? { steps } : {}),
  }
}

function flat(jobs: JsonObject, prefix: string): [string, JsonObject][] {
  return Object.entries(jobs).flatMap(([key, value]) => {
    if (!isObject(value))
      return fail('BadArgument', { what: `--set jobs.${key} needs a key below it, e.g. jobs.${key}.inputs.NAME.` })
    const { jobs: inner, ...own } = value
    const path = `${prefix}${key}`
    return [
      ...(Object.keys(own).length > 0 ? ([[path, own]] as [string, JsonObject][]) : []),
      ...flat(asObject(inner), `${path}/`),
    ]
  })
}
