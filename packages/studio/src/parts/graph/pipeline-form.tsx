// What belongs to the whole of a pipeline that is being written: its names, where its steps run, its inputs.
import { asObject, asString, type JsonObject } from '@lazurite/spec'
import { type FormEvent, useId, useState } from 'react'
import { needKind, useKindList } from '../../data/kinds.ts'
import { Icon } from '../icons.tsx'
import { type Change, freshKey, isPlain, valueFor } from './design.ts'

interface PipelineFormProps {
  value: JsonObject
  change(changes: readonly Change[]): void
}

const types = ['uri_folder', 'uri_file', 'mltable', 'mlflow_model', 'string', 'integer', 'number', 'boolean']

export function PipelineForm({ value, change }: PipelineFormProps) {
  const text = (key: string) => asString(value[key]) ?? ''
  const settings = asObject(value.settings)
  const put = (key: string) => (event: { target: { value: string } }) =>
    change([[[key], event.target.value === '' ? undefined : event.target.value]])
  return (
    <section className="card node-panel" aria-label="Pipeline">
      <header>
        <h2>Pipeline</h2>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region is reached by keyboard */}
      <div className="body" tabIndex={0}>
        <label className="form-row">
          <b>Display name</b>
          <input className="field" value={text('display_name')} onChange={put('display_name')} />
        </label>
        <label className="form-row">
          <b>Experiment</b>
          <input
            className="field"
            placeholder="Default"
            value={text('experiment_name')}
            onChange={put('experiment_name')}
          />
        </label>
        <Compute
          value={asString(settings.default_compute) ?? ''}
          put={(name) => change([[['settings', 'default_compute'], name === '' ? undefined : name]])}
        />
        <Inputs value={value} change={change} />
        <p className="quiet">
          Drag components into the drawing, and from the dot below a step to the step that takes its output. The panel
          of a step does the same without dragging.
        </p>
      </div>
    </section>
  )
}

function Compute({ value, put }: { value: string; put(name: string): void }) {
  const id = useId()
  const computes = useKindList(needKind('compute'), { order: 'name asc' })
  return (
    <label className="form-row">
      <b>Compute of its steps</b>
      <input
        className="field mono"
        list={id}
        placeholder="serverless"
        value={value}
        onChange={(event) => put(event.target.value)}
      />
      <datalist id={id}>
        {['azureml:local', ...computes.rows.map(({ name }) => `azureml:${name}`)].map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </label>
  )
}

function Inputs({ value, change }: PipelineFormProps) {
  const inputs = asObject(value.inputs)
  return (
    <div className="stack port-forms">
      <h3>Inputs</h3>
      {Object.entries(inputs).map(([key, given]) => {
        const isValue = typeof given !== 'object'
        const kind = isValue ? typeof given : (asString(asObject(given).type) ?? '')
        const text = isValue ? String(given) : (asString(asObject(given).path) ?? '')
        const path = isValue ? ['inputs', key] : ['inputs', key, 'path']
        return (
          <div key={key} className="form-row">
            <label htmlFor={`input-${key}`}>
              <b>{key}</b> <span className="dim">{kind}</span>
            </label>
            <span className="with-button">
              <input
                id={`input-${key}`}
                className="field mono"
                value={text}
                onChange={({ target }) =>
                  change([[path, isValue ? (valueFor(kind, target.value) ?? '') : target.value]])
                }
              />
              <button
                type="button"
                className="button bare small square"
                aria-label={`Remove ${key}`}
                onClick={() => change([[['inputs', key], undefined]])}
              >
                <Icon name="cross" />
              </button>
            </span>
          </div>
        )
      })}
      <NewInput inputs={inputs} change={change} />
    </div>
  )
}

function NewInput({ inputs, change }: { inputs: JsonObject; change: PipelineFormProps['change'] }) {
  const [name, setName] = useState('')
  const [type, setType] = useState('uri_file')
  const add = (event: FormEvent) => {
    event.preventDefault()
    const key = freshKey(inputs, name.trim() || 'input')
    const plain = type === 'string' ? '' : type === 'boolean' ? false : 0
    change([[['inputs', key], isPlain(type) ? plain : { type, path: 'azureml:' }]])
    setName('')
  }
  return (
    <form className="with-button" onSubmit={add}>
      <input
        className="field"
        aria-label="Name of a new input"
        placeholder="New input"
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <select className="field" aria-label="Its type" value={type} onChange={(event) => setType(event.target.value)}>
        {types.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
      <button type="submit" className="button small square" aria-label="Add the input">
        <Icon name="plus" />
      </button>
    </form>
  )
}
