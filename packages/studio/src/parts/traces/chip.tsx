// One assessment in a few letters.
import type { Assessment } from '../../data/traces.ts'

export function AssessmentChip({ assessment }: { assessment: Assessment }) {
  const { name, kind, error, rationale, source, valid } = assessment
  const said = kind === 'issue' ? 'issue' : error === '' ? spoken(assessment.value) : 'failed'
  const title = [`${name}: ${said}`, rationale, source].filter(Boolean).join(' · ')
  return (
    <span className={`chip tag${valid ? '' : ' dim'}`} title={title}>
      {name}
      <b className={toneOf(assessment)}>{said.slice(0, 24)}</b>
    </span>
  )
}

/** A value in words: yes and no for what is true or false. */
export function spoken(value: unknown): string {
  if (value === true) return 'yes'
  if (value === false) return 'no'
  if (value === null || value === undefined) return 'nothing'
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

export function toneOf({ kind, value, error }: Assessment): string | undefined {
  if (error !== '' || kind === 'issue') return 'is-bad'
  if (kind !== 'feedback') return undefined
  const word = typeof value === 'string' ? value.toLowerCase() : value
  if (word === true || word === 'yes') return 'is-good'
  return word === false || word === 'no' ? 'is-bad' : undefined
}
