// A path: of files that are picked here, or an address of what is there already.
import { kindByName } from '@lazurite/spec'
import { useId } from 'react'
import { bytes, count } from '../../data/format.ts'
import { Icon } from '../icons.tsx'
import { pickedFrom, useForm } from './context.ts'
import type { InputProps } from './drawn.ts'
import { Names } from './names.tsx'

export function FileInput({ field, path, value, id, describedBy, label }: InputProps) {
  const form = useForm()
  const text = typeof value === 'string' ? value : ''
  const options = useId()
  const kind = kindByName(field.kind ?? '')
  const picked = form.folders.get(text.replace(/^\.\//, ''))
  const pick = (list: FileList | null) => {
    const folder = pickedFrom(list)
    if (folder) form.pick(path, folder)
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is one more way; the buttons are the other
    <div
      className="pick-files"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault()
        pick(event.dataTransfer.files)
      }}
    >
      <div className="inline">
        <input
          id={id}
          className="field mono"
          autoComplete="off"
          aria-describedby={describedBy}
          aria-label={label}
          placeholder={
            field.t === 'code' ? 'a folder, azureml:code:1 or git+https://…' : 'azureml://datastores/… or a file'
          }
          {...(kind ? { list: options } : {})}
          value={text}
          onChange={({ target }) => form.put(path, target.value === '' ? undefined : target.value)}
        />
        {field.t !== 'code' && <PickButton title="File" what={`${label}: pick a file`} pick={pick} />}
        <PickButton title="Folder" what={`${label}: pick a folder`} folder pick={pick} />
      </div>
      {kind && <Names id={options} kind={kind} />}
      {picked && (
        <p className="picked">
          <Icon name={picked.single ? 'file' : 'folder'} />
          {picked.single ? picked.files[0]?.path : picked.name} · {count(picked.files.length)}{' '}
          {picked.files.length === 1 ? 'file' : 'files'}, {bytes(picked.sizeBytes)}; sent when it is created
        </p>
      )}
    </div>
  )
}

export function PickButton({
  title,
  what,
  folder = false,
  many = false,
  pick,
}: {
  title: string
  /** What is read out. */
  what: string
  folder?: boolean
  many?: boolean
  pick(list: FileList | null): void
}) {
  return (
    <label className="button picker">
      <Icon name={folder ? 'folder' : 'file'} />
      {title}
      <input
        type="file"
        className="hidden"
        aria-label={what}
        multiple={many}
        {...(folder ? { webkitdirectory: '' } : {})}
        onChange={({ target }) => {
          pick(target.files)
          target.value = ''
        }}
      />
    </label>
  )
}
