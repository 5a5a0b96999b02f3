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

/** A pipeline of one step: its inputs are those of the component that must be given. */
export function pipelineOf(name: string, version: string, component: JsonObject): JsonObject {
  const ports = Object.entries(asObject(component.inputs))
  const step = name.replace(/\W/g, '_').toLowerCase()
  const inputs = ports.flatMap(([key, port]): [string, JsonObject | string | number | boolean][] => {
    const { type, optional, default: usual } = asObject(port)
    if (optional === true && usual === undefined) return []
    if (['string', 'number', 'integer', 'boolean'].includes(textOf(type)))
      return [[key, typeof usual === 'object' || usual === undefined ? '' : (usual ?? '')]]
    return [[key, { type: textOf(type), path: typeof usual === 'string' ? usual : '' }]]
  })
  const bound = Object.fromEntries(inputs.map(([key]) => [key, `\${{parent.inputs.${key}}}`]))
  return {
    type: 'pipeline',
    display_name: `Try ${name}`,
    settings: { default_compute: 'serverless' },
    inputs: Object.fromEntries(inputs),
    jobs: {
      [step]: {
        type: textOf(component.type) || 'command',
        component: `azureml:${name}:${version}`,
        ...(inputs.length > 0 ? { inputs: bound } : {}),
      },
    },
  }
}
