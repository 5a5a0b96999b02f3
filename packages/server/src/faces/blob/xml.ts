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

export interface XmlElement {
  name: string
  /** Of an element without children; entities of the five names are resolved. */
  text: string
  children: XmlElement[]
}

const openTag = /<([A-Za-z][\w.-]*)(?:\s+[\w:.-]+="[^"<>]*")*\s*(\/?)>/y
const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const deepest = 8

/** A small document of elements and text, as clients send them: no document types, comments or sections. Raises InvalidXmlDocument. */
export function parseXml(document: string): XmlElement {
  const text = document.replace(/^\ufeff/, '').trim()
  const head = /^<\?xml[^<>]*\?>/.exec(text)?.[0].length ?? 0
  const [root, end] = readElement(text, skipBlanks(text, head), 0)
  return end === text.length ? root : fail('InvalidXmlDocument', { what: `unexpected text at character ${end}` })
}

function readElement(text: string, at: number, depth: number): [XmlElement, end: number] {
  openTag.lastIndex = at
  const open = openTag.exec(text)
  const name = open?.[1]
  if (!open || name === undefined || depth > deepest) {
    return fail('InvalidXmlDocument', { what: `an element was expected at character ${at}` })
  }
  const children: XmlElement[] = []
  let here = at + open[0].length
  if (open[2] === '/') return [{ name, text: '', children }, here]
  const close = `</${name}>`
  const textEnd = text.indexOf('<', here)
  const inner = unescapeXml(text.slice(here, textEnd < 0 ? text.length : textEnd))
  here = skipBlanks(text, textEnd < 0 ? text.length : textEnd)
  while (!text.startsWith(close, here)) {
    const [child, end] = readElement(text, here, depth + 1)
    children.push(child)
    here = skipBlanks(text, end)
  }
  return [{ name, text: inner.trim(), children }, here + close.length]
}

function skipBlanks(text: string, at: number): number {
  let here = at
  while (here < text.length && ' \t\r\n'.includes(text[here] ?? '')) here++
  return here
}

function unescapeXml(text: string): string {
  return text.replace(/&([^;&]{0,8};?)/g, (_, word: string) => {
    const known = entities[word.slice(0, -1)]
    return known !== undefined && word.endsWith(';')
      ? known
      : fail('InvalidXmlDocument', { what: `&${word} is no entity that is read here` })
  })
}
