// Pages that were looked at last, for the palette. Kept in this browser.

export interface Visit {
  path: string
  title: string
}

const key = 'laz.recent'
const most = 12

export function readVisits(): Visit[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? '[]')
    if (!Array.isArray(kept)) return []
    return kept.filter((one): one is Visit => typeof one?.path === 'string' && typeof one?.title === 'string')
  } catch {
    return []
  }
}

/** Pages of one thing are worth coming back to; lists are a key away. */
export function noteVisit({ path, title }: Visit): void {
  if (path.split('/').filter(Boolean).length < 2 || path.startsWith('/new/')) return
  const next = [{ path, title }, ...readVisits().filter((one) => one.path !== path)].slice(0, most)
  try {
    localStorage.setItem(key, JSON.stringify(next))
  } catch {
    // the next visit tries again
  }
}
