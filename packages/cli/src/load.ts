// A document on its way to the server, with a bar for every upload that takes its time.
import { type Lazurite, type Resolved, resolveDocument } from '@lazurite/client'
import { type Document, refuse, shownPath } from './document.ts'
import { progressBar } from './paint.ts'
import type { Session } from './session.ts'

/**
 * The wire properties of a document, with everything they refer to in place on the server. Raises ValidationFailed for
 * what `judge` does not let pass.
 */
export async function load(
  session: Session,
  client: Lazurite,
  document: Document,
  judge: typeof refuse = refuse,
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
      { progress, refuse: judge },
    )
  } finally {
    for (const bar of bars.values()) bar.end()
  }
}
