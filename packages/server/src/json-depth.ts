/** How deep a JSON text nests, told without parsing it: what walks the value later must not run out of stack. */

export const maxJsonDepth = 200

/** More values than any resource has; what walks a million of them keeps everybody else waiting. */
export const maxJsonValues = 100_000

/** Whether `text` opens more than `limit` brackets at once. Strings are skipped; wrong JSON is left to the parser. */
export function jsonTooDeep(text: string, limit = maxJsonDepth): boolean {
  let depth = 0
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charCodeAt(i)
    if (c === 34) {
      i = endOfString(text, i)
    } else if (c === 123 || c === 91) {
      depth += 1
      if (depth > limit) return true
    } else if (c === 125 || c === 93) {
      depth -= 1
    }
  }
  return false
}

/** Whether `text` holds more than about `limit` values. A short text cannot, and is not looked through. */
export function jsonTooMany(text: string, limit = maxJsonValues): boolean {
  if (text.length < limit * 2) return false
  let values = 0
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charCodeAt(i)
    if (c === 34) i = endOfString(text, i)
    else if (c === 44) values += 1
    if (values > limit) return true
  }
  return false
}

/** Index of the quote that closes the string opened at `start`, or the end of the text. */
function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i += 1) {
    const c = text.charCodeAt(i)
    if (c === 92) i += 1
    else if (c === 34) return i
  }
  return text.length
}
