/**
 * A window of a job's log by the numbers of its lines: `?path=&from=&count=`. Without a path, the log that stands for the
 * job; a `from` below zero counts from the end. Answers `{path, from, total, sizeBytes, over, value}`.
 */
import { mainLogOf } from '@lazurite/engine'
import { fail, isFinal } from '@lazurite/spec'
import type { Store } from '@lazurite/store'
import { type JobVerb, jobOf } from './call.ts'
import { LineIndexes } from './line-index.ts'

const usualCount = 500
const mostCount = 5000

export const logLines: JobVerb = {
  method: 'GET',
  path: '/jobs/:name/log/lines',
  async handle(call) {
    const { query, workspace, deps } = call.room
    const row = await jobOf(call)
    const file = query.get('path') ?? mainLogOf(row.props)
    const from = wholeOf(query.get('from'), 'from', 0)
    const count = wholeOf(query.get('count'), 'count', usualCount)
    if (count < 0 || count > mostCount)
      fail('InvalidQueryParameter', { parameter: 'count', what: `at most ${mostCount} lines are sent at once` })
    const { account, artifacts } = workspace.storage
    const path = deps.store.bytes.path(account, artifacts, `ExperimentRun/dcid.${row.name}/${file}`)
    const { lines, ...window } = await indexesOf(deps.store).window(path, { from, count })
    return { path: file, ...window, over: isFinal(row.state), value: lines }
  },
}

function wholeOf(text: string | undefined, parameter: string, usual: number): number {
  if (text === undefined || text === '') return usual
  const value = Number(text)
  if (!/^-?\d{1,15}$/.test(text)) fail('InvalidQueryParameter', { parameter, what: 'a whole number is needed' })
  return value
}

const indexes = new WeakMap<Store, LineIndexes>()

function indexesOf(store: Store): LineIndexes {
  const found = indexes.get(store) ?? new LineIndexes(store.logs)
  indexes.set(store, found)
  return found
}
