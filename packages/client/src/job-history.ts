// What the history of a job tells, and what can be asked of it.
import type { Json, JsonObject } from '@lazurite/spec'

export type JobStage = 'queued' | 'preparing' | 'running' | 'finalizing'

export interface TimelineOf {
  name: string
  displayName: string
  status: string
  /** Epoch milliseconds: when it was submitted. */
  from: number
  startedAt: number | null
  endedAt: number | null
  totalSeconds: number
  /** Seconds. */
  stages: Record<JobStage, number>
  /** Without a gap; `to` is absent while one goes on. */
  phases: { name: string; stage: JobStage; from: number; to?: number; seconds: number; detail?: string }[]
  /** The step that this one took its results from. */
  reusedFrom?: string | null
}

/** Where the time of a job went. */
export interface Timeline extends TimelineOf {
  /** Why it waits, when it does. */
  waiting: string | null
  steps: TimelineOf[]
}

/** A step of a pipeline, or data that goes into it or comes out of it (`kind` `input` and `output`). */
export interface GraphNode {
  /** Path of node keys, `outer/train`; data has `:in/` and `:out/` before its name. */
  id: string
  /** The id of the pipeline it is in; '' for the outermost. */
  in: string
  key: string
  kind: string
  /** A state of jobs; `Skipped` for what never runs; '' for data and in graphs of components. */
  status: string
  /** Why it was not run, was reused, or what it decided. */
  why?: string
  job?: string
  component?: { name: string; version: string }
  /** Epoch milliseconds. */
  createdAt?: number
  startedAt?: number
  endedAt?: number
  /** Where its time went. */
  phases?: { name: string; stage: string; from: number; to?: number }[]
  /** The step it has its outputs from; '' when it is gone. */
  reusedFrom?: string
  attempt?: number
  /** How many jobs it has made. */
  children?: number
  /** Of the body of a loop. */
  rounds?: { key: string; job: string; status: string; startedAt?: number; endedAt?: number }[]
  inputs?: GraphPort[]
  outputs?: GraphPort[]
  error?: string
}

export interface GraphPort {
  name: string
  type?: string
  value?: string
  mode?: string
}

/** From an output to an input; `branch`, `loop` and `after` connect without data. */
export interface GraphEdge {
  from: string
  to: string
  fromPort: string
  toPort: string
  kind: 'data' | 'branch' | 'loop' | 'after'
}

/** A pipeline with all pipelines inside it. */
export interface Graph {
  name: string
  displayName: string
  status: string
  /** The same for the same nodes and edges, whatever their states. */
  hash: string
  nodes: GraphNode[]
  edges: GraphEdge[]
  truncated: boolean
}

/** What goes for good, or would. */
export interface Erased {
  dryRun: boolean
  jobs: string[]
  experiments: string[]
  assets: { kind: string; name: string; version: string }[]
  runs: number
  metricPoints: number
  files: number
  sizeBytes: number
  folders: { path: string; files: number; sizeBytes: number }[]
  /** What stays, and who names it. */
  kept: { path: string; by: string }[]
}

/** What is other than the last time. */
export interface Rerun {
  /** Name of the new job. */
  name?: string
  displayName?: string
  experimentName?: string
  compute?: string
  /** Values of literal inputs, addresses of the others. */
  inputs?: Record<string, Json>
  environmentVariables?: Record<string, string>
  tags?: Record<string, string>
  /** Steps run also when nothing of them changed. */
  force?: boolean
}

export function rerunBody(options: Rerun): JsonObject {
  const { displayName, experimentName, environmentVariables, ...same } = options
  const body: Record<string, Json | undefined> = {
    ...same,
    display_name: displayName,
    experiment_name: experimentName,
    environment_variables: environmentVariables,
  }
  return JSON.parse(JSON.stringify(body)) as JsonObject // without what was not given
}
