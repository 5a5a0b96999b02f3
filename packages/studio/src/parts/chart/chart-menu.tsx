// What can be done with one chart.
import { DropdownMenu } from 'radix-ui'
import { Icon } from '../icons.tsx'
import type { ChartView } from './metric-card.tsx'
import type { Overrides } from './overrides.ts'
import '../../style/job.css'

export interface ChartMenuProps {
  title: string
  /** As it is drawn. */
  view: ChartView
  /** What it does otherwise than the page; absent where that cannot be kept. */
  own?: { value: Overrides; put(value: Overrides): void } | undefined
  whole(): void
  csv(): void
  png(): void
}

const amounts = [0, 0.6, 0.9] as const

export function ChartMenu({ title, view, own, whole, csv, png }: ChartMenuProps) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="button bare small square" aria-label={`Actions of ${title}`}>
        <Icon name="more" />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal container={document.getElementById('main')}>
        <DropdownMenu.Content className="menu" align="end" sideOffset={4}>
          {own && <Own view={view} {...own} />}
          <DropdownMenu.Item onSelect={whole}>Full screen</DropdownMenu.Item>
          <DropdownMenu.Item onSelect={csv}>Download CSV</DropdownMenu.Item>
          <DropdownMenu.Item onSelect={png}>Download picture</DropdownMenu.Item>
          <DropdownMenu.Item onSelect={() => void navigator.clipboard.writeText(location.href)}>
            Copy link
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}

interface OwnProps {
  view: ChartView
  value: Overrides
  put(value: Overrides): void
}

function Own({ view, value, put }: OwnProps) {
  const flag = (name: 'logX' | 'logY' | 'clip', words: string) => (
    <DropdownMenu.CheckboxItem checked={view[name] === true} onCheckedChange={(on) => put({ ...value, [name]: on })}>
      <Tick />
      {words}
    </DropdownMenu.CheckboxItem>
  )
  return (
    <>
      {flag('logY', 'Y logarithmic')}
      {flag('logX', 'X logarithmic')}
      {flag('clip', 'No outliers')}
      <DropdownMenu.Separator className="menu-rule" />
      <DropdownMenu.RadioGroup
        aria-label="Smoothing"
        value={String(view.smoothing === 'none' ? 0 : view.amount)}
        onValueChange={(amount) => put({ ...value, amount: Number(amount) })}
      >
        {amounts.map((amount) => (
          <DropdownMenu.RadioItem key={amount} value={String(amount)}>
            <Tick />
            {amount === 0 ? 'No smoothing' : `Smoothing ${amount}`}
          </DropdownMenu.RadioItem>
        ))}
      </DropdownMenu.RadioGroup>
      {Object.keys(value).length > 0 && (
        <DropdownMenu.Item onSelect={() => put({})}>As the page has it</DropdownMenu.Item>
      )}
      <DropdownMenu.Separator className="menu-rule" />
    </>
  )
}

function Tick() {
  return (
    <span className="tick">
      <DropdownMenu.ItemIndicator>
        <Icon name="check" />
      </DropdownMenu.ItemIndicator>
    </span>
  )
}
