/**
 * The template deployment by which the official clients create a workspace. The template is ignored, its parameters are
 * acted on at once; what is kept is the record they poll afterwards.
 */
import { asObject, asString, fail, type JsonObject, workspaceArmId } from '@lazurite/spec'
import type { Row } from '@lazurite/store'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FaceDeps } from '../../app.ts'
import { groupScope } from './room.ts'
import { propsOfTemplate } from './template.ts'
import { putWorkspace } from './workspaces.ts'

interface Where {
  subscription: string
  resourceGroup: string
  name: string
}

const kind = 'deploymentRecord'

/** Acts on a deployment and keeps its record. Raises NotSupported for any template but the workspace one. */
export async function putDeployment(
  deps: FaceDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  where: Where,
): Promise<JsonObject> {
  const properties = asObject(asObject(request.body).properties)
  const { name, props } = propsOfTemplate(asObject(properties.parameters))
  const { location, tags, kind: workspaceKind, identity, ...rest } = props
  const beside = Object.fromEntries(
    Object.entries({ location, tags, kind: workspaceKind, identity }).filter(([, value]) => value !== undefined),
  ) as JsonObject // undefined was filtered out
  const id = { subscription: where.subscription, resourceGroup: where.resourceGroup, workspace: name }
  await putWorkspace(deps, request, reply, id, { ...beside, properties: rest })
  const { row } = await deps.store.resources.put({
    key: { scope: groupScope(where), kind, name: where.name },
    props: { workspace: name },
    by: request.caller.name,
  })
  return print(where, row)
}

/** A deployment's record, or the list of what it did. Raises ResourceNotFound. */
export async function getDeployment(deps: FaceDeps, where: Where, operations: boolean): Promise<JsonObject> {
  const row = await deps.store.resources.get({ scope: groupScope(where), kind, name: where.name })
  if (!row) fail('ResourceNotFound', { kind: 'deployment', name: where.name })
  return operations ? { value: [printOperation(where, row)] } : print(where, row)
}

function deploymentId(where: Where): string {
  return `/subscriptions/${where.subscription}/resourceGroups/${where.resourceGroup}/providers/Microsoft.Resources/deployments/${where.name}`
}

function target(where: Where, row: Row): JsonObject {
  const workspace = asString(row.props.workspace) ?? ''
  return {
    id: workspaceArmId({ ...where, workspace }),
    resourceName: workspace,
    resourceType: 'Microsoft.MachineLearningServices/workspaces',
  }
}

function print(where: Where, row: Row): JsonObject {
  return {
    id: deploymentId(where),
    name: where.name,
    type: 'Microsoft.Resources/deployments',
    properties: {
      provisioningState: 'Succeeded',
      mode: 'Incremental',
      timestamp: row.modifiedAt,
      duration: 'PT0.1S',
      correlationId: row.etag,
      outputResources: [{ id: target(where, row).id ?? null }],
      error: null,
    },
  }
}

function printOperation(where: Where, row: Row): JsonObject {
  return {
    id: `${deploymentId(where)}/operations/1`,
    operationId: '1',
    properties: {
      provisioningOperation: 'Create',
      provisioningState: 'Succeeded',
      timestamp: row.modifiedAt,
      duration: 'PT0.1S',
      statusCode: 'OK',
      statusMessage: null,
      targetResource: target(where, row),
    },
  }
}
