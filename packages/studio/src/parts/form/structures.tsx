// Mappings, lists, and things that are one of several.
import { type Field, isObject, type Json, type JsonObject, type Path } from '@lazurite/spec'
import { type FormEvent, useState } from 'react'
import { titleOf } from '../../data/described.ts'
import { Icon } from '../icons.tsx'
import { issuesAt, useForm } from './context.ts'
import { drawnOf, type InputProps, simple } from './drawn.ts'
import { numberOf } from './scalars.tsx'

const mapping = (value: Json | undefined): JsonObject => (isObject(value ?? null) ? (value as JsonObject) : {}) // asked

/** Fields of a table: what is needed or filled first, the rest behind a fold. */
export function FieldRows({
  fields,
  path,
  value,
  first = [],
}: {
  fields: Record<string, Field>
  path: Path
  value: JsonObject
  /** Names that are shown from the beginning. */
  first?: readonly string[]
}) {
  const { issues, Row } = useForm()
  const shown = Object.entries(fields).filter(([name, field]) => !field.out && name !== '$schema')
  const isFront = ([name, field]: [string, Field]) =>
    field.required || value[name] !== undefined || issuesAt(issues, [...path, name], true).length > 0
  const [front, setFront] = useState(() => new Set([...shown.filter(isFront).map(([name]) => name), ...first]))
  const now = shown.filter((one) => isFront(one) || front.has(one[0]))
  const rest = shown.filter((one) => !now.includes(one))
  const row = ([name, field]: [string, Field]) => (
    <Row key={name} name={name} field={field} path={[...path, name]} value={value[name]} />
  )
  return (
    <>
      {now.map(row)}
      {rest.length > 0 && (
        <AddField
          names={rest.map(([name]) => name)}
          fields={fields}
          add={(name) => setFront((old) => new Set([...old, name]))}
        />
      )}
    </>
  )
}

/** Fields that are not filled: picked by name, so that long tables stay short. */
function AddField({ names, fields, add }: { names: string[]; fields: Record<string, Field>; add(name: string): void }) {
  return (
    <div className="more-fields">
      <span className="dim">More:</span>
      {names.map((name) => (
        <button key={name} type="button" className="button small" title={fields[name]?.doc} onClick={() => add(name)}>
          <Icon name="plus" />
          {titleOf(name)}
        </button>
      ))}
    </div>
  )
}

export function ObjectInput({ field, path, value }: InputProps) {
  return <FieldRows fields={field.fields ?? {}} path={path} value={mapping(value)} />
}

/** One of several: the word that tells them apart, and the fields of its variant. */
export function VariantInput({ field, path, value }: InputProps) {
  const form = useForm()
  const by = field.by ?? 'type'
  const now = mapping(value)
  const given = typeof now[by] === 'string' ? (now[by] as string) : undefined // asked
  const word = given ?? field.otherwise ?? ''
  const variant = field.variants?.[word]
  const choose = (next: string) => {
    const { [by]: _, ...rest } = now
    const kept = Object.fromEntries(
      Object.entries(rest).filter(([key]) => key in (field.variants?.[next]?.fields ?? {})),
    )
    form.put(path, next === '' ? undefined : { [by]: next, ...kept })
  }
  return (
    <>
      <div className="form-row">
        <label>
          <span>{titleOf(by)}</span>
          <select className="field short" value={word} onChange={({ target }) => choose(target.value)}>
            {word === '' && <option value="">not said</option>}
            {Object.keys(field.variants ?? {}).map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </label>
        {variant?.doc && <p className="help">{variant.doc}</p>}
      </div>
      {variant?.whole ? (
        <VariantInput field={variant.whole} path={path} value={value} id="" describedBy={undefined} label={word} />
      ) : (
        variant && <FieldRows key={word} fields={variant.fields} path={path} value={now} />
      )}
    </>
  )
}

/** Names and what stands behind them. */
export function MapInput({ field, path, value, label }: InputProps) {
  const form = useForm()
  const [name, setName] = useState('')
  const now = mapping(value)
  const of = field.of ?? { t: 'any' }
  const add = (event: FormEvent) => {
    event.preventDefault()
    const key = name.trim()
    if (key === '' || key in now) return
    form.put([...path, key], startOf(of))
    setName('')
  }
  return (
    <>
      {Object.entries(now).map(([key, inner]) => (
        <Entry key={key} name={key} field={of} path={[...path, key]} value={inner} />
      ))}
      <div className="inline">
        <input
          className="field short"
          aria-label={`${label}: name of a new one`}
          placeholder="name"
          value={name}
          onChange={({ target }) => setName(target.value)}
          onKeyDown={(event) => event.key === 'Enter' && add(event)}
        />
        <button
          type="button"
          className="button small"
          disabled={name.trim() === '' || name.trim() in now}
          onClick={add}
        >
          Add
        </button>
      </div>
    </>
  )
}

/** An entry that is there must hold something. */
function startOf(field: Field): Json {
  if (['object', 'oneOf', 'map', 'union', 'output'].includes(field.t)) return {}
  if (field.t === 'list' || field.t === 'several') return []
  return field.t === 'int' || field.t === 'number' ? 0 : ''
}

function Entry({ name, field, path, value }: { name: string; field: Field; path: Path; value: Json }) {
  const form = useForm()
  const { Row } = form
  const drawn = drawnOf(field, value)
  const remove = (
    <button
      type="button"
      className="button bare small square"
      aria-label={`Remove ${name}`}
      onClick={() => form.put(path, undefined)}
    >
      <Icon name="cross" />
    </button>
  )
  if (simple(drawn)) {
    return (
      <div className="entry">
        <span className="mono entry-name">{name}</span>
        <input
          className="field"
          aria-label={`Value of ${name}`}
          value={value === null || typeof value === 'object' ? '' : String(value)}
          onChange={({ target }) => form.put(path, plainOf(drawn, target.value))}
        />
        {remove}
        {issuesAt(form.issues, path, true).map((issue) => (
          <p key={issue.message} className="wrong">
            {issue.message}
          </p>
        ))}
      </div>
    )
  }
  return (
    <div className="entry framed-entry">
      <Row name={name} title={name} field={drawn} path={path} value={value} />
      {remove}
    </div>
  )
}

/** An entry keeps its place while it is empty. */
function plainOf(field: Field, text: string): Json {
  return field.t === 'int' || field.t === 'number' ? (numberOf(text) ?? '') : text
}

export function ListInput({ field, path, value, label }: InputProps) {
  const form = useForm()
  const of = field.of ?? { t: 'any' }
  const list = Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]
  return (
    <>
      {list.map((item, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: items of a list are told apart by their place alone
        <Entry key={index} name={String(index + 1)} field={of} path={[...path, index]} value={item} />
      ))}
      <button
        type="button"
        className="button small"
        aria-label={`${label}: one more`}
        onClick={() => form.put(path, [...list, startOf(of)])}
      >
        <Icon name="plus" /> One more
      </button>
    </>
  )
}

