// What can be done to a job, as its state allows.
import { DropdownMenu } from 'radix-ui'
import { lazy, Suspense, useState } from 'react'
import { useLocation } from 'wouter'
import { useJobChanges } from '../data/job-changes.ts'
import type { Resource } from '../data/queries.ts'
import { isOver } from '../data/states.ts'
import { Problem } from '../parts/bits.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Icon } from '../parts/icons.tsx'
import { jobPath, part } from '../places.ts'

const Resubmit = lazy(() => import('./job-resubmit.tsx').then((file) => ({ default: file.Resubmit })))
const Register = lazy(() => import('./job-register.tsx').then((file) => ({ default: file.Register })))
const Erase = lazy(() => import('./job-erase.tsx').then((file) => ({ default: file.Erase })))

type Open = 'cancel' | 'resubmit' | 'register' | 'erase' | undefined

export function JobActions({ job, readOnly }: { job: Resource; readOnly: boolean }) {
  const [open, setOpen] = useState<Open>()
  const [error, setError] = useState<unknown>()
  const [, go] = useLocation()
  const { cancel, resume, patch } = useJobChanges(job.name)
  const status = String(job.properties.status)
  const over = isOver(status)
  const type = String(job.properties.jobType).toLowerCase()
  const archived = job.properties.isArchived === true
  const close = () => setOpen(undefined)
  const attempt = (work: Promise<unknown>) => void work.then(() => setError(undefined), setError)
  return (
    <>
      {!readOnly && !over && (
        <button
          type="button"
          className="button danger"
          disabled={status === 'CancelRequested'}
          onClick={() => setOpen('cancel')}
        >
          {status === 'CancelRequested' ? 'Canceling' : 'Stop'}
        </button>
      )}
      {!readOnly && over && type === 'pipeline' && status !== 'Completed' && (
        <button
          type="button"
          className="button"
          onClick={() => attempt(resume().then((made) => go(jobPath(made.name))))}
        >
          Resume
        </button>
      )}
      {!readOnly && (
        <button type="button" className="button" onClick={() => setOpen('resubmit')}>
          Resubmit
        </button>
      )}
      {!readOnly && over && (
        <button type="button" className="button" onClick={() => setOpen('register')}>
          Register model
        </button>
      )}
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger className="button square" aria-label="More actions">
          <Icon name="more" />
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal container={document.getElementById('main')}>
          <DropdownMenu.Content className="menu" align="end" sideOffset={4}>
            <DropdownMenu.Item onSelect={() => go(`/compare?jobs=${part(job.name)}`)}>Compare …</DropdownMenu.Item>
            <Copying text={`runs:/${job.name}`}>Copy runs:/ address</Copying>
            <Copying text={`azureml://jobs/${job.name}/outputs/artifacts/paths/`}>Copy address of outputs</Copying>
            <Copying text={`laz job show --name ${job.name}`}>Copy command</Copying>
            {!readOnly && over && (
              <>
                <DropdownMenu.Item onSelect={() => attempt(patch({ isArchived: !archived }))}>
                  {archived ? 'Restore' : 'Archive'}
                </DropdownMenu.Item>
                <DropdownMenu.Item className="danger" onSelect={() => setOpen('erase')}>
                  Delete …
                </DropdownMenu.Item>
              </>
            )}
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      {open === 'cancel' && (
        <Dialog title={`Stop ${String(job.properties.displayName ?? job.name)}?`} close={close}>
          <p className="quiet">Its processes are ended. What it wrote until now is kept.</p>
          <div className="buttons">
            <button type="button" className="button" onClick={close}>
              Let it run
            </button>
            <button
              type="button"
              className="button primary"
              onClick={() => {
                attempt(cancel())
                close()
              }}
            >
              Stop
            </button>
          </div>
        </Dialog>
      )}
      <Suspense>
        {open === 'resubmit' && <Resubmit job={job} close={close} />}
        {open === 'register' && <Register job={job} close={close} />}
        {open === 'erase' && <Erase job={job} close={close} />}
      </Suspense>
      {error !== undefined && (
        <Dialog title="Not done" close={() => setError(undefined)}>
          <Problem error={error} />
        </Dialog>
      )}
    </>
  )
}

function Copying({ text, children }: { text: string; children: string }) {
  return <DropdownMenu.Item onSelect={() => void navigator.clipboard.writeText(text)}>{children}</DropdownMenu.Item>
}
