// What nobody came back for. Blocks that no list has named are forgotten a week after the last of them; a container made
// for one upload goes two days after it was made (its signature ended after one) when nothing in the database names it.
// The first look that finds it named takes the mark off, so that it is never looked at again.
import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { forgetUpload } from './blocks.ts'
import { deleteContainer, readNote, writeNote } from './containers.ts'
import type { Shelf } from './place.ts'
import { namesIn } from './slots.ts'
import type { Tx } from './sql.ts'

const hourMs = 3600 * 1000
/** Blocks live this long after the last of their blob. */
export const blocksLiveMs = 7 * 24 * hourMs
/** A container for one upload lives this long when nobody registers it. */
export const uploadLivesMs = 48 * hourMs
const mark = ':pending'

/** The metadata of a container that waits for its upload to be registered. */
export function pendingSince(now: number): Record<string, string> {
  return { [mark]: String(now) }
}

/** Forgets old blocks. Answers how many uploads were forgotten. */
export function sweepBlocks(shelf: Shelf, now: number): number {
  let gone = 0
  for (const folder of grandchildren(shelf.blocks)) {
    if (shelf.uploads.get(folder)?.busy) continue
    const found = statSync(folder, { throwIfNoEntry: false })
    if (found === undefined || now - found.mtimeMs <= blocksLiveMs) continue
    forgetUpload(shelf, folder)
    rmSync(folder, { recursive: true, force: true })
    gone++
  }
  return gone
}

/** Removes the containers of uploads that nobody registered. Answers how many. */
export async function sweepPending(shelf: Shelf, now: number): Promise<number> {
  let gone = 0
  for (const account of namesIn(shelf.storage)) {
    for (const container of namesIn(join(shelf.storage, account))) {
      const at = { account, container, name: '', now }
      const since = (await readNote(shelf.sql, at))?.metadata[mark]
      if (since === undefined || now - Number(since) <= uploadLivesMs) continue
      const removed = await deleteContainer(shelf, account, container, async (tx) => {
        if (!(await isNamed(tx, container))) return true
        const { [mark]: _, ...rest } = (await readNote(tx, at))?.metadata ?? {}
        await writeNote(tx, at, rest)
        return false
      })
      if (removed) gone++
    }
  }
  return gone
}

/** Every place of the database that may hold the address of something stored. */
const places: [table: string, columns: string[]][] = [
  ['resources', ['props', 'status', 'asks']],
  ['logged_models', ['folder', 'tags', 'params']],
  ['datasets', ['source', 'fields', 'profile']],
  ['run_tags', ['value']],
  ['run_params', ['value']],
  ['experiment_tags', ['value']],
]

async function isNamed(tx: Tx, container: string): Promise<boolean> {
  for (const [table, columns] of places) {
    const any = columns.map((column) => `instr(${column}, ?) > 0`).join(' OR ')
    const values = columns.map(() => container)
    if (await tx.get(`SELECT 1 AS named FROM ${table} WHERE ${any} LIMIT 1`, values)) return true
  }
  return false
}

function grandchildren(root: string): string[] {
  const below = (folder: string) =>
    readdirSync(folder, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? [join(folder, e.name)] : []))
  return below(root).flatMap(below).flatMap(below)
}
