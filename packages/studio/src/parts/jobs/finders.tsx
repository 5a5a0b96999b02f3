// What finds jobs: words, and the choices that are made most.
import { count } from '../../data/format.ts'
import { groupings } from '../../data/job-groups.ts'
import type { Counts } from '../../data/job-table.ts'
import { Pick, Since } from '../pick.tsx'

const states = ['Running', 'Queued', 'Preparing', 'Completed', 'Failed', 'Canceled']
export interface FindersProps {
  search: URLSearchParams
  put(name: string, value: string): void
  counts: Counts | undefined
  children: React.ReactNode
}

export function Finders({ search, put, counts, children }: FindersProps) {
  const value = (name: string) => search.get(name) ?? ''
  const group = value('group')
  return (
    <div className="filters">
      <input
        className="field search"
        type="search"
        aria-label="Search jobs"
        placeholder="status:failed loss<0.2 tag:team=cv"
        value={value('q')}
        onChange={(event) => put('q', event.target.value)}
      />
      <Pick title="Status" value={value('status')} change={(next) => put('status', next)}>
        <option value="">any</option>
        {states.map((state) => (
          <option key={state} value={state}>
            {state}
            {counts?.states[state] === undefined ? '' : ` · ${count(counts.states[state])}`}
          </option>
        ))}
      </Pick>
      <Since value={value('since')} change={(next) => put('since', next)} />
      <Pick title="Show" value={value('archived')} change={(next) => put('archived', next)}>
        <option value="">active</option>
        <option value="archived">archived</option>
        <option value="all">all</option>
      </Pick>
      <label className="pick">
        <input
          type="checkbox"
          checked={value('depth') === 'all'}
          onChange={(event) => put('depth', event.target.checked ? 'all' : '')}
        />
        Steps too
      </label>
      <Pick title="Group" value={group} change={(next) => put('group', next)}>
        <option value="">none</option>
        {Object.entries(groupings).map(([key, title]) => (
          <option key={key} value={key}>
            {title.toLowerCase()}
          </option>
        ))}
        {group !== '' && !Object.hasOwn(groupings, group) && <option value={group}>{group}</option>}
      </Pick>
      {children}
    </div>
  )
}