const portTypes = ['uri_file', 'uri_folder', 'mltable', 'mlflow_model', 'custom_model', 'triton_model']
const valueTypes = ['string', 'number', 'integer', 'boolean']
const readModes = ['ro_mount', 'download', 'direct', 'eval_mount', 'eval_download']
const writeModes = ['rw_mount', 'upload', 'direct']

/** An input or output of a job: a plain value, or data with a type, a path and a mode. */
export function PortInput({ field, path, value }: InputProps) {
  const form = useForm()
  const { Row } = form
  const isOutput = field.t === 'output'
  const isData = isOutput || isObject(value ?? null)
  const now = mapping(value)
  const text = (key: string) => (typeof now[key] === 'string' ? (now[key] as string) : '') // asked
  const types = isOutput ? [...portTypes, ...valueTypes] : portTypes
  const put = (key: string, next: string) => form.put([...path, key], next === '' ? undefined : next)
  const name = String(path.at(-1))
  return (
    <div className="port">
      {!isOutput && (
        <select
          className="field short"
          aria-label={`What ${name} is`}
          value={isData ? 'data' : 'value'}
          onChange={({ target }) => form.put(path, target.value === 'data' ? { type: 'uri_folder', path: '' } : '')}
        >
          <option value="value">a value</option>
          <option value="data">data</option>
        </select>
      )}
      {isData ? (
        <>
          <Pick label={`Type of ${name}`} words={types} value={text('type')} put={(next) => put('type', next)} />
          <Row
            name="path"
            field={{
              t: 'path',
              kind: /model/.test(text('type')) ? 'model' : 'data',
              doc: isOutput
                ? 'Where it goes; a place of its own when absent.'
                : 'URI or azureml:data:version, or files from here.',
            }}
            path={[...path, 'path']}
            value={now.path}
          />
          <Pick
            label={`Mode of ${name}`}
            words={isOutput ? writeModes : readModes}
            value={text('mode')}
            put={(next) => put('mode', next)}
          />
        </>
      ) : (
        <input
          className="field"
          aria-label={`Value of ${name}`}
          value={value === null || value === undefined ? '' : String(value)}
          onChange={({ target }) => form.put(path, scalarOf(target.value))}
        />
      )}
    </div>
  )
}

/** A value as YAML would read it. */
function scalarOf(text: string): Json {
  if (text === 'true' || text === 'false') return text === 'true'
  return text === '' ? '' : (numberOf(text) ?? '')
}

function Pick({
  label,
  words,
  value,
  put,
}: {
  label: string
  words: string[]
  value: string
  put(value: string): void
}) {
  return (
    <select className="field short" aria-label={label} value={value} onChange={({ target }) => put(target.value)}>
      <option value="">{label.split(' ')[0]} as usual</option>
      {words.map((word) => (
        <option key={word} value={word}>
          {word}
        </option>
      ))}
    </select>
  )
}
