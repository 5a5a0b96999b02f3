// Where in a pipeline one looks, as the address says it: which pipeline inside, which node, which words, which view.
import { useSearchParams } from 'wouter'
import type { Direction } from './layout.ts'
import { sideWords } from './side-words.ts'

export const views = ['graph', 'timeline', 'list'] as const
export type View = (typeof views)[number]

export interface Place {
  view: View
  /** The pipeline inside that is looked into; '' for the outermost. */
  at: string
  node: string | undefined
  words: string
  direction: Direction
  /** Stacks that are shown one by one. */
  open: ReadonlySet<string>
  /** See kept-camera.ts. */
  look: string
}

export function usePlace(): Place & { go(to: Partial<Place>): void } {
  const [search, setSearch] = useSearchParams()
  const view = views.find((one) => one === search.get('view')) ?? 'graph'
  const go = (to: Partial<Place>) =>
    setSearch(
      (old) => {
        const next = new URLSearchParams(old)
        const put = (name: string, value: string | undefined) => {
          if (value) next.set(name, value)
          else next.delete(name)
        }
        if (to.view !== undefined) put('view', to.view === 'graph' ? '' : to.view)
        if (to.at !== undefined) put('in', to.at)
        if ('node' in to) {
          // what a side of the last one wrote means nothing to the next; the side itself stays
          if (to.node !== old.get('node')) for (const word of sideWords) if (word !== 'side') next.delete(word)
          put('node', to.node)
        }
        if (to.words !== undefined) put('sel', to.words)
        if (to.direction !== undefined) put('dir', to.direction === 'right' ? 'right' : '')
        if (to.open !== undefined) put('open', [...to.open].join(','))
        if (to.look !== undefined) put('look', to.look)
        // another drawing is looked at from its beginning
        else if (to.at !== undefined || to.open !== undefined || to.direction !== undefined) next.delete('look')
        return next
      },
      // words and selections come and go; a way into another pipeline can be gone back
      { replace: to.at === undefined && to.view === undefined },
    )
  return {
    view,
    at: search.get('in') ?? '',
    node: search.get('node') ?? undefined,
    words: search.get('sel') ?? '',
    direction: search.get('dir') === 'right' ? 'right' : 'down',
    open: new Set((search.get('open') ?? '').split(',').filter(Boolean)),
    look: search.get('look') ?? '',
    go,
  }
}
