// ${{ … }} expressions and $[[ … ]] optional segments in commands and paths. There is no arithmetic, nesting or escape:
// what is not exactly an expression is ordinary text and stays as it is.

export type Template = TemplatePart[]
export type TemplatePart =
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'ref'; readonly path: string[]; readonly source: string }
  | { readonly is: 'optional'; readonly parts: Template; readonly source: string }

const expression = /\$\{\{[ \t]*([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)[ \t]*\}\}/g

/** Cuts a text into plain text, references and optional segments. Never fails: unfinished syntax is text. */
export function parseTemplate(text: string): Template {
  const parts: Template = []
  let from = 0
  while (from < text.length) {
    const open = text.indexOf('$[[', from)
    const close = open < 0 ? -1 : text.indexOf(']]', open + 3)
    if (close < 0) break
    parts.push(...cutRefs(text.slice(from, open)))
    const inner = cutRefs(text.slice(open + 3, close))
    const source = text.slice(open, close + 2)
    parts.push({ is: 'optional', parts: inner, source })
    from = close + 2
  }
  parts.push(...cutRefs(text.slice(from)))
  return parts
}

/** Every reference of a text in order, e.g. { path: ['inputs', 'x'], optional: false }. */
export function refsOf(text: string): { path: string[]; optional: boolean }[] {
  return parseTemplate(text).flatMap((part): { path: string[]; optional: boolean }[] => {
    if (part.is === 'ref') return [{ path: part.path, optional: false }]
    if (part.is === 'text') return []
    return part.parts.flatMap((p) => (p.is === 'ref' ? [{ path: p.path, optional: true }] : []))
  })
}

/**
 * Puts values in place of references. An optional segment is kept, without its brackets, when all its references have
 * a value (one without any always is), else dropped whole. A reference outside such a segment that has none is listed in `missing` and left as text.
 */
export function fillTemplate(
  text: string,
  values: (path: string[]) => string | undefined,
): { text: string; missing: string[][] } {
  const missing: string[][] = []
  const fill = (part: TemplatePart): string => {
    if (part.is === 'text') return part.text
    if (part.is === 'optional') {
      const whole = part.parts.every((p) => p.is !== 'ref' || values(p.path) !== undefined)
      return whole ? part.parts.map(fill).join('') : ''
    }
    const value = values(part.path)
    if (value === undefined) missing.push(part.path)
    return value ?? part.source
  }
  return { text: parseTemplate(text).map(fill).join(''), missing }
}

/** The path of a text that is one expression and nothing else, e.g. '${{parent.inputs.x}}' → ['parent', 'inputs', 'x']. */
export function soleRef(text: string): string[] | undefined {
  const parts = parseTemplate(text.trim())
  const [only] = parts
  return parts.length === 1 && only?.is === 'ref' ? only.path : undefined
}

function cutRefs(text: string): Template {
  const parts: Template = []
  let from = 0
  for (const m of text.matchAll(expression)) {
    if (m.index > from) parts.push({ is: 'text', text: text.slice(from, m.index) })
    parts.push({ is: 'ref', path: (m[1] ?? '').split('.'), source: m[0] })
    from = m.index + m[0].length
  }
  if (from < text.length) parts.push({ is: 'text', text: text.slice(from) })
  return parts
}
