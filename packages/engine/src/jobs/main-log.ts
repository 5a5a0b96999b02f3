/** Which log stands for a job: what is followed when nobody names one. */
import { asString, type JsonObject } from '@lazurite/spec'
import { mainLogOf as logOfProcesses } from '../distribute.ts'
import { executionLog } from './journal.ts'
import { sweepLog } from './sweep-log.ts'

/** Job types that run no process of their own. */
const logs: Readonly<Record<string, string>> = { pipeline: executionLog, sweep: sweepLog }

/**
 * The log that stands for a job, as an artifact path.
 * @param props the job's properties, as on the wire
 */
export function mainLogOf(props: JsonObject): string {
  const type = (asString(props.jobType) ?? '').toLowerCase()
  return (Object.hasOwn(logs, type) ? logs[type] : undefined) ?? logOfProcesses(props)
}
