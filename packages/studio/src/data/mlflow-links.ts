// Addresses that MLflow's clients print at the end of a run, and that people keep: which page of ours is meant. They stand
// behind the `#` of the address of the server.
import { place } from './addresses.ts'

/** The page for what stands behind `#`; undefined when it is none of MLflow's. */
export function fromMlflowHash(hash: string): string | undefined {
  const [path = '', search = ''] = hash.replace(/^#/, '').split('?')
  const [first, id, side, run] = path.split('/').filter(Boolean)
  if (first === 'experiments' && id === undefined) return '/experiments'
  if (first === 'experiments' && side === 'runs' && run !== undefined) return place('jobs', run)
  if (first === 'experiments' && side === 'traces') return tracesOf(id ?? '', new URLSearchParams(search))
  if (first === 'experiments') return place('experiments', id)
  if (first === 'models') return modelOf(id, side, run)
  return undefined
}

function tracesOf(experiment: string, words: URLSearchParams): string {
  const trace = words.get('selectedEvaluationId') ?? words.get('selectedTraceId')
  return trace ? place('traces', trace) : `${place('experiments', experiment)}?tab=traces`
}

function modelOf(name: string | undefined, side: string | undefined, version: string | undefined): string {
  return place('models', name, side === 'versions' ? version : undefined)
}
