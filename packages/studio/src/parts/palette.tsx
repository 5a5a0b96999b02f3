// Jump anywhere: places, commands, everything by name, what was looked at last, what was pasted.
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Dialog } from 'radix-ui'
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { ask } from '../data/api.ts'
import { fromPasted } from '../data/azure-links.ts'
import { type Choice, fitting, type Section } from '../data/choices.ts'
import { itemPath } from '../data/kind-places.ts'
import { useWorkspace } from '../data/queries.ts'
import { readVisits } from '../data/recent.ts'
import { logOut, useSession } from '../data/session.ts'
import { home, rail } from '../places.ts'
import { Icon, type IconName } from './icons.tsx'
import { jumps } from './keys.ts'
import { Mark } from './status.tsx'
import { toggleTheme } from './theme.ts'
import '../style/palette.css'

interface Found {
  kind: string
  name: string
  version?: string
  displayName: string
  state: string | null
}

const icons: Record<string, IconName> = {
  job: 'play',
  schedule: 'clock',
  data: 'data',
  model: 'model',
  environment: 'box',
  component: 'blocks',
  'online-endpoint': 'endpoint',
  'batch-endpoint': 'endpoint',
  'online-deployment': 'endpoint',
  'batch-deployment': 'endpoint',
  compute: 'chip',
  datastore: 'folder',
}

export function Palette({ close, keys }: { close(): void; keys(): void }) {
  const [text, setText] = useState('')
  const [here, setHere] = useState(0)
  const [, go] = useLocation()
  const id = useId()
  const list = useRef<HTMLDivElement>(null)
  const sections = useSections(text, keys)
  const choices = sections.flatMap((section) => section.choices)
  const active = choices[Math.min(here, choices.length - 1)]
  useEffect(() => {
    if (active)
      list.current?.querySelector(`[data-id="${CSS.escape(active.id)}"]`)?.scrollIntoView({ block: 'nearest' })
  }, [active])
  const take = (choice: Choice) => {
    close()
    if (choice.path !== undefined) go(choice.path)
    choice.run?.()
  }
  const press = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step !== 0 && choices.length > 0) {
      const at = Math.min(here, choices.length - 1)
      setHere((at + step + choices.length) % choices.length)
    } else if (event.key === 'Enter' && active) take(active)
    else return
    event.preventDefault()
  }
  return (
    <Dialog.Root open onOpenChange={(open) => !open && close()}>
      <Dialog.Portal>
        <Dialog.Overlay className="palette-veil" />
        <Dialog.Content className="palette" aria-describedby={undefined}>
          <Dialog.Title className="hidden">Jump anywhere</Dialog.Title>
          <div className="palette-field">
            <Icon name="search" />
            <input
              role="combobox"
              aria-expanded="true"
              aria-controls={`${id}-list`}
              aria-activedescendant={active ? `${id}-${active.id}` : undefined}
              aria-label="Jump to"
              placeholder="Job, model, data, page, command, or a pasted address"
              spellCheck={false}
              value={text}
              onChange={(event) => {
                setText(event.target.value)
                setHere(0)
              }}
              onKeyDown={press}
            />
            <kbd>esc</kbd>
          </div>
          <div ref={list} id={`${id}-list`} role="listbox" aria-label="Where to" className="palette-list">
            {sections.map(({ title, choices: inside }) => (
              // biome-ignore lint/a11y/useSemanticElements: options of a list come in groups, which no element is for
              <div key={title} role="group" aria-label={title}>
                <p className="group" aria-hidden="true">
                  {title}
                </p>
                {inside.map((choice) => (
                  <Line
                    key={choice.id}
                    id={`${id}-${choice.id}`}
                    choice={choice}
                    here={choice === active}
                    take={() => take(choice)}
                  />
                ))}
              </div>
            ))}
          </div>
          {choices.length === 0 && (
            <p className="empty" role="status">
              Nothing is called like that.
            </p>
          )}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

interface LineProps {
  id: string
  choice: Choice
  here: boolean
  take(): void
}

function Line({ id, choice, here, take }: LineProps) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the field above holds the focus and hears the keys
    <div
      id={id}
      data-id={choice.id}
      role="option"
      tabIndex={-1}
      aria-selected={here}
      className={here ? 'choice here' : 'choice'}
      onClick={take}
    >
      {choice.state ? <Mark state={choice.state} /> : <Icon name={choice.icon} />}
      <span className="name">{choice.title}</span>
      <span className="beside">{choice.beside}</span>
    </div>
  )
}

