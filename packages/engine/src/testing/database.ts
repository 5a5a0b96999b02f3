import { createHash } from 'node:crypto'

/**
 * Where the rows of a home are in this run of the tests: LAZ_TEST_POSTGRES=<address> names a database to throw away
 * afterwards, in which every home gets a schema of its own. Spread into the options of `openStore`.
 */
export function database(home: string): { url?: string } {
  const address = process.env.LAZ_TEST_POSTGRES
  if (!address) return {}
  const url = new URL(address)
  url.searchParams.set('schema', `test_${createHash('sha256').update(home).digest('hex').slice(0, 20)}`)
  return { url: url.href }
}
