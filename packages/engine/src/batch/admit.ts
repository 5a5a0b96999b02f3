/** Refusals at the door of batch deployments: assets that are not there, a script without a place. */
import { asObject, asString, type Issue, type JsonObject, type Path } from '@lazurite/spec'
import { checkCode, checkEnvironment } from '../jobs/admit.ts'
import type { Draft } from '../jobs/type.ts'
import { findAsset, idOf } from '../lookup.ts'
import { slotOf } from '../slot.ts'

/** Errors for what no call could use; warnings for what may come before the first call. */
export async function admitBatchDeployment(draft: Draft): Promise<Issue[]> {
  const { props } = draft
  const configuration = asObject(props.deploymentConfiguration)
  const component = idOf(configuration.componentId)
  if (component !== undefined) {
    return checkAsset(draft, component, { collection: 'components', path: ['deploymentConfiguration', 'componentId'] })
  }
  if (Object.keys(configuration).length > 0) return []
  const model = idOf(props.model)
  const code = asObject(props.codeConfiguration)
  const environment = asString(props.environmentId)
  return [
    ...(model === undefined ? [] : await checkAsset(draft, model, { collection: 'models', path: ['model'] })),
    ...checkScript(code),
    ...(await checkCode(draft, code.codeId, ['codeConfiguration', 'codeId'])),
    ...(environment ? await checkEnvironment(draft, environment, ['environmentId']) : []),
    ...(await checkCompute(draft)),
  ]
}

async function checkAsset(
  { ctx, scope }: Draft,
  text: string,
  { collection, path }: { collection: string; path: Path },
): Promise<Issue[]> {
  const found = await findAsset(ctx.store, scope, text, collection)
  if ('row' in found) return []
  return [{ path, message: `It cannot be used: ${found.missing}.`, ...(found.hint ? { hint: found.hint } : {}) }]
}

function checkScript({ scoringScript }: JsonObject): Issue[] {
  const script = asString(scoringScript) ?? ''
  if (!/^([/\\]|.*(^|[/\\])\.\.([/\\]|$))/.test(script)) return []
  const path: Path = ['codeConfiguration', 'scoringScript']
  return [{ path, message: `The script ${script.slice(0, 200)} does not lie in the code of the deployment.` }]
}

/** A compute may be made after what runs there. */
async function checkCompute({ ctx, scope, props }: Draft): Promise<Issue[]> {
  const compute = asString(props.compute)
  if (!compute) return []
  const { cores, memoryMiB, gpus } = ctx.settings
  const resources = asObject(props.resources)
  const slot = await slotOf({
    store: ctx.store,
    scope,
    props: { computeId: compute, resources },
    machine: { cores, memoryMiB, gpus },
  })
  if (!('issue' in slot)) return []
  return [{ ...slot.issue, path: ['compute'], severity: 'warning' }]
}
