// What can be done to a job, as its state allows.
import { DropdownMenu } from 'radix-ui'
import { lazy, Suspense, useState } from 'react'
import { useLocation } from 'wouter'
import { useJobChanges } from '../data/job-changes.ts'
import { newPath } from '../data/kind-places.ts'
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
  const { cancel } = useJobChanges(job.name)
  const close = () => setOpen(undefined)
  const attempt = (work: Promise<unknown>) => void work.then(() => setError(undefined), setError)
  return (
    <>
      {!readOnly && <Buttons job={job} open={setOpen} attempt={attempt} />}
      <Menu job={job} readOnly={readOnly} open={setOpen} attempt={attempt} />
      {open === 'cancel' && (
        <Cancel
          job={job}
          close={close}
          run={() => {
            attempt(cancel())
            close()
          }}
        />
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

interface Acts {
  job: Resource
  open(what: Open): void
  /** Says what went wrong, when something does. */
  attempt(work: Promise<unknown>): void
}

function Buttons({ job, open, attempt }: Acts) {
  const [, go] = useLocation()
  const { resume } = useJobChanges(job.name)
  const status = String(job.properties.status)
  const over = isOver(status)
  const outside = job.lazurite?.outside === true
  const isPipeline = String(job.properties.jobType).toLowerCase() === 'pipeline'
  return (
    <>
      {!over && (
        <button
          type="button"
          className="button danger"
          disabled={status === 'CancelRequested'}
          onClick={() => open('cancel')}
        >
          {status === 'CancelRequested' ? 'Canceling' : 'Stop'}
        </button>
      )}
      {over && isPipeline && status !== 'Completed' && (
        <button
          type="button"
          className="button"
          onClick={() => attempt(resume().then((made) => go(jobPath(made.name))))}
        >
          Resume
        </button>
      )}
      {!outside && (
        <button type="button" className="button" onClick={() => open('resubmit')}>
          Resubmit
        </button>
      )}
      {over && (
        <button type="button" className="button" onClick={() => open('register')}>
          Register model
        </button>
      )}
    </>
  )
}

function Menu({ job, readOnly, open, attempt }: Acts & { readOnly: boolean }) {
  const [, go] = useLocation()
  const { patch } = useJobChanges(job.name)
  const over = isOver(String(job.properties.status))
  const archived = job.properties.isArchived === true
  const starts = !readOnly && job.lazurite?.outside !== true
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="button square" aria-label="More actions">
        <Icon name="more" />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal container={document.getElementById('main')}>
        <DropdownMenu.Content className="menu" align="end" sideOffset={4}>
          <DropdownMenu.Item onSelect={() => go(`/compare?jobs=${part(job.name)}`)}>Compare …</DropdownMenu.Item>
          {starts && (
            <DropdownMenu.Item onSelect={() => go(newPath('job', { from: job.name }))}>
              Edit as a new job …
            </DropdownMenu.Item>
          )}
          {starts && (
            <DropdownMenu.Item onSelect={() => go(newPath('schedule', { job: job.name }))}>
              Start again and again …
            </DropdownMenu.Item>
          )}
          <Copying text={`runs:/${job.name}`}>Copy runs:/ address</Copying>
          <Copying text={`azureml://jobs/${job.name}/outputs/artifacts/paths/`}>Copy address of outputs</Copying>
          <Copying text={`laz job show --name ${job.name}`}>Copy command</Copying>
          {!readOnly && over && (
            <>
              <DropdownMenu.Item onSelect={() => attempt(patch({ isArchived: !archived }))}>
                {archived ? 'Restore' : 'Archive'}
              </DropdownMenu.Item>
              <DropdownMenu.Item className="danger" onSelect={() => open('erase')}>
                Delete …
              </DropdownMenu.Item>
            </>
          )}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}

function Cancel({ job, close, run }: { job: Resource; close(): void; run(): void }) {
  return (
    <Dialog title={`Stop ${String(job.properties.displayName ?? job.name)}?`} close={close}>
      <p className="quiet">
        {job.lazurite?.outside === true
          ? 'Its program runs somewhere else and goes on: the run is marked as canceled.'
          : 'Its processes are ended. What it wrote until now is kept.'}
      </p>
      <div className="buttons">
        <button type="button" className="button" onClick={close}>
          Let it run
        </button>
        <button type="button" className="button primary" onClick={run}>
          Stop
        </button>
      </div>
    </Dialog>
  )
}

function Copying({ text, children }: { text: string; children: string }) {
  return <DropdownMenu.Item onSelect={() => void navigator.clipboard.writeText(text)}>{children}</DropdownMenu.Item>
}
