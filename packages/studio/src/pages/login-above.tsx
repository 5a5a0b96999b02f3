// A login that ran out while pages are open: it is asked for above them, and above whatever stands above them.
import { Dialog as Radix } from 'radix-ui'
import { useEffect } from 'react'
import { openSession, type Session } from '../data/session.ts'
import { LoginForm } from './login.tsx'

/** Only a login closes it. One that was made elsewhere in this browser is seen when somebody comes back here. */
export function LoginAbove({ done }: { done(session: Session): void }) {
  useEffect(() => {
    const look = () => {
      if (!document.hidden) openSession().then(done, () => undefined)
    }
    addEventListener('focus', look)
    document.addEventListener('visibilitychange', look)
    return () => {
      removeEventListener('focus', look)
      document.removeEventListener('visibilitychange', look)
    }
  }, [done])
  const stay = (event: Event) => event.preventDefault()
  return (
    <Radix.Root open>
      <Radix.Portal>
        <Radix.Overlay className="veil">
          <Radix.Content
            aria-describedby={undefined}
            onOpenAutoFocus={(event) => {
              event.preventDefault()
              document.getElementById('token')?.focus()
            }}
            onEscapeKeyDown={stay}
            onPointerDownOutside={stay}
            onInteractOutside={stay}
          >
            <LoginForm done={done}>
              <Radix.Title>Log in again</Radix.Title>
              <p className="quiet">
                Your login ran out. What you typed is still there, and what you sent is sent when you are back. This
                command opens a page with a login of its own, which this one takes over:
              </p>
            </LoginForm>
          </Radix.Content>
        </Radix.Overlay>
      </Radix.Portal>
    </Radix.Root>
  )
}
