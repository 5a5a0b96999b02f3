// One line of a log.
import { lastState, levelOf, plainText, type Span, spansOf } from './ansi.ts'
import '../../style/logs.css'

/** What is longer is cut until asked for. */
export const longLine = 2000

export function LogText({ text, mark }: { text: string; mark?: RegExp | undefined }) {
  const spans = spansOf(text)
  return (
    <>
      {spans.map((span, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: spans have no other name
        <SpanText key={i} span={span} mark={mark} />
      ))}
    </>
  )
}

function SpanText({ span, mark }: { span: Span; mark?: RegExp | undefined }) {
  const { text, look, colour, ground, href } = span
  const style = colour || ground ? { color: colour, background: ground } : undefined
  const inner = mark ? marked(text, mark) : text
  if (href) {
    return (
      <a href={href} target="_blank" rel="noreferrer noopener" className={look}>
        {inner}
      </a>
    )
  }
  if (look === '' && !style) return inner
  return (
    <span className={look} style={style}>
      {inner}
    </span>
  )
}

function marked(text: string, mark: RegExp) {
  const parts: React.ReactNode[] = []
  let from = 0
  for (const found of text.matchAll(mark)) {
    if (found[0] === '') break
    parts.push(text.slice(from, found.index), <mark key={found.index}>{found[0]}</mark>)
    from = found.index + found[0].length
  }
  parts.push(text.slice(from))
  return parts
}

/** Class of the row of a line. */
export function loudness(text: string): string {
  const level = levelOf(plainText(text))
  return level === 'error' ? 'log-line loud' : 'log-line'
}

/** The last lines of a log, as they are. */
export function LogLines({ lines, first, label }: { lines: readonly string[]; first: number; label: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region is reached by keyboard
    <div className="log" role="log" aria-live="off" aria-label={label} tabIndex={0}>
      {lines.map((line, i) => {
        const text = lastState(line).slice(0, longLine)
        const number = first + i + 1
        return (
          <div key={number} className={loudness(text)}>
            <span className="log-number">{number}</span>
            <LogText text={text} />
          </div>
        )
      })}
    </div>
  )
}
