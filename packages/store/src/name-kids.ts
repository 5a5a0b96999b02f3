// Names of metrics, params and tags are kept once and meant by number.
import { fail } from '@lazurite/spec'
import type { Tx } from './sql.ts'

/** The number of a name, interned at first sight. */
export async function internName(tx: Tx, name: string): Promise<number> {
  const found = await tx.get<{ kid: number }>('SELECT kid FROM names WHERE name = ?', [name])
  if (found) return found.kid
  const made = await tx.get<{ kid: number }>('INSERT INTO names (name) VALUES (?) RETURNING kid', [name])
  return made?.kid ?? fail('InternalError', { request: '' })
}
