// What ended meanwhile: a bell with a number, and a list behind it.
import { Popover } from 'radix-ui'
import { useEffect } from 'react'
import { Link } from 'wouter'
import { markSeen, useNotices, watchEnds } from '../data/notices.ts'
import { useSession } from '../data/session.ts'
import { wordOf } from '../data/states.ts'
import { jobPath } from '../places.ts'
import { Ago } from './bits.tsx'
import { Icon } from './icons.tsx'
import { Status } from './status.tsx'
import '../style/palette.css'

export function Bell() {
  const { workspace } = useSession()
  const { notices, unseen } = useNotices()
  useEffect(() => watchEnds(workspace), [workspace])
  const last = notices[0]
  return (
    <Popover.Root onOpenChange={(open) => !open && markSeen()}>
      <Popover.Trigger asChild>
        <button type="button" className="button bare square bell" aria-label={`Notifications, ${unseen} new`}>
          <Icon name="bell" />
          {unseen > 0 && <b aria-hidden="true">{unseen}</b>}
        </button>
      </Popover.Trigger>
      {/* told once to those who do not see the bell */}
      <span className="hidden" role="status">
        {last && unseen > 0 ? `Job ${last.title}: ${wordOf(last.state)}` : ''}
      </span>
      <Popover.Portal>
        <Popover.Content className="card notices" align="end" sideOffset={6} aria-label="Notifications">
          <h2>What ended meanwhile</h2>
          {notices.length === 0 ? (
            <p className="quiet">Nothing since these pages were opened.</p>
          ) : (
            <ul>
              {notices.map(({ job, title, state, at }) => (
                <li key={job}>
                  <Status state={state} />
                  <Popover.Close asChild>
                    <Link href={jobPath(job)}>{title}</Link>
                  </Popover.Close>
                  <span className="quiet">
                    <Ago at={at} />
                  </span>
                </li>
              ))}
            </ul>
          )}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}
