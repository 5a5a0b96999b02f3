/**
 * System metrics under MLflow's names, out of the counters that the wrapper wrote down (`computes/sampler.ts`). The same
 * lines always give the same points, so that reading them twice does no harm.
 */
import { asObject, type JsonObject } from '@lazurite/spec'
import type { SeriesPoint } from '@lazurite/store'

/** Seconds between two looks unless the job says otherwise. */
export const usualSeconds = 10
const leastSeconds = 1
const mostSeconds = 3600

/** Megabytes as MLflow counts them. */
const mega = 1e6
/** What Linux tells programs a second has. */
const ticksPerSecond = 100
const pageBytes = 4096

const off = /^(0|off|false|no)$/i

/**
 * How often a job's machine is looked at; undefined when the job wants none, or lets MLflow do it. `LAZ_SYSTEM_METRICS`
 * among its environment variables says `off` or seconds; MLflow's own variables are heard too.
 */
export function everySeconds(props: JsonObject): number | undefined {
  const own = asObject(props.environmentVariables)
  const word = (name: string) => (Object.hasOwn(own, name) ? String(own[name] ?? '').trim() : '')
  const ours = word('LAZ_SYSTEM_METRICS')
  if (off.test(ours)) return undefined
  // 'true' starts MLflow's own monitor in the process of the user: twice the same names would be one too many
  if (ours === '' && word('MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING') !== '') return undefined
  const asked = Number(ours) || Number(word('MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL'))
  return asked > 0 ? Math.min(Math.max(asked, leastSeconds), mostSeconds) : usualSeconds
}

/** One look, as far as its groups could be read. */
interface Look {
  at: number
  cpu?: number[]
  mem?: number[]
  net?: number[]
  disk?: number[]
  gpus: string[][]
  /** Ticks and pages by process. */
  processes: Map<string, number[]>
}

const sizes = { cpu: 2, mem: 2, net: 2, disk: 4 } as const

/** Undefined for a line that is none, such as half of one. */
export function readLook(line: string): Look | undefined {
  const [first = '', ...words] = line.trim().split(' ')
  if (!/^\d{12,14}$/.test(first)) return undefined
  const look: Look = { at: Number(first), gpus: [], processes: new Map() }
  for (let i = 0; i < words.length; i++) {
    const word = words[i]
    if (word === 'cpu' || word === 'mem' || word === 'net' || word === 'disk') {
      const numbers = words.slice(i + 1, i + 1 + sizes[word]).map(Number)
      if (numbers.length === sizes[word] && numbers.every(Number.isFinite)) look[word] = numbers
    } else if (word === 'gpu') look.gpus.push((words[i + 1] ?? '').split(','))
    else if (word === 'proc') {
      const numbers = words.slice(i + 2, i + 4).map(Number)
      if (numbers.length === 2 && numbers.every(Number.isFinite)) look.processes.set(words[i + 1] ?? '', numbers)
    }
  }
  return look
}

/** Which processes run on a node, and what it is called; '' where there is only one. */
export interface NodeProcesses {
  name: string
  /** Undefined: all of them. */
  processes?: ReadonlySet<string>
}

/** What one look says, next to the one before and to the first: `step` counts looks. */
export function pointsOf(
  now: Look,
  before: Look,
  o: { first: Look; step: number; nodes: readonly NodeProcesses[] },
): SeriesPoint[] {
  const machine = { ...machineFacts(now, before, o.first), ...gpuFacts(now) }
  return o.nodes.flatMap((node) => {
    const facts = { ...machine, ...jobFacts(now, before, node) }
    const prefix = node.name === '' ? 'system/' : `system/${node.name}/`
    return Object.entries(facts)
      .filter(([, value]) => Number.isFinite(value))
      .map(([name, value]) => ({ key: prefix + name, value: rounded(value), timestamp: now.at, step: o.step }))
  })
}

const rounded = (value: number) => Math.round(value * 1000) / 1000

function machineFacts(now: Look, before: Look, first: Look): Record<string, number> {
  const facts: Record<string, number> = {}
  const [busy = 0, all = 0] = now.cpu ?? []
  const [wasBusy = 0, wasAll = 0] = before.cpu ?? []
  if (now.cpu && before.cpu && all > wasAll)
    facts.cpu_utilization_percentage = ((busy - wasBusy) / (all - wasAll)) * 100
  const [total = 0, available = 0] = now.mem ?? []
  if (total > 0) {
    facts.system_memory_usage_megabytes = ((total - available) * 1024) / mega
    facts.system_memory_usage_percentage = ((total - available) / total) * 100
  }
  const [block = 0, blocks = 0, free = 0, usable = 0] = now.disk ?? []
  if (blocks > 0) {
    const used = blocks - free
    facts.disk_usage_percentage = (used / (used + usable)) * 100
    facts.disk_usage_megabytes = (used * block) / mega
    facts.disk_available_megabytes = (usable * block) / mega
  }
  const [received = 0, sent = 0] = now.net ?? []
  const [hadReceived = 0, hadSent = 0] = first.net ?? []
  if (now.net && first.net) {
    facts.network_receive_megabytes = (received - hadReceived) / mega
    facts.network_transmit_megabytes = (sent - hadSent) / mega
  }
  return facts
}

function gpuFacts(now: Look): Record<string, number> {
  const facts: Record<string, number> = {}
  for (const [index = '', ...texts] of now.gpus) {
    // what a GPU does not tell stands there as [N/A]
    const [use = Number.NaN, used = Number.NaN, total = Number.NaN, watts = Number.NaN, limit = Number.NaN] = texts.map(
      (text) => (text === '' ? Number.NaN : Number(text)),
    )
    if (!/^\d+$/.test(index)) continue
    facts[`gpu_${index}_utilization_percentage`] = use
    facts[`gpu_${index}_memory_usage_megabytes`] = (used * 2 ** 20) / mega
    facts[`gpu_${index}_memory_usage_percentage`] = (used / total) * 100
    facts[`gpu_${index}_power_usage_watts`] = watts
    facts[`gpu_${index}_power_usage_percentage`] = (watts / limit) * 100
  }
  return facts
}

/** What the job's own processes take on a node: 100 % is one core. */
function jobFacts(now: Look, before: Look, { processes }: NodeProcesses): Record<string, number> {
  let [pages, ticks, seen] = [0, 0, 0]
  for (const [name, [used = 0, resident = 0]] of now.processes) {
    if (processes && !processes.has(name)) continue
    seen++
    pages += resident
    // what a process that ended had used is gone from the sum
    ticks += Math.max(0, used - (before.processes.get(name)?.[0] ?? 0))
  }
  const seconds = (now.at - before.at) / 1000
  if (seen === 0 || seconds <= 0) return {}
  return {
    job_cpu_percentage: (ticks / ticksPerSecond / seconds) * 100,
    job_memory_megabytes: (pages * pageBytes) / mega,
  }
}
