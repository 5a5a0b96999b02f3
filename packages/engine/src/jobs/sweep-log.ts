/** The log of a sweep, in the form that the official clients stream. */
import { tellLine, writeJournal } from './journal.ts'
import type { Work } from './type.ts'

export const sweepLog = 'azureml-logs/hyperdrive.txt'

/** Adds a line to what will be in the log once this look is on disk. */
export function say(work: Work, part: 'API' | 'CONTROLLER' | 'GENERATOR' | 'SCHEDULER' | 'POLICY', text: string): void {
  const at = new Date(work.now).toISOString().slice(0, -1)
  tellLine(work, `[${at}][${part}][INFO]${text}`)
}

export const writeSweepLog = (work: Work): Promise<void> => writeJournal(work, sweepLog)
