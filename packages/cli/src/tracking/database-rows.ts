// Rows of a tracking server's database: questions that any of its tables may be asked.
import { asString, fail, type JsonObject } from '@lazurite/spec'
import type { Rows } from './rows.ts'

export interface Base {
  rows: Rows
  tables: ReadonlySet<string>
  /** Folder of artifacts that addresses without a place of their own mean. */
  root: string | undefined
  /** Folder that relative addresses begin at. */
  cwd: string
}

/** As SQL spells a text; both engines take quotes doubled and backslashes as they are. */
export function quote(text: string): string {
  if (text.includes('\0')) fail('BadArgument', { what: 'A name in the database holds a NUL character.' })
  return `'${text.replaceAll("'", "''")}'`
}

export async function all(rows: Rows, text: string): Promise<JsonObject[]> {
  const found: JsonObject[] = []
  for await (const row of rows.select(text)) found.push(row)
  return found
}

/** Rows of a table that may not be there. */
export function from({ rows, tables }: Base, table: string, where: string): Promise<JsonObject[]> {
  return tables.has(table) ? all(rows, `SELECT * FROM ${table} WHERE ${where}`) : Promise.resolve([])
}

export const words = (rows: readonly JsonObject[], key = 'key') =>
  Object.fromEntries(rows.map((row) => [String(row[key]), asString(row.value) ?? String(row.value ?? '')]))

export function number(id: string): string {
  return /^-?\d{1,19}$/.test(id) ? id : fail('BadArgument', { what: `No number of an experiment: ${id.slice(0, 50)}` })
}
