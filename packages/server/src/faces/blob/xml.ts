/**
 * The little XML the storage dialect needs: listings out, block lists in. Names chosen by users are hostile, so
 * everything written is escaped, and what is read is tokenised strictly: no document types, no entities of one's own.
 */
import { fail } from '@lazurite/spec'

const declaration = '<?xml version="1.0" encoding="utf-8"?>'
const named: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }

export type XmlChild = string | undefined

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => named[character] ?? character)
}

/** An element holding text; an absent value leaves the element out, an empty one keeps it. */
export function textElement(name: string, value: string | number | undefined): string {
  if (value === undefined) return ''
  const text = String(value)
  return text === '' ? `<${name} />` : `<${name}>${escapeXml(text)}</${name}>`
}

export function element(name: string, children: XmlChild[], attributes: Record<string, string> = {}): string {
  const marks = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(value)}"`)
  const body = children.join('')
  return body === '' ? `<${name}${marks.join('')} />` : `<${name}${marks.join('')}>${body}</${name}>`
}

export function xmlDocument(root: string): string {
  return declaration + root
}

/** XML 1.0 cannot carry most control characters; storage answers such names percent-encoded and says so. */
export function nameElement(name: string): string {
  if (!/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(name)) return textElement('Name', name)
  return element('Name', [escapeXml(encodeURIComponent(name))], { Encoded: 'true' })
}

type BlockSource = 'Committed' | 'Uncommitted' | 'Latest'
export interface BlockChoice {
  source: BlockSource
  id: string
}

const blockElement = /\s*<(Committed|Uncommitted|Latest)>([^<>&]*)<\/(Committed|Uncommitted|Latest)>/y
/** No two runs of blanks may touch in these patterns: each would take every part of the other's in turn. */
const prologue = /^(?:<\?xml[^<>]*\?>)?\s*(?:<BlockList\s*\/>|<BlockList(?: xmlns="[^"<>]*")?>)/
const epilogue = /\s*<\/BlockList>$/y

/** Reads the body of Put Block List. Raises InvalidXmlDocument. */
export function parseBlockList(document: string): BlockChoice[] {
  const text = document.replace(/^\ufeff/, '').trim()
  const start = prologue.exec(text)
  if (!start) return fail('InvalidXmlDocument', { what: 'the body is not a <BlockList> document' })
  if (start[0].endsWith('/>') && start[0].length === text.length) return []
  const choices: BlockChoice[] = []
  let at = start[0].length
  for (;;) {
    blockElement.lastIndex = at
    const match = blockElement.exec(text)
    if (!match) break
    const [whole, opened, id, closed] = match
    if (opened !== closed) return fail('InvalidXmlDocument', { what: `<${opened}> is closed by </${closed}>` })
    // The pattern admits these three words only.
    choices.push({ source: opened as BlockSource, id: (id ?? '').trim() })
    at += whole.length
  }
  epilogue.lastIndex = at
  if (!epilogue.test(text)) return fail('InvalidXmlDocument', { what: `unexpected text at character ${at}` })
  return choices
}
