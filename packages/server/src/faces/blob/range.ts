/** The one byte range a storage read may ask for: `x-ms-range` wins over `Range`, as the service has it. */
import { fail } from '@lazurite/spec'

/** Both ends inclusive, as in HTTP. */
export interface ByteRange {
  start: number
  end: number
}

const bounds = /^bytes=(\d{0,16})-(\d{0,16})$/

/**
 * The range within a file of `sizeBytes`, or undefined when the whole is asked for. Raises InvalidRange (416) when
 * nothing lies in it, which includes every range of an empty file: clients rely on that to recognise one.
 */
export function parseRange(header: string | undefined, sizeBytes: number): ByteRange | undefined {
  if (header === undefined || header.trim() === '') return undefined
  const match = bounds.exec(header.trim())
  const first = match?.[1] ?? ''
  const last = match?.[2] ?? ''
  if (!match || (first === '' && last === '')) {
    return fail('InvalidHeaderValue', { header: 'Range', what: 'only one range, like bytes=0-499, is understood' })
  }
  const range =
    first === ''
      ? { start: Math.max(0, sizeBytes - Number(last)), end: sizeBytes - 1 }
      : { start: Number(first), end: last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1) }
  if (first !== '' && last !== '' && Number(last) < Number(first)) {
    return fail('InvalidHeaderValue', { header: 'Range', what: 'it ends before it starts' })
  }
  if (range.start > range.end) return fail('InvalidRange', { size: sizeBytes })
  return range
}

export function contentRange(range: ByteRange, sizeBytes: number): string {
  return `bytes ${range.start}-${range.end}/${sizeBytes}`
}
