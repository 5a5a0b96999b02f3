// State machines as tables. Everything else about states (final? may cancel? what does MLflow call it?) is read from here.
import { fail } from './errors.ts'

export type JobState =
  | 'NotStarted'
  | 'Preparing'
  | 'Queued'
  | 'Provisioning'
  | 'Starting'
  | 'Running'
  | 'Paused'
  | 'NotResponding'
  | 'CancelRequested'
  | 'Finalizing'
  | 'Completed'
  | 'Failed'
  | 'Canceled'

export interface StateRow<S extends string = string> {
  /** States this one may become. A state without arrows is final. */
  readonly to: readonly S[]
  /** What MLflow calls it. */
  readonly mlflow?: MlflowStatus
}
export type StateTable<S extends string = string> = { readonly [state in S]: StateRow<S> }
export type MlflowStatus = 'SCHEDULED' | 'RUNNING' | 'FINISHED' | 'FAILED' | 'KILLED'

export const jobStates: StateTable<JobState> = {
  NotStarted: {
    to: ['Preparing', 'Queued', 'Running', 'Completed', 'CancelRequested', 'Canceled', 'Failed'],
    mlflow: 'SCHEDULED',
  },
  Preparing: { to: ['Queued', 'Running', 'CancelRequested', 'Failed'], mlflow: 'SCHEDULED' },
  Queued: { to: ['Provisioning', 'Starting', 'CancelRequested', 'Failed'], mlflow: 'SCHEDULED' },
  Provisioning: { to: ['Starting', 'Queued', 'CancelRequested', 'Failed'], mlflow: 'SCHEDULED' },
  Starting: { to: ['Running', 'Queued', 'Finalizing', 'CancelRequested', 'Failed'], mlflow: 'SCHEDULED' },
  Running: {
    to: ['Finalizing', 'Paused', 'NotResponding', 'Queued', 'CancelRequested', 'Completed', 'Failed'],
    mlflow: 'RUNNING',
  },
  Paused: { to: ['Queued', 'CancelRequested'], mlflow: 'SCHEDULED' },
  NotResponding: { to: ['Running', 'Queued', 'Finalizing', 'CancelRequested', 'Failed'], mlflow: 'RUNNING' },
  CancelRequested: { to: ['Finalizing', 'Canceled', 'Completed', 'Failed'], mlflow: 'RUNNING' },
  // another attempt begins at the queue
  Finalizing: { to: ['Completed', 'Failed', 'Canceled', 'Queued', 'CancelRequested'], mlflow: 'RUNNING' },
  Completed: { to: [], mlflow: 'FINISHED' },
  Failed: { to: [], mlflow: 'FAILED' },
  Canceled: { to: [], mlflow: 'KILLED' },
}

export type ProvisioningState = 'Creating' | 'Updating' | 'Scaling' | 'Deleting' | 'Succeeded' | 'Failed' | 'Canceled'
const settled: readonly ProvisioningState[] = ['Updating', 'Scaling', 'Deleting']

/** provisioningState of resources that are made in the background. */
export const provisioningStates: StateTable<ProvisioningState> = {
  Creating: { to: ['Succeeded', 'Failed', 'Canceled', 'Deleting'] },
  Updating: { to: ['Succeeded', 'Failed', 'Canceled', 'Deleting'] },
  Scaling: { to: ['Succeeded', 'Failed', 'Canceled', 'Deleting'] },
  Deleting: { to: ['Failed'] },
  Succeeded: { to: settled },
  Failed: { to: settled },
  Canceled: { to: settled },
}

/** True when nothing follows this job state. */
export function isFinal(state: string): boolean {
  return row(jobStates, state)?.to.length === 0
}

/** True when the table has an arrow from one state to the other. Staying put is always allowed. */
export function canMove(table: StateTable, from: string, to: string): boolean {
  return from === to || (row(table, from)?.to.includes(to) ?? false)
}

/** Returns `to`. Raises InvalidTransition when the table has no such arrow. */
export function move<S extends string>(table: StateTable<S>, from: S, to: S): S {
  // a StateTable<S> is a StateTable of strings; the parameter is contravariant only in its keys
  if (!canMove(table as unknown as StateTable, from, to)) fail('InvalidTransition', { from, to })
  return to
}

/** True when a cancel request means something in this job state. */
export function canCancel(state: string): boolean {
  return canMove(jobStates, state, 'CancelRequested') && state !== 'CancelRequested'
}

/** MLflow's word for a job state (SCHEDULED for a state that is not ours). */
export function mlflowStatus(state: string): MlflowStatus {
  return row(jobStates, state)?.mlflow ?? 'SCHEDULED'
}

/** Run history's word for a job state: the same word, `NotStarted` for one that is not ours. */
export function historyStatus(state: string): string {
  return row(jobStates, state) ? state : 'NotStarted'
}

function row(table: StateTable, state: string): StateRow | undefined {
  return Object.hasOwn(table, state) ? table[state] : undefined
}
