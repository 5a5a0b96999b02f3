// Choices above a list, and how much it holds.
import type { ReactNode } from 'react'
import { count } from '../data/format.ts'

interface PickProps {
  title: string
  value: string
  change(value: string): void
  children: ReactNode
}

export function Pick({ title, value, change, children }: PickProps) {
  return (
    <label className="pick">
      {title}
      <select className="bare" value={value} onChange={(event) => change(event.target.value)}>
        {children}
      </select>
    </label>
  )
}

const ages: readonly (readonly [string, string])[] = [
  ['1h', 'the last hour'],
  ['24h', 'the last day'],
  ['7d', 'seven days'],
  ['30d', 'thirty days'],
]

export function Since({ value, change }: Omit<PickProps, 'title' | 'children'>) {
  return (
    <Pick title="Since" value={value} change={change}>
      <option value="">ever</option>
      {ages.map(([age, title]) => (
        <option key={age} value={age}>
          {title}
        </option>
      ))}
    </Pick>
  )
}

/** Nothing before the first page is there. */
export function HowMany({ list }: { list: { data: unknown; rows: readonly unknown[]; hasNextPage: boolean } }) {
  if (!list.data) return null
  return (
    <span className="quiet" role="status">
      {count(list.rows.length)}
      {list.hasNextPage ? ' and more' : ''}
    </span>
  )
}
