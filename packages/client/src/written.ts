// Between what a program says and what is written: which resource is meant, what a document is made of, what an update
// changes.
import {
  asArray,
  asObject,
  asString,
  fail,
  type Issue,
  isObject,
  type Json,
  type JsonObject,
  type Kind,
  parseArmId,
  parseRef,
  sameJson,
  setKey,
} from '@lazurite/spec'
import { plainDocument, textOf } from './document.ts'
import type { Lazurite } from './lazurite.ts'
import type { Resource, Which } from './resource.ts'
import type { Built } from './wiring.ts'
import { type Source, YamlFile } from './yaml-file.ts'

/** What a create verb takes: a document, what a builder made, or a YAML file that was loaded. */
export type Creatable<D> = D | Built<D> | YamlFile

/** The document, wherever it comes from, with the folder that its paths count from. */
export function sourceOf<D>(given: Creatable<D>, client: Lazurite): Source {
  if (given instanceof YamlFile) return given.source
  const folders = new Map()
  const yaml = plainDocument(given, folders)
  const doc = { value: yaml, position: () => undefined, numberText: () => undefined, isDate: () => false, issues: [] }
  const cwd = client.platform.files?.cwd() ?? ''
  return { doc, yaml, base: cwd, cwd, folders }
}

/** The name in a document. Raises BadArgument. */
export function needName(kind: Kind, document: JsonObject): string {
  return textOf(document, 'name') ?? fail('BadArgument', { what: `The ${kind.name} has no name.` }, { target: 'name' })
}

/** `name`, `name:3`, `name@latest`, `azureml:name:3` or a full id, taken apart. */
export function bare(kind: Kind, text: string, version?: string): Which {
  if (version !== undefined) return { name: text, version }
  const id = text.startsWith('/') ? parseArmId(text) : undefined
  if (id?.name !== undefined) return { name: id.name, version: id.version }
  const plain = kind.shape === 'versioned' || text.startsWith('azureml:')
  const ref = plain ? parseRef(text.startsWith('azureml:') ? text : `azureml:${text}`, kind.collection) : undefined
  return ref ? { name: ref.name, version: ref.version, label: ref.label } : { name: text }
}

/** What the server warned of when it took a resource. */
export function warningsOf(resource: Resource): Issue[] {
  return asArray(asObject(resource.rest.lazurite).warnings).flatMap((one): Issue[] => {
    const { path, message, hint } = asObject(one)
    const words = asString(hint)
    const at = Array.isArray(path) ? path.map(String) : (asString(path) ?? '').split('.').filter(Boolean)
    return [{ path: at, message: asString(message) ?? '', severity: 'warning', ...(words ? { hint: words } : {}) }]
  })
}

/** A document without what only the server knows. */
export function withoutServed(document: JsonObject): JsonObject {
  const { lazurite: _, etag: __, ...own } = document
  return own
}

/** What a PATCH must say to make `before` into `after`: mappings key by key, null for what is gone, tags as a whole. */
export function differenceOf(before: JsonObject, after: JsonObject): JsonObject {
  const change: JsonObject = {}
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, now]: (Json | undefined)[] = [before[key], after[key]]
    if (sameJson(old, now)) continue
    if (isObject(old ?? null) && isObject(now ?? null) && key !== 'tags') {
      const inner = differenceOf(asObject(old), asObject(now))
      if (Object.keys(inner).length > 0) setKey(change, key, inner)
    } else setKey(change, key, now ?? null)
  }
  return change
}
