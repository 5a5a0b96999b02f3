// A node near enough to be read.
import { memo } from 'react'
import { duration } from '../../data/format.ts'
import { isOver, wordOf } from '../../data/states.ts'
import { useNow } from '../bits.tsx'
import { Icon } from '../icons.tsx'
import type { Placed } from './layout.ts'
import type { Card } from './scene.ts'

interface CardProps {
  card: Card
  at: Placed
  selected: boolean
  dim: boolean
  handle?: boolean
}

/** It is no stop of the tab key: the drawing around it is one, and its outline has them all. */
export const CardView = memo(function CardView({ card, at, selected, dim, handle }: CardProps) {
  const { shape, family, tone, icon, focus } = card
  const classes = [
    'node',
    `is-${shape}`,
    family && `of-${family}`,
    tone,
    icon && 'with-icon',
    focus && 'focus',
    selected && 'selected',
    dim && 'dimmed',
  ]
  return (
    <button
      type="button"
      tabIndex={-1}
      className={classes.filter(Boolean).join(' ')}
      style={{ left: at.x, top: at.y, width: at.width, height: at.height }}
      aria-pressed={selected}
      title={card.title}
    >
      {(icon || shape === 'pill') && <Icon name={icon ?? 'data'} />}
      <span className="title">{card.title}</span>
      {shape !== 'pill' && (
        <span className="sub">
          {card.tally && card.tally.length > 0 ? <Tally card={card} /> : <State card={card} />}
        </span>
      )}
      <span className="hidden">, {card.heard}</span>
      {handle && <span className="handle" data-node={card.id} title="Drag to the step that takes it" />}
    </button>
  )
})

const signs = { ok: '✓', fail: '✕', run: '●', prep: '◌', queue: '○', warn: '!', cancel: '⊘' } as const

function Tally({ card }: { card: Card }) {
  return card.tally?.map(([family, count]) => (
    <span key={family} className={`word-${family}`}>
      {count} {signs[family]}{' '}
    </span>
  ))
}

function State({ card }: { card: Card }) {
  const { state, family, note, startedAt } = card
  return (
    <>
      {state && <b className={`word-${family}`}>{wordOf(state)}</b>}
      {startedAt !== undefined && <Lasting card={card} />}
      {note && `${state ? ' · ' : ''}${note}`}
    </>
  )
}

function Lasting({ card: { state, startedAt, endedAt } }: { card: Card }) {
  return endedAt !== undefined || isOver(state) ? (
    <> · {duration(((endedAt ?? startedAt ?? 0) - (startedAt ?? 0)) / 1000)}</>
  ) : (
    <Ticking from={startedAt ?? 0} />
  )
}

function Ticking({ from }: { from: number }) {
  const seconds = Math.floor((useNow() - from) / 1000)
  return seconds < 1 ? null : <> · {duration(seconds)}</>
}
