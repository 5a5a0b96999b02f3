// Defaults that spare -g and -w, kept in the home folder.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isSet, pairsOf } from '../args.ts'
import type { Run } from '../command.ts'
import { readDefaults } from '../session.ts'
import { nearest, UsageError } from '../usage.ts'

const known = ['group', 'workspace', 'subscription', 'location']

export const configure: Run = async (session, args) => {
  const pairs = pairsOf(args, 'defaults')
  if (pairs === undefined && !isSet(args, 'list-defaults'))
    throw new UsageError('nothing to configure', 'Keep a default: laz configure --defaults workspace=main')
  const defaults: Record<string, string> = { ...readDefaults(session.home) }
  for (const [key, word] of Object.entries(pairs ?? {})) {
    if (!known.includes(key)) {
      const near = nearest(key, known)
      throw new UsageError(
        `there is no default ${key}`,
        near ? `Did you mean ${near}?` : `Known are ${known.join(', ')}.`,
      )
    }
    if (word === '' || word === "''") delete defaults[key]
    else defaults[key] = word
  }
  if (pairs !== undefined) {
    mkdirSync(session.home, { recursive: true, mode: 0o700 })
    writeFileSync(join(session.home, 'defaults.json'), `${JSON.stringify(defaults, null, 2)}\n`, { mode: 0o600 })
  }
  if (!isSet(args, 'list-defaults')) return {}
  return { value: Object.entries(defaults).map(([name, value]) => ({ name, value })) }
}
