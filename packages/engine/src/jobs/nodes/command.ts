/** A node that runs a command: its own, or that of a component. */
import { asObject, asString, errorsOf, type Issue, isObject, type JsonObject } from '@lazurite/spec'
import { crewOf } from '../../distribute.ts'
import { slotOf } from '../../slot.ts'
import { checkCode, checkEnvironment } from '../admit.ts'
import { bindingsOf, field, type Node } from '../graph.ts'
import { pipelineCompute } from '../pipeline-settings.ts'
import { bareId, type NodeSpec } from '../spec-of-node.ts'
import type { Draft } from '../type.ts'
import { camelKeys, fillAll, fillDeep, limitsOf } from './fill.ts'
import type { Around, NodeCase, NodeType } from './type.ts'

export const command: NodeType = {
  props: (around, _shared, node, spec) => commandProps(around, node, spec),
  admit: checkCommand,
}

async function commandProps({ sources }: Around, node: Node, { spec }: NodeSpec): Promise<JsonObject> {
  const { wire } = node
  const code = bareId(spec.code)
  const limits = limitsOf(field(wire, 'limits') ?? spec.limits)
  const resources = camelKeys(field(wire, 'resources') ?? spec.resources)
  const distribution = field(wire, 'distribution') ?? spec.distribution
  const variables = {
    ...asObject(spec.environment_variables),
    ...asObject(field(wire, 'environmentVariables', 'environment_variables')),
  }
  const services = field(wire, 'services')
  return {
    jobType: 'Command',
    command: asString(spec.command) ?? '',
    ...(code ? { codeId: code } : {}),
    environmentId: bareId(spec.environment) ?? '',
    environmentVariables: await fillAll(sources, variables),
    ...(limits ? { limits } : {}),
    ...(resources ? { resources: asObject(await fillDeep(sources, resources)) } : {}),
    ...(isObject(distribution) ? { distribution } : {}),
    ...(services === undefined ? {} : { services }),
  }
}

async function checkCommand(draft: Draft, { node, spec }: NodeCase): Promise<Issue[]> {
  const { wire } = node
  const own = asString(field(wire, 'componentId', 'component')) ? ['componentId'] : []
  const issues: Issue[] = []
  if (!asString(spec.spec.command)?.trim()) issues.push({ path: ['command'], message: 'The step has no command.' })
  issues.push(...(await checkCode(draft, bareId(spec.spec.code) ?? '', [...own, 'code'])))
  issues.push(...(await checkEnvironment(draft, bareId(spec.spec.environment) ?? '', [...own, 'environment'])))
  const compute = asString(field(wire, 'computeId', 'compute')) ?? pipelineCompute(draft.props)
  if (!compute) {
    return [
      ...issues,
      {
        path: ['compute'],
        message: 'Compute not set',
        hint: 'Set compute in the step, or settings.default_compute of the pipeline.',
      },
    ]
  }
  const resources = asObject(field(wire, 'resources') ?? spec.spec.resources)
  const instances: JsonObject = { instanceCount: field(resources, 'instanceCount', 'instance_count') ?? 1 }
  const type = field(resources, 'instanceType', 'instance_type')
  // a compute that is an input of a component is known only where the component is used
  if (!bindingsOf(compute).length) {
    const { cores, memoryMiB, gpus } = draft.ctx.settings
    const props: JsonObject = {
      computeId: compute,
      resources: { ...instances, ...(type ? { instanceType: type } : {}) },
    }
    const slot = await slotOf({
      store: draft.ctx.store,
      scope: draft.scope,
      props,
      machine: { cores, memoryMiB, gpus },
    })
    if ('issue' in slot) issues.push({ ...slot.issue, path: ['compute'] })
  }
  const crew = crewOf(asObject(field(wire, 'distribution') ?? spec.spec.distribution), 1)
  if ('unsupported' in crew) {
    issues.push({
      path: ['distribution', 'type'],
      message: `A distribution of type ${crew.unsupported} is not supported: this version knows pytorch, tensorflow, mpi and ray.`,
    })
  }
  return errorsOf(issues)
}
