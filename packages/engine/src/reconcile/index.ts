/** Kinds that move by themselves, and what moves them. */
import type { Reconciler } from '../loop.ts'
import { computeReconciler } from './compute.ts'
import { type JobRoom, jobReconciler } from './job.ts'
import { onlineDeploymentReconciler } from './online-deployment.ts'
import { scheduleReconciler } from './schedule.ts'

export function reconcilersOf(room: JobRoom): Record<string, Reconciler> {
  return {
    job: jobReconciler(room),
    compute: computeReconciler(room),
    schedule: scheduleReconciler,
    'online-deployment': onlineDeploymentReconciler(room),
  }
}
