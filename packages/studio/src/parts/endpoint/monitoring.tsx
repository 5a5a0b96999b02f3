// How the calls go: rate and latency while one looks, what came back since the server started.
import { useEffect, useState } from 'react'
import { type CallNumbers, type Endpoint, type EndpointNumbers, useNumbers } from '../../data/endpoints.ts'
import { count, number } from '../../data/format.ts'
import { shellWord } from '../../data/shell.ts'
import { Card, Empty, Loading, Problem, Twin } from '../bits.tsx'
import { strokesOf } from '../chart/palette.ts'
import { Lines } from '../line.tsx'
import { type Look, Replicas } from './replicas.tsx'

const most = 120

export function Monitoring({ endpoint }: { endpoint: Endpoint }) {
  const numbers = useNumbers(endpoint.name, 2000)
  const past = usePast(numbers.data, numbers.dataUpdatedAt)
  if (numbers.isPending) return <Loading what="numbers" />
  if (numbers.isError) return <Problem error={numbers.error} retry={() => void numbers.refetch()} />
  const known = Object.entries(numbers.data.deployments).sort(([a], [b]) => (a < b ? -1 : 1))
  if (known.length === 0) {
    return (
      <div className="stack">
        <Empty title="No calls since the server started" command={invokeOf(endpoint)} />
        <Replicas past={past} />
      </div>
    )
  }
  const strokes = strokesOf(known.map(([name]) => name))
  const series = (value: (one: CallNumbers) => number) =>
    known.map(([name]) => ({
      title: title(name),
      token: strokes.get(name)?.token ?? 'run-1',
      values: past.map(({ numbers: at }) => {
        const found = at.deployments[name]
        return found ? value(found) : undefined
      }),
    }))
  return (
    <div className="stack">
      <div className="halves">
        <Card title="Calls a second">
          <Lines title="Calls a second" unit="/s" series={series(({ callsPerSecond }) => callsPerSecond)} />
        </Card>
        <Card title="Latency, p99">
          <Lines title="Latency p99" unit="ms" series={series(({ latency }) => latency.p99Ms)} />
        </Card>
      </div>
      <Replicas past={past} />
      <Card title="Since the server started" bare>
        <Table known={known} />
      </Card>
      <div className="halves">
        {known.map(([name, one]) => (
          <Card key={name} title={`How long they took · ${title(name)}`}>
            <Buckets numbers={one} />
          </Card>
        ))}
      </div>
      <Twin command={`laz online-endpoint metrics -n ${endpoint.name}`} />
    </div>
  )
}

const invokeOf = ({ name }: Endpoint) => `laz online-endpoint invoke -n ${shellWord(name)} -r sample.json`
const title = (name: string) => name || 'no deployment'

/** What was told while one looks; the server keeps sums alone. */
function usePast(data: EndpointNumbers | undefined, at: number): Look[] {
  const [past, setPast] = useState<Look[]>([])
  useEffect(() => {
    // what stayed the same is a point too
    if (data && at > 0) setPast((old) => [...old, { at, numbers: data }].slice(-most))
  }, [data, at])
  return past
}

function Table({ known }: { known: readonly (readonly [string, CallNumbers])[] }) {
  return (
    <table className="plain">
      <thead>
        <tr>
          <th scope="col">Deployment</th>
          {['Calls', 'Failed', 'p50', 'p90', 'p99', 'Mean'].map((word) => (
            <th key={word} scope="col" className="numeric">
              {word}
            </th>
          ))}
          <th scope="col">Answers</th>
        </tr>
      </thead>
      <tbody>
        {known.map(([name, { calls, failed, statuses, latency }]) => (
          <tr key={name}>
            <th scope="row">{title(name)}</th>
            <td className="numeric">{count(calls)}</td>
            <td className="numeric">
              {count(failed)} ({calls === 0 ? 0 : number(Math.round((1000 * failed) / calls) / 10)}%)
            </td>
            <td className="numeric">{latency.p50Ms} ms</td>
            <td className="numeric">{latency.p90Ms} ms</td>
            <td className="numeric">{latency.p99Ms} ms</td>
            <td className="numeric">{number(Math.round(latency.meanMs * 10) / 10)} ms</td>
            <td>
              {Object.entries(statuses).map(([status, amount]) => (
                <span key={status} className={`status ${Number(status) < 400 ? 'family-ok' : 'family-fail'}`}>
                  {status}: {count(amount)}
                </span>
              ))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Buckets({ numbers }: { numbers: CallNumbers }) {
  const { buckets } = numbers.latency
  const last = buckets.findLastIndex(({ calls }) => calls > 0)
  const shown = buckets.slice(0, last + 1)
  const top = Math.max(1, ...shown.map(({ calls }) => calls))
  const words = shown.map(({ upToMs, calls }) => `up to ${upToMs ?? 'more'} ms: ${calls}`).join(', ')
  return (
    <figure>
      <div className="bars" role="img" aria-label={words}>
        {shown.map(({ upToMs, calls }) => (
          <i key={String(upToMs)} style={{ height: `${(100 * calls) / top}%` }} title={`${calls} calls`} />
        ))}
      </div>
      <figcaption className="bar-words" aria-hidden="true">
        {shown.map(({ upToMs }) => (
          <span key={String(upToMs)}>{upToMs ?? 'more'}</span>
        ))}
      </figcaption>
      <p className="quiet">milliseconds, at most</p>
    </figure>
  )
}
