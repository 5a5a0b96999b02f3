// A notebook: its cells, and what they printed. Nothing of it runs.
import { useMemo } from 'react'
import { LogText } from '../logs/line.tsx'
import { Markdown } from '../markdown.tsx'
import { Block } from './block.tsx'

interface Cell {
  cell_type?: string
  source?: string | string[]
  execution_count?: number | null
  outputs?: Output[]
}

interface Output {
  text?: string | string[]
  traceback?: string[]
  data?: Record<string, string | string[]>
}

const textOf = (text: string | string[] | undefined) => (Array.isArray(text) ? text.join('') : (text ?? ''))

export function Notebook({ text }: { text: string }) {
  const cells = useMemo(() => cellsOf(text), [text])
  if (!cells) return <Block label="Notebook" text={text.slice(0, 100_000)} />
  return (
    <div className="stack">
      {cells.slice(0, 500).map((cell, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: cells are told apart by their place alone
        <CellView key={i} cell={cell} />
      ))}
    </div>
  )
}

function cellsOf(text: string): Cell[] | undefined {
  try {
    const { cells } = JSON.parse(text) as { cells?: Cell[] } // a notebook, or what calls itself one
    return Array.isArray(cells) ? cells : undefined
  } catch {
    return undefined
  }
}

function CellView({ cell }: { cell: Cell }) {
  if (cell.cell_type === 'markdown') return <Markdown text={textOf(cell.source)} />
  return (
    <div className="stack" style={{ gap: 4 }}>
      <Block label="Code" text={textOf(cell.source)} />
      {(cell.outputs ?? []).map((output, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: outputs are told apart by their place alone
        <OutputView key={i} output={output} />
      ))}
    </div>
  )
}

function OutputView({ output }: { output: Output }) {
  const png = output.data?.['image/png']
  if (png !== undefined)
    return <img className="picture" alt="Output" src={`data:image/png;base64,${textOf(png).replace(/\s/g, '')}`} />
  const text = output.traceback?.join('\n') ?? (textOf(output.text) || textOf(output.data?.['text/plain']))
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region is reached by keyboard
    <section className="text-box" tabIndex={0} aria-label="Output">
      <pre>
        <LogText text={text.slice(0, 100_000)} />
      </pre>
    </section>
  )
}
