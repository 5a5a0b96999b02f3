// The command that lists the same jobs.
import type { JobList } from './jobs.ts'

const flags: Readonly<Record<string, string>> = {
  status: 'status',
  type: 'type',
  experiment: 'experiment-name',
  name: 'like',
  compute: 'compute',
  tag: 'tag',
  param: 'param',
  metric: 'metric',
  since: 'since',
  until: 'until',
}
/** What the command has no flag for, in the words of MLflow. */
const attributes: Readonly<Record<string, string>> = { 'display-name': 'display_name', 'created-by': 'created_by' }

export function listCommand({ words, order, group, show = [] }: JobList): string {
  const filter = words.flatMap(([name, value]) => (attributes[name] ? [comparison(attributes[name], value)] : []))
  const plain = words.flatMap(([name, value]): string[] => {
    if (name === 'archived') return [value === 'all' ? '--include-archived' : '--archived-only']
    if (name === 'depth') return ['--all-depths']
    return flags[name] ? [`--${flags[name]} ${quoted(value)}`] : []
  })
  const sorts = [group, order].filter((word) => word)
  return [
    'laz job list',
    ...plain,
    ...(filter.length > 0 ? [`--filter ${quoted(filter.join(' and '))}`] : []),
    ...(sorts.length > 0 ? [`--order-by ${quoted(sorts.join(', '))}`] : []),
    ...show.map((name) => `--metrics ${quoted(name.replace(/^metrics\./, ''))}`),
  ].join(' ')
}

function comparison(attribute: string, value: string): string {
  const text = value.replaceAll("'", '_')
  return text.includes('*') ? `${attribute} ILIKE '${text.replaceAll('*', '%')}'` : `${attribute} = '${text}'`
}

/** As a shell reads it. */
function quoted(text: string): string {
  if (/^[\w.:/=,-]+$/.test(text)) return text
  // nothing in it means anything between double quotes
  return text.includes("'") && !/["$`\\!]/.test(text) ? `"${text}"` : `'${text.replaceAll("'", "'\\''")}'`
}
