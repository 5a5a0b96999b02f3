// Which columns a table of jobs has: searched for, put in another order, taken away.
import { Popover } from 'radix-ui'
import { useState } from 'react'
import { jobFacts, readColumn, titleOf, usualColumns, varies } from '../../data/job-columns.ts'
import { type FieldNames, useFields } from '../../data/job-table.ts'
import type { JobRow } from '../../data/jobs.ts'
import { Icon } from '../icons.tsx'

export interface PickerProps {
  jobs: readonly JobRow[]
  keys: readonly string[]
  change(keys: readonly string[]): void
}

export function ColumnPicker({ jobs, keys, change }: PickerProps) {
  return (
    <Popover.Root>
      <Popover.Trigger className="pick">
        <Icon name="blocks" /> Columns
      </Popover.Trigger>
      <Popover.Portal container={document.getElementById('main')}>
        <Popover.Content className="card picker" align="end" sideOffset={6} aria-label="Columns">
          <Picker jobs={jobs} keys={keys} change={change} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}

/** So many are offered; what is searched for is among them. */
const mostOffered = 100

function Picker({ jobs, keys, change }: PickerProps) {
  const [text, setText] = useState('')
  const [varying, setVarying] = useState(false)
  const fields = useFields(jobs)
  const sections = sectionsOf(fields.data, jobs)
    .map(({ title, keys: all }) => ({
      title,
      keys: all.filter((key) => !keys.includes(key) && key.toLowerCase().includes(text.toLowerCase())),
    }))
    .map((section) => (varying ? { ...section, keys: section.keys.filter((key) => differs(key, jobs)) } : section))
    .filter((section) => section.keys.length > 0)
  return (
    <>
      <input
        className="field"
        type="search"
        aria-label="Search columns"
        placeholder="A metric, parameter or tag"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <label className="tick">
        <input type="checkbox" checked={varying} onChange={(event) => setVarying(event.target.checked)} />
        Only what differs among the inputs shown
      </label>
      {text === '' && <Chosen keys={keys} change={change} />}
      {sections.map(({ title, keys: offered }) => (
        <fieldset key={title}>
          <legend>{title}</legend>
          {offered.slice(0, mostOffered).map((key) => (
            <button key={key} type="button" className="choice" onClick={() => change([...keys, key])}>
              <Icon name="plus" />
              <span className="name">{nameOf(key)}</span>
            </button>
          ))}
          {offered.length > mostOffered && <p className="quiet">and {offered.length - mostOffered} more: search</p>}
        </fieldset>
      ))}
      <button type="button" className="button small" onClick={() => change(usualColumns)}>
        The usual columns
      </button>
    </>
  )
}

function nameOf(key: string): string {
  if (key === 'spark.*') return 'first metric, with its shape'
  const column = readColumn(key)
  if (column === undefined) return key
  return column.of === 'spark' ? `${column.name}, with its shape` : titleOf(column)
}

/** Those that there are, in their order. */
function Chosen({ keys, change }: Omit<PickerProps, 'jobs'>) {
  const swap = (at: number, by: number) => {
    const next = [...keys]
    const [one] = next.splice(at, 1)
    if (one !== undefined) next.splice(at + by, 0, one)
    change(next)
  }
  return (
    <fieldset>
      <legend>Shown</legend>
      {keys.map((key, i) => (
        <div key={key} className="choice chosen">
          <span className="name">{nameOf(key)}</span>
          <button
            type="button"
            className="button bare small square"
            aria-label={`Move ${nameOf(key)} to the left`}
            disabled={i === 0}
            onClick={() => swap(i, -1)}
          >
            <Icon name="up" />
          </button>
          <button
            type="button"
            className="button bare small square"
            aria-label={`Move ${nameOf(key)} to the right`}
            disabled={i === keys.length - 1}
            onClick={() => swap(i, 1)}
          >
            <Icon name="down" />
          </button>
          <button
            type="button"
            className="button bare small square"
            aria-label={`Take ${nameOf(key)} away`}
            disabled={keys.length === 1}
            onClick={() => change(keys.filter((one) => one !== key))}
          >
            <Icon name="cross" />
          </button>
        </div>
      ))}
    </fieldset>
  )
}

/** What is known without asking: of metrics only those that are shown have values here. */
function differs(key: string, jobs: readonly JobRow[]): boolean {
  const column = readColumn(key)
  if (column === undefined) return false
  return column.of === 'metric' || column.of === 'spark' || varies(column, jobs)
}

function sectionsOf(fields: FieldNames | undefined, jobs: readonly JobRow[]): { title: string; keys: string[] }[] {
  const own = (pick: (job: JobRow) => Record<string, string>) => jobs.flatMap((job) => Object.keys(pick(job)))
  const named = (all: readonly { name: string }[] = []) => all.map(({ name }) => name)
  const once = (names: readonly string[]) => [...new Set(names)].filter((name) => !name.startsWith('mlflow.'))
  const metrics = named(fields?.metrics)
  return [
    { title: 'Jobs', keys: [...Object.keys(jobFacts), 'spark.*'] },
    {
      title: 'Metrics',
      keys: metrics.flatMap((name) => [
        `metrics.${name}`,
        `spark.${name}`,
        `metrics.${name}:min`,
        `metrics.${name}:max`,
      ]),
    },
    {
      title: 'Parameters',
      keys: once([...named(fields?.params), ...own(({ params }) => params)]).map((name) => `params.${name}`),
    },
    { title: 'Tags', keys: once([...named(fields?.tags), ...own(({ tags }) => tags)]).map((name) => `tags.${name}`) },
  ]
}
