// Text of programs in a box that scrolls, by keyboard too.
import type { ReactNode } from 'react'

export function Code({ label, children, answer = false }: { label: string; children: ReactNode; answer?: boolean }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region is reached by keyboard
    <section className={answer ? 'code answer' : 'code'} tabIndex={0} aria-label={label}>
      {children}
    </section>
  )
}
