// A document on its way to the server: first what will be uploaded, then a bar for every upload that takes its time.
import { type Lazurite, type Resolved, resolveDocument, type UploadPlan } from '@lazurite/client'
import type { JsonObject } from '@lazurite/spec'
import { type Document, refuse, shownPath } from './document.ts'
import { bytesText, oneLine, progressBar } from './paint.ts'
import type { Session } from './session.ts'

/**
 * The wire properties of a document, with everything they refer to in place on the server. Raises ValidationFailed for
 * what `judge` does not let pass.
 */
export async function load(
  session: Session,
  client: Lazurite,
  document: Document,
  o: { judge?: typeof refuse; dry?: JsonObject[] } = {},
): Promise<Resolved> {
  const bars = new Map<string, ReturnType<typeof progressBar>>()
  const progress = (path: string, sentBytes: number, totalBytes: number) => {
    const bar = bars.get(path) ?? progressBar(`Uploading ${shownPath(path, session.cwd)}`)
    bars.set(path, bar)
    bar.update(sentBytes, totalBytes)
    if (sentBytes >= totalBytes) bar.end()
  }
  try {
    return await resolveDocument(
      client,
      document.kind,
      { ...document, folders: new Map() },
      { progress, planned: (what, plan) => sayPlan(session, what, plan, o.dry), refuse: o.judge ?? refuse, dry: o.dry },
    )
  } finally {
    for (const bar of bars.values()) bar.end()
  }
}

const mostNamed = 3
/** From here on an upload takes long enough to think about what is in it. */
const largeBytes = 100 * 2 ** 20
const manyFiles = 2000

/** One line before the first byte; nothing for what the server has, unless somebody asked what would happen. */
export function sayPlan(session: Session, path: string, plan: UploadPlan, dry?: JsonObject[]): void {
  const { files, sizeBytes, known, changed } = plan
  const size = `${files} ${files === 1 ? 'file' : 'files'}, ${bytesText(sizeBytes)}`
  const what = shownPath(path, session.cwd)
  if (known) {
    if (dry) session.say(`Nothing to upload of ${what} (${size}): the server has it.`)
    return
  }
  const head = `${dry ? 'Would upload' : 'Uploading'} ${what}: ${size}`
  session.say(`${head}${sayChanged(changed)}`)
  if (sizeBytes >= largeBytes || files >= manyFiles)
    session.say('  What is not needed can be left out with a file named .amlignore in it.')
}

function sayChanged(changed: readonly string[] | undefined): string {
  if (!changed || changed.length === 0) return ''
  const named = changed.slice(0, mostNamed).map(oneLine).join(', ')
  const more = changed.length - mostNamed
  return `; not as before: ${named}${more > 0 ? ` and ${more} more` : ''}`
}
