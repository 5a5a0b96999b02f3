/** The query of a list request: paging, order and the filters that clients send, read into one ListQuery. */
import { asObject, asString, fail, isObject, type Json, type JsonObject } from '@lazurite/spec'
import type { ListQuery, Row } from '@lazurite/store'

/** Query parameters, each at most once, names in any case. */
export class Query {
  readonly #values = new Map<string, string>()

  constructor(rawUrl: string) {
    const cut = rawUrl.indexOf('?')
    if (cut < 0) return
    for (const [name, value] of new URLSearchParams(rawUrl.slice(cut + 1))) this.#values.set(name.toLowerCase(), value)
  }

  get(...names: string[]): string | undefined {
    for (const name of names) {
      const value = this.#values.get(name.toLowerCase())
      if (value !== undefined && value !== '') return value
    }
    return undefined
  }

  flag(name: string): boolean | undefined {
    const value = this.get(name)?.toLowerCase()
    if (value === undefined) return undefined
    if (value !== 'true' && value !== 'false')
      fail('BadArgument', { what: `${name} must be true or false.` }, { target: name })
    return value === 'true'
  }

  /** The parameters of the next page: the same ones with another `$skip`. */
  nextPage(token: string): string {
    const query = new URLSearchParams([...this.#values].filter(([name]) => name !== '$skip' && name !== '$skiptoken'))
    query.set('$skip', token)
    return query.toString()
  }
}

export interface ListAsk {
  page: Pick<ListQuery, 'archived' | 'order' | 'descending' | 'top'> & { after?: string }
  /** What the store cannot tell apart is looked at row by row. */
  keep(row: Row): boolean
}

const defaultPage = 100
const largestPage = 1000

/** Reads paging, order, `listViewType` and the filters on tags and properties. Raises BadArgument naming the parameter. */
export function readListAsk(query: Query, fallback: { descending: boolean }): ListAsk {
  const after = query.get('$skip', '$skiptoken')
  const order = readOrder(query, fallback)
  return {
    page: { archived: readView(query), ...order, top: readTop(query), ...(after === undefined ? {} : { after }) },
    keep: readFilters(query),
  }
}

function readTop(query: Query): number {
  const text = query.get('$top', 'count', 'pageSize')
  if (text === undefined) return defaultPage
  if (!/^\d{1,9}$/.test(text) || Number(text) < 1)
    fail('BadArgument', { what: '$top must be a whole number above zero.' }, { target: '$top' })
  return Math.min(Number(text), largestPage)
}

/** A Python client of some versions sends the name of its constant: ListViewType.ACTIVE_ONLY. */
function viewWord(query: Query): string {
  const text = query.get('listViewType') ?? 'ActiveOnly'
  return text.toLowerCase().replace(/^(?:schedule)?listviewtype\.|_/g, '')
}

/** What schedules are asked for: those that are on, or off. */
const switchedViews: Record<string, boolean> = { enabledonly: true, disabledonly: false }

function readView(query: Query): 'active' | 'archived' | 'all' {
  const word = viewWord(query)
  if (word === 'activeonly' || Object.hasOwn(switchedViews, word)) return 'active'
  if (word === 'archivedonly') return 'archived'
  if (word === 'all') return 'all'
  const known = 'ActiveOnly, ArchivedOnly, All, EnabledOnly or DisabledOnly'
  const what = `listViewType must be ${known}, not ${query.get('listViewType')}.`
  return fail('BadArgument', { what }, { target: 'listViewType' })
}

function readOrder(
  query: Query,
  fallback: { descending: boolean },
): { order: 'created' | 'modified' | 'name'; descending: boolean } {
  const text = query.get('$orderBy')
  const ascending = query.flag('orderByAsc')
  if (text === undefined)
    return { order: 'created', descending: ascending === undefined ? fallback.descending : !ascending }
  const [, word = '', direction] = /^\s*(\w+)(?:\s+(asc|desc))?\s*$/i.exec(text) ?? []
  const order = orders[word.toLowerCase()]
  if (order === undefined) {
    fail(
      'BadArgument',
      { what: `$orderBy must be createdtime, updatedtime or name with asc or desc, not ${text}.` },
      { target: '$orderBy' },
    )
  }
  return { order, descending: direction?.toLowerCase() === 'desc' }
}

const orders: Record<string, 'created' | 'modified' | 'name'> = {
  createdtime: 'created',
  createdat: 'created',
  created: 'created',
  updatedtime: 'modified',
  modifiedtime: 'modified',
  name: 'name',
  version: 'created',
}

function readFilters(query: Query): (row: Row) => boolean {
  const tests: ((row: Row) => boolean)[] = []
  const tags = query.get('tag', 'tags', '$tags')
  const properties = query.get('properties')
  const names = query.get('names', 'name')
  const text = query.get('searchText')?.toLowerCase()
  if (tags !== undefined) tests.push((row) => holdsAll(asObject(row.props.tags), tags))
  if (properties !== undefined) tests.push((row) => holdsAll(asObject(row.props.properties), properties))
  if (names !== undefined) tests.push((row) => names.split(',').includes(row.name))
  if (text !== undefined) tests.push((row) => row.name.toLowerCase().includes(text))
  for (const field of ['jobType', 'stage', 'description', 'computeType', 'category', 'target']) {
    const wanted = query.get(field)
    if (wanted !== undefined) tests.push((row) => sameWord(row.props[field], wanted))
  }
  const schedule = query.get('scheduleId')?.split('/').at(-1)
  if (schedule !== undefined) tests.push((row) => scheduleOf(row) === schedule)
  if (query.flag('scheduled') === true) tests.push((row) => scheduleOf(row) !== undefined)
  const on = switchedViews[viewWord(query)]
  if (on !== undefined) tests.push((row) => (row.props.isEnabled !== false) === on)
  const byDefault = query.flag('isDefault')
  if (byDefault !== undefined) tests.push((row) => (row.props.isDefault === true) === byDefault)
  return (row) => tests.every((test) => test(row))
}

/** The schedule that started a job. */
function scheduleOf({ props }: Row): string | undefined {
  return asString(asObject(props.properties)['azureml.scheduleName'])
}

/** `a`, `a=b`, or several of them with commas between: every one must be there. */
function holdsAll(map: JsonObject, wanted: string): boolean {
  return wanted.split(',').every((pair) => {
    const cut = pair.indexOf('=')
    const key = (cut < 0 ? pair : pair.slice(0, cut)).trim()
    if (!Object.hasOwn(map, key)) return false
    return cut < 0 || String(map[key]) === pair.slice(cut + 1).trim()
  })
}

function sameWord(value: Json | undefined, wanted: string): boolean {
  return !isObject(value) && String(value ?? '').toLowerCase() === wanted.toLowerCase()
}
