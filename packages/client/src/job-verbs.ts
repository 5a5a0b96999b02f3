// What only jobs do: logs, waiting, children, metrics, outputs.
import {
  asArray,
  asNumber,
  asObject,
  asString,
  fail,
  isFinal,
  isLazError,
  type Json,
  type JsonObject,
  newJobName,
} from '@lazurite/spec'
import type { Job } from '../generated/documents.ts'
import { documentOf, type Saved, textOf } from './document.ts'
import type { Downloaded, DownloadOptions } from './download.ts'
import type { JobQuery } from './find-jobs.ts'
import { type Erased, type Graph, type Rerun, rerunBody, type Timeline } from './job-history.ts'
import {
  type LogHits,
  type LogSearch,
  type MetricLines,
  type MetricQuestion,
  questionBody,
  type RunSummary,
  searchWords,
} from './job-looks.ts'
import { type Listing, type ListOptions, PlainOperations } from './operations.ts'
import { resolveDocument } from './resolve.ts'
import { type Resource, readResource, type Which } from './resource.ts'
import { type Explained, explainedOf, type Planned, plannedOf, type Resume, resumeBody } from './reuse.ts'
import { followLog, isOver } from './stream.ts'
import { type Creatable, sourceOf } from './written.ts'
import type { Source } from './yaml-file.ts'

/** One value of a metric. */
export interface MetricPoint {
  value: number
  step: number
  /** Epoch milliseconds. */
  timestamp: number
}

/** One trial of a sweep. */
export interface Trial {
  /** Counts from 0. */
  trial: number
  /** Name of its job. */
  name: string
  status: string
  values: Record<string, string | number | boolean>
  /** The best value of the primary metric so far; absent when it logged none. */
  score?: number
  /** How many values of it were logged. */
  reported: number
  /** It is the best of all so far. */
  best: boolean
  /** Why it was stopped before its end. */
  stopped?: string
}

export interface StreamOptions {
  /** A log file of the job; its own, else that of its first process, by default. */
  file?: string
  /** Byte to begin with. */
  from?: number
  signal?: AbortSignal
  /** Told how often the connection had to be made again. */
  reconnected?: (attempt: number) => void
}

export interface WaitOptions {
  signal?: AbortSignal
  /** Raises Timeout after so long. */
  timeoutSeconds?: number
  /** Told whenever the state is another. */
  onState?: (state: string, job: Saved<Job>) => void
}

/** Where a job's outputs go. */
export interface JobDownload extends DownloadOptions {
  /** This output alone; `default` is its logs and artifacts. */
  output?: string
  /** Logs, artifacts and every output. */
  all?: boolean
}

/** Work to be done, and its history. */
export class JobVerbs extends PlainOperations<Job> {
  /** A job without a name gets one, its display name is its name, its experiment `Default` unless told. */
  protected override prepare(source: Source): Source {
    const name = textOf(source.yaml, 'name') ?? newJobName(Math.random)
    const { files } = this.client.platform
    const experiment = files?.basename(files.cwd()).replace(/\s+/g, '') || 'Default'
    const given = source.yaml
    const display = given.display_name ?? name
    return {
      ...source,
      yaml: { ...given, name, display_name: display, experiment_name: given.experiment_name ?? experiment },
    }
  }

  /** The steps of a pipeline, the trials of a sweep. */
  children(name: string, options: ListOptions = {}): Listing<Saved<Job>> {
    return this.listing({ archived: 'all', ...options, filter: { ...options.filter, parentJobName: name } })
  }

  /**
   * The log as text while it is written, until the job is over; a broken connection loses and repeats nothing.
   * @example for await (const text of laz.jobs.stream(job.name)) process.stdout.write(text)
   */
  async *stream(name: string, options: StreamOptions = {}): AsyncGenerator<string> {
    const decoder = new TextDecoder()
    for await (const { bytes } of followLog(this.client, name, options)) {
      const text = decoder.decode(bytes, { stream: true })
      if (text !== '') yield text
    }
    const rest = decoder.decode()
    if (rest !== '') yield rest
  }

