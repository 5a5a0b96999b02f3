/** Schedules: every look starts what is due and says when to look again. */
import type { Outcome, Reconciler } from '../loop.ts'

export const scheduleReconciler: Reconciler = {
  async step(row, { ctx }) {
    const { look } = await import('../schedules/look.ts')
    return look(row, ctx)
  },
  async failed(row, error, { ctx }) {
    const at = new Date(ctx.clock.now()).toISOString()
    return {
      state: 'Failed',
      status: { ...row.status, error: { at, message: error.message } },
      wakeAt: null,
    } satisfies Outcome
  },
}
