// What each replica takes of the machine: its processors and its memory, while one looks.
import type { EndpointNumbers, ReplicaNumbers } from '../../data/endpoints.ts'
import { bytes, number } from '../../data/format.ts'
import { Ago, Card } from '../bits.tsx'
import { strokesOf } from '../chart/palette.ts'
import { Lines } from '../line.tsx'
import { Status } from '../status.tsx'
import { replicaLines } from './replica-lines.ts'

/** A look at the numbers, and when it was. */
export interface Look {
  at: number
  numbers: EndpointNumbers
}

export function Replicas({ past }: { past: readonly Look[] }) {
  const now = past.at(-1)?.numbers.replicas ?? {}
  const all = Object.entries(now).flatMap(([deployment, list]) => list.map((one) => ({ deployment, ...one })))
  if (all.length === 0) return null
  const names = all.map(({ deployment, id }) => `${deployment}/${id}`)
  const strokes = strokesOf(names)
  const series = (of: 'cpu' | 'memory') =>
    names.map((name) => ({
      title: name,
      token: strokes.get(name)?.token ?? 'run-1',
      values: replicaLines(past, name)[of],
    }))
  const cpu = series('cpu')
  return (
    <>
      <div className="halves">
        <Card title="Processors of each replica">
          <Lines title="Processors" unit="%" series={cpu} />
        </Card>
        <Card title="Memory of each replica">
          <Lines title="Memory" unit="MB" series={series('memory')} />
        </Card>
      </div>
      <Card title="Replicas" bare>
        <table className="plain">
          <thead>
            <tr>
              <th scope="col">Replica</th>
              <th scope="col">State</th>
              <th scope="col">Started</th>
              {['Restarts', 'Processes', 'Processors', 'Memory'].map((word) => (
                <th key={word} scope="col" className="numeric">
                  {word}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {all.map((replica, i) => (
              <Row key={names[i]} name={names[i] ?? ''} replica={replica} cpu={cpu[i]?.values.at(-1)} />
            ))}
          </tbody>
        </table>
      </Card>
    </>
  )
}

function Row({ name, replica, cpu }: { name: string; replica: ReplicaNumbers; cpu: number | undefined }) {
  const { state, startedAt, restarts, processes, memoryBytes } = replica
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        <Status state={state} />
      </td>
      <td>
        <Ago at={startedAt} />
      </td>
      <td className="numeric">{restarts}</td>
      <td className="numeric">{processes ?? ''}</td>
      <td className="numeric">{cpu === undefined ? '' : `${number(Math.round(cpu * 10) / 10)}%`}</td>
      <td className="numeric">{bytes(memoryBytes)}</td>
    </tr>
  )
}