  /** The log as far as it is written. */
  async log(name: string, file?: string): Promise<string> {
    const query = file === undefined ? '' : `?${new URLSearchParams({ path: file })}`
    const path = `/lazurite/v1${this.wire.path({ name })}/log${query}`
    return (await this.client.ask({ path, headers: { accept: '*/*' } })).text()
  }

  /** The job once it is over, well or not. Raises Timeout. */
  async wait(name: string, options: WaitOptions = {}): Promise<Saved<Job>> {
    const limit = options.timeoutSeconds
    const until = limit === undefined ? Number.POSITIVE_INFINITY : Date.now() + limit * 1000
    let last = ''
    const seen = (job: Resource) => {
      const state = asString(job.properties.status) ?? ''
      if (state !== last) options.onState?.(state, documentOf<Job>(this.kind, job))
      last = state
      if (isOver(job)) return true
      if (Date.now() >= until) fail('Timeout', { what: `Waiting for ${name}`, limit: `${limit} seconds` })
      return false
    }
    return documentOf<Job>(this.kind, await this.wire.wait({ name }, seen, options.signal))
  }

  /** Asks it to stop; answers the job as it is then. */
  async cancel(name: string): Promise<Saved<Job>> {
    await this.act({ name }, 'cancel')
    return this.get(name)
  }

  /** Jobs by state, experiment, tags, parameters, metrics and more, newest first; the server looks for them. */
  async *find(query: JobQuery): AsyncGenerator<Saved<Job>> {
    for await (const job of this.client.findJobs(query)) yield documentOf<Job>(this.kind, job)
  }

  /** Where the time of a job and of its steps went. */
  async timeline(name: string): Promise<Timeline> {
    const path = `/lazurite/v1${this.wire.path({ name })}/timeline`
    return (await (await this.client.ask({ path })).json()) as unknown as Timeline // the server's own shape
  }

  /** The steps of a pipeline with their states, and what connects them; none of a job without steps. */
  async graph(name: string): Promise<Graph> {
    const path = `/lazurite/v1${this.wire.path({ name })}/graph`
    return (await (await this.client.ask({ path })).json()) as unknown as Graph // the server's own shape
  }

  /** What is known of every metric of a job, its parameters and tags. */
  async summary(name: string): Promise<RunSummary> {
    const path = `/lazurite/v1${this.wire.path({ name })}/metrics`
    return (await (await this.client.ask({ path })).json()) as unknown as RunSummary // the server's own shape
  }

  /** Many metrics of many jobs on one axis, in as many slices as are drawn. */
  async metricLines(question: MetricQuestion): Promise<MetricLines> {
    const path = `/lazurite/v1${this.wire.path().replace(/\/[^/]+$/, '')}/metrics/query`
    const answer = await this.client.ask({ method: 'POST', path, body: questionBody(question) })
    return (await answer.json()) as unknown as MetricLines // the server's own shape
  }

  /** Lines of a log that hold a text; the server looks for them, however long it is. */
  async searchLog(name: string, text: string, options: LogSearch = {}): Promise<LogHits> {
    const path = `/lazurite/v1${this.wire.path({ name })}/log/search?${searchWords(text, options)}`
    return (await (await this.client.ask({ path })).json()) as unknown as LogHits // the server's own shape
  }

  /** The same job once more, with other values where they are given. */
  async rerun(name: string, options: Rerun = {}): Promise<Saved<Job>> {
    const path = `/lazurite/v1${this.wire.path({ name })}/rerun`
    const answer = await this.client.ask({ method: 'POST', path, body: rerunBody(options) })
    return documentOf<Job>(this.kind, readResource(await answer.json()))
  }

