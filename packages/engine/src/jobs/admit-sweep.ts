/** Why a sweep cannot run here: what is wrong with its space, its limits or its policy, and everything that is wrong with a trial. */
import { asObject, asString, type Issue, type Json, type JsonObject, refsOf } from '@lazurite/spec'
import { drawValue } from '../sweep/draw.ts'
import type { Space } from '../sweep/space.ts'
import { readSweep } from '../sweep/spec.ts'
import { admitCommand } from './admit.ts'
import { isShared, trialProps } from './sweep-trial.ts'
import type { Draft } from './type.ts'

/** Parts of a trial that are parts of the sweep's `trial`. */
const ofTrial = new Set<string | number>(['command', 'codeId', 'environmentId', 'environmentVariables', 'distribution'])

export async function admitSweep(draft: Draft): Promise<Issue[]> {
  const { props } = draft
  const { spec, issues } = readSweep(props)
  const values = Object.fromEntries([...spec.space].map(([name, of]) => [name, drawValue(of, 0.5, spec.sampling.base)]))
  const trial = trialProps(props, { name: 'trial', values, timeout: spec.trialTimeout })
  const inTrial = await admitCommand({ ...draft, props: trial })
  const inResources = asObject(props.trial).resources ? ['trial'] : []
  const placed = inTrial.map((issue): Issue => {
    const [first = ''] = issue.path
    if (first === 'resources') return { ...issue, path: [...inResources, ...issue.path] }
    return ofTrial.has(first) ? { ...issue, path: ['trial', ...issue.path] } : issue
  })
  return [...issues, ...placed, ...checkReferences(props, spec.space), ...checkOutputs(props)]
}

/** Every `${{search_space.x}}` names a parameter, and every parameter is used somewhere. */
function checkReferences(props: JsonObject, space: Space): Issue[] {
  const trial = asObject(props.trial)
  const texts: [(string | number)[], Json | undefined][] = [
    [['trial', 'command'], trial.command],
    ...Object.entries(asObject(trial.environmentVariables)).map(([name, value]): [string[], Json] => [
      ['trial', 'environmentVariables', name],
      value,
    ]),
  ]
  const used = new Set<string>()
  const issues: Issue[] = []
  for (const [path, text] of texts) {
    for (const { path: at } of refsOf(asString(text) ?? '')) {
      const [area, name = ''] = at
      if (area === 'search_space' && !space.has(name) && !Object.hasOwn(asObject(props.searchSpace), name)) {
        const message = `The search space has no parameter '${name}', which the trial refers to.`
        issues.push({ path, message, hint: `It has ${[...space.keys()].join(', ') || 'none'}.` })
      }
      if (area === 'search_space' || area === 'inputs') used.add(name)
    }
  }
  for (const name of space.keys()) {
    if (used.has(name)) continue
    const message = `No trial's command uses the parameter ${name}; it reaches them as AZURE_ML_INPUT_${name} alone.`
    issues.push({ path: ['searchSpace', name], message, severity: 'warning' })
  }
  return issues
}

function checkOutputs(props: JsonObject): Issue[] {
  return Object.entries(asObject(props.outputs)).flatMap(([name, raw]): Issue[] => {
    const uri = asString(asObject(raw).uri)
    if (!uri || !isShared(uri)) return []
    const message = `All trials would write the output ${name} to the same place, so each gets a folder of its own in it.`
    const hint = 'Put ${{name}} into the path to say where.'
    return [{ path: ['outputs', name, 'uri'], message, hint, severity: 'warning' }]
  })
}
