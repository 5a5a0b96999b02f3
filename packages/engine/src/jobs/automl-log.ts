/** The log of an AutoML job: a line for every model, as they end. */
import { tellLine, writeJournal } from './journal.ts'
import type { Work } from './type.ts'

const trialLog = 'user_logs/std_log.txt'

/** Adds a line to what will be in the log once this look is on disk. */
export function say(work: Work, line: string): void {
  if (!work.status.journal) {
    const heads = ['ITERATION'.padStart(10), 'PIPELINE'.padEnd(44), 'DURATION'.padStart(10)]
    tellLine(work, `${heads.join('  ')}  ${'METRIC'.padStart(10)}  ${'BEST'.padStart(10)}`)
  }
  tellLine(work, line)
}

export const writeTrialLog = (work: Work): Promise<void> => writeJournal(work, trialLog)
