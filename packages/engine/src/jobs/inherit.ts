/**
 * What a reused step has of the one it repeats, beside its outputs: logs and other artifacts, parameters, tags and metrics. It
 * has them for itself, so that the original can be deleted and every face shows them without knowing of reuse.
 */
import { artifactsFolder, shareArtifacts } from '../run-folder.ts'
import { placeOf } from './launch.ts'
import { openRecord } from './record.ts'
import { readJobStatus } from './status.ts'
import type { Next, Work } from './type.ts'

/** Points handed over at once. */
const pageSize = 10_000

/** The whole life of a reused step, of any type: its outputs are those of the step it repeats, from its birth. */
export async function takeOver(work: Work, of: string): Promise<Next> {
  await openRecord(work)
  const { row, key, tools } = work
  const done = await tools.errands.run({ id: row.id, key }, 'inherit', (signal) => inherit(work, of, signal))
  if (!done) return { wait: null }
  const original = await work.ctx.store.resources.get({ ...key, name: of })
  const { properties } = original ? readJobStatus(original.status) : {}
  if (properties) work.status.properties = properties
  return { to: 'Completed' }
}

async function inherit(work: Work, of: string, signal: AbortSignal): Promise<void> {
  const { store } = work.ctx
  const { scope } = work.key
  const { workspace, folder } = await placeOf(work)
  await shareArtifacts(artifactsFolder(store, workspace, of), folder.artifacts, signal)
  const original = await store.runs.get(scope, of)
  if (!original) return
  await store.runs.logParams(scope, work.row.name, original.params)
  const own = (await store.runs.get(scope, work.row.name))?.tags ?? {}
  const tags = Object.entries(original.tags).filter(([name]) => !Object.hasOwn(own, name))
  if (tags.length > 0) await store.runs.setTags(scope, work.row.name, Object.fromEntries(tags))
  for (const key of await store.series.keys(scope, of)) {
    let after: string | undefined
    do {
      signal.throwIfAborted()
      const page = await store.series.history(scope, of, key, {
        max: pageSize,
        ...(after === undefined ? {} : { after }),
      })
      await store.series.append(scope, work.row.name, page.points)
      after = page.next
    } while (after !== undefined)
  }
}
