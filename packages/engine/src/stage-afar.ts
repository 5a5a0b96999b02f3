/**
 * Inputs from and outputs to datastores that are not on this machine: there is nothing to link to, so both modes of an
 * input are a copy, and what is written for an output is sent when the process is over.
 */
import { mkdir, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fail } from '@lazurite/spec'
import type { Place } from './datastores/resolve.ts'
import { fetchFile, fetchTree, sendTree, type Transferred } from './datastores/transfer.ts'
import { comingMark } from './run-folder.ts'
import type { Stage, StageIn, StageOut } from './stage.ts'
import { evaluate } from './stage-table.ts'

const tellEveryMs = 10_000

/** Raises as `bringIn`. */
export async function bringFromAfar(
  input: StageIn,
  place: Place,
  dest: string,
  { scope, ctx }: { scope: string; ctx: Stage },
): Promise<{ path: string }> {
  const target = `inputs.${input.name}`
  if (input.mode === 'ReadWriteMount') {
    fail(
      'NotSupported',
      {
        what: `The mode rw_mount of the input ${input.name}`,
        why: 'its datastore is not on this machine, and what a script changes in a copy would be lost',
        instead: 'Use ro_mount or download, and an output for what is written.',
      },
      { target },
    )
  }
  if (input.mode === 'EvalMount' || input.mode === 'EvalDownload') {
    return evaluate({ input, dest, scope, ctx, copies: true }, place)
  }
  const found = await place.storage.stat(place.path)
  if (found === undefined) fail('InputMissing', { input: input.name, uri: place.uri }, { target })
  await mkdir(dirname(dest), { recursive: true })
  await writeFile(dest + comingMark, '')
  const report = reporter(ctx, `Downloading the input ${input.name} from ${place.uri}`)
  if (!found.folder) {
    const file = join(dest, basename(place.path))
    await fetchFile(place.storage, found, file, { signal: ctx.signal, progress: report.progress })
    report.end({ files: 1, sizeBytes: found.sizeBytes })
    return { path: file }
  }
  if (input.type === 'uri_file') {
    const what = `The input ${input.name} is a uri_file, but ${place.uri} is a folder.`
    fail('BadArgument', { what }, { target })
  }
  report.end(await fetchTree(place.storage, place.path, dest, { signal: ctx.signal, progress: report.progress }))
  return { path: dest }
}

/** Sends one output. May be repeated: what arrived is not sent again. */
export async function takeAfar(
  output: StageOut,
  from: string,
  place: Place,
  ctx: Stage,
): Promise<{ uri: string; sizeBytes: number; files: number }> {
  const there = output.mode === 'Direct' ? undefined : await stat(from).catch(() => undefined)
  if (there === undefined) return { uri: place.uri, sizeBytes: 0, files: 0 }
  const report = reporter(ctx, `Uploading the output ${output.name} to ${place.uri}`)
  const sent = await sendTree(
    place.storage,
    { full: from, path: place.path, state: `${from.replace(/\/+$/, '')}.laz-sending` },
    { signal: ctx.signal, progress: report.progress },
  )
  report.end(sent)
  return { uri: place.uri, ...sent }
}

/** Tells the job's log how far a transfer is, now and then. */
function reporter(ctx: Stage, what: string) {
  const startedAt = Date.now()
  let toldAt = startedAt
  let doneBytes = 0
  let doneFiles = 0
  ctx.tell?.(what)
  return {
    progress(bytes: number, files: number): void {
      doneBytes += bytes
      doneFiles += files
      if (Date.now() - toldAt < tellEveryMs) return
      toldAt = Date.now()
      ctx.tell?.(`${what}: ${doneFiles} files, ${doneBytes} bytes so far`)
    },
    end({ files, sizeBytes }: Transferred): void {
      const seconds = ((Date.now() - startedAt) / 1000).toFixed(1)
      ctx.tell?.(`${what}: done, ${files} files, ${sizeBytes} bytes in ${seconds} s`)
    },
  }
}
