// Pictures that belong together: those whose names differ in a number alone are steps of one.

export interface ImageGroup {
  title: string
  items: { path: string; step: number | undefined }[]
}

/** `samples/sample_003.png` is step 3 of `samples/sample`; MLflow puts step and time between `%` or `+`. */
export function imageGroups(paths: readonly string[]): ImageGroup[] {
  const groups = new Map<string, ImageGroup>()
  for (const path of paths) {
    const [title, step] = stepOf(path)
    const group = groups.get(title) ?? { title, items: [] }
    group.items.push({ path, step })
    groups.set(title, group)
  }
  for (const { items } of groups.values())
    items.sort((a, b) => (a.step ?? 0) - (b.step ?? 0) || (a.path < b.path ? -1 : 1))
  return [...groups.values()]
}

function stepOf(path: string): [string, number | undefined] {
  const logged = /^(.*?)[%+]step[%+](\d+)[%+]/.exec(path)
  if (logged?.[1] !== undefined) return [logged[1], Number(logged[2])]
  const name = path.replace(/\.[^./]+$/, '')
  const numbered = /^(.*?)[-_. ]?(\d+)$/.exec(name)
  const rest = numbered?.[1]
  if (!numbered || !rest || rest.endsWith('/')) return [name, undefined]
  return [rest, Number(numbered[2])]
}
