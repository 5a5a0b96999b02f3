/** When an instance starts and stops by itself. */
import type { Row } from '@lazurite/store'

export interface Due {
  action: 'start' | 'stop'
  /** Epoch ms. */
  at: number
}

/** What the schedules of an instance wanted last in (since, now], and when they want something next. */
export function timesOf(_row: Row, _since: number, _now: number): { last: Due | undefined; next: number | undefined } {
  return { last: undefined, next: undefined }
}
