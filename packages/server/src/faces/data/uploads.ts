/**
 * Files sent in parts, so that a large one survives a dead client, a dead server and a dead network: every part carries
 * its digest and may be sent again, what arrived is asked of the storage, and nothing is visible until the commit. The
 * server remembers nothing; the id of an upload belongs to the storage.
 */
import { createHash } from 'node:crypto'
import { type PartPlan, partBytesFor } from '@lazurite/engine'
import { asObject, asString, fail, type JsonObject } from '@lazurite/spec'
import { claimedMd5, type DataCall, filePlaceOf, headerOf, param, printStat } from './call.ts'

const mostPartBytes = 128 << 20
/** Parts that are held in memory at once, over all clients: 16 of the usual size. */
const heldBytes = 128 << 20
const idleMs = 60_000

/** Body `{sizeBytes}`; the answer says how large parts are. */
export async function beginUpload(call: DataCall): Promise<JsonObject> {
  const place = await filePlaceOf(call)
  const { sizeBytes } = asObject(call.request.body)
  if (typeof sizeBytes !== 'number' || !Number.isSafeInteger(sizeBytes) || sizeBytes < 0) {
    fail('BadArgument', { what: 'An upload begins with its size: {"sizeBytes": …}.' })
  }
  const partBytes = partBytesFor(sizeBytes)
  if (partBytes > mostPartBytes) fail('TooLarge', { what: 'The file', limit: '1 TiB' })
  const { upload, inOrder } = await place.storage.parts.start(place.path, { sizeBytes, partBytes })
  call.reply.code(201)
  return { upload, partBytes, inOrder }
}

/** Which parts are there. */
export async function showUpload(call: DataCall): Promise<JsonObject> {
  const place = await filePlaceOf(call)
  return { have: await place.storage.parts.have(place.path, uploadOf(call)) }
}

export async function putPart(call: DataCall): Promise<JsonObject> {
  const place = await filePlaceOf(call)
  const text = param(call, 'index')
  if (!/^\d{1,5}$/.test(text)) fail('InvalidQueryParameter', { parameter: 'index', what: 'parts count from 0' })
  const md5 = claimedMd5(call) ?? fail('MissingHeader', { header: 'Content-MD5' })
  const sizeBytes = Number(headerOf(call, 'content-length') ?? Number.NaN)
  if (!Number.isSafeInteger(sizeBytes)) fail('MissingHeader', { header: 'Content-Length' })
  if (sizeBytes > mostPartBytes) fail('TooLarge', { what: 'The part', limit: `${mostPartBytes} bytes` })
  await shelf.take(sizeBytes)
  try {
    const body = await readBody(call, sizeBytes)
    if (createHash('md5').update(body).digest('hex') !== md5) fail('Md5Mismatch', {})
    await place.storage.parts.put(place.path, uploadOf(call), { index: Number(text), body })
    call.reply.code(201)
    return { index: Number(text), sizeBytes }
  } finally {
    shelf.give(sizeBytes)
  }
}

/** Body `{sizeBytes, partBytes, md5?}`, as the upload began. */
export async function commitUpload(call: DataCall): Promise<JsonObject> {
  const place = await filePlaceOf(call)
  const { sizeBytes, partBytes, md5 } = asObject(call.request.body)
  if (typeof sizeBytes !== 'number' || typeof partBytes !== 'number' || !(partBytes >= 1) || !(sizeBytes >= 0)) {
    fail('BadArgument', { what: 'A commit repeats how the upload began: {"sizeBytes": …, "partBytes": …}.' })
  }
  const digest = asString(md5)
  if (digest !== undefined && !/^[0-9a-f]{32}$/.test(digest))
    fail('BadArgument', { what: 'md5 must be 32 hex digits.' })
  const plan: PartPlan & { md5?: string } = { sizeBytes, partBytes, ...(digest === undefined ? {} : { md5: digest }) }
  return printStat(await place.storage.parts.commit(place.path, uploadOf(call), plan))
}

export async function dropUpload(call: DataCall): Promise<undefined> {
  const place = await filePlaceOf(call)
  await place.storage.parts.drop(place.path, uploadOf(call))
  call.reply.code(204).send()
}

function uploadOf(call: DataCall): string {
  return param(call, 'upload')
}

async function readBody(call: DataCall, sizeBytes: number): Promise<Buffer> {
  const { raw } = call.request
  const body = Buffer.allocUnsafe(sizeBytes)
  let at = 0
  let timer: NodeJS.Timeout | undefined
  const wait = () => {
    clearTimeout(timer)
    timer = setTimeout(() => raw.destroy(new Error('silent')), idleMs)
  }
  try {
    wait()
    for await (const chunk of raw) {
      wait()
      at += (chunk as Buffer).copy(body, at) // a byte stream
    }
  } catch {
    fail('BadArgument', { what: 'The part was cut off; nothing of it was kept.' })
  } finally {
    clearTimeout(timer)
  }
  if (at !== sizeBytes) fail('BadArgument', { what: 'The part was cut off; nothing of it was kept.' })
  return body
}

/** Who has to wait has not read a byte of its body: the client waits with it. */
class Shelf {
  #free = heldBytes
  readonly #waiting: { bytes: number; go: () => void }[] = []

  async take(bytes: number): Promise<void> {
    if (this.#waiting.length === 0 && bytes <= this.#free) {
      this.#free -= bytes
      return
    }
    await new Promise<void>((go) => this.#waiting.push({ bytes, go }))
  }

  give(bytes: number): void {
    this.#free += bytes
    for (let [next] = this.#waiting; next !== undefined && next.bytes <= this.#free; [next] = this.#waiting) {
      this.#waiting.shift()
      this.#free -= next.bytes
      next.go()
    }
  }
}

const shelf = new Shelf()
