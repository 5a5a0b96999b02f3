// Names of metrics, params and tags are kept once and meant by number.
import { fail } from '@lazurite/spec'
import type { Tx } from './sql.ts'

const mostNames = 20_000

/** The number of a name, interned at first sight. */
export async function internName(tx: Tx, name: string): Promise<number> {
  const known = tx.names.get(name)
  if (known !== undefined) return known
  const found =
    (await tx.get<{ kid: number }>('SELECT kid FROM names WHERE name = ?', [name])) ??
    (await tx.get<{ kid: number }>('INSERT INTO names (name) VALUES (?) RETURNING kid', [name])) ??
    fail('InternalError', { request: '' })
  tx.afterCommit(() => {
    if (tx.names.size >= mostNames) tx.names.clear()
    tx.names.set(name, found.kid)
  })
  return found.kid
}
