// What hangs beside the runs: traces with spans and what was thought of them, evaluation datasets, webhooks.
import { asArray, asNumber, asObject, asString, isLazError, type JsonObject } from '@lazurite/spec'
import { type Bringing, bringFiles, differs, sizesOf, tell } from './bring-base.ts'
import { httpSource } from './http-source.ts'
import { type Experiment, OutOfReach, type SourceFile, type Trace } from './source.ts'
import { ownWire } from './wires.ts'

const tracesAtOnce = 100
const underWay = 4
/** Of the spans in one request, in characters. */
const sliceSize = 2_000_000

/** Of one experiment; `id` is what it is called here. */
export async function bringTraces(b: Bringing, experiment: Experiment, id: string): Promise<void> {
  let batch: Trace[] = []
  const flush = async () => {
    const known = await tell(b, 'traces', { trace_ids: batch.map((trace) => trace.id) })
    const here = asObject(known.traces)
    const rest = batch.values()
    batch = []
    const work = async () => {
      for (const trace of rest) {
        const found = here[trace.id]
        await bringTrace(b, trace, { id, here: found === undefined ? undefined : asObject(found) }).catch((error) =>
          differs(b, `trace ${trace.id}`, error),
        )
        b.progress(b.report)
      }
    }
    await Promise.all(Array.from({ length: underWay }, work))
  }
  for await (const trace of b.source.traces(experiment)) {
    const run = asString(asObject(trace.info.trace_metadata ?? {})['mlflow.sourceRun']) ?? ''
    if (b.runs.length > 0 && ![run, ...trace.runs].some((each) => b.runs.includes(each))) continue
    batch.push(trace)
    if (batch.length >= tracesAtOnce) await flush()
  }
  if (batch.length > 0) await flush()
}

interface Told {
  id: string
  here: JsonObject | undefined
}

async function bringTrace(b: Bringing, trace: Trace, { id, here }: Told): Promise<void> {
  const { report } = b
  const judged = asArray(trace.info.assessments).length
  report.assessments += judged
  if (here && isSame(trace, here)) {
    report.spans += trace.count ?? asNumber(here.spans) ?? 0
    const files = trace.hasSpans ? 0 : await bringTraceFiles(b, trace, { id, here })
    report.traces[files > 0 ? 'completed' : 'same']++
    return
  }
  const spans = trace.hasSpans ? await reachable(b, trace) : []
  report.spans += spans.length
  const answer = await sendTrace(b, trace, { id, spans })
  await bringTraceFiles(b, trace, { id, here })
  compare(b, trace, { answer, spans: trace.hasSpans ? spans.length : undefined })
  report.traces[here ? 'completed' : 'new']++
}

/** A trace whose spans are out of reach comes without them, and it is said. */
async function reachable(b: Bringing, trace: Trace): Promise<JsonObject[]> {
  return b.source.spans(trace).catch((error: unknown) => {
    if (!(error instanceof OutOfReach)) throw error
    b.report.differences.push({ of: `spans of trace ${trace.id}`, what: error.message })
    return []
  })
}

/** Spans in slices, the head with the last of them: what is half here is not taken for whole. */
async function sendTrace(b: Bringing, trace: Trace, o: { id: string; spans: JsonObject[] }): Promise<JsonObject> {
  let [slice, size]: [JsonObject[], number] = [[], 0]
  const send = async (more: JsonObject) => {
    const body = { experiment_id: o.id, traces: [{ trace_id: trace.id, spans: slice, ...more }] }
    const { traces, refused } = await tell(b, 'traces', body)
    const why = asString(asObject(refused)[trace.id])
    if (why !== undefined) throw new Refused(why)
    ;[slice, size] = [[], 0]
    return asObject(asObject(traces)[trace.id])
  }
  for (const span of o.spans) {
    const length = JSON.stringify(span).length
    if (slice.length > 0 && size + length > sliceSize) await send({})
    slice.push(span)
    size += length
  }
  const location = { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: o.id } }
  return send({ trace_info: { ...trace.info, trace_location: location }, runs: trace.runs, prompts: trace.prompts })
}

class Refused extends Error {}

