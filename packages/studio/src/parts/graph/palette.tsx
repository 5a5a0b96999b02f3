// Components to make steps of: dragged into the drawing, or added by their button.
import { useState } from 'react'
import { Link } from 'wouter'
import { type Described, textOf } from '../../data/described.ts'
import { needKind, useKindList } from '../../data/kinds.ts'
import { Empty, Loading, Problem } from '../bits.tsx'
import { Icon } from '../icons.tsx'
import { droppedType } from './linking.tsx'

export interface Chosen {
  name: string
  version: string
  type: string
}

export function Palette({ add }: { add(chosen: Chosen): void }) {
  const [text, setText] = useState('')
  const list = useKindList(needKind('component'), { order: 'name asc', ...(text ? { text } : {}) })
  return (
    <section className="card outline" aria-label="Components">
      <header>
        <h2>Components</h2>
      </header>
      <div className="finder">
        <input
          className="field"
          type="search"
          aria-label="Find components"
          placeholder="Find"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      {list.isPending ? (
        <Loading what="components" />
      ) : list.isError ? (
        <Problem error={list.error} retry={() => void list.refetch()} />
      ) : list.rows.length === 0 ? (
        <Empty title={text ? 'None is like that' : 'No components yet'} command="laz component create --file train.yml">
          <p>
            <Link href="/new/component">Make one</Link>
          </p>
        </Empty>
      ) : (
        <ul className="component-list">
          {list.rows.map((row) => (
            <Entry key={row.id} row={row} add={add} />
          ))}
          {list.hasNextPage && (
            <li>
              <button type="button" className="button small" onClick={() => void list.fetchNextPage()}>
                More
              </button>
            </li>
          )}
        </ul>
      )}
    </section>
  )
}

function Entry({ row, add }: { row: Described; add(chosen: Chosen): void }) {
  const type = textOf(row.document.type) || 'command'
  const chosen = { name: row.name, version: row.latest ?? row.version ?? 'latest', type }
  return (
    <li
      className="component-entry"
      draggable
      onDragStart={({ dataTransfer }) => {
        dataTransfer.setData(droppedType, JSON.stringify(chosen))
        dataTransfer.effectAllowed = 'copy'
      }}
    >
      <Icon name={type === 'pipeline' ? 'pipeline' : 'blocks'} />
      <span className="text">
        <b>{textOf(row.document.display_name) || row.name}</b>
        <span className="quiet">
          {row.name}:{chosen.version} · {type}
        </span>
      </span>
      <button
        type="button"
        className="button bare small square"
        aria-label={`Add ${row.name}`}
        onClick={() => add(chosen)}
      >
        <Icon name="plus" />
      </button>
    </li>
  )
}
