/**
 * The sealed form of metric points: three columns (step, time, value), integers as delta-of-delta varints, doubles by
 * byte plane, the whole deflated. About 6 to 12 bytes a point against some 260 of one row a point. Beside the points
 * a chunk keeps a rollup of at most 16 buckets, from which an overview is drawn without opening the chunk.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib'

/** One point of a series. `timestamp` is epoch milliseconds; `value` may be NaN or infinite. */
export interface Point {
  step: number
  timestamp: number
  value: number
}

/** What is left of a bucket of points: its ends and its extremes (the extremes absent when every value is NaN). */
export interface Bucket {
  first: Point
  last: Point
  min?: Point
  max?: Point
}

const formatVersion = 1
const rollupBuckets = 16
const deltaLimit = 2 ** 49 // four times this is still exact in a double

/** Packs points in the order given. */
export function encodeChunk(points: readonly Point[]): Uint8Array {
  const bytes: number[] = []
  writeVarint(bytes, points.length)
  writeIntegers(
    bytes,
    points.map((p) => p.step),
  )
  writeIntegers(
    bytes,
    points.map((p) => p.timestamp),
  )
  const values = planesOf(points.map((p) => p.value))
  const body = deflateRawSync(Buffer.concat([Buffer.from(bytes), values]), { level: 6 })
  return Buffer.concat([Buffer.from([formatVersion]), body])
}

/** Unpacks what `encodeChunk` packed. Raises an Error when the bytes are not such a chunk. */
export function decodeChunk(blob: Uint8Array): Point[] {
  const { step, timestamp, value } = decodeColumns(blob)
  return step.map((one, i) => ({ step: one, timestamp: timestamp[i] ?? 0, value: value[i] ?? Number.NaN }))
}

/** The same column by column: of many points at once, an object each would take longer than all the rest. */
export function decodeColumns(blob: Uint8Array): { step: number[]; timestamp: number[]; value: Float64Array } {
  if (blob[0] !== formatVersion) throw new Error(`metric chunk of unknown format ${blob[0]}`)
  const reader = { bytes: inflateRawSync(blob.subarray(1)), at: 0 }
  const n = readVarint(reader)
  const step = readIntegers(reader, n)
  const timestamp = readIntegers(reader, n)
  return { step, timestamp, value: readPlanes(reader.bytes.subarray(reader.at), n) }
}

interface Reader {
  bytes: Uint8Array
  at: number
}

function writeVarint(bytes: number[], value: number): void {
  let rest = value
  while (rest >= 128) {
    bytes.push((rest % 128) + 128)
    rest = Math.floor(rest / 128)
  }
  bytes.push(rest)
}

function readVarint(reader: Reader): number {
  let value = 0
  let unit = 1
  for (;;) {
    const byte = reader.bytes[reader.at]
    if (byte === undefined) throw new Error('metric chunk ends early')
    reader.at += 1
    value += (byte % 128) * unit
    if (byte < 128) return value
    unit *= 128
  }
}

/** A column of integers: mode 0 delta of delta; mode 1 raw doubles, for numbers whose differences would not be exact. */
function writeIntegers(bytes: number[], column: readonly number[]): void {
  if (column.some((v) => Math.abs(v) > deltaLimit)) {
    bytes.push(1, ...Buffer.from(new Float64Array(column).buffer))
    return
  }
  bytes.push(0)
  let before = 0
  let slope = 0
  for (const v of column) {
    const bend = v - before - slope
    writeVarint(bytes, bend >= 0 ? bend * 2 : -bend * 2 - 1)
    slope = v - before
    before = v
  }
}

function readIntegers(reader: Reader, n: number): number[] {
  const mode = reader.bytes[reader.at]
  reader.at += 1
  const column = new Array<number>(n)
  if (mode === 1) {
    const view = new DataView(reader.bytes.buffer, reader.bytes.byteOffset + reader.at, n * 8)
    for (let i = 0; i < n; i += 1) column[i] = view.getFloat64(i * 8, true)
    reader.at += n * 8
    return column
  }
  let before = 0
  let slope = 0
  for (let i = 0; i < n; i += 1) {
    const zigzag = readVarint(reader)
    const bend = zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2
    slope += bend
    before += slope
    column[i] = before
  }
  return column
}

