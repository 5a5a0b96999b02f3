/**
 * The execution log of a pipeline, in the wording that people's tools look for. New lines are first written into the
 * pipeline's row, together with what they tell of; then they go to a fixed place in the file. Doing that again writes the
 * same bytes to the same place, so no crash doubles or drops a line.
 */
import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { workspaceOf } from '../reconcile/workspace.ts'
import { artifactsFolder } from '../run-folder.ts'
import type { Work } from './type.ts'
import { scratchOf } from './work.ts'

export const executionLog = 'logs/azureml/executionlogs.txt'

/** Adds a line to what will be in the log once this look is on disk. */
export function tell(work: Work, text: string): void {
  const at = new Date(work.now).toISOString().slice(0, 19).replace('T', ' ')
  tellLine(work, `[${at}Z] ${text}`)
}

/** The same for a log whose lines begin in another way. */
export function tellLine(work: Work, line: string): void {
  const journal = work.status.journal ?? { sizeBytes: 0, pending: '' }
  work.status.journal = journal
  journal.pending += `${line}\n`
}

/** Puts the pending lines into the file; to be called when the row that holds them is on disk. */
export async function writeJournal(work: Work, log = executionLog): Promise<void> {
  const { journal } = work.status
  if (!journal?.pending) return
  const sizeBytes = journal.sizeBytes + Buffer.byteLength(journal.pending)
  const scratch = scratchOf(work)
  if (scratch.journalBytes === sizeBytes) return
  const { store } = work.ctx
  const workspace = await workspaceOf(store, work.key.scope)
  const file = `${artifactsFolder(store, workspace, work.row.name)}/${log}`
  if (journal.sizeBytes === 0) await mkdir(dirname(file), { recursive: true })
  const handle = await open(file, 'a+').then(async (made) => {
    await made.close()
    return open(file, 'r+')
  })
  try {
    await handle.write(journal.pending, journal.sizeBytes)
  } finally {
    await handle.close()
  }
  scratch.journalBytes = sizeBytes
}

/** The pending lines are in the file: they are history now. */
export function settleJournal(work: Work): void {
  const { journal } = work.status
  if (!journal?.pending) return
  journal.sizeBytes += Buffer.byteLength(journal.pending)
  journal.pending = ''
}