/** The head is here, and so is everything that can be counted; tags and assessments are as they are there. */
function isSame(trace: Trace, here: JsonObject): boolean {
  const tags = asObject(here.tags)
  const own = new Set(['mlflow.artifactLocation', 'mlflow.trace.spansLocation', 'mlflow.trace.archiveLocation'])
  const judged = asObject(here.assessments)
  return (
    here.finished === true &&
    here.state === trace.info.state &&
    (!trace.hasSpans || trace.count === undefined || here.spans === trace.count) &&
    (!trace.hasSpans || (asNumber(here.spans) ?? 0) > 0) &&
    Object.entries(asObject(trace.info.tags ?? {})).every(([key, value]) => own.has(key) || tags[key] === value) &&
    asArray(trace.info.assessments)
      .map(asObject)
      .every((one) => isJudged(one, asArray(judged[asString(one.assessment_id) ?? ''])))
  )
}

/** What was changed here since counts as here. */
function isJudged(there: JsonObject, [at, valid]: unknown[]): boolean {
  const time = Date.parse(asString(there.last_update_time) ?? '')
  return typeof at === 'number' && (at > time || (at === time && valid === (there.valid !== false)))
}

function compare(b: Bringing, trace: Trace, o: { answer: JsonObject; spans: number | undefined }): void {
  const note = (what: string, there: number, here: number) => {
    if (there > here) b.report.differences.push({ of: `trace ${trace.id}`, what, there, here })
  }
  if (o.spans !== undefined) note('spans', o.spans, asNumber(o.answer.spans) ?? 0)
  note('assessments', asArray(trace.info.assessments).length, Object.keys(asObject(o.answer.assessments)).length)
  for (const [what, field] of [
    ['tags', 'tags'],
    ['metadata', 'trace_metadata'],
  ] as const)
    note(what, Object.keys(asObject(trace.info[field] ?? {})).length, Object.keys(asObject(o.answer[what])).length)
}

async function bringTraceFiles(b: Bringing, trace: Trace, { id, here }: Told): Promise<number> {
  if (!b.artifacts) return 0
  const own = { ...trace, experimentId: id, artifactUri: `mlflow-artifacts:/${id}/traces/${trace.id}/artifacts` }
  const known = here ? await sizesOf(httpSource(ownWire(b.client)).traceArtifacts(own)) : new Map<string, number>()
  const files = trace.hasSpans ? without(b.source.traceArtifacts(trace), 'traces.json') : b.source.traceArtifacts(trace)
  return bringFiles(b, `trace ${trace.id}`, files, {
    to: `${id}/traces/${trace.id}/artifacts`,
    known,
  })
}

/** Spans that are in the database need no second place. */
async function* without(files: AsyncIterable<SourceFile>, path: string): AsyncGenerator<SourceFile> {
  for await (const file of files) if (file.path !== path) yield file
}

/** `ids`: what experiments are called here, by what they are called there. */
export async function bringEvaluations(b: Bringing, ids: ReadonlyMap<string, string>): Promise<void> {
  for await (const set of b.source.evaluations()) {
    const experiments = set.experimentIds.flatMap((each) => ids.get(each) ?? [])
    if (b.experiments.length > 0 && experiments.length === 0) continue
    const of = `evaluation dataset ${set.id}`
    try {
      const dataset = {
        name: set.name,
        created_time: set.createdAt,
        last_update_time: set.updatedAt,
        tags: set.tags,
        experiment_ids: experiments,
        ...Object.fromEntries(
          [
            ['digest', set.digest],
            ['created_by', set.createdBy],
            ['last_updated_by', set.updatedBy],
            ['schema', set.schema],
            ['profile', set.profile],
          ].filter(([, value]) => value !== undefined),
        ),
      }
      let [here, there] = [0, 0]
      await tell(b, 'evaluations', { dataset_id: set.id, dataset })
      for await (const records of b.source.records(set)) {
        there += asArray(JSON.parse(records)).length
        here = asNumber((await tell(b, 'evaluations', { dataset_id: set.id, records })).records) ?? 0
      }
      b.report.evaluations++
      b.report.records += there
      if (there > here) b.report.differences.push({ of, what: 'records', there, here })
    } catch (error) {
      differs(b, of, error)
    }
  }
}

/** They come off and without their secrets. */
export async function bringWebhooks(b: Bringing): Promise<void> {
  for await (const hook of b.source.webhooks()) {
    const { id, ...rest } = hook
    try {
      const answer = await tell(b, 'webhooks', { webhook: { webhook_id: id, ...rest } })
      if (answer.brought === true) b.report.webhooks++
      const left = asArray(answer.left_events).map(String)
      if (left.length > 0)
        b.report.differences.push({ of: `webhook ${hook.name}`, what: `nobody is told of ${left.join(', ')} here` })
    } catch (error) {
      if (!isLazError(error) && !(error instanceof OutOfReach)) throw error
      differs(b, `webhook ${hook.name}`, error)
    }
  }
}
