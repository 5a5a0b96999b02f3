// Who gets how many of the calls: a bar, and numbers that add up to 100.
import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ask } from '../../data/api.ts'
import { type Deployment, type Endpoint, endpointPath, trafficProblem } from '../../data/endpoints.ts'
import { armUrl, useWorkspace } from '../../data/queries.ts'
import { useSession } from '../../data/session.ts'
import { useActing } from '../act.tsx'
import { Card, Twin } from '../bits.tsx'

interface Shown {
  endpoint: Endpoint
  deployments: readonly Deployment[]
}

export function Traffic({ endpoint, deployments }: Shown) {
  const { readOnly } = useSession()
  const [open, setOpen] = useState(false)
  const shares = deployments.filter(({ share }) => share > 0)
  return (
    <Card
      title="Traffic"
      end={
        !readOnly &&
        deployments.length > 0 && (
          <button type="button" className="button small" aria-expanded={open} onClick={() => setOpen(!open)}>
            Update traffic
          </button>
        )
      }
    >
      {shares.length === 0 ? (
        <p className="quiet">
          {deployments.length === 0
            ? 'Nothing is deployed yet.'
            : 'No deployment has a share of the calls: they get 404.'}
        </p>
      ) : (
        <div className="shares">
          {shares.map(({ name, share }) => (
            <span
              key={name}
              style={{ flexGrow: share, flexBasis: 0, background: `var(--${tones[toneOf(deployments, name)]})` }}
            >
              {name} {share}%
            </span>
          ))}
        </div>
      )}
      {deployments.some(({ mirror }) => mirror > 0) && (
        <p className="quiet" style={{ marginTop: 8 }}>
          Copied, without an answer:{' '}
          {deployments
            .filter(({ mirror }) => mirror > 0)
            .map(({ name, mirror }) => `${name} ${mirror}%`)
            .join(', ')}
        </p>
      )}
      {open && <Form endpoint={endpoint} deployments={deployments} close={() => setOpen(false)} />}
    </Card>
  )
}

/** Colours of runs on which white text is readable. */
const tones = ['run-1', 'run-6', 'run-4', 'run-2']
const toneOf = (deployments: readonly Deployment[], name: string) =>
  Math.max(
    0,
    deployments.findIndex((one) => one.name === name),
  ) % tones.length

function Form({ endpoint, deployments, close }: Shown & { close(): void }) {
  const { arm } = useWorkspace()
  const queries = useQueryClient()
  const { busy, problem, act } = useActing()
  const [shares, setShares] = useState<Record<string, number>>(
    Object.fromEntries(deployments.map(({ name, share }) => [name, share])),
  )
  const wrong = trafficProblem(shares)
  const save = (event: FormEvent) => {
    event.preventDefault()
    act({
      title: 'Save',
      run: async () => {
        const path = armUrl(endpointPath(arm, 'online', endpoint.name))
        await ask(path, { method: 'PATCH', body: { properties: { traffic: shares } } })
        await queries.invalidateQueries({ queryKey: ['online-endpoint'] })
        close()
      },
    })
  }
  const words = Object.entries(shares).map(([name, share]) => `${name}=${share}`)
  return (
    <form className="stack" style={{ gap: 12, marginTop: 16 }} onSubmit={save}>
      {deployments.map(({ name }) => (
        <label key={name} className="labelled">
          <span className="row-of">
            {name} <b>{shares[name] ?? 0}%</b>
          </span>
          <span className="row-of">
            <input
              type="range"
              min="0"
              max="100"
              style={{ flex: 1 }}
              aria-label={`Share of ${name}`}
              value={shares[name] ?? 0}
              onChange={({ target }) => setShares(moved(shares, name, Number(target.value)))}
            />
            <input
              type="number"
              className="field"
              style={{ width: 80 }}
              min="0"
              max="100"
              aria-label={`Share of ${name} in percent`}
              value={shares[name] ?? 0}
              onChange={({ target }) => setShares({ ...shares, [name]: Number(target.value) })}
            />
          </span>
        </label>
      ))}
      {wrong && <p role="status">{wrong}</p>}
      {problem}
      <div className="actions">
        <button type="submit" className="button primary" disabled={wrong !== undefined || busy !== ''}>
          Save
        </button>
        <button type="button" className="button" onClick={close}>
          Leave it
        </button>
      </div>
      <Twin command={`laz online-endpoint update -n ${endpoint.name} --traffic "${words.join(' ')}"`} />
    </form>
  )
}

/** A share that is moved takes from the others or gives to them, so that the sum stays 100. */
export function moved(shares: Record<string, number>, name: string, share: number): Record<string, number> {
  const others = Object.keys(shares).filter((other) => other !== name)
  let left = 100 - share
  const sum = others.reduce((total, other) => total + (shares[other] ?? 0), 0)
  const next: Record<string, number> = { ...shares, [name]: share }
  others.forEach((other, index) => {
    const part = sum > 0 ? (shares[other] ?? 0) / sum : 1 / others.length
    const its = index === others.length - 1 ? left : Math.min(left, Math.round((100 - share) * part))
    next[other] = its
    left -= its
  })
  return next
}
