/**
 * Logs by lines. A window of a job's log by the numbers of its lines: `?path=&from=&count=`. Without a path, the log that stands for the
 * job; a `from` below zero counts from the end. Answers `{path, from, total, sizeBytes, over, value}`.
 */
import { mainLogOf } from '@lazurite/engine'
import { fail, isFinal } from '@lazurite/spec'
import type { Store } from '@lazurite/store'
import { type JobCall, type JobVerb, jobOf } from './call.ts'
import { LineIndexes } from './line-index.ts'

const usualCount = 500
const mostCount = 5000

export const logLines: JobVerb = {
  method: 'GET',
  path: '/jobs/:name/log/lines',
  async handle(call) {
    const { query, deps } = call.room
    const { file, path, over } = await logOf(call)
    const from = wholeOf(query.get('from'), 'from', 0)
    const count = countOf(query.get('count'), usualCount, mostCount)
    const { lines, ...window } = await indexesOf(deps.store).window(path, { from, count })
    return { path: file, ...window, over, value: lines }
  },
}

const usualHits = 100
const mostHits = 1000
const mostText = 500

/**
 * `GET …/log/search?q=&path=&from=&count=&case=true`: lines that hold a text, from a line on. Answers `{path, total,
 * sizeBytes, over, value: [{line, text}], next}`; lines count from 0, `next` is where to go on, null at the end. Patterns
 * are for clients, which may take as long as they like over them.
 */
export const searchLog: JobVerb = {
  method: 'GET',
  path: '/jobs/:name/log/search',
  async handle(call) {
    const { query, deps } = call.room
    const text = query.get('q') ?? ''
    if (text === '' || text.length > mostText || text.includes('\n'))
      fail('InvalidQueryParameter', { parameter: 'q', what: `one to ${mostText} letters of one line are needed` })
    const from = wholeOf(query.get('from'), 'from', 0)
    if (from < 0) fail('InvalidQueryParameter', { parameter: 'from', what: 'lines count from 0' })
    const most = Math.max(1, countOf(query.get('count'), usualHits, mostHits))
    const { file, path, over } = await logOf(call)
    const o = { text, exact: query.flag('case') ?? false, from, most }
    const { hits, more, ...found } = await indexesOf(deps.store).search(path, o)
    return { path: file, ...found, over, value: hits, next: more ? (hits.at(-1)?.line ?? from) + 1 : null }
  },
}

async function logOf(call: JobCall): Promise<{ file: string; path: string; over: boolean }> {
  const { query, workspace, deps } = call.room
  const row = await jobOf(call)
  const file = query.get('path') ?? mainLogOf(row.props)
  const { account, artifacts } = workspace.storage
  const path = deps.store.bytes.path(account, artifacts, `ExperimentRun/dcid.${row.name}/${file}`)
  return { file, path, over: isFinal(row.state) }
}

function countOf(text: string | undefined, usual: number, most: number): number {
  const count = wholeOf(text, 'count', usual)
  if (count < 0 || count > most)
    fail('InvalidQueryParameter', { parameter: 'count', what: `at most ${most} lines are sent at once` })
  return count
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
