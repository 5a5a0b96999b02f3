// One step of a pipeline that is being written: what goes into its inputs, what becomes of its outputs.
import { asObject, asString, type Json, type JsonObject, soleRef } from '@lazurite/spec'
import { useState } from 'react'
import { Link } from 'wouter'
import { itemPath } from '../../data/kind-places.ts'
import { Icon } from '../icons.tsx'
import { type Change, closesCircle, componentIn, connect, isPlain, removeStep, renameStep, valueFor } from './design.ts'
import type { Drawing } from './drawing.ts'
import { type Interface, interfaceInPlace, type PortSpec, useInterface } from './interface.ts'

interface StepFormProps {
  value: JsonObject
  drawing: Drawing
  step: string
  change(changes: readonly Change[]): void
  select(id: string | undefined): void
}

export function StepForm(props: StepFormProps) {
  const { value, step, change, select } = props
  const written = asObject(asObject(value.jobs)[step])
  const component = componentIn(written)
  return (
    <section className="card node-panel" aria-label={`Step ${step}`}>
      <header>
        <h2>{step}</h2>
        <button
          type="button"
          className="button bare small square end"
          aria-label="Close"
          onClick={() => select(undefined)}
        >
          <Icon name="cross" />
        </button>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region is reached by keyboard */}
      <div className="body" tabIndex={0}>
        <Name key={step} {...props} />
        {component && (
          <p className="quiet">
            {asString(written.type) ?? 'command'} of{' '}
            <Link href={itemPath('component', component)}>
              {component.name}:{component.version}
            </Link>
          </p>
        )}
        {component ? (
          <OfComponent {...props} written={written} component={component} />
        ) : (
          <PortForms {...props} written={written} face={interfaceInPlace(written)} />
        )}
        <Compute {...props} written={written} />
        <p className="ways">
          <button
            type="button"
            className="button danger"
            onClick={() => {
              change(removeStep(value, step))
              select(undefined)
            }}
          >
            Remove the step
          </button>
        </p>
      </div>
    </section>
  )
}

function Name({ value, step, change, select }: StepFormProps) {
  const [text, setText] = useState(step)
  const put = () => {
    const changes = renameStep(value, step, text.trim())
    if (changes.length === 0) return setText(step)
    change(changes)
    select(text.trim())
  }
  return (
    <label className="form-row">
      <b>Name</b>
      <input
        className="field mono"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onBlur={put}
        onKeyDown={(event) => event.key === 'Enter' && put()}
      />
    </label>
  )
}

type Written = StepFormProps & { written: JsonObject }

function Compute({ written, step, change }: Written) {
  return (
    <label className="form-row">
      <b>Compute</b>
      <input
        className="field mono"
        placeholder="that of the pipeline"
        value={asString(written.compute) ?? ''}
        onChange={({ target }) => change([[['jobs', step, 'compute'], target.value || undefined]])}
      />
    </label>
  )
}

function OfComponent(props: Written & { component: { name: string; version: string } }) {
  const face = useInterface(props.component)
  return face ? <PortForms {...props} face={face} /> : <p className="quiet">Loading its ports …</p>
}

function PortForms(props: Written & { face: Interface }) {
  const { face } = props
  return (
    <>
      {face.inputs.length > 0 && (
        <div className="stack port-forms">
          <h3>Inputs</h3>
          {face.inputs.map((port) => (
            <InputForm key={port.name} {...props} port={port} />
          ))}
        </div>
      )}
      {face.outputs.length > 0 && (
        <div className="stack port-forms">
          <h3>Outputs</h3>
          {face.outputs.map((port) => (
            <OutputForm key={port.name} {...props} port={port} />
          ))}
        </div>
      )}
    </>
  )
}

function given(raw: Json | undefined): string {
  if (raw === undefined || raw === null) return ''
  if (typeof raw !== 'object') return String(raw)
  const { path, value } = asObject(raw)
  return asString(path) ?? asString(value) ?? ''
}

