// All metrics of a job, beside those of other jobs where asked for.
import { useMemo, useState } from 'react'
import { number, when } from '../data/format.ts'
import { rowOf, useJobs } from '../data/jobs.ts'
import { type MetricFact, useRunFacts, whileRunning } from '../data/run.ts'
import { shellWord } from '../data/shell.ts'
import type { Words } from '../data/words.ts'
import { Card, Empty, Loading, Problem, Twin } from '../parts/bits.tsx'
import { ChartBar, useChartWords } from '../parts/chart/chart-bar.tsx'
import { type Group, groupsOf, isSystem, keyMetrics, placeOfKey } from '../parts/chart/groups.ts'
import { type ChartView, MetricCard } from '../parts/chart/metric-card.tsx'
import { strokesOf } from '../parts/chart/palette.ts'
import { Swatch } from '../parts/chart/plot.tsx'
import { Icon } from '../parts/icons.tsx'
import type { JobTabProps } from './job-tab.ts'

export function Side({ job }: JobTabProps) {
  const row = rowOf(job)
  const facts = useRunFacts(row.name, row.status)
  const chart = useChartWords()
  const { view, by, words } = chart
  const pattern = words.get('q')
  const beside = words.get('with')
  const metrics = useMemo(() => (facts.data?.metrics ?? []).filter(({ key }) => !isSystem(key)), [facts.data])
  const lines = useMemo(() => keyMetrics(metrics), [metrics])
  const found = useMemo(() => lines.filter(matcher(pattern)), [lines, pattern])
  const names = useMemo(() => [row.name, ...beside.split(',').filter(Boolean)], [row.name, beside])
  const jobs = useMemo(
    () => names.map((name) => ({ name, label: name === row.name ? row.displayName : name })),
    [names, row.name, row.displayName],
  )
  const foundText = found.join('\n')
  const groups = useMemo(
    () => groupsOf({ jobs, keys: foundText === '' ? [] : foundText.split('\n'), by }),
    [jobs, foundText, by],
  )
  if (facts.isPending) return <Loading what="metrics" />
  if (facts.isError && !facts.data) return <Problem error={facts.error} retry={() => void facts.refetch()} />
  const singles = metrics.filter(({ count }) => count === 1)
  if (metrics.length === 0) {
    return (
      <Empty title="No metrics yet" command="python -c 'import mlflow; mlflow.log_metric(&quot;loss&quot;, 0.5)'">
        <p>What the job logs with MLflow appears here as it is logged.</p>
      </Empty>
    )
  }
  return (
    <>
      <div className="filters">
        <input
          className="field search"
          type="search"
          aria-label="Search metrics"
          placeholder="loss|acc"
          value={pattern}
          onChange={(event) => words.put({ q: event.target.value })}
        />
        <ChartBar {...chart} keys={lines} />
        <Beside name={row.name} experiment={row.experiment} chosen={names.slice(1)} words={words} />
      </div>
      <Sections
        groups={groups}
        view={view}
        again={whileRunning(row.status)}
        zoom={(from, to) => words.put(zoomed(from, to))}
        words={words}
      />
      {singles.length > 0 && <Singles metrics={singles.filter(({ key }) => matcher(pattern)(key))} />}
      <div style={{ marginTop: 16 }}>
        <Twin command={twinOf(names, found)} />
      </div>
    </>
  )
}

function twinOf(names: readonly string[], keys: readonly string[]): string {
  if (names.length === 2) return `laz job diff ${names.map(shellWord).join(' ')}`
  const some = keys.slice(0, 4).map(shellWord).join(' ')
  return `laz job metrics ${shellWord(names[0] ?? '')}${some && ` --key ${some}`}`
}

const zoomed = (from: number, to: number) => ({ from: String(+from.toPrecision(8)), to: String(+to.toPrecision(8)) })

/** A pattern that is no pattern is a plain text. */
function matcher(pattern: string): (key: string) => boolean {
  if (pattern === '') return () => true
  try {
    const found = new RegExp(pattern, 'i')
    return (key) => found.test(key)
  } catch {
    return (key) => key.toLowerCase().includes(pattern.toLowerCase())
  }
}

interface SectionsProps {
  groups: readonly Group[]
  view: ChartView
  again: number | false
  zoom(from: number, to: number): void
  words: Words
}

function Sections({ groups, view, again, zoom, words }: SectionsProps) {
  const [wide, setWide] = useState('')
  const sections = new Map<string, Group[]>()
  for (const group of groups) {
    const place = group.lines.length > 0 && group.title.includes('/') ? placeOfKey(group.title) : ''
    const known = sections.get(place)
    if (known) known.push(group)
    else sections.set(place, [group])
  }
  return (
    <div className="stack">
      {[...sections].map(([place, inside]) => (
        <section key={place} className="stack" aria-label={place || 'Metrics'}>
          {sections.size > 1 && <h2>{place || 'Metrics'}</h2>}
          <div className="charts">
            {inside.map(({ title, lines }) => (
              <MetricCard
                key={title}
                title={title}
                lines={lines}
                view={view}
                again={again}
                zoom={zoom}
                sync="metrics"
                words={words}
                wide={wide === title}
                height={wide === title ? 420 : 220}
                end={
                  <button
                    type="button"
                    className="button bare small"
                    aria-pressed={wide === title}
                    onClick={() => setWide(wide === title ? '' : title)}
                  >
                    {wide === title ? 'Small' : 'Large'}
                  </button>
                }
              />
            ))}
          </div>
        </section>
      ))}
    </div>
  )
}

interface BesideProps {
  name: string
  experiment: string
  chosen: readonly string[]
  words: { put(words: Record<string, string>): void }
}

const mostBeside = 19

/** Other jobs of the experiment, to draw beside this one. */
function Beside({ name, experiment, chosen, words }: BesideProps) {
  const others = useJobs({ words: [['experiment', experiment]], top: 50 })
  const strokes = strokesOf([name, ...chosen])
  const put = (names: readonly string[]) => words.put({ with: names.join(',') })
  return (
    <>
      {chosen.map((other) => (
        <span key={other} className="chip tag">
          <Swatch token={strokes.get(other)?.token ?? 'run-1'} /> {other}
          <button
            type="button"
            aria-label={`Take ${other} away`}
            onClick={() => put(chosen.filter((one) => one !== other))}
          >
            <Icon name="cross" />
          </button>
        </span>
      ))}
      {chosen.length < mostBeside && (
        <label className="pick">
          <span className="hidden">Draw another job beside it</span>
          <select className="bare" value="" onChange={(event) => put([...chosen, event.target.value])}>
            <option value="">+ job</option>
            {others.rows
              .filter((one) => one.name !== name && !chosen.includes(one.name))
              .map((one) => (
                <option key={one.name} value={one.name}>
                  {one.displayName} {one.name}
                </option>
              ))}
          </select>
        </label>
      )}
    </>
  )
}

function Singles({ metrics }: { metrics: readonly MetricFact[] }) {
  return (
    <div style={{ marginTop: 16 }}>
      <Card title="Single values" bare>
        <table className="singles">
          <thead>
            <tr>
              <th scope="col">Metric</th>
              <th scope="col" className="numeric">
                Value
              </th>
              <th scope="col">Logged</th>
            </tr>
          </thead>
          <tbody>
            {metrics.map(({ key, last, at }) => (
              <tr key={key}>
                <th scope="row">{key}</th>
                <td className="numeric" title={String(last)}>
                  {number(last)}
                </td>
                <td className="quiet">{when(at)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Card>
    </div>
  )
}
