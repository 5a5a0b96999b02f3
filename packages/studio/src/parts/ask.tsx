// A question before something is done that cannot be undone.
import { AlertDialog } from 'radix-ui'
import type { ReactNode } from 'react'
import { Twin } from './bits.tsx'
import '../style/ask.css'

export interface AskProps {
  title: string
  /** Word of the button that does it. */
  verb: string
  danger?: boolean
  run(): void
  /** The button that opens the question. */
  trigger: ReactNode
  command?: string
  children?: ReactNode
}

export function Ask({ title, verb, danger, run, trigger, command, children }: AskProps) {
  return (
    <AlertDialog.Root>
      <AlertDialog.Trigger asChild>{trigger}</AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="ask-veil" />
        <AlertDialog.Content className="card ask">
          <AlertDialog.Title>{title}</AlertDialog.Title>
          <AlertDialog.Description asChild>
            <div className="quiet">{children}</div>
          </AlertDialog.Description>
          {command && <Twin command={command} />}
          <div className="ask-end">
            <AlertDialog.Cancel className="button">Keep it</AlertDialog.Cancel>
            <AlertDialog.Action className={danger ? 'button primary harm' : 'button primary'} onClick={run}>
              {verb}
            </AlertDialog.Action>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}