/** A value, data, an input of the pipeline, or the output of a step before. */
function InputForm({ value, drawing, step, change, written, port }: Written & { port: PortSpec }) {
  const text = given(asObject(written.inputs)[port.name])
  const bound = soleRef(text)
  const path = ['jobs', step, 'inputs', port.name]
  const plain = isPlain(port.type)
  const source = bound ? text : text === '' ? '' : 'value'
  const put = (choice: string) => {
    if (choice === 'value')
      change([[path, plain ? (valueFor(port.type, port.usual ?? '0') ?? '') : { type: port.type, path: 'azureml:' }]])
    else change([[path, choice === '' ? undefined : choice]])
  }
  const id = `port-${step}-${port.name}`
  return (
    <div className="form-row">
      <label htmlFor={id}>
        <b>{port.name}</b> <span className="dim">{port.type}</span>{' '}
        {port.needed && text === '' && <span className="need">needed</span>}
      </label>
      <select id={id} className="field" value={source} onChange={(event) => put(event.target.value)} title={port.doc}>
        <option value="">{port.usual === undefined ? 'Nothing' : `Usual: ${port.usual}`}</option>
        <option value="value">{plain ? 'A value' : 'Data'}</option>
        <Sources {...{ value, drawing, step, port: port.name }} />
        {bound && <Kept text={text} value={value} drawing={drawing} step={step} port={port.name} />}
      </select>
      {source === 'value' && (
        <input
          className="field mono"
          aria-label={`${plain ? 'Value' : 'Address'} of ${port.name}`}
          list={port.words ? `${id}-words` : undefined}
          value={text}
          onChange={({ target }) =>
            change([
              [path, plain ? (valueFor(port.type, target.value) ?? '') : { type: port.type, path: target.value }],
            ])
          }
        />
      )}
      {port.words && (
        <datalist id={`${id}-words`}>
          {port.words.map((word) => (
            <option key={word} value={word} />
          ))}
        </datalist>
      )}
    </div>
  )
}

interface SourcesProps {
  value: JsonObject
  drawing: Drawing
  step: string
  port: string
}

function sourcesOf({ value, drawing, step, port }: SourcesProps) {
  const text = (node: string, out: string) => String(connect({ node, port: out }, { node: step, port })[0]?.[1])
  const inputs = Object.keys(asObject(value.inputs)).map((name) => ({ title: name, text: text(`:in/${name}`, '') }))
  const steps = Object.keys(asObject(value.jobs)).filter((key) => !closesCircle(drawing, key, step))
  return { inputs, steps, text }
}

function Sources(props: SourcesProps) {
  const { inputs, steps, text } = sourcesOf(props)
  return (
    <>
      {inputs.length > 0 && (
        <optgroup label="Inputs of the pipeline">
          {inputs.map((one) => (
            <option key={one.text} value={one.text}>
              {one.title}
            </option>
          ))}
        </optgroup>
      )}
      {steps.map((key) => (
        <StepOutputs key={key} step={key} written={asObject(asObject(props.value.jobs)[key])} text={text} />
      ))}
    </>
  )
}

interface StepOutputsProps {
  step: string
  written: JsonObject
  text(node: string, out: string): string
}

function StepOutputs(props: StepOutputsProps) {
  const component = componentIn(props.written)
  return component ? (
    <ComponentOutputs {...props} component={component} />
  ) : (
    <OutputOptions {...props} face={interfaceInPlace(props.written)} />
  )
}

function ComponentOutputs(props: StepOutputsProps & { component: { name: string; version: string } }) {
  const face = useInterface(props.component)
  return face ? <OutputOptions {...props} face={face} /> : null
}

function OutputOptions({ step, face, text }: StepOutputsProps & { face: Interface }) {
  if (face.outputs.length === 0) return null
  return (
    <optgroup label={step}>
      {face.outputs.map(({ name, type }) => (
        <option key={name} value={text(step, name)}>
          {step} / {name} ({type})
        </option>
      ))}
    </optgroup>
  )
}

/** What is written stays to be chosen, also when no step has such an output. */
function Kept({ text, ...props }: SourcesProps & { text: string }) {
  const { inputs, steps } = sourcesOf(props)
  const [, area, name = ''] = soleRef(text) ?? []
  const known = area === 'inputs' ? inputs.some(({ title }) => title === name) : steps.includes(name)
  return known ? null : <option value={text}>{text}</option>
}

function OutputForm({ value, step, change, written, port }: Written & { port: PortSpec }) {
  const text = given(asObject(written.outputs)[port.name])
  const [, area, name = ''] = soleRef(text) ?? []
  const kept = area === 'outputs'
  const toggle = () => {
    if (kept) {
      change([
        [['jobs', step, 'outputs', port.name], undefined],
        [['outputs', name], undefined],
      ])
    } else {
      const free = Object.hasOwn(asObject(value.outputs), port.name) ? `${step}_${port.name}` : port.name
      change([
        [['outputs', free], { type: port.type }],
        ...connect({ node: step, port: port.name }, { node: `:out/${free}`, port: '' }),
      ])
    }
  }
  return (
    <label className="inline">
      <input type="checkbox" checked={kept} onChange={toggle} />
      <span>
        <b>{port.name}</b> <span className="dim">{port.type}</span> as an output of the pipeline
      </span>
    </label>
  )
}
