// Lines as terminals show them: colours and weights as spans, what overwrote itself in its last state, and no other code
// of a terminal. Text stays text: nothing here becomes markup.

export interface Span {
  text: string
  /** Names of classes; '' for plain text. */
  look: string
  /** A colour that has no class. */
  colour?: string
  ground?: string
  href?: string
}

interface Pen {
  bold: boolean
  dim: boolean
  italic: boolean
  under: boolean
  strike: boolean
  inverse: boolean
  fore: string
  back: string
}

const plain: Pen = {
  bold: false,
  dim: false,
  italic: false,
  under: false,
  strike: false,
  inverse: false,
  fore: '',
  back: '',
}
const codes =
  /\x1b\[([0-9;:]*)m|\x1b\]8;[^;\x07\x1b]*;([^\x07\x1b]*)(?:\x07|\x1b\\)|\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\|$)|\x1b[ -/][0-~]|\x1b[@-_]?|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f]/g

/** What a line shows after all that overwrote it. */
export function lastState(line: string): string {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line
  return text.slice(text.lastIndexOf('\r') + 1)
}

/** How often a line was overwritten. */
export function statesOf(line: string): string[] {
  return line.split('\r').filter((part) => part !== '')
}

/** The text of a line without codes, for searching and copying. */
export function plainText(line: string): string {
  return line.replace(codes, '')
}

export function spansOf(line: string): Span[] {
  const spans: Span[] = []
  let pen = plain
  let href: string | undefined
  let from = 0
  const put = (text: string) => {
    if (text !== '') spans.push(spanOf(text, pen, href))
  }
  for (const found of line.matchAll(codes)) {
    put(line.slice(from, found.index))
    from = found.index + found[0].length
    if (found[1] !== undefined) pen = turned(pen, found[1])
    // only what leads to a page, and says so
    else if (found[2] !== undefined) href = /^https?:\/\//i.test(found[2]) ? found[2] : undefined
  }
  put(line.slice(from))
  return spans
}

function spanOf(text: string, pen: Pen, href: string | undefined): Span {
  const [fore, back] = pen.inverse ? [pen.back || 'inverse', pen.fore || 'inverse'] : [pen.fore, pen.back]
  const look = [
    pen.bold && 'ansi-bold',
    pen.dim && 'ansi-faint',
    pen.italic && 'ansi-italic',
    pen.under && 'ansi-under',
    pen.strike && 'ansi-strike',
    fore !== '' && !fore.startsWith('#') && `fore-${fore}`,
    back !== '' && !back.startsWith('#') && `back-${back}`,
  ]
  return {
    text,
    look: look.filter(Boolean).join(' '),
    ...(fore.startsWith('#') ? { colour: fore } : {}),
    ...(back.startsWith('#') ? { ground: back } : {}),
    ...(href === undefined ? {} : { href }),
  }
}

const names = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white']

function turned(before: Pen, text: string): Pen {
  let pen = { ...before }
  const numbers = text === '' ? [0] : text.split(/[;:]/).map(Number)
  for (let i = 0; i < numbers.length; i++) {
    const code = numbers[i] ?? 0
    if (code === 38 || code === 48) {
      const [colour, used] = longColour(numbers.slice(i + 1))
      if (code === 38) pen.fore = colour
      else pen.back = colour
      i += used
    } else pen = code === 0 ? { ...plain } : { ...pen, ...change(code) }
  }
  return pen
}

const changes: Readonly<Record<number, Partial<Pen>>> = {
  1: { bold: true },
  2: { dim: true },
  3: { italic: true },
  4: { under: true },
  7: { inverse: true },
  9: { strike: true },
  21: { bold: false },
  22: { bold: false, dim: false },
  23: { italic: false },
  24: { under: false },
  27: { inverse: false },
  29: { strike: false },
  39: { fore: '' },
  49: { back: '' },
}

function change(code: number): Partial<Pen> {
  const tone = names[code % 10] ?? ''
  if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) return { fore: tone }
  if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107)) return { back: tone }
  return changes[code] ?? {}
}

/** A colour of 256 or of all, and how many numbers said it. */
function longColour(rest: readonly number[]): [string, number] {
  const [kind, a = 0, b = 0, c = 0] = rest
  if (kind === 5) return [indexed(a), 2]
  if (kind === 2) return [hex(a, b, c), 4]
  return ['', rest.length]
}

function indexed(index: number): string {
  if (index < 16) return names[index % 8] ?? ''
  if (index >= 232) return hex(8 + (index - 232) * 10, 8 + (index - 232) * 10, 8 + (index - 232) * 10)
  const cube = index - 16
  const level = (step: number) => (step === 0 ? 0 : 55 + step * 40)
  return hex(level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6))
}

function hex(...parts: number[]): string {
  return `#${parts
    .map((part) =>
      Math.max(0, Math.min(255, part || 0))
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`
}

export type Level = 'error' | 'warn' | 'info' | 'debug' | ''

const levels: [Level, RegExp][] = [
  ['error', /\b(?:error|exception|traceback|fatal|critical|oom)\b|\w(?:error|exception):/i],
  ['warn', /\bwarn(?:ing)?\b/i],
  ['info', /\binfo\b/i],
  ['debug', /\bdebug\b/i],
]

/** How loud a line is, by the words at its head. */
export function levelOf(text: string): Level {
  const head = text.slice(0, 200)
  return levels.find(([, words]) => words.test(head))?.[0] ?? ''
}
