/**
 * Regular expressions of strangers, in time linear in the text: all ways through the pattern are walked at once, what was
 * found out on the way is kept for the next text, and the work is bounded, so that no pattern can hold up the server.
 * Literals, `.`, classes, groups, `|`, `* + ? {m,n}`, `^ $ \b` and the escapes of
 * Python's `re`; what would need to go back (references, looking around) is refused by name.
 */
import { fail } from '@lazurite/spec'

export interface Pattern {
  /** Whether some part of the text fits. */
  test(text: string): boolean
}

type Test = (c: string) => boolean

/** `then` says where to go on; an end has none. */
type Step =
  | { kind: 'one'; test: Test }
  | { kind: 'fork'; to: number[] }
  | { kind: 'at'; holds: (text: readonly string[], at: number) => boolean }
  | { kind: 'end' }

type Tree =
  | { kind: 'one'; test: Test }
  | { kind: 'at'; holds: (text: readonly string[], at: number) => boolean }
  | { kind: 'row'; parts: Tree[] }
  | { kind: 'any'; ways: Tree[] }
  | { kind: 'times'; of: Tree; min: number; max: number }

const maxLength = 1000
const maxSteps = 1000
/** Steps looked at beside what is kept, over all texts: about a second. */
const maxWork = 20_000_000
/** More is forgotten and found out anew. */
const maxKept = 20_000

const word = (c: string) => /[\p{L}\p{M}\p{N}_]/u.test(c)
const kinds: Readonly<Record<string, Test>> = {
  d: (c) => /\p{Nd}/u.test(c),
  w: word,
  s: (c) => /\s/.test(c),
  D: (c) => !/\p{Nd}/u.test(c),
  W: (c) => !word(c),
  S: (c) => !/\s/.test(c),
}
const controls: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f', v: '\v', a: '\u0007' }

/** Reads a pattern. Raises BadArgument. */
export function readPattern(source: string): Pattern {
  if (source.length > maxLength) refuse(source, `it is longer than ${maxLength} characters`)
  const reader = new Reader(source)
  const tree = reader.read()
  const steps: Step[] = []
  emit(tree, steps, source)
  steps.push({ kind: 'end' })
  const walk = new Walk(steps, source)
  return { test: (text) => walk.fits(reader.folds ? text.toLowerCase() : text) }
}

class Reader {
  readonly #chars: readonly string[]
  readonly #source: string
  #at = 0
  #depth = 0
  /** `(?i)` at the beginning. */
  folds = false

  constructor(source: string) {
    this.#source = source
    const flags = /^\(\?([is]+)\)/.exec(source)
    this.folds = flags?.[1]?.includes('i') ?? false
    this.#chars = [...source.slice(flags?.[0].length ?? 0)]
  }