  /**
   * Deletes a job that is over for good: its steps, logs, metrics, and the bytes that nothing else names. With `dryRun`
   * nothing is touched. Raises JobNotFinal.
   */
  async erase(name: string, options: { dryRun?: boolean } = {}): Promise<Erased> {
    const path = `/lazurite/v1${this.wire.path({ name })}${options.dryRun ? '?dryRun=true' : ''}`
    return (await (await this.client.ask({ method: 'DELETE', path })).json()) as unknown as Erased // the server's own shape
  }

  /** Why a step was run again or reused; of a pipeline every step. `step` is a path of keys: `train`, `outer/train`. */
  async explain(name: string, step = ''): Promise<Explained> {
    const query = step === '' ? '' : `?${new URLSearchParams({ step })}`
    const answer = await this.client.ask({ path: `/lazurite/v1${this.wire.path({ name })}/explain${query}` })
    return explainedOf(await answer.json())
  }

  /** What would happen to a job: which steps would run, and why. Nothing is sent but what is needed to tell. */
  async dryRun(job: Creatable<Job>): Promise<Planned> {
    const pending: JsonObject[] = []
    const source = this.prepare(sourceOf(job, this.client))
    const { properties } = await resolveDocument(this.client, this.kind, source, { dry: pending })
    const path = `/lazurite/v1${this.wire.path({ name: textOf(source.yaml, 'name') ?? '' })}/dry-run`
    const answer = await this.client.ask({ method: 'POST', path, body: { properties, pending } })
    return plannedOf(await answer.json())
  }

  /** A new pipeline that goes on where this one ended: what completed is taken over, what is changed runs. */
  async resume(name: string, change: Resume = {}): Promise<Saved<Job>> {
    const path = `/lazurite/v1${this.wire.path({ name })}/resume`
    const answer = await this.client.ask({ method: 'POST', path, body: resumeBody(change) })
    return documentOf<Job>(this.kind, readResource(asObject(await answer.json())))
  }

