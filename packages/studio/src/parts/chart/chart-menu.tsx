// What can be done with one chart.
import { DropdownMenu } from 'radix-ui'
import { Icon } from '../icons.tsx'
import '../../style/job.css'

export interface ChartMenuProps {
  title: string
  csv(): void
  png(): void
}

export function ChartMenu({ title, csv, png }: ChartMenuProps) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="button bare small square" aria-label={`Actions of ${title}`}>
        <Icon name="more" />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal container={document.getElementById('main')}>
        <DropdownMenu.Content className="menu" align="end" sideOffset={4}>
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
