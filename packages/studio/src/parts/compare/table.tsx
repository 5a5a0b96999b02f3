// What differs between jobs, and how they did: tables with a column a job.
import { useState } from 'react'
import { bestOf, type Compared, type Field, fieldsOf, metricNames } from '../../data/compare.ts'
import { duration, number } from '../../data/format.ts'
import { Card } from '../bits.tsx'
import type { Stroke } from '../chart/palette.ts'
import { Icon } from '../icons.tsx'

export interface CompareProps {
  jobs: readonly Compared[]
  strokes: ReadonlyMap<string, Stroke>
  /** Name of the job that the others are held against. */
  base: string
}

function Heads({ jobs, strokes, base }: CompareProps) {
  return jobs.map(({ name, label }) => (
    <th key={name} scope="col" style={{ boxShadow: `inset 0 -3px var(--${strokes.get(name)?.token})` }}>
      {label}
      {name === base && <span className="quiet"> (baseline)</span>}
      <span className="mono dim under-name">{name}</span>
    </th>
  ))
}

export function Differences(props: CompareProps) {
  return <FieldTable {...props} title="What differs" fields={fieldsOf(props.jobs)} same="they were given the same." />
}

interface FieldTableProps extends CompareProps {
  title: string
  fields: readonly Field[]
  /** Said when nothing differs. */
  same: string
}

/** Fields with a column a job; those that are the same are shown when asked for. */
export function FieldTable({ title, fields, same, ...props }: FieldTableProps) {
  const [all, setAll] = useState(false)
  const differing = fields.filter(({ differs }) => differs)
  const shown = all ? fields : differing
  const base = props.jobs.findIndex(({ name }) => name === props.base)
  return (
    <Card
      title={title}
      end={
        <label className="quiet">
          {differing.length} of {fields.length} fields{' '}
          <input type="checkbox" checked={all} onChange={(event) => setAll(event.target.checked)} /> Show all
        </label>
      }
      bare
    >
      {shown.length === 0 ? (
        <p className="line quiet">Nothing: {same}</p>
      ) : (
        <Scrolled label={title}>
          <table className="plain compare">
            <thead>
              <tr>
                <th scope="col">Field</th>
                <Heads {...props} />
              </tr>
            </thead>
            <tbody>
              {shown.map((field, index) => (
                <FieldRow key={`${field.section}/${field.name}`} field={field} before={shown[index - 1]} base={base} />
              ))}
            </tbody>
          </table>
        </Scrolled>
      )}
    </Card>
  )
}

function FieldRow({ field, before, base }: { field: Field; before: Field | undefined; base: number }) {
  const { section, name, values, differs } = field
  const same = values[Math.max(0, base)]
  return (
    <>
      {before?.section !== section && (
        <tr>
          <th scope="rowgroup" colSpan={values.length + 1} className="quiet">
            {section}
          </th>
        </tr>
      )}
      <tr>
        <th scope="row">{name}</th>
        {values.map((value, index) => {
          const changed = differs && value !== same
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a column a job, in the order of the jobs
            <td key={index} className={changed ? 'mono changed' : 'mono'}>
              {value ?? <span className="dim">none</span>}
              {changed && <span className="hidden"> (differs)</span>}
            </td>
          )
        })}
      </tr>
    </>
  )
}

/** Last values of metrics: the best one has a star, the rest their distance from the baseline. */
export function Scores(props: CompareProps) {
  const { jobs } = props
  const base = jobs.findIndex(({ name }) => name === props.base)
  const metrics = metricNames(jobs)
  return (
    <Card title="Last values" bare>
      <Scrolled label="Last values of metrics">
        <table className="plain compare">
          <thead>
            <tr>
              <th scope="col">Metric</th>
              <Heads {...props} />
            </tr>
          </thead>
          <tbody>
            {metrics.map((metric) => {
              const values = jobs.map(({ metrics: of }) => of[metric])
              const best = bestOf(
                metric,
                values.map((value) => (typeof value === 'number' ? value : undefined)),
              )
              return (
                <tr key={metric}>
                  <th scope="row">{metric}</th>
                  {values.map((value, index) => (
                    <Score
                      // biome-ignore lint/suspicious/noArrayIndexKey: a column a job, in the order of the jobs
                      key={index}
                      value={value}
                      base={index === base ? undefined : values[base]}
                      isBest={index === best}
                    />
                  ))}
                </tr>
              )
            })}
            <tr>
              <th scope="row">Duration</th>
              {jobs.map(({ name, seconds }) => (
                <td key={name}>{duration(seconds)}</td>
              ))}
            </tr>
          </tbody>
        </table>
      </Scrolled>
    </Card>
  )
}

interface ScoreProps {
  value: number | string | undefined
  base: number | string | undefined
  isBest: boolean
}

function Score({ value, base, isBest }: ScoreProps) {
  const delta = typeof value === 'number' && typeof base === 'number' ? value - base : undefined
  return (
    <td className={isBest ? 'best' : undefined}>
      {value === undefined ? <span className="dim">none</span> : number(value)}
      {isBest && (
        <span className="star">
          <Icon name="star" />
          <span className="hidden">best</span>
        </span>
      )}
      {delta !== undefined && delta !== 0 && (
        <span className="quiet delta">
          {delta > 0 ? '▲ +' : '▼ −'}
          {number(+Math.abs(delta).toPrecision(3))}
        </span>
      )}
    </td>
  )
}

function Scrolled({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region is reached by keyboard
    <section className="scrolled" tabIndex={0} aria-label={label}>
      {children}
    </section>
  )
}
