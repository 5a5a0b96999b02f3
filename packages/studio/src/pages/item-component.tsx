// What a component has beyond its table: its ports, and a job that tries it.
import { asObject, type JsonObject } from '@lazurite/spec'
import { Link } from 'wouter'
import { textOf } from '../data/described.ts'
import { newPath } from '../data/kind-places.ts'
import { Card } from '../parts/bits.tsx'
import { Icon } from '../parts/icons.tsx'
import type { Item } from './item.tsx'
import type { ActionProps } from './item-specials.tsx'
import { Snapshot } from './job-code.tsx'

export function Interface({ item }: { item: Item }) {
  const { inputs, outputs } = item.document
  return (
    <>
      <Ports title="Inputs" ports={asObject(inputs)} />
      <Ports title="Outputs" ports={asObject(outputs)} />
    </>
  )
}

function Ports({ title, ports }: { title: string; ports: JsonObject }) {
  const all = Object.entries(ports)
  if (all.length === 0) return null
  return (
    <Card title={title}>
      <table className="plain">
        <thead>
          <tr>
            {['Name', 'Type', 'When not given', 'Range', 'What for'].map((word) => (
              <th key={word} scope="col">
                {word}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {all.map(([name, port]) => {
            const { type, optional, default: usual, min, max, enum: words, description } = asObject(port)
            const range = words === undefined ? [min, max].map(textOf).filter(Boolean).join(' to ') : textOf(words)
            return (
              <tr key={name}>
                <td className="mono">{name}</td>
                <td>{textOf(type)}</td>
                <td>
                  {usual === undefined
                    ? optional === true
                      ? 'optional'
                      : title === 'Inputs'
                        ? 'needed'
                        : ''
                    : textOf(usual)}
                </td>
                <td>{range}</td>
                <td>{textOf(description)}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </Card>
  )
}

export function Try({ item: { row } }: ActionProps) {
  if (row.registry !== undefined) return null
  return (
    <Link href={newPath('job', { component: `${row.name}:${row.version}` })} className="button primary">
      <Icon name="play" /> Try it
    </Link>
  )
}

/** Its snapshot. */
export function ComponentCode({ item: { document, row } }: { item: Item }) {
  return (
    <Snapshot
      id={String(document.code).replace(/^azureml:/, '')}
      command={textOf(document.command)}
      twin={`laz component show --name ${row.name} --version ${row.version}`}
    />
  )
}
