// A field of a table as a part of a form. Each type of field has its look; what has none is written as YAML.
import type { Field, Issue, Json } from '@lazurite/spec'
import { type ComponentType, useId } from 'react'
import { titleOf } from '../../data/described.ts'
import { issuesAt, useForm } from './context.ts'
import { drawnOf, type FieldProps, type InputProps, simple } from './drawn.ts'
import { FileInput } from './files.tsx'
import { NameInput } from './names.tsx'
import { BoolInput, EnumInput, NumberInput, TextInput, YamlInput } from './scalars.tsx'
import { ListInput, MapInput, ObjectInput, PortInput, VariantInput } from './structures.tsx'

type Input = ComponentType<InputProps>

/** Structures bring labels of their own: a frame with a legend stands around them. */
const framed = new Set(['object', 'map', 'list', 'oneOf', 'several', 'input', 'output'])

const inputs: Partial<Record<Field['t'], Input>> = {
  string: TextInput,
  int: NumberInput,
  number: NumberInput,
  seconds: NumberInput,
  bool: BoolInput,
  enum: EnumInput,
  object: ObjectInput,
  map: MapInput,
  list: ListInput,
  several: ListInput,
  oneOf: VariantInput,
  input: PortInput,
  output: PortInput,
  ref: NameInput,
  asset: NameInput,
  compute: NameInput,
  code: FileInput,
  path: FileInput,
  text: YamlInput,
}

/** A reference that holds its thing in place is a text of its own. */
function inputOf(field: Field, value: Json | undefined): Input {
  const isMapping = typeof value === 'object' && value !== null
  if (isMapping && (field.t === 'asset' || field.t === 'ref')) return YamlInput
  if (isMapping && field.t === 'text') return YamlInput
  if (field.t === 'list' && field.of && !simple(field.of)) return field.of.t === 'object' ? ListInput : YamlInput
  return inputs[field.t] ?? YamlInput
}

export function FieldRow({ name, title = titleOf(name), field: given, path, value }: FieldProps) {
  const form = useForm()
  const id = useId()
  const field = drawnOf(given, value)
  const Part = inputOf(field, value)
  const isFramed = framed.has(field.t) && Part !== YamlInput
  // what is needed says so before anybody is blamed for it
  const all = issuesAt(form.issues, path, !isFramed)
  const blank = (issue: Issue) =>
    value === undefined && issue.message === 'is required' && issue.path.length === path.length
  const found = all.filter((issue) => !blank(issue))
  const isNeeded = given.required === true || all.some(blank)
  const doc = field.doc ?? given.doc
  const describedBy = doc === undefined && found.length === 0 ? undefined : `${id}-doc`
  const about = (
    <div id={`${id}-doc`}>
      {doc && <p className="help">{doc}</p>}
      {found.map((issue) => (
        <p key={issue.path.join('.') + issue.message} className={issue.severity === 'warning' ? 'remark' : 'wrong'}>
          {issue.message}
          {issue.hint ? ` (${issue.hint})` : ''}
        </p>
      ))}
    </div>
  )
  const part = <Part field={field} path={path} value={value} id={id} describedBy={describedBy} label={title} />
  const isMissing = isNeeded && value === undefined
  if (isFramed) {
    return (
      <fieldset className="form-row framed" data-missing={isMissing || undefined}>
        <legend>
          {title}
          {isNeeded && <span className="need"> needed</span>}
        </legend>
        {about}
        {part}
      </fieldset>
    )
  }
  return (
    <div className="form-row" data-missing={isMissing || undefined}>
      <label htmlFor={id}>
        {title}
        {isNeeded && <span className="need"> needed</span>}
      </label>
      {part}
      {about}
    </div>
  )
}