  /** The metrics a job logged, each with all its values. */
  async metrics(name: string): Promise<Record<string, MetricPoint[]>> {
    const found = asObject(await this.#metric(name, 'list', {}))
    const keys = asArray(found.value).flatMap((one) => asString(asObject(asObject(one).metricKey).name) ?? [])
    const series = await Promise.all(keys.map(async (key) => [key, await this.#points(name, key)] as const))
    return Object.fromEntries(series)
  }

  async #points(job: string, key: string): Promise<MetricPoint[]> {
    const points: MetricPoint[] = []
    let continuationToken: string | undefined
    do {
      const body = { metricName: key, ...(continuationToken === undefined ? {} : { continuationToken }) }
      const page = asObject(await this.#metric(job, 'full', body))
      points.push(...asArray(page.value).flatMap((row) => pointOf(asObject(row), key)))
      continuationToken = asString(page.continuationToken)
    } while (continuationToken !== undefined)
    return points
  }

  async #metric(job: string, verb: string, body: JsonObject): Promise<Json> {
    const workspace = this.wire.path().replace(/\/[^/]+$/, '')
    const path = `/metric/v2.0${workspace}/runs/${encodeURIComponent(job)}/${verb}`
    return (await this.client.ask({ method: 'POST', path, body })).json()
  }

  /** The trials of a sweep in the order they were made. Raises BadArgument for a job that has none. */
  async trials(name: string): Promise<Trial[]> {
    const path = `/lazurite/v1${this.wire.path({ name })}/trials`
    const { value } = asObject(await (await this.client.ask({ path })).json())
    return asArray(value).map((row) => trialOf(asObject(row)))
  }

  /** The datastore URIs of a job's outputs, by their names. */
  async outputs(name: string): Promise<Record<string, string>> {
    const job = await this.#origin(await this.wire.get({ name }))
    const names = Object.keys(asObject(job.properties.outputs)).filter((key) => key !== 'default')
    return Object.fromEntries(names.map((output) => [output, uriOf(job, output)]))
  }

  /**
   * Copies what a finished job left behind below `to`: its logs and artifacts into `artifacts/`, outputs into
   * `named-outputs/<name>/`. Raises JobNotFinal, and BadArgument for an output it does not have.
   */
  async download(name: string, to: string, options: JobDownload = {}): Promise<Downloaded> {
    const job = await this.wire.get({ name })
    const state = asString(job.properties.status) ?? ''
    if (!isFinal(state)) fail('JobNotFinal', { name, state })
    const { output, all, ...rest } = options
    const outputs = await this.outputs(name)
    if (output !== undefined && output !== 'default' && !Object.hasOwn(outputs, output))
      fail('BadArgument', {
        what: `The job ${name} has no output ${output}; it has ${Object.keys(outputs).join(', ') || 'none'}.`,
      })
    const wanted = all ? Object.keys(outputs) : output === undefined || output === 'default' ? [] : [output]
    const places: [string, string][] = wanted.map((one) => [outputs[one] ?? '', `${to}/named-outputs/${one}`])
    if (all || wanted.length === 0) places.unshift([artifactsOf(await this.#origin(job)), `${to}/artifacts`])
    const sum: Downloaded = { files: 0, sizeBytes: 0 }
    for (const [uri, folder] of places) {
      const part = await this.client.download(uri, folder, rest)
      sum.files += part.files
      sum.sizeBytes += part.sizeBytes
    }
    return sum
  }

  /** A step that was reused has its files where they were made, a sweep those of its best trial. */
  async #origin(job: Resource): Promise<Resource> {
    const properties = asObject(job.properties.properties)
    const best = asString(properties.best_child_run_id)
    if (best !== undefined) return this.wire.get({ name: best })
    const of = asString(properties['azureml.reusedrunid'])
    if (asString(properties['azureml.isreused'])?.toLowerCase() !== 'true' || of === undefined) return job
    // the step that made them may have been deleted; what is still used of it stayed
    return this.wire
      .get({ name: of })
      .catch((error: unknown) => (isLazError(error) && error.http === 404 ? job : Promise.reject(error)))
  }

  protected override which(document: JsonObject): Which {
    return { name: textOf(document, 'name') ?? '' }
  }
}

function trialOf(row: JsonObject): Trial {
  const { trial, name, status, values, score, reported, best, stopped } = row
  const number = asNumber(score)
  const why = asString(stopped)
  return {
    trial: asNumber(trial) ?? 0,
    name: asString(name) ?? '',
    status: asString(status) ?? '',
    values: asObject(values) as Trial['values'], // the server writes texts, numbers and booleans there
    reported: asNumber(reported) ?? 0,
    best: best === true,
    ...(number === undefined ? {} : { score: number }),
    ...(why === undefined ? {} : { stopped: why }),
  }
}

function pointOf(row: JsonObject, key: string): MetricPoint[] {
  const data = asObject(row.data)
  const value = data[key] ?? Object.values(data)[0] ?? null
  const number = typeof value === 'string' ? Number(value) : asNumber(value)
  const at = asString(row.createdUtc)
  if (number === undefined) return []
  return [{ value: number, step: asNumber(row.step) ?? 0, timestamp: at === undefined ? 0 : Date.parse(at) }]
}

function artifactsOf(job: Resource): string {
  const uri = asString(asObject(asObject(job.properties.outputs).default).uri)
  const plain = `azureml://datastores/workspaceartifactstore/paths/ExperimentRun/dcid.${job.name}/`
  return uri?.includes('/paths/') ? uri : plain
}

function uriOf(job: Resource, output: string): string {
  const placed = asObject(asObject(asObject(job.rest.lazurite).outputs)[output])
  const declared = asObject(asObject(job.properties.outputs)[output])
  return (
    asString(placed.uri) ??
    asString(declared.uri) ??
    `azureml://datastores/workspaceblobstore/paths/azureml/${job.name}/${output}/`
  )
}
