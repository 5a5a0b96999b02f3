// The state of a page in its address: words that are asked for and put, one by one, without a step in the history.
import { useCallback } from 'react'
import { useSearchParams } from 'wouter'

export interface Words {
  get(name: string): string
  /** An empty text takes the word away. */
  put(words: Record<string, string>): void
}

export function useWords(): Words {
  const [search, setSearch] = useSearchParams()
  const put = useCallback(
    (words: Record<string, string>) =>
      setSearch(
        (old) => {
          const next = new URLSearchParams(old)
          for (const [name, value] of Object.entries(words)) {
            if (value === '') next.delete(name)
            else next.set(name, value)
          }
          return next
        },
        { replace: true },
      ),
    [setSearch],
  )
  return { get: (name) => search.get(name) ?? '', put }
}
