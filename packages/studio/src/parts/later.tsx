// Pages that are loaded when somebody goes there. React's own way holds back what arrives for 300 ms once it has said that
// it loads; here what is there is shown, and what was loaded before is shown at once.
import { type ComponentType, useEffect, useState } from 'react'
import { Loading } from './bits.tsx'

export type Later<P> = ComponentType<P> & {
  /** Loads it before it is wanted. */
  ahead(): void
}

/** `pick` takes the page out of the file; `what` is said to be loading, nothing is said without. */
export function later<F, P extends object>(
  load: () => Promise<F>,
  pick: (file: F) => ComponentType<P>,
  what?: string,
): Later<P> {
  let loaded: ComponentType<P> | undefined
  let loading: Promise<void> | undefined
  const fetchIt = () => {
    loading ??= load().then(
      (file) => {
        loaded = pick(file)
      },
      (error: unknown) => {
        // the next try asks again
        loading = undefined
        throw error
      },
    )
    return loading
  }
  // biome-ignore lint/correctness/noComponentHookFactories: it is made once a page, never while drawing
  function Shown(props: P) {
    const [, setThere] = useState(loaded !== undefined)
    useEffect(() => {
      if (loaded) return
      const fail = (error: unknown) =>
        setThere(() => {
          throw error
        })
      fetchIt().then(() => setThere(true), fail)
    }, [])
    const Page = loaded
    if (Page) return <Page {...props} />
    return what === undefined ? null : <Loading what={what} />
  }
  return Object.assign(Shown, { ahead: () => void fetchIt().catch(() => undefined) })
}
