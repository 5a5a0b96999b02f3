// Views of a page that have a name: gone to, made of what is shown, taken away.
import { Popover } from 'radix-ui'
import { type FormEvent, useState } from 'react'
import { useSearch } from 'wouter'
import { sameQuery, useViews } from '../data/views.ts'
import { Problem } from './bits.tsx'
import { Icon } from './icons.tsx'

export interface ViewMenuProps {
  /** The page, as the server keeps it: `jobs`. */
  page: string
  /** What of the address is not part of a view. */
  without?: readonly string[]
  readOnly: boolean
  go(query: string): void
}

export function ViewMenu({ page, without = [], readOnly, go }: ViewMenuProps) {
  const search = new URLSearchParams(useSearch())
  for (const name of without) search.delete(name)
  const query = search.toString()
  const views = useViews(page)
  const current = views.list.data?.find((view) => sameQuery(view.query, query))
  const [open, setOpen] = useState(false)
  const [error, setError] = useState<unknown>()
  const attempt = (work: Promise<unknown>) => void work.then(() => setError(undefined), setError)
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger className="pick">
        <Icon name="star" /> {current?.name ?? 'Views'}
      </Popover.Trigger>
      <Popover.Portal container={document.getElementById('main')}>
        <Popover.Content className="card picker" align="end" sideOffset={6} aria-label="Views">
          {(views.list.data ?? []).length === 0 && (
            <p className="quiet">Views keep what is searched for, the columns and the order, for everybody here.</p>
          )}
          {views.list.data?.map((view) => (
            <div key={view.name} className="choice chosen">
              <button
                type="button"
                className="name link"
                aria-current={view === current}
                onClick={() => {
                  go(view.query)
                  setOpen(false)
                }}
              >
                {view.name}
              </button>
              {!readOnly && (
                <button
                  type="button"
                  className="button bare small square"
                  aria-label={`Delete the view ${view.name}`}
                  onClick={() => attempt(views.remove(view.name))}
                >
                  <Icon name="cross" />
                </button>
              )}
            </div>
          ))}
          {!readOnly && (
            <SaveView
              save={(name) => attempt(views.save(name, query))}
              known={current?.name ?? ''}
              key={current?.name}
            />
          )}
          {error !== undefined && <Problem error={error} />}
          {views.list.isError && <Problem error={views.list.error} retry={() => void views.list.refetch()} />}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}

function SaveView({ save, known }: { save(name: string): void; known: string }) {
  const [name, setName] = useState(known)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (name.trim() !== '') save(name.trim())
  }
  return (
    <form className="edit" onSubmit={submit}>
      <input
        className="field"
        aria-label="Name of the view"
        placeholder="Name of this view"
        maxLength={100}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <button type="submit" className="button small" disabled={name.trim() === ''}>
        Save
      </button>
    </form>
  )
}