  read(): Tree {
    const tree = this.#ways()
    if (this.#at < this.#chars.length) this.#refuse('a parenthesis is closed that was not opened')
    return tree
  }

  #ways(): Tree {
    const ways = [this.#row()]
    while (this.#take('|')) ways.push(this.#row())
    return ways.length === 1 ? (ways[0] as Tree) : { kind: 'any', ways } // of one way
  }

  #row(): Tree {
    const parts: Tree[] = []
    for (let c = this.#peek(); c !== undefined && c !== '|' && c !== ')'; c = this.#peek()) parts.push(this.#repeated())
    return { kind: 'row', parts }
  }

  #repeated(): Tree {
    let tree = this.#atom()
    for (;;) {
      const times = this.#times()
      if (!times) return tree
      if (tree.kind === 'at' || tree.kind === 'times') this.#refuse('there is nothing to repeat')
      this.#take('?') // how greedy it is does not change whether it fits
      tree = { kind: 'times', of: tree, ...times }
    }
  }

  #times(): { min: number; max: number } | undefined {
    if (this.#take('*')) return { min: 0, max: Infinity }
    if (this.#take('+')) return { min: 1, max: Infinity }
    if (this.#take('?')) return { min: 0, max: 1 }
    const found = /^\{(\d{1,4})(?:(,)(\d{1,4})?)?\}/.exec(this.#chars.slice(this.#at, this.#at + 12).join(''))
    if (!found) return undefined
    this.#at += found[0].length
    const min = Number(found[1])
    const max = found[2] === undefined ? min : found[3] === undefined ? Infinity : Number(found[3])
    if (max < min) this.#refuse('the least number of times is above the most')
    return { min, max }
  }

  #atom(): Tree {
    const c = this.#next()
    switch (c) {
      case '(':
        return this.#group()
      case '[':
        return { kind: 'one', test: this.#class() }
      case '.':
        return { kind: 'one', test: (x) => x !== '\n' }
      case '^':
        return { kind: 'at', holds: (_, at) => at === 0 }
      case '$':
        return { kind: 'at', holds: (text, at) => at === text.length || (at === text.length - 1 && text[at] === '\n') }
      case '\\':
        return this.#escape()
      case '*':
      case '+':
      case '?':
        return this.#refuse('there is nothing to repeat')
      default:
        return this.#literal(c)
    }
  }

  #group(): Tree {
    if (this.#take('?') && !this.#take(':')) this.#refuse('only plain groups and (?:…) are known')
    this.#depth += 1
    if (this.#depth > 50) this.#refuse('its groups are too deep')
    const tree = this.#ways()
    this.#depth -= 1
    if (!this.#take(')')) this.#refuse('a parenthesis is not closed')
    return { kind: 'row', parts: [tree] }
  }

  #escape(): Tree {
    const c = this.#next()
    const kind = Object.hasOwn(kinds, c) ? kinds[c] : undefined
    if (kind) return { kind: 'one', test: kind }
    if (c === 'b' || c === 'B') {
      const edge = (text: readonly string[], at: number) => word(text[at - 1] ?? ' ') !== word(text[at] ?? ' ')
      return { kind: 'at', holds: c === 'b' ? edge : (text, at) => !edge(text, at) }
    }
    if (c === 'A') return { kind: 'at', holds: (_, at) => at === 0 }
    if (c === 'Z') return { kind: 'at', holds: (text, at) => at === text.length }
    if (/[0-9]/.test(c)) this.#refuse('references to groups are not known')
    return this.#literal(this.#escaped(c))
  }

  #escaped(c: string): string {
    if (Object.hasOwn(controls, c)) return controls[c] ?? c
    const length = c === 'x' ? 2 : c === 'u' ? 4 : 0
    if (length > 0) {
      const hex = this.#chars.slice(this.#at, this.#at + length).join('')
      if (!/^[0-9a-f]+$/i.test(hex) || hex.length < length) this.#refuse(`\\${c} needs ${length} digits`)
      this.#at += length
      return String.fromCodePoint(Number.parseInt(hex, 16))
    }
    if (/[A-Za-z]/.test(c)) this.#refuse(`\\${c} is not known`)
    return c
  }

  #literal(c: string): Tree {
    const wanted = this.folds ? c.toLowerCase() : c
    return { kind: 'one', test: (x) => x === wanted }
  }

  #class(): Test {
    const not = this.#take('^')
    const tests: Test[] = []
    for (let first = true; first || this.#peek() !== ']'; first = false) {
      const low = this.#member()
      if (typeof low !== 'string') {
        tests.push(low)
        continue
      }
      if (this.#peek() === '-' && this.#chars[this.#at + 1] !== ']' && this.#chars[this.#at + 1] !== undefined) {
        this.#at += 1
        const high = this.#member()
        if (typeof high !== 'string' || high < low) this.#refuse('a range in a class is empty')
        tests.push((c) => c >= low && c <= high)
      } else tests.push((c) => c === low)
    }
    this.#at += 1
    const any: Test = (c) => tests.some((test) => test(c) || (this.folds && test(c.toUpperCase())))
    return not ? (c) => !any(c) : any
  }

  #member(): string | Test {
    const c = this.#next()
    if (c !== '\\') return c
    const escaped = this.#next()
    const kind = Object.hasOwn(kinds, escaped) ? kinds[escaped] : undefined
    return kind ?? (escaped === 'b' ? '\b' : this.#escaped(escaped))
  }

  #peek(): string | undefined {
    return this.#chars[this.#at]
  }

  #next(): string {
    const c = this.#chars[this.#at]
    if (c === undefined) this.#refuse('it ends too early')
    this.#at += 1
    return c
  }

  #take(c: string): boolean {
    if (this.#chars[this.#at] !== c) return false
    this.#at += 1
    return true
  }

  #refuse(why: string): never {
    return refuse(this.#source, why)
  }
}

/** Steps run into the one after them; forks name others. */
function emit(tree: Tree, steps: Step[], source: string): void {
  if (steps.length > maxSteps) refuse(source, 'written out, it is too long')
  switch (tree.kind) {
    case 'one':
    case 'at':
      steps.push(tree)
      return
    case 'row':
      for (const part of tree.parts) emit(part, steps, source)
      return
    case 'any':
      emitWays(tree.ways, steps, source)
      return
    case 'times':
      emitTimes(tree, steps, source)
      return
    default:
      tree satisfies never
  }
}

