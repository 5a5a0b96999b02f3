// PageViews of pages that were given a name: what stood in the address, kept for everybody of the workspace.
import { fail } from '@lazurite/spec'
import type { Words } from './migrations.ts'
import type { Sql } from './sql.ts'

export interface PageView {
  /** The page it is of, e.g. `jobs`. */
  page: string
  name: string
  /** The query of its address, without the question mark. */
  query: string
  by: string
  /** Epoch milliseconds. */
  modifiedAt: number
}

export interface PageViews {
  /** Of one page, by name. */
  list(scope: string, page: string): Promise<PageView[]>
  /** Replaces what has the name. Raises TooLarge when the page has too many. */
  put(scope: string, view: Omit<PageView, 'modifiedAt'>): Promise<PageView>
  /** Whether there was one. */
  remove(scope: string, page: string, name: string): Promise<boolean>
}

/** The step of the migrations that makes the table. */
export const viewsStep = {
  name: 'views of pages',
  up: (w: Words): string[] => [
    `CREATE TABLE views (
      scope TEXT NOT NULL, page TEXT NOT NULL, name TEXT NOT NULL, query TEXT NOT NULL, made_by TEXT NOT NULL,
      at ${w.integer} NOT NULL, PRIMARY KEY (scope, page, name))${w.clustered}`,
  ],
}

interface ViewRow {
  page: string
  name: string
  query: string
  made_by: string
  at: number
}

const mostViews = 200

/** Opens the drawer. */
export function openViews(sql: Sql, now: () => number): PageViews {
  const list = async (scope: string, page: string) => {
    const text = 'SELECT * FROM views WHERE scope = ? AND page = ? ORDER BY name'
    return (await sql.all<ViewRow>(text, [scope, page])).map(
      ({ made_by: by, at, ...view }): PageView => ({ page, name: view.name, query: view.query, by, modifiedAt: at }),
    )
  }
  return {
    list,
    async put(scope, { page, name, query, by }) {
      const known = await list(scope, page)
      if (known.length >= mostViews && !known.some((one) => one.name === name))
        fail('TooLarge', { what: `The list of views of ${page}`, limit: `${mostViews} views` })
      const at = now()
      await sql.run(
        `INSERT INTO views (scope, page, name, query, made_by, at) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (scope, page, name) DO UPDATE SET query = excluded.query, made_by = excluded.made_by, at = excluded.at`,
        [scope, page, name, query, by, at],
      )
      return { page, name, query, by, modifiedAt: at }
    },
    async remove(scope, page, name) {
      const text = 'DELETE FROM views WHERE scope = ? AND page = ? AND name = ? RETURNING name'
      return (await sql.all(text, [scope, page, name])).length > 0
    },
  }
}
