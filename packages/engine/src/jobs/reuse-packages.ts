/** What differs between two environments: image, Python, packages, variables. */
import { asString, stableStringify } from '@lazurite/spec'
import type { Row } from '@lazurite/store'
import { type CondaEnvironment, readConda } from '../environments/conda.ts'
import { readRequirement } from '../environments/requirement.ts'

/** Sentences without a full stop, e.g. `scikit-learn ==1.4 (was ==1.3)`. */
export function diffEnvironments(before: Row, now: Row): string[] {
  const said: string[] = []
  const [imageWas, imageIs] = [asString(before.props.image) ?? '', asString(now.props.image) ?? '']
  if (imageWas !== imageIs) said.push(`image ${imageIs || 'none'} (was ${imageWas || 'none'})`)
  if (stableStringify(before.props.build ?? null) !== stableStringify(now.props.build ?? null)) {
    said.push('another build context')
  }
  const [condaWas, condaIs] = [asString(before.props.condaFile), asString(now.props.condaFile)]
  if (condaWas !== condaIs) said.push(...diffConda(read(condaWas), read(condaIs)))
  return said
}

const nothing: CondaEnvironment = { requirements: [], variables: {}, warnings: [] }

function read(text: string | undefined): CondaEnvironment | undefined {
  if (text === undefined || text === '') return nothing
  try {
    return readConda(text)
  } catch {
    return undefined
  }
}

function diffConda(before: CondaEnvironment | undefined, now: CondaEnvironment | undefined): string[] {
  if (!before || !now) return ['another conda file']
  const said: string[] = []
  if (before.python !== now.python)
    said.push(`Python ${now.python ?? 'of any version'} (was ${before.python ?? 'any'})`)
  const [was, is] = [packagesOf(before), packagesOf(now)]
  for (const [key, line] of is) {
    const old = was.get(key)
    if (old === undefined) said.push(`${line.text} (was not there)`)
    else if (old.text !== line.text) said.push(`${line.name} ${line.condition} (was ${old.condition})`)
  }
  for (const [key, line] of was) if (!is.has(key)) said.push(`no ${line.name} (was ${line.condition})`)
  for (const name of new Set([...Object.keys(before.variables), ...Object.keys(now.variables)])) {
    if (before.variables[name] !== now.variables[name]) said.push(`another value of the variable ${name}`)
  }
  return said.length > 0 ? said : ['the text of the conda file, with the same packages']
}

interface Line {
  name: string
  condition: string
  text: string
}

function packagesOf({ requirements }: CondaEnvironment): Map<string, Line> {
  return new Map(
    requirements.map((text) => {
      const found = readRequirement(text)
      const { name, key, condition } = found ?? { name: text, key: text, condition: '' }
      return [key, { name, condition: condition || 'any version', text }]
    }),
  )
}
