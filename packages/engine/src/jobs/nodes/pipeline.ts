/** A node that is a pipeline of its own. */
import { asObject, type Json, type JsonObject } from '@lazurite/spec'
import type { NodeType } from './type.ts'

/** Components may hold pipelines that hold components; deeper than this is taken for a mistake. */
const deepest = 20

export const pipeline: NodeType = {
  async props({ props }, _shared, _node, { spec }) {
    // a component brings no settings of its own: those of the pipeline around it count
    return { jobType: 'Pipeline', jobs: asObject(spec.jobs), settings: asObject(props.settings) }
  },
  async admit(draft, { spec, depth, within }) {
    if (depth >= deepest) return [{ path: [], message: `Pipelines lie in each other more than ${deepest} deep.` }]
    const { inputs, outputs, jobs } = spec.spec
    const inner: JsonObject = {
      ...draft.props,
      jobs: jobs ?? {},
      inputs: declaredInputs(inputs),
      outputs: asObject(outputs),
    }
    delete inner.componentId
    return within(inner, ['component', 'jobs'])
  },
}

/** Inside a component an input has a value when it is declared; whether it gets one is checked where it is used. */
function declaredInputs(inputs: Json | undefined): JsonObject {
  return Object.fromEntries(
    Object.keys(asObject(inputs)).map((name) => [name, { jobInputType: 'literal', value: null }]),
  )
}
