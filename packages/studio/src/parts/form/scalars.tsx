// Texts, numbers, words, and whatever has no look of its own.
import { type Json, parseYaml, printYaml } from '@lazurite/spec'
import { useState } from 'react'
import { useForm } from './context.ts'
import type { InputProps } from './drawn.ts'

const asText = (value: Json | undefined) =>
  value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)

/** Keys whose texts have several lines. */
const long = /^(?:description|command|args|documentation|\w*script)$/
/** Those that a machine reads. */
const code = /^(?:command|args|\w*script)$/

export function TextInput({ field, path, value, id, describedBy, label }: InputProps) {
  const form = useForm()
  const text = asText(value)
  const put = (next: string) => form.put(path, next === '' ? undefined : next)
  const shared = { id, className: 'field', 'aria-describedby': describedBy, 'aria-label': label }
  if (long.test(String(path.at(-1))) || text.includes('\n'))
    return (
      <textarea
        {...shared}
        className={code.test(String(path.at(-1))) ? 'field mono' : 'field'}
        rows={3}
        value={text}
        onChange={(event) => put(event.target.value)}
      />
    )
  return (
    <input
      {...shared}
      type={field.secret ? 'password' : 'text'}
      autoComplete="off"
      placeholder={typeof field.def === 'string' ? field.def : undefined}
      value={text}
      onChange={(event) => put(event.target.value)}
    />
  )
}

/** What is no number stays a text: the checker says what is wrong with it. */
export function numberOf(text: string): Json | undefined {
  const trimmed = text.trim()
  if (trimmed === '') return undefined
  return /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i.test(trimmed) ? Number(trimmed) : trimmed
}

export function NumberInput({ field, path, value, id, describedBy, label }: InputProps) {
  const form = useForm()
  // what is typed is kept as typed: "1." is on its way to 1.5
  const [draft, setDraft] = useState<string>()
  const shown = draft !== undefined && numberOf(draft) === value ? draft : asText(value)
  return (
    <input
      id={id}
      className="field short"
      inputMode="decimal"
      aria-describedby={describedBy}
      aria-label={label}
      placeholder={field.def === undefined ? undefined : asText(field.def)}
      value={shown}
      onChange={(event) => {
        setDraft(event.target.value)
        form.put(path, numberOf(event.target.value))
      }}
      onBlur={() => setDraft(undefined)}
    />
  )
}

export function BoolInput({ field, path, value, id, describedBy, label }: InputProps) {
  const form = useForm()
  const usual = field.def === undefined ? '' : field.def === true ? ' (yes)' : ' (no)'
  return (
    <select
      id={id}
      className="field short"
      aria-describedby={describedBy}
      aria-label={label}
      value={typeof value === 'boolean' ? String(value) : ''}
      onChange={({ target }) => form.put(path, target.value === '' ? undefined : target.value === 'true')}
    >
      <option value="">as usual{usual}</option>
      <option value="true">yes</option>
      <option value="false">no</option>
    </select>
  )
}

export function EnumInput({ field, path, value, id, describedBy, label }: InputProps) {
  const form = useForm()
  const words = field.values ?? []
  const text = asText(value)
  const usual = asText(field.def)
  return (
    <select
      id={id}
      className="field short"
      aria-describedby={describedBy}
      aria-label={label}
      value={text}
      onChange={({ target }) => form.put(path, target.value === '' ? undefined : target.value)}
    >
      <option value="">{usual === '' ? 'not said' : `as usual (${usual})`}</option>
      {text !== '' && !words.includes(text) && <option value={text}>{text}</option>}
      {words.map((word) => (
        <option key={word} value={word}>
          {word}
        </option>
      ))}
    </select>
  )
}

/** Any value, written as YAML; it is taken when it reads as YAML. */
export function YamlInput({ path, value, id, describedBy, label }: InputProps) {
  const form = useForm()
  const printed = value === undefined ? '' : typeof value === 'string' ? value : printYaml(value)
  const [draft, setDraft] = useState<string>()
  const [wrong, setWrong] = useState('')
  const change = (text: string) => {
    setDraft(text)
    if (text.trim() === '') return form.put(path, undefined)
    const doc = parseYaml(text)
    setWrong(doc.issues[0]?.message ?? '')
    if (doc.issues.length === 0) form.put(path, doc.value)
  }
  return (
    <>
      <textarea
        id={id}
        className="field mono"
        rows={Math.min(10, Math.max(2, (draft ?? printed).split('\n').length))}
        aria-describedby={describedBy}
        aria-label={label}
        spellCheck={false}
        value={draft ?? printed}
        onChange={(event) => change(event.target.value)}
        onBlur={() => {
          if (wrong === '') setDraft(undefined)
        }}
      />
      {wrong !== '' && <p className="wrong">{wrong}</p>}
    </>
  )
}
