/**
 * Package requirements as text: names as Python compares them, version conditions as far as numbers go. Resolving is the
 * installer's business; this is for telling what is there, what is missing and which Python is meant.
 */

export interface Requirement {
  /** As written. */
  name: string
  /** Lower case, runs of `-_.` as one `-`: the form in which names are compared. */
  key: string
  /** Version conditions, e.g. `>=1.5,<2`; '' for any. */
  condition: string
}

/** One line of a requirements file; undefined for options, URLs and paths. */
export function readRequirement(line: string): Requirement | undefined {
  const text = line.replace(/(^|\s)#.*$/, '').trim()
  const m = /^([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*\(?([^;@()]*?)\)?\s*(?:;.*)?$/.exec(text)
  if (!m?.[1]) return undefined
  const condition = (m[2] ?? '').replace(/\s+/g, '')
  if (condition !== '' && !/^(===?|!=|~=|>=?|<=?)/.test(condition)) return undefined
  return { name: m[1], key: packageKey(m[1]), condition }
}

export function packageKey(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-')
}

/**
 * True when a version fulfils a condition such as `3.10`, `3.10.*`, `>=3.8,<3.12`, `~=1.5.0`. A bare version means that
 * prefix. Letters after the numbers (`rc1`, `.post2`) are ignored.
 */
export function meets(version: string, condition: string): boolean {
  return condition
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '' && part !== '*')
    .every((part) => meetsOne(numbers(version), part))
}

function meetsOne(version: number[], part: string): boolean {
  const [, operator = '', text = ''] = /^(===?|!=|~=|>=?|<=?|)\s*(.*)$/.exec(part) ?? []
  const wanted = numbers(text)
  const prefix = text.endsWith('*') || operator === ''
  const order = compareNumbers(version, wanted)
  switch (operator) {
    case '':
    case '==':
    case '===':
      return prefix ? startsWith(version, wanted) : order === 0
    case '!=':
      return prefix ? !startsWith(version, wanted) : order !== 0
    case '~=':
      return order >= 0 && startsWith(version, wanted.slice(0, -1))
    case '>=':
      return order >= 0
    case '>':
      return order > 0
    case '<=':
      return order <= 0
    default:
      return order < 0
  }
}

/** Release numbers of a version text. */
export function numbers(text: string): number[] {
  return (/^\D*(\d+(?:\.\d+)*)/.exec(text)?.[1] ?? '').split('.').filter(Boolean).map(Number)
}

/** Negative when a comes before b. */
export function compareNumbers(a: number[], b: number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

function startsWith(version: number[], prefix: number[]): boolean {
  return prefix.every((part, i) => (version[i] ?? 0) === part)
}
