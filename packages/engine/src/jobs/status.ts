/**
 * What the loop writes about a job, and everybody else reads: one record with a stated shape. Every reason is in it: why
 * the job waits, what each second went to, which environment it got, why it was reused or not, why it ended.
 */
import { asObject, type JobState, type JsonObject } from '@lazurite/spec'
import type { EndCause, Handle } from '../computes/backend.ts'
import type { AutoMLPart, AutoMLStatus } from './automl-status.ts'
import type { Cause } from './causes.ts'
import type { Reuse } from './reuse.ts'
import type { Made } from './reuse-parts.ts'
import type { SweepStatus, TrialStatus } from './sweep-status.ts'

export interface Phase {
  /** A state of the job, or something that took time within one: `Environment`, `Staging`. */
  name: string
  /** Epoch ms. */
  from: number
  to?: number
}

export interface JobError {
  code: string
  message: string
  hint?: string
  /** The last lines of the log of the process that failed. */
  tail?: string
  /** That log, e.g. `user_logs/std_log.txt`; among the artifacts of `of`, where there is one. */
  log?: string
  /** What most likely went wrong. */
  cause?: Cause
  /** Of a job with steps: the one that failed first, however deep. */
  of?: { job: string; displayName: string }
}

export interface JobNode {
  /** E.g. `cpu-cluster-0`; the first one when there are several. */
  name: string
  compute: string
  /** The backend that runs it. */
  backend?: string
  /** Size name as asked for; '' when none was. */
  size: string
  /** Of each node, as this machine gives it. */
  cores: number
  memoryMiB: number
  /** GPUs of each node. */
  gpuCount: number
  /** GPU numbers of the machine, of all nodes together. */
  gpus: number[]
  /** Node numbers within the compute. */
  nodes: number[]
  /** Queue the nodes belong to. */
  pool: string
}

export interface JobStatus {
  /** Counts from 1; each is a new start of the process. */
  attempt: number
  /** Those that are over and were followed by another. */
  attempts?: Attempt[]
  /** 32 hex digits; names the folder under `<home>/runs`. */
  runUuid: string
  experimentId: string
  experimentName: string
  /** The top-most ancestor, the job itself when it has none. */
  rootRunId: string
  phases: Phase[]
  /** Epoch ms: when the process started. */
  startedAt?: number
  /** Epoch ms: when the job became final. */
  endedAt?: number
  handle?: Handle
  exitCode?: number
  /** E.g. `SIGKILL`. */
  signal?: string
  /** How the process ended, as its backend saw it. */
  end?: { cause?: EndCause; message?: string; at?: number }
  error?: JobError
  /** The cancel request that was heard, as in `asks.cancel`. */
  cancelHeard?: number
  /** Why it waits, in words; absent when it does not. */
  waiting?: string
  environment?: { how: string; hash: string; python: string; notes: string[] }
  node?: JobNode
  /** What each input became: where it comes from and what the command saw. */
  inputs?: Record<string, { uri?: string; value?: string; path?: string; type: string }>
  /** Where each output is, once known. `assetId` is the ARM id of the asset it was registered as. */
  outputs?: Record<string, { uri: string; type: string; assetId?: string; assetName?: string; assetVersion?: string }>
  /** The component a step or a pipeline was made of. */
  component?: { scope: string; name: string; version: string }
  /** Inputs that are outputs of earlier steps: address → id of the asset that the output became. */
  upstream?: Record<string, string>
  reuse?: Reuse
  /** Of a step: what it was held against others by. */
  made?: Made
  /**
   * Of a job with steps: node key → name of the step's job. Iterations of a loop are steps of their own, `body.1`; the
   * body itself stands for the last one once the loop is over.
   */
  children?: Record<string, string>
  /** Steps that are over: node key → final state. */
  finished?: Record<string, JobState>
  /** Steps that will never run: node key → why. */
  skipped?: Record<string, string>
  /** Those of `skipped` that a condition left out: nothing went wrong with them. */
  bypassed?: Record<string, true>
  /** What conditions decided: `if_else` node → the branch that runs. */
  decisions?: Record<string, boolean>
  /** Loops that began: control node → how far they are. */
  loops?: Record<string, Loop>
  /** Why control nodes failed. */
  problems?: Record<string, string>
  /** Number of the last change of a step that was taken down. */
  seen?: number
  /** Why no more steps are started. */
  stopping?: string
  /** All that were started have been asked to stop. */
  stopped?: boolean
  /** Of a sweep: how far it is. */
  sweep?: SweepStatus
  /** Of an AutoML job: how far it is. */
  automl?: AutoMLStatus
  /** Of a job of an AutoML job: what it is for. */
  automlPart?: AutoMLPart
  /** Of a trial: which one it is. */
  trial?: TrialStatus
  /** Properties that the loop adds to those its caller wrote. */
  properties?: Record<string, string>
  /** Lines for the execution log, and the size of the file they belong after. */
  journal?: { sizeBytes: number; pending: string }
  /** Things people should know that stopped nothing, e.g. settings without effect here. */
  notes?: string[]
}

/** An attempt that failed and was followed by another. */
export interface Attempt {
  attempt: number
  startedAt?: number
  endedAt: number
  exitCode?: number
  signal?: string
  /** Its wrapper was killed or the machine went down: no fault of the command. */
  lost?: boolean
  /** In words. */
  why: string
}

/** A loop of a pipeline. */
export interface Loop {
  /** Names of the iterations that were started, in order. */
  started: string[]
  /** Of `parallel_for`: the iterations still to be started. */
  ahead?: string[]
  /** Of `parallel_for`: what its outputs became. */
  outputs?: NonNullable<JobStatus['outputs']>
}

/** Reads a row's `status`. Everything is optional until the loop has looked at the job for the first time. */
export function readJobStatus(status: JsonObject): Partial<JobStatus> {
  return asObject(status) as Partial<JobStatus> // written by this package alone, in this shape
}
