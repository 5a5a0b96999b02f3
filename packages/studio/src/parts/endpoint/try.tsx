// A request that is written, sent and answered on the page.
import { useState } from 'react'
import type { Deployment, Endpoint } from '../../data/endpoints.ts'
import { bytes } from '../../data/format.ts'
import { useWorkspace } from '../../data/queries.ts'
import { useActing } from '../act.tsx'
import { Card, Twin } from '../bits.tsx'
import { Code } from '../code.tsx'
import { type Answered, call, pretty } from './call.ts'

interface Shown {
  endpoint: Endpoint
  deployments: readonly Deployment[]
  wide?: boolean
}

const usual = '{\n  "data": [[1, 2, 3, 4]]\n}'
const kept = (name: string) => `laz.try.${name}`

function readKept(name: string): string {
  try {
    return localStorage.getItem(kept(name)) ?? usual
  } catch {
    return usual
  }
}

export function Try({ endpoint, deployments, wide = false }: Shown) {
  const { arm } = useWorkspace()
  const [body, setBody] = useState(() => readKept(endpoint.name))
  const [deployment, setDeployment] = useState('')
  const [answers, setAnswers] = useState<{ asked: string; answer: Answered }[]>([])
  const { busy, problem, act } = useActing()
  const wrong = jsonProblem(body)
  const send = (names: readonly string[]) => () =>
    act({
      title: 'Send',
      run: async () => {
        try {
          localStorage.setItem(kept(endpoint.name), body)
        } catch {
          // it is kept for this page alone
        }
        const made = names.map(async (name) => ({
          asked: name,
          answer: await call(arm, endpoint, { body, deployment: name }),
        }))
        setAnswers(await Promise.all(made))
      },
    })
  const pick = (
    <label className="pick">
      Deployment
      <select className="bare" value={deployment} onChange={(event) => setDeployment(event.target.value)}>
        <option value="">by traffic</option>
        {deployments.map(({ name }) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  )
  return (
    <Card title="Try it" end={pick}>
      <div className="stack" style={{ gap: 10 }}>
        <textarea
          className="field code-field"
          aria-label="Request"
          spellCheck={false}
          value={body}
          rows={wide ? 14 : 8}
          onChange={(event) => setBody(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) send([deployment])()
          }}
        />
        {wrong && <p className="quiet">No JSON yet: {wrong}</p>}
        <div className="actions">
          <button type="button" className="button primary" disabled={busy !== ''} onClick={send([deployment])}>
            {busy === '' ? 'Send' : 'Sending …'} <kbd>⌘↵</kbd>
          </button>
          {wide && deployments.length > 1 && (
            <button
              type="button"
              className="button"
              disabled={busy !== ''}
              onClick={send(deployments.map(({ name }) => name))}
            >
              Send to each deployment
            </button>
          )}
          <button type="button" className="button" onClick={() => setBody(pretty(body))} disabled={wrong !== undefined}>
            Tidy up
          </button>
          <Sample deployments={deployments} deployment={deployment} put={setBody} />
          <label className="button">
            From a file
            <input
              type="file"
              className="hidden"
              accept=".json,application/json"
              onChange={({ target }) => void target.files?.[0]?.text().then(setBody)}
            />
          </label>
        </div>
        {problem}
        <div className={wide ? 'halves' : 'stack'} role="status">
          {answers.map(({ asked, answer }) => (
            <Reply key={asked} answer={answer} wide={wide} />
          ))}
        </div>
        {wide && (
          <Twin
            command={`laz online-endpoint invoke -n ${endpoint.name} -r sample.json${deployment && ` --deployment-name ${deployment}`}`}
          />
        )}
      </div>
    </Card>
  )
}

interface SampleProps {
  deployments: readonly Deployment[]
  /** The chosen one; '' for the one with most of the traffic. */
  deployment: string
  put(body: string): void
}

/** The model's own example, or a row of what its signature names. */
function Sample({ deployments, deployment, put }: SampleProps) {
  const { own } = useWorkspace()
  const [told, setTold] = useState('')
  const [first] = [...deployments].sort((a, b) => b.share - a.share)
  const meant = deployments.find(({ name }) => name === deployment) ?? first
  const model = meant?.resource.properties.model
  if (typeof model !== 'string' || !model.startsWith('/')) return null
  const fill = async () => {
    const { sampleOfModel } = await import('../../data/sample.ts')
    const body = await sampleOfModel(own, model)
    if (body) put(`${JSON.stringify(body, undefined, 2)}\n`)
    setTold(body ? '' : 'The model does not tell what it takes.')
  }
  const failed = (error: unknown) => setTold(error instanceof Error ? error.message : String(error))
  return (
    <>
      <button type="button" className="button" onClick={() => void fill().catch(failed)}>
        Sample
      </button>
      <span className="quiet" role="status">
        {told}
      </span>
    </>
  )
}

function Reply({ answer, wide }: { answer: Answered; wide: boolean }) {
  const { status, ms, by, body, headers } = answer
  return (
    <div className="stack" style={{ gap: 8 }}>
      <p>
        <span className={`status ${status < 400 ? 'family-ok' : 'family-fail'}`}>{status}</span>{' '}
        <span className="quiet">
          {Math.round(ms)} ms{by && `, ${by}`}, {bytes(body.length)}
        </span>
      </p>
      <Code label="Answer" answer>
        {body}
      </Code>
      {wide && (
        <details>
          <summary>Headers</summary>
          <dl className="facts">
            {headers.map(([name, value]) => (
              <div key={name} style={{ display: 'contents' }}>
                <dt className="mono">{name}</dt>
                <dd className="mono">{value}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </div>
  )
}

function jsonProblem(text: string): string | undefined {
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : 'it cannot be read'
  }
}
