// What people and programs think of a trace: shown, said, taken back.

import { parseExact } from '@lazurite/client'
import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ask } from '../../data/api.ts'
import { type Assessment, useMlflow, type WholeTrace } from '../../data/traces.ts'
import { useActing } from '../act.tsx'
import { Ask } from '../ask.tsx'
import { Ago, Card } from '../bits.tsx'
import { Icon } from '../icons.tsx'
import { spoken, toneOf } from './chip.tsx'

interface AssessmentsProps {
  trace: WholeTrace
  readOnly: boolean
  /** Goes to the span that one is about. */
  select(span: string): void
}

const sources: Record<string, string> = { HUMAN: '', LLM_JUDGE: 'judge', CODE: 'code' }

export function Assessments({ trace, readOnly, select }: AssessmentsProps) {
  const base = useMlflow()
  const queries = useQueryClient()
  const { problem, act, busy } = useActing()
  const [adding, setAdding] = useState(false)
  const path = `${base}/traces/${encodeURIComponent(trace.id)}/assessments`
  const again = () => queries.invalidateQueries({ queryKey: ['trace'] })
  const save = (assessment: object) =>
    act({
      title: 'Save',
      run: async () => {
        await ask(path, { method: 'POST', body: { assessment: { trace_id: trace.id, ...assessment } } })
        setAdding(false)
        await again()
      },
    })
  const remove = ({ id }: Assessment) =>
    act({
      title: 'Delete',
      run: async () => {
        await ask(`${path}/${encodeURIComponent(id)}`, { method: 'DELETE' })
        await again()
      },
    })
  return (
    <Card
      title="Assessments"
      end={
        readOnly ? undefined : (
          <button type="button" className="button small" aria-expanded={adding} onClick={() => setAdding(!adding)}>
            <Icon name={adding ? 'cross' : 'plus'} /> {adding ? 'Cancel' : 'Add'}
          </button>
        )
      }
    >
      {adding && <Form save={save} busy={busy !== ''} />}
      {problem}
      {trace.assessments.length === 0 && !adding && <p className="dim">Nobody has said what to think of it.</p>}
      <ul className="assessments">
        {trace.assessments.map((one) => (
          <li key={one.id} className={one.valid ? '' : 'replaced'}>
            <p>
              <b>{one.name}</b>{' '}
              <span className={`chip ${toneOf(one) ?? ''}`}>
                {one.kind === 'issue' ? 'issue' : one.error === '' ? spoken(one.value) : 'failed'}
              </span>{' '}
              {one.kind === 'expectation' && <span className="dim">expected</span>}
              {!one.valid && <span className="dim">replaced</span>}
              {!readOnly && (
                <Ask
                  title={`Delete the assessment ${one.name}?`}
                  verb="Delete"
                  danger
                  run={() => remove(one)}
                  trigger={
                    <button type="button" className="button bare small square" aria-label={`Delete ${one.name}`}>
                      <Icon name="cross" />
                    </button>
                  }
                >
                  What it replaced counts again.
                </Ask>
              )}
            </p>
            {(one.rationale || one.error) && <p className="said">{one.error || one.rationale}</p>}
            <p className="dim">
              {[sources[one.sourceType] ?? one.sourceType.toLowerCase(), one.source].filter(Boolean).join(' ')}
              {one.source && ', '}
              <Ago at={one.at} />
              {one.span !== '' && (
                <button type="button" className="button bare small" onClick={() => select(one.span)}>
                  of a span
                </button>
              )}
            </p>
          </li>
        ))}
      </ul>
    </Card>
  )
}

function Form({ save, busy }: { save(assessment: object): void; busy: boolean }) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const word = (name: string) => String(form.get(name) ?? '').trim()
    const value = readValue(word('value'))
    save({
      assessment_name: word('name'),
      source: { source_type: 'HUMAN', source_id: word('by') || 'studio' },
      ...(word('kind') === 'expectation' ? { expectation: expected(value) } : { feedback: { value } }),
      ...(word('rationale') ? { rationale: word('rationale') } : {}),
    })
  }
  return (
    <form className="assess" onSubmit={submit}>
      <label>
        Name
        {/* biome-ignore lint/a11y/noAutofocus: it was asked for */}
        <input className="field" name="name" required maxLength={250} placeholder="correct" autoFocus />
      </label>
      <label>
        Sort
        <select className="field" name="kind">
          <option value="feedback">feedback</option>
          <option value="expectation">what was expected</option>
        </select>
      </label>
      <label>
        Value
        <input className="field" name="value" required list="assessment-values" placeholder="yes, no, 4, or words" />
        <datalist id="assessment-values">
          <option value="yes" />
          <option value="no" />
        </datalist>
      </label>
      <label>
        By
        <input className="field" name="by" placeholder="studio" />
      </label>
      <label className="wide">
        Why
        <textarea className="field" name="rationale" rows={2} />
      </label>
      <button type="submit" className="button small primary" disabled={busy}>
        Save
      </button>
    </form>
  )
}

/** Yes and no are true and false; numbers and other JSON are what they are; the rest is text. */
export function readValue(text: string): unknown {
  if (text === 'yes') return true
  if (text === 'no') return false
  try {
    return parseExact(text)
  } catch {
    return text
  }
}

function expected(value: unknown): object {
  const packed = { serialization_format: 'JSON_FORMAT', value: JSON.stringify(value) }
  return typeof value === 'object' && value !== null ? { serialized_value: packed } : { value }
}
