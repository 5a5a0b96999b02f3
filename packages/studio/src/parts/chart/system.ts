// The load of machines as charts: one a quantity, in it a line for each node and each GPU.
import type { ChartLine, Group } from './groups.ts'
import { strokesOf } from './palette.ts'

/** What is shown, in this order; what is none of these has a chart of its own behind them. */
const charts: readonly (readonly [key: RegExp, title: string])[] = [
  [/^cpu_utilization_percentage$/, 'Machine CPU, %'],
  [/^job_cpu_percentage$/, 'Job CPU, % of a core'],
  [/^system_memory_usage_percentage$/, 'Machine memory, %'],
  [/^job_memory_megabytes$/, 'Job memory, MB'],
  [/^gpu_\d+_utilization_percentage$/, 'GPU, %'],
  [/^gpu_\d+_memory_usage_percentage$/, 'GPU memory, %'],
  [/^gpu_\d+_memory_usage_megabytes$/, 'GPU memory, MB'],
  [/^gpu_\d+_power_usage_watts$/, 'GPU power, W'],
  [/^gpu_\d+_power_usage_percentage$/, 'GPU power, %'],
  [/^network_receive_megabytes$/, 'Received, MB'],
  [/^network_transmit_megabytes$/, 'Sent, MB'],
  [/^system_memory_usage_megabytes$/, 'Machine memory, MB'],
  [/^disk_usage_percentage$/, 'Disk, %'],
  [/^disk_usage_megabytes$/, 'Disk used, MB'],
  [/^disk_available_megabytes$/, 'Disk free, MB'],
]

interface Part {
  key: string
  /** Empty where there is one machine alone. */
  node: string
  name: string
}

function partOf(key: string): Part {
  const [, node, name = ''] = /^system\/(?:(.+)\/)?([^/]+)$/.exec(key) ?? []
  return { key, node: node ?? '', name }
}

/** Nodes that measured something, by name. */
export function nodesOf(keys: readonly string[]): string[] {
  const nodes = new Set(keys.map((key) => partOf(key).node).filter((node) => node !== ''))
  return [...nodes].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
}

/** `node`: of that node alone, and of what is of no node. */
export function systemGroups(job: string, keys: readonly string[], node = ''): Group[] {
  const parts = keys.map(partOf).filter((part) => node === '' || part.node === '' || part.node === node)
  const colours = strokesOf([...new Set(parts.map(labelOf))].sort())
  const groups = new Map<string, ChartLine[]>()
  for (const part of parts) {
    const label = labelOf(part)
    const line = { job, key: part.key, label: label || part.name, stroke: colours.get(label) ?? plain }
    const title = titleOf(part.name)
    groups.set(title, [...(groups.get(title) ?? []), line])
  }
  const place = (title: string) => {
    const at = charts.findIndex(([, one]) => one === title)
    return at < 0 ? charts.length : at
  }
  return [...groups]
    .map(([title, lines]) => ({
      title,
      lines: lines.sort((a, b) => a.label.localeCompare(b.label, 'en', { numeric: true })),
    }))
    .sort((a, b) => place(a.title) - place(b.title))
}

const plain = { token: 'run-1', dash: [] }

function titleOf(name: string): string {
  return charts.find(([pattern]) => pattern.test(name))?.[1] ?? name.replaceAll('_', ' ')
}

/** Node and GPU, as far as there are several. */
function labelOf({ node, name }: Part): string {
  const gpu = /^gpu_(\d+)_/.exec(name)?.[1]
  return [node, gpu === undefined ? '' : `GPU ${gpu}`].filter(Boolean).join(' · ')
}