/** Doubles by byte plane: all lowest bytes first, all highest last; equal exponents then lie side by side. */
function planesOf(values: readonly number[]): Uint8Array {
  const n = values.length
  const raw = Buffer.from(new Float64Array(values).buffer)
  const planes = Buffer.alloc(n * 8)
  for (let i = 0; i < n; i += 1) for (let b = 0; b < 8; b += 1) planes[b * n + i] = raw[i * 8 + b] ?? 0
  return planes
}

function readPlanes(planes: Uint8Array, n: number): Float64Array {
  if (planes.length < n * 8) throw new Error('metric chunk ends early')
  const raw = new Uint8Array(n * 8)
  for (let i = 0; i < n; i += 1) for (let b = 0; b < 8; b += 1) raw[i * 8 + b] = planes[b * n + i] ?? 0
  return new Float64Array(raw.buffer)
}

/** Splits points (in their order) into at most `count` buckets of equal number. */
export function bucketsOf(points: readonly Point[], count = rollupBuckets): Bucket[] {
  const size = Math.max(1, Math.ceil(points.length / count))
  const buckets: Bucket[] = []
  for (let from = 0; from < points.length; from += size) {
    const bucket = bucketOf(points.slice(from, from + size))
    if (bucket) buckets.push(bucket)
  }
  return buckets
}

/** The ends and extremes of one group of points; undefined for an empty group. */
export function bucketOf(points: readonly Point[]): Bucket | undefined {
  const first = points[0]
  const last = points.at(-1)
  if (!first || !last) return undefined
  const bucket: Bucket = { first, last }
  for (const point of points) {
    if (Number.isNaN(point.value)) continue
    if (!bucket.min || point.value < bucket.min.value) bucket.min = point
    if (!bucket.max || point.value > bucket.max.value) bucket.max = point
  }
  return bucket
}

/** Neighbouring buckets become one, until there are no more than `count`. */
export function joinBuckets(buckets: readonly Bucket[], count: number): Bucket[] {
  const size = Math.max(1, Math.ceil(buckets.length / count))
  const joined: Bucket[] = []
  for (let from = 0; from < buckets.length; from += size) {
    const [head, ...rest] = buckets.slice(from, from + size)
    if (head) joined.push(rest.reduce(joinTwo, head))
  }
  return joined
}

function joinTwo(a: Bucket, b: Bucket): Bucket {
  const min = a.min && b.min ? (b.min.value < a.min.value ? b.min : a.min) : (a.min ?? b.min)
  const max = a.max && b.max ? (b.max.value > a.max.value ? b.max : a.max) : (a.max ?? b.max)
  return { first: a.first, last: b.last, ...(min ? { min } : {}), ...(max ? { max } : {}) }
}

const bucketDoubles = 12

/** Packs a rollup: twelve doubles a bucket; a missing extreme is a point whose value is NaN. */
export function encodeRollup(buckets: readonly Bucket[]): Uint8Array {
  const doubles = new Float64Array(buckets.length * bucketDoubles)
  buckets.forEach((bucket, i) => {
    const hole = { ...bucket.first, value: Number.NaN }
    ;[bucket.first, bucket.last, bucket.min ?? hole, bucket.max ?? hole].forEach((p, j) => {
      doubles.set([p.step, p.timestamp, p.value], i * bucketDoubles + j * 3)
    })
  })
  return new Uint8Array(doubles.buffer)
}

export function decodeRollup(blob: Uint8Array): Bucket[] {
  const doubles = new Float64Array(blob.slice().buffer)
  const read = (from: number): Point => ({
    step: doubles[from] ?? 0,
    timestamp: doubles[from + 1] ?? 0,
    value: doubles[from + 2] ?? Number.NaN,
  })
  const buckets: Bucket[] = []
  for (let at = 0; at + bucketDoubles <= doubles.length; at += bucketDoubles) {
    const [first, last, min, max] = [read(at), read(at + 3), read(at + 6), read(at + 9)]
    buckets.push(Number.isNaN(min.value) ? { first, last } : { first, last, min, max })
  }
  return buckets
}
