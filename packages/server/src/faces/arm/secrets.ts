/**
 * Secrets in the properties of a resource: the kind's table names their paths. On the way in they are sealed in the
 * store and cut out, so no row, change or answer ever holds one; `listSecrets` opens them again.
 */
import { type Issue, isObject, type Json, type JsonObject, type Kind, own, setKey } from '@lazurite/spec'
import { type Key, type Store, secretName } from '@lazurite/store'

/** The same properties without the secrets the kind's table names. */
export function withoutSecrets(kind: Kind, props: JsonObject): JsonObject {
  return (kind.secrets ?? []).reduce((rest: JsonObject, path) => cut(rest, path).rest, props)
}

/** Seals what secrets the properties hold. A secret left out keeps its sealed value; null removes it. */
export async function sealSecrets(store: Store, kind: Kind, key: Key, props: JsonObject): Promise<JsonObject> {
  let rest = props
  for (const path of kind.secrets ?? []) {
    const found = cut(rest, path)
    rest = found.rest
    if (found.value === null) await store.secrets.remove(secretName(key, path))
    else if (found.value !== undefined) await store.secrets.seal(secretName(key, path), JSON.stringify(found.value))
  }
  return rest
}

const secretWords = /(?:key|secret|secrets|token|password|certificate|connectionstring|^pat|^sas)$/i

/**
 * What looks like a secret and stands beside the place the kind's table names for it (other case, one level off) would be
 * kept and answered as it is: an issue for each, which never repeats the value.
 */
export function misplacedSecrets(kind: Kind, props: JsonObject): Issue[] {
  const issues = new Map<string, Issue>()
  for (const path of kind.secrets ?? []) {
    let here: Json | undefined = props
    for (const [depth, word] of path.entries()) {
      if (!isObject(here)) break
      const beside = Object.keys(here).filter(
        (key) => key !== word && !/public/i.test(key) && !isNamed(kind, path, depth, key),
      )
      for (const key of beside.filter((key) => secretWords.test(key) || key.toLowerCase() === word.toLowerCase())) {
        const at = [...path.slice(0, depth), key]
        issues.set(at.join('.'), { path: at, message: `is no place for a secret; it belongs in ${path.join('.')}` })
      }
      here = own(here, word)
      // a text or a list in the place of the mapping around a secret is most likely the secret itself
      const hidden = depth < path.length - 1 && here !== undefined && here !== null && !isObject(here)
      const at = path.slice(0, depth + 1)
      if (hidden)
        issues.set(at.join('.'), {
          path: at,
          message: `must be a mapping that holds ${path.slice(depth + 1).join('.')}`,
        })
    }
  }
  return [...issues.values()]
}

function isNamed(kind: Kind, path: readonly string[], depth: number, key: string): boolean {
  const above = path.slice(0, depth).join('.')
  return (kind.secrets ?? []).some((other) => other[depth] === key && other.slice(0, depth).join('.') === above)
}

/** Opens the sealed secrets of a resource, by the last word of their path. */
export async function openSecrets(store: Store, kind: Kind, key: Key): Promise<JsonObject> {
  const opened: JsonObject = {}
  for (const path of kind.secrets ?? []) {
    const text = await store.secrets.open(secretName(key, path))
    const last = path.at(-1)
    if (text !== undefined && last !== undefined) opened[last] = JSON.parse(text) // sealed by sealSecrets as JSON
  }
  return opened
}

export async function forgetSecrets(store: Store, kind: Kind, key: Key): Promise<void> {
  for (const path of kind.secrets ?? []) await store.secrets.remove(secretName(key, path))
}

/** Takes the value at a path out of a mapping, copying only what lies on the way. */
function cut(from: JsonObject, path: readonly string[]): { rest: JsonObject; value: Json | undefined } {
  const [head, ...tail] = path
  const inner = head === undefined ? undefined : own(from, head)
  if (head === undefined || inner === undefined) return { rest: from, value: undefined }
  const rest = { ...from }
  if (tail.length === 0) {
    delete rest[head]
    return { rest, value: inner }
  }
  if (!isObject(inner)) return { rest: from, value: undefined }
  const below = cut(inner, tail)
  setKey(rest, head, below.rest)
  return { rest, value: below.value }
}
