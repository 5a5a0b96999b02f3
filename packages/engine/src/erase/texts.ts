/** Texts in rows, and the assets that they name. */
import { isFinal, isObject, type Json } from '@lazurite/spec'
import type { Key, Row } from '@lazurite/store'

/** Longer texts are no addresses. */
const longest = 2000

/** Every text anywhere in a value. */
export function textsOf(value: Json | undefined, into = new Set<string>()): Set<string> {
  if (typeof value === 'string') {
    if (value.length <= longest) into.add(value)
  } else if (Array.isArray(value)) for (const each of value) textsOf(each, into)
  else if (isObject(value)) for (const each of Object.values(value)) textsOf(each, into)
  return into
}

/**
 * What a row uses. Work that is over still has its own results; what it once read is history, which counts only when
 * `history` says so.
 */
export function textsUsedBy(row: Row, history: boolean): Set<string> {
  if (row.kind !== 'job' || !isFinal(row.state) || history) return textsOf(row.props, textsOf(row.status))
  return textsOf(row.props.outputs, textsOf(row.status.outputs))
}

const collections: Readonly<Record<string, string>> = {
  codes: 'code',
  components: 'component',
  environments: 'environment',
  data: 'data',
  models: 'model',
}
const byId = /\/(codes|components|environments|data|models)\/([^/\s]+)\/versions\/([^/\s]+)$/i
const byName = /^azureml:([^:@/\s]+):([^:@/\s]+)$/

/** Versions of assets of its own scope that a row names. */
export function assetsNamed(row: Row): Key[] {
  const found: Key[] = []
  for (const text of textsOf(row.props, textsOf(row.status))) {
    const [, collection = '', name = '', version = ''] = byId.exec(text) ?? []
    const kind = collections[collection.toLowerCase()]
    if (kind !== undefined) found.push({ scope: row.scope, kind, name, version })
    const [, short, which = ''] = byName.exec(text) ?? []
    if (short === undefined) continue
    for (const each of Object.values(collections))
      found.push({ scope: row.scope, kind: each, name: short, version: which })
  }
  return found
}

export function keyText({ scope, kind, name, version = '' }: Key): string {
  return [scope, kind, name, version].join('|')
}
