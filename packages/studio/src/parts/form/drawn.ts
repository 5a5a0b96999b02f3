// Which part of a form stands for a field, and what it is given.
import type { Field, Json, Path } from '@lazurite/spec'

export interface InputProps {
  field: Field
  path: Path
  value: Json | undefined
  /** Id of the control, which a label points at; and of what describes it. */
  id: string
  describedBy: string | undefined
  /** What is read out, where no label stands before it. */
  label: string
}

export interface FieldProps {
  name: string
  /** As it is written, for names that people gave. */
  title?: string
  field: Field
  path: Path
  value: Json | undefined
}

/** The field that is drawn: of a union the choice that fits the value, of a wrap what is in it. */
export function drawnOf(field: Field, value: Json | undefined): Field {
  if (field.t === 'wrap' && field.of) return drawnOf(field.of, value)
  if (field.t !== 'union') return field
  const choices = field.choices ?? []
  const fits = choices.find((choice) => suits(choice, value)) ?? choices[0]
  return fits ? { ...drawnOf(fits, value), ...(field.doc ? { doc: field.doc } : {}) } : { t: 'any' }
}

function suits({ t, fields = {}, variants }: Field, value: Json | undefined): boolean {
  if (value === undefined || value === null) return true
  if (Array.isArray(value)) return t === 'list' || t === 'several'
  if (typeof value === 'object')
    return t === 'map' || variants !== undefined || (t === 'object' && Object.keys(value).every((key) => key in fields))
  return !['object', 'map', 'list', 'oneOf'].includes(t)
}

export function simple(field: Field): boolean {
  return ['string', 'int', 'number', 'bool', 'enum', 'seconds', 'ref', 'compute'].includes(field.t)
}
