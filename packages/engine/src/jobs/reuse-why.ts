/** What differs between two steps, and how that is said. */
import type { Store } from '@lazurite/store'
import { bindingsOf, type Node } from './graph.ts'
import { type CodeFile, type Diff, diffFiles, filesOfCode } from './reuse-files.ts'
import { diffEnvironments } from './reuse-packages.ts'
import type { AssetRef, Made } from './reuse-parts.ts'

export interface Change {
  /** As in `Made.parts`. */
  part: string
  /** Absent when there was no such part. */
  before?: string
  /** Absent when there is none any more. */
  now?: string
  /** Of a code. */
  files?: Diff
  /** Of an environment. */
  packages?: string[]
  /** Of an input: the steps of this pipeline whose outputs it is made of. */
  from?: string[]
}

/** In the order in which people look for a cause. */
const order = ['code', 'command', 'environment', 'inputs', 'environmentVariables']

export function changesBetween(before: Made, now: Made): Change[] {
  const names = [...new Set([...Object.keys(now.parts), ...Object.keys(before.parts)])]
  const changes = names.flatMap((part): Change[] => {
    const [was, is] = [before.parts[part], now.parts[part]]
    const same = before.ids?.[part] ?? was
    if (same === (now.ids?.[part] ?? is)) return []
    return [{ part, ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { now: is }) }]
  })
  const rank = ({ part }: Change) => {
    const at = order.findIndex((word) => part.split('.').includes(word))
    return at < 0 ? order.length : at
  }
  return changes.sort((a, b) => rank(a) - rank(b))
}

/** Where the files of a code come from; by default from what is registered. */
export type FilesOf = (store: Store, ref: AssetRef) => Promise<CodeFile[] | undefined>

export interface Detailing {
  /** The node the step is made of: tells which inputs come from other steps. */
  node?: Node | undefined
  filesOf?: FilesOf
  /** Codes with more files than this are not looked into. */
  mostFiles?: number
}

/** Looks into codes and environments that differ. */
export async function detail(store: Store, changes: Change[], two: { before: Made; now: Made }, o: Detailing = {}) {
  for (const change of changes) {
    const [was, is] = [two.before.refs?.[change.part], two.now.refs?.[change.part]]
    const last = change.part.split('.').at(-1)
    if (was && is && last === 'code') await addFiles(store, change, [was, is], o)
    if (was && is && last === 'environment') await addPackages(store, change, [was, is])
    const input = /^inputs\.(.+)$/.exec(change.part)?.[1]
    const wire = input === undefined ? undefined : o.node?.wire.inputs
    if (input !== undefined && wire && typeof wire === 'object' && !Array.isArray(wire)) {
      const from = bindingsOf(wire[input]).flatMap(([area, name, side]) =>
        area === 'jobs' && side === 'outputs' && name ? [name] : [],
      )
      if (from.length > 0) change.from = from
    }
  }
}

const mostKnown = 64
/** Steps of one pipeline often share a code: two codes never change, so their difference is found once. */
const known = new WeakMap<Store['bytes'], Map<string, Diff>>()

async function addFiles(store: Store, change: Change, [was, is]: [AssetRef, AssetRef], o: Detailing): Promise<void> {
  const cache = known.get(store.bytes) ?? new Map<string, Diff>()
  known.set(store.bytes, cache)
  const pair = [was, is].map(({ scope, name, version }) => `${scope}/${name}:${version}`).join(' ')
  const found = cache.get(pair)
  if (found) {
    change.files = found
    return
  }
  const filesOf = o.filesOf ?? filesOfCode
  const [before, now] = await Promise.all([filesOf(store, was), filesOf(store, is)])
  if (!before || !now || Math.max(before.length, now.length) > (o.mostFiles ?? Number.POSITIVE_INFINITY)) return
  change.files = await diffFiles(before, now)
  if (cache.size >= mostKnown) cache.delete(cache.keys().next().value ?? '')
  cache.set(pair, change.files)
}

async function addPackages(store: Store, change: Change, refs: [AssetRef, AssetRef]): Promise<void> {
  const [was, is] = await Promise.all(refs.map((ref) => store.resources.get({ ...ref, kind: 'environment' })))
  if (was && is) change.packages = diffEnvironments(was, is)
}

const mostNamed = 3
const mostSaid = 4

/** The differences in one sentence without a full stop. */
export function sayChanges(changes: readonly Change[]): string {
  const said = changes.slice(0, mostSaid).map(sayChange)
  const more = changes.length - said.length
  return [...said, ...(more > 0 ? [`${more} more differences`] : [])].join('; ')
}

export function sayChange(change: Change): string {
  const { part, before, now, from } = change
  const [area = '', ...rest] = part.split('.')
  const name = rest.join('.')
  const last = part.split('.').at(-1) ?? ''
  if (last === 'code') return sayFiles(change)
  if (last === 'environment') return sayPackages(change)
  if (last === 'command') return 'the command is another'
  if (area === 'inputs' && from) return `the input ${name} comes from ${list(from)}, which ran again`
  if (area === 'environmentVariables')
    return `the environment variable ${name} ${presence(change, 'has another value')}`
  if (area === 'outputs') return `the output ${name} ${presence(change, 'is set otherwise')}`
  const what = area === 'inputs' ? `the input ${name}` : part
  if (before === undefined) return `${what} is ${now}, it was not there`
  if (now === undefined) return `${what} is not there, it was ${before}`
  return `${what} is ${now}, it was ${before}`
}

function presence({ before, now }: Change, changed: string): string {
  return before === undefined ? 'is new' : now === undefined ? 'is gone' : changed
}

function sayFiles({ files, before, now }: Change): string {
  if (before === undefined || now === undefined)
    return now === undefined ? 'it has no code any more' : 'it has code now'
  if (!files || files.files.length === 0) return 'its code is another'
  const words = files.files.slice(0, mostNamed).map(({ path, what }) => `${path} ${what}`)
  const more = files.files.length + files.more - words.length
  return `in its code ${list(more > 0 ? [...words, `${more} more`] : words)}`
}

function sayPackages({ packages, before, now }: Change): string {
  const head = `its environment is ${now ?? 'none'}, it was ${before ?? 'none'}`
  if (!packages || packages.length === 0) return head
  const named = packages.slice(0, mostNamed)
  const more = packages.length - named.length
  return `its environment has ${list(more > 0 ? [...named, `${more} more differences`] : named)}`
}

function list(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}
