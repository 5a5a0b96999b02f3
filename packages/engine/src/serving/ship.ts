/**
 * Brings the files of collections to datastores elsewhere: they grow in a folder of their deployment and are sent whole,
 * under the same names, each time they have grown. One that grows no more is removed here once it is there.
 */
import { createReadStream } from 'node:fs'
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { asNumber, asObject, asString, type JsonObject } from '@lazurite/spec'
import type { EngineContext } from '../context.ts'
import { locatePlace, type Place } from '../datastores/resolve.ts'
import { deploymentFolder, servingFolder } from './folder.ts'

const periodMs = 10_000
/** Longer than any file is written to: a day, and some. */
const settledMs = 26 * 3_600_000

/** Begins now and looks again and again. Answers the way to stop. */
export function shipCollected(ctx: EngineContext): () => void {
  let over = false
  let timer: NodeJS.Timeout | undefined
  const later = () => {
    if (!over) timer = setTimeout(() => void look(), periodMs).unref()
  }
  const look = async () => {
    for (const name of await namesIn(servingFolder(ctx.home))) if (!over) await shipFolder(ctx, name)
    later()
  }
  later()
  return () => {
    over = true
    clearTimeout(timer)
  }
}

const namesIn = (folder: string) => readdir(folder).catch((): string[] => [])

/** What a deployment has collected for elsewhere and has not sent yet. Never rejects: what fails is tried again. */
export async function shipFolder(ctx: EngineContext, uuid: string): Promise<void> {
  const { collected } = deploymentFolder(ctx.home, uuid)
  for (const name of (await namesIn(collected)).filter((one) => one.endsWith('.target'))) {
    try {
      await shipCollection(ctx, join(collected, name.slice(0, -'.target'.length)))
    } catch (error) {
      ctx.log.warn({ err: error, collection: name }, 'what was collected could not be brought to its datastore')
    }
  }
}

async function shipCollection(ctx: EngineContext, folder: string): Promise<void> {
  const sent = await readJson(`${folder}.sent`)
  const names = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = names.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name))
  let place: Place | undefined
  let changed = false
  for (const file of files) {
    const name = relative(folder, file)
    const { size, mtimeMs } = await stat(file)
    const there = asNumber(sent[name]) === size
    if (there && ctx.clock.now() - mtimeMs > settledMs) {
      await rm(file)
      delete sent[name]
    } else if (there) continue
    else {
      place ??= await targetOf(ctx, folder)
      // no more than was there a moment ago: lines are added meanwhile
      if (size > 0) {
        const body = createReadStream(file, { end: size - 1 })
        await place.storage.write(place.path === '' ? name : `${place.path}/${name}`, body)
      }
      sent[name] = size
    }
    changed = true
  }
  if (!changed) return
  await writeFile(`${folder}.sent.new`, JSON.stringify(sent))
  await rename(`${folder}.sent.new`, `${folder}.sent`)
}

async function targetOf({ store }: EngineContext, folder: string): Promise<Place> {
  const { scope, uri } = await readJson(`${folder}.target`)
  return locatePlace(store, asString(scope) ?? '', asString(uri) ?? '')
}

const readJson = async (file: string): Promise<JsonObject> => {
  const text = await readFile(file, 'utf8').catch(() => '{}')
  return asObject(JSON.parse(text))
}
