/** Things of a workspace by a part of what they are called: names first, what people read beside. */
import type { ResourceRow } from './migrations.ts'
import { type Row, readRows } from './row.ts'
import { holes, type Sql } from './sql.ts'

export interface Finding {
  scope: string
  text: string
  /** Kinds that are not looked for. */
  without: readonly string[]
  top: number
}

/** Kinds of which there are so many that their texts are not read one by one: they are found by name here. */
const countless = 'job'

/** Best first: called so, beginning so, containing it; the newest first among equals. Versions are found by their name. */
export async function find(sql: Sql, { scope, text, without, top }: Finding): Promise<Row[]> {
  const wanted = text.toLowerCase()
  const [like, start] = [`%${escaped(wanted)}%`, `${escaped(wanted)}%`]
  const others = without.length === 0 ? '' : ` AND kind NOT IN (${holes(without.length)})`
  const rank = `CASE WHEN lower(name) = ? THEN 0 WHEN lower(name) LIKE ? ESCAPE '\\' THEN 1 ELSE 2 END`
  // names alone are in the index; rows are read only for what is answered
  const named = await sql.all<ResourceRow>(
    `SELECT * FROM resources WHERE id IN (
      SELECT id FROM resources WHERE scope = ? AND version = ''${others} AND lower(name) LIKE ? ESCAPE '\\'
      ORDER BY ${rank}, id DESC LIMIT ?) AND archived = 0 ORDER BY ${rank}, id DESC`,
    [scope, ...without, like, wanted, start, top, wanted, start],
  )
  const read = await sql.all<ResourceRow>(
    `SELECT * FROM resources WHERE scope = ? AND (kind < ? OR kind > ?) AND archived = 0${others}
      AND (lower(props ->> 'displayName') LIKE ? ESCAPE '\\'
        OR lower(props ->> 'description') LIKE ? ESCAPE '\\')
      ORDER BY id DESC LIMIT ?`,
    [scope, countless, countless, ...without, like, like, top],
  )
  const seen = new Set<string>()
  const first = ({ kind, name }: ResourceRow) => seen.size < seen.add(`${kind}/${name}`).size
  return readRows(sql, [...named, ...read].filter(first).slice(0, top))
}

function escaped(text: string): string {
  return text.replace(/[\\%_]/g, (sign) => `\\${sign}`)
}
