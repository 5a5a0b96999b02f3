// What everything that is brought along shares: whom it goes to, how it is told, how files go, what is noted.
import type { Lazurite } from '@lazurite/client'
import { asObject, isLazError, type JsonObject } from '@lazurite/spec'
import type { Report } from './report.ts'
import { OutOfReach, type Source, type SourceFile } from './source.ts'
import { trackingPath } from './wires.ts'

export interface BringOptions {
  client: Lazurite
  source: Source
  /** Names; all of them when empty. */
  experiments: readonly string[]
  /** Ids; all of them when empty. */
  runs: readonly string[]
  artifacts: boolean
  progress(report: Report): void
}

export interface Bringing extends BringOptions {
  report: Report
  home: string
}

type Door = 'runs' | 'models' | 'traces' | 'evaluations' | 'webhooks'

export async function tell(b: Bringing, what: Door, body: JsonObject): Promise<JsonObject> {
  return asObject(await (await b.client.ask({ method: 'POST', path: `${b.home}/${what}/import`, body })).json())
}

/** What goes wrong with one is a difference; what goes wrong with the server ends it. */
export function differs(b: Bringing, of: string, error: unknown): void {
  if (isLazError(error) && error.http >= 500) throw error
  b.report.differences.push({ of, what: error instanceof Error ? error.message : String(error) })
}

/** By path. */
export async function sizesOf(files: AsyncIterable<SourceFile>): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  for await (const { path, sizeBytes } of files) found.set(path, sizeBytes ?? -1)
  return found
}

/** Uploads what is not here in that size; answers how many. */
export async function bringFiles(
  b: Bringing,
  of: string,
  files: AsyncIterable<SourceFile>,
  { to, known }: { to: string; known: ReadonlyMap<string, number> },
): Promise<number> {
  let sent = 0
  try {
    for await (const file of files) {
      b.report.files++
      if (file.sizeBytes !== undefined && known.get(file.path) === file.sizeBytes) {
        b.report.sizeBytes += file.sizeBytes
        continue
      }
      b.report.sizeBytes += await upload(b, `${to}/${file.path}`, file)
      sent++
    }
  } catch (error) {
    if (!(error instanceof OutOfReach)) throw error
    b.report.differences.push({ of: `artifacts of ${of}`, what: error.message })
  }
  return sent
}

async function upload(b: Bringing, address: string, file: SourceFile): Promise<number> {
  let sizeBytes = 0
  const counted = async function* () {
    for await (const part of file.read()) {
      sizeBytes += part.length
      yield part
    }
  }
  const path = `${trackingPath(b.client)}/api/2.0/mlflow-artifacts/artifacts/${address.split('/').map(encodeURIComponent).join('/')}`
  await b.client.ask({ method: 'PUT', path, body: counted(), headers: { 'content-type': 'application/octet-stream' } })
  return sizeBytes
}
