/**
 * The parameters of the template by which the official clients make workspaces, hubs, projects and feature stores. Each
 * is said in the words of the resource; parameters about resources beside the workspace have no meaning here.
 */
import { asObject, asString, fail, isObject, type Json, type JsonObject } from '@lazurite/spec'

/** Parameter → property of the resource, where nothing but the name differs. */
const plain: Record<string, string> = {
  location: 'location',
  description: 'description',
  friendlyName: 'friendlyName',
  kind: 'kind',
  tagValues: 'tags',
  identity: 'identity',
  publicNetworkAccess: 'publicNetworkAccess',
  imageBuildCompute: 'imageBuildCompute',
  systemDatastoresAuthMode: 'systemDatastoresAuthMode',
  primaryUserAssignedIdentity: 'primaryUserAssignedIdentity',
  managedNetwork: 'managedNetwork',
  workspace_hub: 'hubResourceId',
  workspace_hub_config: 'workspaceHubConfig',
  serverless_compute_settings: 'serverlessComputeSettings',
}

/** Parameters that say yes and no in words. */
const flags: Record<string, string> = {
  confidential_data: 'hbiWorkspace',
  enable_data_isolation: 'enableDataIsolation',
}

/** What is set of a template's parameters: the name, and the rest of a workspace. Raises NotSupported without a name. */
export function propsOfTemplate(parameters: JsonObject): { name: string; props: JsonObject } {
  const value = (name: string): Json | undefined => asObject(parameters[name]).value
  const name = asString(value('workspaceName')) ?? asString(value('workspace_name'))
  if (name === undefined || name === '') {
    fail('NotSupported', {
      what: 'A template deployment without the parameter workspaceName',
      why: 'only the deployment that makes a workspace is understood',
      instead: 'PUT the workspace itself.',
    })
  }
  const props: JsonObject = {}
  const put = (to: string, found: Json | undefined): void => {
    if (found !== undefined && !isEmpty(found)) props[to] = found
  }
  for (const [from, to] of Object.entries(plain)) put(to, value(from))
  for (const [from, to] of Object.entries(flags)) if (value(from) === 'true') put(to, true)
  put('encryption', encryptionOf(value))
  if (asString(value('kind'))?.toLowerCase() === 'featurestore') put('featureStoreSettings', featureStoreOf(value))
  return { name, props }
}

function isEmpty(value: Json): boolean {
  return value === null || value === '' || (isObject(value) && Object.keys(value).length === 0)
}

function encryptionOf(value: (name: string) => Json | undefined): JsonObject {
  if (value('encryption_status') !== 'Enabled') return {}
  const keyVaultProperties = {
    keyVaultArmId: value('cmk_keyvault') ?? null,
    keyIdentifier: value('resource_cmk_uri') ?? null,
  }
  return { status: 'Enabled', keyVaultProperties }
}

function featureStoreOf(value: (name: string) => Json | undefined): JsonObject {
  const runtime = asString(value('spark_runtime_version'))
  const offline = asString(value('offline_store_connection_name'))
  const online = asString(value('online_store_connection_name'))
  return {
    ...(runtime ? { computeRuntime: { sparkRuntimeVersion: runtime } } : {}),
    ...(offline ? { offlineStoreConnectionName: offline } : {}),
    ...(online ? { onlineStoreConnectionName: online } : {}),
  }
}
