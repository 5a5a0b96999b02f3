// Moves much through the storage face with the official client, unmodified, in a process of its own that can be killed:
// `node client.mjs WHAT JSON`, where WHAT is up-big, down-big, up-many or down-many. Says how far it is, then the digest.
import { createCipheriv, createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { AnonymousCredential, BlobClient, ContainerClient, newPipeline } from '@azure/storage-blob'

const MiB = 1024 * 1024
/** A server that is being started again is asked again for half a minute. */
const retryOptions = { maxTries: 40, retryDelayInMs: 250, maxRetryDelayInMs: 1000 }
const pipeline = () => newPipeline(new AnonymousCredential(), { retryOptions })

/** So many bytes that cannot be compressed, the same every time. */
export function* bytesOf(sizeBytes) {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, 1), Buffer.alloc(16))
  const zeros = Buffer.alloc(MiB)
  for (let at = 0; at < sizeBytes; at += MiB) yield cipher.update(zeros.subarray(0, Math.min(MiB, sizeBytes - at)))
}

export const smallName = (n) => `many/${String(n % 100).padStart(2, '0')}/file ${n}.txt`
export const smallBody = (n) => Buffer.from(`file ${n}\n`.repeat(1 + (n % 300)))

async function upBig({ url, sizeBytes }) {
  const blob = new BlobClient(url, pipeline()).getBlockBlobClient()
  const body = Readable.from(bytesOf(sizeBytes), { objectMode: false })
  const onProgress = ({ loadedBytes }) => console.log(`at ${loadedBytes}`)
  await blob.uploadStream(body, 8 * MiB, 4, { onProgress, metadata: { upload_status: 'completed' } })
}

/** Does it again while the connection breaks, for half a minute: the client itself gives a cut answer up. */
async function again(work) {
  for (let left = 60; ; left--) {
    try {
      return await work()
    } catch (error) {
      const cut = error.name === 'AbortError' || error.code === 'ECONNRESET' || error.code === 'ECONNREFUSED'
      if (!cut || left === 0) throw error
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  }
}

/** Goes on where it was cut off, if the blob is still the same. */
async function downBig({ url }) {
  const blob = new BlobClient(url, pipeline())
  const { etag, contentLength } = await blob.getProperties()
  const hash = createHash('sha256')
  let loaded = 0
  await again(async () => {
    const { readableStreamBody } = await blob.download(loaded, undefined, { conditions: { ifMatch: etag } })
    for await (const part of readableStreamBody) {
      hash.update(part)
      loaded += part.length
      if (loaded % (16 * MiB) < part.length) console.log(`at ${loaded}`)
    }
  })
  if (loaded !== contentLength) throw new Error(`it ended after ${loaded} bytes of ${contentLength}`)
  console.log(`sha256 ${hash.digest('hex')}`)
}

async function inLanes(count, work) {
  let next = 0
  const lane = async () => {
    for (let n = next++; n < count; n = next++) {
      await work(n)
      if (n % 100 === 0) console.log(`at ${n}`)
    }
  }
  await Promise.all(Array.from({ length: 16 }, lane))
}

async function upMany({ url, count }) {
  const container = new ContainerClient(url, pipeline())
  await inLanes(count, async (n) => {
    const body = smallBody(n)
    await container.getBlockBlobClient(smallName(n)).upload(body, body.length)
  })
}

/** Lists all, then reads all; the digest is over names and contents in the order of the list. */
async function downMany({ url }) {
  const container = new ContainerClient(url, pipeline())
  const names = []
  for await (const item of container.listBlobsFlat({ prefix: 'many/' })) names.push(item.name)
  const sums = new Array(names.length)
  await inLanes(names.length, async (n) => {
    const body = await again(() => container.getBlobClient(names[n]).downloadToBuffer())
    sums[n] = createHash('sha256').update(names[n]).update(body).digest('hex')
  })
  console.log(`sha256 ${createHash('sha256').update(sums.join('')).digest('hex')} of ${names.length}`)
}

const verbs = { 'up-big': upBig, 'down-big': downBig, 'up-many': upMany, 'down-many': downMany }

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [, , what, facts] = process.argv
  const started = performance.now()
  await verbs[what](JSON.parse(facts))
  console.log(`done in ${((performance.now() - started) / 1000).toFixed(1)} s`)
}
