// What an environment is made of, as fields that can be held against each other.
import { asArray, asObject, asString, type Json, parseYaml } from '@lazurite/spec'

/** Name and the rest of `scikit-learn~=1.5`, `numpy=1.26=py_0`, `torch>=2,<3 ; python_version > "3"`. */
export function readPackage(line: string): [name: string, version: string] | undefined {
  const text = line.replace(/\s+#.*$/, '').trim()
  if (text === '' || text.startsWith('#') || text.startsWith('-')) return undefined
  const found = /^(?:[\w.-]+::)?([A-Za-z0-9][\w.-]*(?:\[[^\]]*\])?)\s*(.*)$/.exec(text)
  if (!found?.[1]) return [text, '']
  return [found[1].toLowerCase().replace(/[._]+/g, '-'), (found[2] ?? '').trim() || 'any']
}

/** Packages by name of a conda file; those of pip are beside those of conda. */
export function packagesOf(condaFile: string): Record<string, string> {
  const found: Record<string, string> = {}
  const take = (line: Json) => {
    const pair = typeof line === 'string' ? readPackage(line) : undefined
    if (pair) found[pair[0]] = pair[1]
  }
  for (const entry of asArray(asObject(parsed(condaFile)).dependencies)) {
    take(entry)
    for (const line of asArray(asObject(entry).pip)) take(line)
  }
  return found
}

/** What is no YAML has no packages. */
function parsed(text: string): Json {
  try {
    return parseYaml(text).value ?? null
  } catch {
    return null
  }
}

/** Section by section, what an environment says of itself. `realised` is what the server made of it. */
export function environmentFields(properties: unknown, realised: unknown): Record<string, Record<string, string>> {
  const own = asObject(properties as Json)
  const made = asObject(realised as Json)
  const build = asObject(own.build)
  const facts: Record<string, string | undefined> = {
    image: asString(own.image),
    Dockerfile: asString(build.dockerfilePath),
    context: asString(build.contextUri),
    system: asString(own.osType),
  }
  const here = Object.entries(made).flatMap(([key, value]): [string, string][] =>
    value === null || value === '' ? [] : [[key, textOf(value)]],
  )
  return {
    Definition: Object.fromEntries(Object.entries(facts).filter((pair): pair is [string, string] => !!pair[1])),
    Packages: packagesOf(asString(own.condaFile) ?? ''),
    'As it was here': Object.fromEntries(here),
  }
}

function textOf(value: Json): string {
  if (Array.isArray(value)) return value.map(textOf).join('\n')
  return typeof value === 'string' ? value : JSON.stringify(value)
}