function emitWays(ways: readonly Tree[], steps: Step[], source: string): void {
  const fork = { kind: 'fork' as const, to: [] as number[] }
  steps.push(fork)
  const exits: { kind: 'fork'; to: number[] }[] = []
  for (const way of ways) {
    fork.to.push(steps.length)
    emit(way, steps, source)
    const exit = { kind: 'fork' as const, to: [] }
    steps.push(exit)
    exits.push(exit)
  }
  for (const exit of exits) exit.to = [steps.length]
}

function emitTimes(tree: { of: Tree; min: number; max: number }, steps: Step[], source: string): void {
  for (let i = 0; i < tree.min; i += 1) {
    const before = steps.length
    emit(tree.of, steps, source)
    // nothing, however often, is nothing
    if (steps.length === before) return
  }
  if (tree.max === Infinity) {
    const fork = { kind: 'fork' as const, to: [] as number[] }
    const start = steps.length
    steps.push(fork)
    emit(tree.of, steps, source)
    steps.push({ kind: 'fork', to: [start] })
    fork.to = [start + 1, steps.length]
    return
  }
  const forks: { kind: 'fork'; to: number[] }[] = []
  for (let i = tree.min; i < tree.max; i += 1) {
    const fork = { kind: 'fork' as const, to: [steps.length + 1] }
    steps.push(fork)
    forks.push(fork)
    emit(tree.of, steps, source)
  }
  for (const fork of forks) fork.to.push(steps.length)
}

/** Where one may be in the pattern between two characters, and where each next character leads. */
interface Spot {
  now: ReadonlySet<number>
  /** By the next character, and by what the anchors see; `fit` when the text fits. */
  next: Map<string, Spot | 'fit'>
}

class Walk {
  readonly #steps: readonly Step[]
  readonly #source: string
  readonly #anchored: boolean
  /** A fit may begin anywhere. */
  #start: Spot = { now: new Set([0]), next: new Map() }
  #spots = new Map<string, Spot>()
  #kept = 0
  #left = maxWork

  constructor(steps: readonly Step[], source: string) {
    this.#steps = steps
    this.#source = source
    this.#anchored = steps.some((step) => step.kind === 'at')
  }

  fits(source: string): boolean {
    const text = [...source]
    let spot = this.#start
    for (let at = 0; at <= text.length; at += 1) {
      const c = text[at]
      const key = this.#anchored ? `${seen(text, at)}${c ?? ''}` : (c ?? '')
      const next = spot.next.get(key) ?? this.#keep(spot, key, this.#after(spot, text, at))
      if (next === 'fit') return true
      if (c === undefined) return false
      spot = next
    }
    return false
  }

  #after({ now }: Spot, text: readonly string[], at: number): Spot | 'fit' {
    const reached = spread(this.#steps, now, { text, at })
    if (reached === undefined) return 'fit'
    this.#left -= reached.size
    if (this.#left < 0) refuse(this.#source, 'it takes too long to try it on so many texts')
    const then = new Set([0])
    const c = text[at]
    for (const i of reached) {
      const step = this.#steps[i]
      if (c !== undefined && step?.kind === 'one' && step.test(c)) then.add(i + 1)
    }
    const name = [...then].join()
    const known = this.#spots.get(name) ?? { now: then, next: new Map() }
    this.#spots.set(name, known)
    return known
  }

  #keep(spot: Spot, key: string, next: Spot | 'fit'): Spot | 'fit' {
    if (this.#kept >= maxKept) {
      this.#kept = 0
      this.#spots = new Map()
      this.#start = { now: new Set([0]), next: new Map() }
    }
    this.#kept += 1
    spot.next.set(key, next)
    return next
  }
}

/** Everything that an anchor can see at a place, in one digit. */
function seen(text: readonly string[], at: number): string {
  const last = text.length - 1
  const edge = word(text[at - 1] ?? ' ') !== word(text[at] ?? ' ')
  const end = at > last ? 2 : at === last && text[at] === '\n' ? 4 : 0
  return ((at === 0 ? 1 : 0) + end + (edge ? 8 : 0)).toString(16)
}

/** All steps that can be reached without a character; undefined when one is the end. */
function spread(
  steps: readonly Step[],
  from: ReadonlySet<number>,
  { text, at }: { text: readonly string[]; at: number },
): Set<number> | undefined {
  const reached = new Set(from)
  for (const i of reached) {
    const step = steps[i]
    if (step?.kind === 'end') return undefined
    if (step?.kind === 'fork') for (const to of step.to) reached.add(to)
    if (step?.kind === 'at' && step.holds(text, at)) reached.add(i + 1)
  }
  return reached
}

function refuse(source: string, why: string): never {
  fail('BadArgument', { what: `Invalid regular expression '${source.slice(0, 100)}': ${why}.` })
}
