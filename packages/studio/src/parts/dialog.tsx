// A form above the page. Escape and the veil close it; where the focus was, it goes back to.
import { Dialog as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import '../style/ask.css'
import '../style/job.css'

export interface DialogProps {
  title: string
  close(): void
  children: ReactNode
}

export function Dialog({ title, close, children }: DialogProps) {
  return (
    <Radix.Root open onOpenChange={(open) => !open && close()}>
      <Radix.Portal>
        <Radix.Overlay className="dialog-ground" />
        <Radix.Content className="dialog" aria-describedby={undefined}>
          <Radix.Title>{title}</Radix.Title>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
