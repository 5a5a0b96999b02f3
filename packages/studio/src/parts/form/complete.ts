// Keys of a table offered while YAML is typed.
import type { Completion, CompletionContext, CompletionSource } from '@codemirror/autocomplete'
import type { Field } from '@lazurite/spec'

/** The fields of every variant below a field, by name. */
function tableOf(field: Field | undefined): Record<string, Field> {
  if (!field) return {}
  const variants = Object.values(field.variants ?? {}).flatMap((one) => [one.fields, tableOf(one.whole)])
  const choices = (field.choices ?? []).map(tableOf)
  const by: Record<string, Field> =
    field.by === undefined ? {} : { [field.by]: { t: 'enum', values: Object.keys(field.variants ?? {}) } }
  return Object.assign({}, by, field.fields, ...variants, ...choices)
}

/** The field at a path of keys; inside a map every name leads to its element. */
export function fieldAt(field: Field | undefined, path: readonly string[]): Field | undefined {
  const [key, ...rest] = path
  if (key === undefined || field === undefined) return field
  const next = tableOf(field)[key] ?? (field.t === 'map' ? field.of : undefined)
  return fieldAt(next?.t === 'wrap' || next?.t === 'list' ? next.of : next, rest)
}

/** Keys around a line, from its indentation: `a` and `b` of `a:\n  b:\n    c`. */
export function keysAbove(lines: readonly string[], indent: number): string[] {
  const path: string[] = []
  let depth = indent
  for (let at = lines.length - 1; at >= 0 && depth > 0; at--) {
    const found = /^(\s*)([\w.-]+)\s*:/.exec(lines[at] ?? '')
    const column = found?.[1]?.length ?? Number.POSITIVE_INFINITY
    if (!found?.[2] || column >= depth) continue
    path.unshift(found[2])
    depth = column
  }
  return path
}

export function completeKeys(root: Field): CompletionSource {
  return (context: CompletionContext) => {
    const line = context.state.doc.lineAt(context.pos)
    const before = line.text.slice(0, context.pos - line.from)
    const above = context.state.doc.sliceString(0, line.from).split('\n')
    const value = /^(\s*)([\w.-]+):\s+(\S*)$/.exec(before)
    if (value?.[2]) {
      const field = fieldAt(root, [...keysAbove(above, value[1]?.length ?? 0), value[2]])
      const words = field?.t === 'bool' ? ['true', 'false'] : field?.values
      if (!words) return null
      return { from: context.pos - (value[3]?.length ?? 0), options: words.map((label) => ({ label, type: 'enum' })) }
    }
    const key = /^(\s*)([\w.-]*)$/.exec(before)
    if (!key || (!context.explicit && key[2] === '')) return null
    const fields = Object.entries(tableOf(fieldAt(root, keysAbove(above, key[1]?.length ?? 0))))
    const options = fields
      .filter(([name, field]) => !field.out && name !== '$schema')
      .map(
        ([label, field]): Completion => ({
          label,
          type: 'property',
          apply: `${label}: `,
          ...(field.doc ? { info: field.doc } : {}),
          ...(field.required ? { boost: 1 } : {}),
        }),
      )
    return { from: context.pos - (key[2]?.length ?? 0), options }
  }
}