function useSections(text: string, keys: () => void): Section[] {
  const found = useFound(text)
  const { readOnly } = useSession()
  const fixed = useMemo(() => [places(), commands(readOnly, keys)], [readOnly, keys])
  const visits = useMemo(
    () =>
      readVisits().map(
        ({ path, title }): Choice => ({
          id: `visit:${path}`,
          title,
          beside: path.split('/')[1] ?? '',
          icon: 'clock',
          path,
        }),
      ),
    [],
  )
  const pasted = fromPasted(text, location.host)
  const sections: Section[] = [
    {
      title: 'Pasted',
      choices: pasted ? [{ id: 'pasted', title: `Open ${pasted}`, beside: '', icon: 'right', path: pasted }] : [],
    },
    { title: 'Looked at last', choices: text === '' ? visits.slice(0, 5) : [] },
    { title: 'Found', choices: text === '' ? [] : found },
    ...fixed.map((section) => ({ ...section, choices: fitting(section.choices, text) })),
  ]
  return sections.filter(({ choices }) => choices.length > 0)
}

function places(): Section {
  const letters = new Map(Object.entries(jumps).map(([letter, [path]]) => [path, letter]))
  const all = [home, ...rail.flatMap((group) => group.places)]
  return {
    title: 'Pages',
    choices: all.map(({ title, path, icon }) => {
      const letter = letters.get(path)
      return { id: `page:${path}`, title, beside: letter ? `g ${letter}` : '', icon, path }
    }),
  }
}

function commands(readOnly: boolean, keys: () => void): Section {
  const making: Choice[] = [
    { id: 'new-job', title: 'New job', beside: 'wizard', icon: 'plus', path: '/new/job' },
    { id: 'new-data', title: 'Upload data', beside: '', icon: 'upload', path: '/new/data' },
    { id: 'new-compute', title: 'New compute', beside: '', icon: 'plus', path: '/new/compute' },
    { id: 'new-endpoint', title: 'New endpoint', beside: '', icon: 'plus', path: '/new/online-endpoint' },
  ]
  return {
    title: 'Commands',
    choices: [
      ...(readOnly ? [] : making),
      {
        id: 'copy-link',
        title: 'Copy the link to this page',
        beside: '',
        icon: 'copy',
        run: () => void navigator.clipboard.writeText(location.href),
      },
      { id: 'theme', title: 'Other theme', beside: 'ctrl \\', icon: 'moon', run: toggleTheme },
      { id: 'keys', title: 'Keys', beside: '?', icon: 'more', run: keys },
      { id: 'log-out', title: 'Log out', beside: '', icon: 'right', run: () => void logOut() },
    ],
  }
}

const pauseMs = 120

function useFound(text: string): Choice[] {
  const { own } = useWorkspace()
  const [asked, setAsked] = useState('')
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text.trim()), pauseMs)
    return () => clearTimeout(timer)
  }, [text])
  const answer = useQuery({
    queryKey: ['search', asked],
    queryFn: ({ signal }) => ask<{ value: Found[] }>(`${own}/search?${new URLSearchParams({ q: asked })}`, { signal }),
    enabled: asked !== '',
    placeholderData: keepPreviousData,
    staleTime: 5000,
  })
  return (answer.data?.value ?? []).map((found) => ({
    id: `found:${found.kind}/${found.name}`,
    title: found.displayName,
    beside: `${found.kind.replace('-', ' ')}${found.displayName === found.name ? '' : ` ${found.name}`}`,
    icon: icons[found.kind] ?? 'file',
    ...(found.kind === 'job' && found.state ? { state: found.state } : {}),
    path: pageOf(found),
  }))
}

/** Deployments are shown with their endpoint. */
function pageOf({ kind, name }: Found): string {
  const [parent, child] = name.split('/')
  if (child !== undefined && kind.endsWith('-deployment'))
    return itemPath(kind.replace('deployment', 'endpoint'), { name: parent ?? '' })
  return itemPath(kind, { name })
}
