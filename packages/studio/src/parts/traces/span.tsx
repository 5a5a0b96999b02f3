// One span: what went in, what came out, what happened, and all that was noted.

import type { Span, SpanEvent } from '@lazurite/client'
import { lazy, Suspense } from 'react'
import { count, shortTime } from '../../data/format.ts'
import { Copy, Loading } from '../bits.tsx'
import { Status } from '../status.tsx'
import { kindOf } from './tree.tsx'
import '../../style/files.css'

const JsonView = lazy(() => import('../preview/json.tsx').then(({ JsonView }) => ({ default: JsonView })))

export function SpanSides({ span }: { span: Span }) {
  const { name, type, status, message, fromUs, toUs, tokens, attributes, events, inputs, outputs } = span
  const noted = Object.entries(attributes)
  const failures = events.filter(({ name }) => name === 'exception')
  const others = events.filter(({ name }) => name !== 'exception')
  return (
    <section className="card span-sides" aria-label={`The span ${name}`}>
      <header>
        <h2>{name || span.id}</h2>
        {type !== '' && (
          <span className={`chip sort is-${kindOf(type)}`}>{type.toLowerCase().replaceAll('_', ' ')}</span>
        )}
        {status === 'ERROR' && <Status state="Failed" />}
        <span className="end quiet">
          {toUs === undefined ? 'goes on' : shortTime(toUs - fromUs)}
          {fromUs > 0 && `, began after ${shortTime(fromUs)}`}
        </span>
      </header>
      <div className="body">
        {message !== '' && status === 'ERROR' && failures.length === 0 && <p className="cause mono">{message}</p>}
        {failures.map((event) => (
          <Exception key={event.atUs} event={event} />
        ))}
        {tokens && <Tokens tokens={tokens} />}
        <Value title="Inputs" value={inputs} />
        <Value title="Outputs" value={outputs} />
        {noted.length > 0 && (
          <Part title="Attributes">
            <dl className="facts">
              {noted.map(([key, value]) => (
                <div key={key} style={{ display: 'contents' }}>
                  <dt className="mono">{key}</dt>
                  <dd className="mono">{lineOf(value)}</dd>
                </div>
              ))}
            </dl>
          </Part>
        )}
        {others.length > 0 && <Events events={others} />}
        <p className="dim mono span-id">
          {span.id} <Copy text={span.id} label="Copy the id of the span" />
        </p>
      </div>
    </section>
  )
}

function Part({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <div className="span-part">
      <h3>{title}</h3>
      {children}
    </div>
  )
}

interface Message {
  role: string
  content: string
}

/** What is said in a conversation is shown as one; everything else as a tree. */
function Value({ title, value }: { title: string; value: unknown }) {
  if (value === undefined || value === null) return null
  const messages = messagesOf(value)
  return (
    <Part title={title}>
      {typeof value === 'string' ? (
        <p className="said">{value.slice(0, 20_000)}</p>
      ) : messages ? (
        <ol className="messages">
          {messages.map(({ role, content }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: what was said has no other name
            <li key={index} className={`said by-${role}`}>
              <b>{role}</b>
              {content}
            </li>
          ))}
        </ol>
      ) : (
        <Suspense fallback={<Loading what="the value" />}>
          <JsonView text={JSON.stringify(value)} name={title} />
        </Suspense>
      )}
    </Part>
  )
}

/** The messages of a value that is nothing else but these: `messages` of a request, `choices` of an answer. */
function messagesOf(value: unknown): Message[] | undefined {
  const { messages, choices } = (value ?? {}) as { messages?: unknown; choices?: unknown } // both checked below
  const said = Array.isArray(messages)
    ? messages
    : Array.isArray(choices)
      ? choices.map((choice) => (choice as { message?: unknown } | null)?.message)
      : undefined
  if (!said || said.length === 0) return undefined
  const read = said.map((one) => {
    const { role, content } = (one ?? {}) as { role?: unknown; content?: unknown } // checked in the next line
    return typeof role === 'string' && typeof content === 'string' ? { role, content } : undefined
  })
  return read.every((one) => one !== undefined) ? read : undefined
}

function Tokens({ tokens }: { tokens: Record<string, number> }) {
  return (
    <p className="chips">
      {Object.entries(tokens).map(([name, value]) => (
        <span key={name} className="chip tag">
          {name.replace(/_tokens$/, '').replaceAll('_', ' ')} tokens
          <b>{count(value)}</b>
        </span>
      ))}
    </p>
  )
}

/** Raised by the program: its kind, its words, and where. */
function Exception({ event }: { event: SpanEvent }) {
  const word = (name: string) => lineOf(event.attributes[`exception.${name}`] ?? '')
  const stack = word('stacktrace')
  return (
    <div className="notice fail">
      <p className="cause mono">
        {word('type')}: {word('message')}
      </p>
      {stack !== '' && (
        <details>
          <summary>Where</summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region is reached by keyboard */}
          <pre tabIndex={0}>{stack}</pre>
        </details>
      )}
    </div>
  )
}

function Events({ events }: { events: readonly SpanEvent[] }) {
  return (
    <Part title="Events">
      <table className="singles">
        <tbody>
          {events.map(({ name, atUs, attributes }) => (
            <tr key={`${atUs} ${name}`}>
              <th scope="row">{name}</th>
              <td className="numeric">{shortTime(atUs)}</td>
              <td className="mono quiet">
                {Object.entries(attributes)
                  .map(([key, value]) => `${key}=${lineOf(value)}`)
                  .join(' ')}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Part>
  )
}

function lineOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}
