// A reference to something that is there: the names are offered, any reference may be typed.
import { type Kind, kindByName } from '@lazurite/spec'
import { useId } from 'react'
import { type Described, textOf } from '../../data/described.ts'
import { useKindList } from '../../data/kinds.ts'
import { useForm } from './context.ts'
import type { InputProps } from './drawn.ts'

export function NameInput({ field, path, value, id, describedBy, label }: InputProps) {
  const form = useForm()
  const options = useId()
  const kind = kindByName(field.t === 'compute' ? 'compute' : (field.kind ?? ''))
  return (
    <>
      <input
        id={id}
        className="field mono"
        list={options}
        autoComplete="off"
        aria-describedby={describedBy}
        aria-label={label}
        placeholder={field.t === 'compute' ? 'serverless' : 'azureml:name:version'}
        value={typeof value === 'string' ? shown(value) : ''}
        onChange={({ target }) => form.put(path, target.value === '' ? undefined : target.value)}
      />
      {kind && <Names id={options} kind={kind} compute={field.t === 'compute'} />}
    </>
  )
}

const shown = (text: string) => (text.startsWith('azureml:/') ? `azureml:${textOf(text)}` : text)

/** The list behind an input: its id is what the input names. */
export function Names({ id, kind, compute }: { id: string; kind: Kind; compute?: boolean }) {
  const list = useKindList(kind, { order: 'name asc' })
  return (
    <datalist id={id}>
      {compute && ['serverless', 'local'].map((word) => <option key={word} value={word} />)}
      {list.rows.map((row) => (
        <option key={row.id} value={referenceTo(row)} />
      ))}
    </datalist>
  )
}

export function referenceTo({ name, latest, version = latest }: Described): string {
  return version === undefined ? `azureml:${name}` : `azureml:${name}:${version}`
}
