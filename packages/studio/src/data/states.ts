// Which family a state belongs to: its colour and its mark. Words come from the server and are shown as they are.

export type Family = 'queue' | 'prep' | 'run' | 'ok' | 'fail' | 'warn' | 'cancel'

const words: Record<Family, string> = {
  queue: 'NotStarted Queued Scheduled idle Idle',
  prep: 'Starting Provisioning Preparing Creating Updating Scaling Resizing SettingUp UserSettingUp Restarting Stopping preparing',
  run: 'Running Finalizing JobRunning busy running',
  ok: 'Completed Succeeded Steady Ready Enabled',
  fail: 'Failed CreateFailed SetupFailed UserSetupFailed Unusable unusable',
  warn: 'NotResponding Paused CancelRequested preempted leaving Unknown',
  cancel: 'Canceled Skipped Stopped Deleting Archived Disabled',
}

const families = new Map(
  Object.entries(words).flatMap(([family, states]) => states.split(' ').map((state) => [state, family as Family])),
)

export function familyOf(state: string): Family {
  return families.get(state) ?? 'warn'
}

const plain: Record<string, string> = {
  NotStarted: 'Not started',
  NotResponding: 'Not responding',
  CancelRequested: 'Canceling',
  SettingUp: 'Setting up',
  JobRunning: 'Job running',
  CreateFailed: 'Create failed',
  SetupFailed: 'Setup failed',
}

/** A state in words. */
export function wordOf(state: string): string {
  return plain[state] ?? state
}

/** Things that serve or stand are ready, not completed. */
export function standing(state: string): string {
  return state === 'Succeeded' || state === 'Completed' || state === 'Steady' ? 'Ready' : state
}

const final = new Set(['Completed', 'Failed', 'Canceled'])
export function isOver(state: string): boolean {
  return final.has(state)
}
