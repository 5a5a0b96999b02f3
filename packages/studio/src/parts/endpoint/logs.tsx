// What the replicas of a deployment write, and what became of laying it out, as it grows.

import { useEffect, useRef, useState } from 'react'
import { useSearchParams } from 'wouter'
import { ask } from '../../data/api.ts'
import { type Deployment, type Endpoint, endpointPath } from '../../data/endpoints.ts'
import { useWorkspace } from '../../data/queries.ts'
import { shellWord } from '../../data/shell.ts'
import { part } from '../../places.ts'
import { Empty, Problem, Twin } from '../bits.tsx'

interface Answer {
  parts: { instance: string; text: string }[]
  cursor: string
}

const containers = { 'inference-server': 'Model', 'storage-initializer': 'Preparation' }
const everyMs = 1500
const mostLetters = 400_000

export function Logs({ endpoint, deployments }: { endpoint: Endpoint; deployments: readonly Deployment[] }) {
  const [search, setSearch] = useSearchParams()
  const deployment = search.get('deployment') ?? deployments[0]?.name ?? ''
  const container = search.get('container') ?? 'inference-server'
  const [only, setOnly] = useState('')
  const put = (name: string) => (event: { target: { value: string } }) => {
    const { value } = event.target
    setSearch((old) => new URLSearchParams([...[...old].filter(([key]) => key !== name), [name, value]]), {
      replace: true,
    })
  }
  if (deployments.length === 0) return <Empty title="Nothing is deployed yet" />
  return (
    <div className="stack">
      <div className="filters">
        <label className="pick">
          Deployment
          <select className="bare" value={deployment} onChange={put('deployment')}>
            {deployments.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label className="pick">
          Of
          <select className="bare" value={container} onChange={put('container')}>
            {Object.entries(containers).map(([word, title]) => (
              <option key={word} value={word}>
                {title}
              </option>
            ))}
          </select>
        </label>
        <input
          className="field search"
          type="search"
          placeholder="Lines with …"
          aria-label="Show lines with"
          value={only}
          onChange={(event) => setOnly(event.target.value)}
        />
      </div>
      <Followed key={`${deployment} ${container}`} {...{ endpoint, deployment, container, only }} />
      <Twin
        command={`laz online-deployment get-logs -e ${endpoint.name} -n ${shellWord(deployment)}${container === 'storage-initializer' ? ' --container storage-initializer' : ''} --follow`}
      />
    </div>
  )
}

interface Following {
  endpoint: Endpoint
  deployment: string
  container: string
  only: string
}

function Followed({ endpoint, deployment, container, only }: Following) {
  const { own } = useWorkspace()
  const [text, setText] = useState('')
  const [error, setError] = useState<unknown>()
  const box = useRef<HTMLElement>(null)
  const follows = useRef(true)
  useEffect(() => {
    const stopping = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    let cursor = ''
    const look = async () => {
      const words = new URLSearchParams({ container, ...(cursor === '' ? { tail: '2000' } : { cursor }) })
      const path = `${endpointPath(own, 'online', endpoint.name)}/deployments/${part(deployment)}/logs?${words}`
      try {
        const answer = await ask<Answer>(path, { signal: stopping.signal })
        cursor = answer.cursor
        const more = joined(answer.parts)
        if (more !== '') setText((old) => (old + more).slice(-mostLetters))
        setError(undefined)
      } catch (problem) {
        if (!stopping.signal.aborted) setError(problem)
      }
      if (!stopping.signal.aborted) timer = setTimeout(() => void look(), everyMs)
    }
    void look()
    return () => {
      stopping.abort()
      clearTimeout(timer)
    }
  }, [own, endpoint.name, deployment, container])
  const shown =
    only === ''
      ? text
      : text
          .split('\n')
          .filter((line) => line.includes(only))
          .join('\n')
  useEffect(() => {
    if (follows.current && box.current && shown !== '') box.current.scrollTop = box.current.scrollHeight
  }, [shown])
  return (
    <>
      {error !== undefined && <Problem error={error} />}
      <section
        ref={box}
        className="console"
        style={{ minHeight: 220, maxHeight: 'calc(100vh - 340px)' }}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region is reached by keyboard
        tabIndex={0}
        aria-label={`Log of ${deployment}`}
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          follows.current = scrollHeight - scrollTop - clientHeight < 24
        }}
      >
        {shown || (only === '' ? 'Nothing was written yet.' : 'No line has that.')}
      </section>
    </>
  )
}

/** Lines carry the name of their replica when there are several. */
export function joined(parts: Answer['parts']): string {
  if (parts.length <= 1) return parts[0]?.text ?? ''
  return parts.map(({ instance, text }) => text.replace(/^(?=.)/gm, `${instance}  `)).join('')
}
