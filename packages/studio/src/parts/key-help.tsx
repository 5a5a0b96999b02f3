// Which keys there are.
import { Dialog } from 'radix-ui'
import { useState } from 'react'
import { jumps, lettersAreOn, setLetters } from './keys.ts'
import '../style/palette.css'

const everywhere: [string, string][] = [
  ['⌘ K, Ctrl K', 'Jump anywhere'],
  ['/', 'To the search field of the page'],
  ['?', 'These keys'],
  ['Ctrl \\', 'Light or dark'],
  ['Tab, Shift Tab', 'To the next, to the one before'],
  ['↑ ↓ Page ↑ Page ↓ Home End', 'Walk through rows'],
  ['Enter', 'Open the row'],
  ['x, Shift ↑ ↓', 'Select rows'],
  ['Space, Esc', 'Look at a job beside the list, and no more'],
  ['j k', 'In lists: down, up'],
  ['c', 'Compare the selected jobs'],
  ['1 … 9', 'Sides of a job'],
  ['n N e E', 'In a log: to the next found line, the next error; back'],
  ['f w', 'In a log: follow, wrap'],
  ['← →', 'In a chart: along its axis'],
]

export function KeyHelp({ close }: { close(): void }) {
  const [on, setOn] = useState(lettersAreOn)
  return (
    <Dialog.Root open onOpenChange={(open) => !open && close()}>
      <Dialog.Portal>
        <Dialog.Overlay className="palette-veil" />
        <Dialog.Content className="palette keys" aria-describedby={undefined}>
          <Dialog.Title asChild>
            <h2>Keys</h2>
          </Dialog.Title>
          <dl className="facts">
            {[
              ...everywhere,
              ...Object.entries(jumps).map(([letter, [, title]]) => [`g ${letter}`, title] as const),
            ].map(([key, what]) => (
              <div key={key} style={{ display: 'contents' }}>
                <dt>
                  <kbd>{key}</kbd>
                </dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
          <label>
            <input
              type="checkbox"
              checked={on}
              onChange={(event) => {
                setLetters(event.target.checked)
                setOn(event.target.checked)
              }}
            />{' '}
            Single letters do something
          </label>
          <Dialog.Close className="button">Close</Dialog.Close>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
