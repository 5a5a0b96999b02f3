/** The end of a log, for a message about what went wrong. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

const tailBytes = 2_000
const tailLines = 10

/** The last lines, on lines of their own; '' when there are none. */
export function logTail(file: string): string {
  let fd: number | undefined
  try {
    fd = openSync(file, 'r')
    const { size } = fstatSync(fd)
    const bytes = Buffer.alloc(Math.min(size, tailBytes))
    readSync(fd, bytes, 0, bytes.length, size - bytes.length)
    const lines = bytes.toString('utf8').trimEnd().split('\n').slice(-tailLines)
    return lines.some((line) => line !== '') ? ` It said last:\n${lines.join('\n')}` : ''
  } catch {
    return ''
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}
