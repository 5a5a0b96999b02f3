// Sweeps: limits that the service has, distributions that a way of sampling takes, parameters that are there. The official
// client lets all of it through, so these are warnings with their line; the server refuses.
import { asArray, asNumber, asObject, asString, type JsonObject, own, type Path } from '../json.ts'
import type { Look } from '../look.ts'
import { refsOf } from '../template.ts'

const mostTrials = 1000
/** Distributions that an algorithm can search; all where there is no line. */
const narrow: Readonly<Record<string, readonly string[]>> = {
  grid: ['choice'],
  bayesian: ['choice', 'uniform', 'quniform'],
}

export function checkSweep(yaml: JsonObject, look: Look): void {
  const warn = (at: Path, message: string, hint?: string) => look.issue(at, message, hint, 'warning')
  const limits = asObject(yaml.limits)
  for (const name of ['max_total_trials', 'max_concurrent_trials']) {
    const count = asNumber(limits[name])
    if (count !== undefined && (count < 1 || count > mostTrials))
      warn(['limits', name], `must be from 1 to ${mostTrials}, not ${count}`)
  }
  const space = asObject(yaml.search_space)
  const sampling = asString(yaml.sampling_algorithm) ?? asString(asObject(yaml.sampling_algorithm).type) ?? ''
  const allowed = own(narrow, sampling)
  for (const [name, value] of Object.entries(space)) {
    const type = asString(asObject(value).type)
    if (allowed && type !== undefined && !allowed.includes(type))
      warn(
        ['search_space', name],
        `${sampling} sampling searches ${allowed.join(', ')}, not ${type}`,
        'random sampling takes every distribution',
      )
    if (type === 'choice' && asArray(asObject(value).values).length === 0)
      warn(['search_space', name], 'choice needs at least one value')
  }
  for (const { path } of refsOf(asString(asObject(yaml.trial).command) ?? '')) {
    const [area, name = ''] = path
    if (area === 'search_space' && !Object.hasOwn(space, name))
      warn(
        ['trial', 'command'],
        `the search space has no parameter '${name}', which the command speaks of`,
        `it has ${Object.keys(space).join(', ') || 'none'}`,
      )
  }
}
