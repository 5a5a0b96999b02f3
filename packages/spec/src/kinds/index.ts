// The register of kinds: one line a kind.
import type { Kind } from '../kind.ts'
import { code, data, environment, model } from './assets.ts'
import { deploymentTemplate, index, marketplaceSubscription, serverlessEndpoint } from './catalog.ts'
import { component } from './component.ts'
import { compute } from './compute.ts'
import { connection } from './connection.ts'
import { datastore } from './datastore.ts'
import { batchDeployment, onlineDeployment } from './deployment.ts'
import { dataImport, modelPackage } from './documents.ts'
import { batchEndpoint, onlineEndpoint } from './endpoint.ts'
import { featureSet, featureStoreEntity } from './features.ts'
import { job } from './job/index.ts'
import { capabilityHost, outboundRule, privateEndpointConnection } from './network.ts'
import { registry } from './registry.ts'
import { featureStore, hub, project } from './rooms.ts'
import { schedule } from './schedule.ts'
import { workspace } from './workspace.ts'

/** Every kind that has rows. */
export const kinds: readonly Kind[] = [
  workspace,
  registry,
  compute,
  datastore,
  connection,
  code,
  environment,
  data,
  model,
  component,
  job,
  schedule,
  onlineEndpoint,
  onlineDeployment,
  batchEndpoint,
  batchDeployment,
  featureSet,
  featureStoreEntity,
  index,
  deploymentTemplate,
  serverlessEndpoint,
  marketplaceSubscription,
  capabilityHost,
  outboundRule,
  privateEndpointConnection,
]

/** Files that have no rows of their own: workspaces under other names, and requests. */
export const documents: readonly Kind[] = [hub, project, featureStore, dataImport, modelPackage]

const byName = new Map([...kinds, ...documents].map((k) => [k.name, k]))
// children of different parents share a word; they are found through their parent
const byCollection = new Map(
  kinds.filter((k) => typeof k.shape !== 'object').map((k) => [k.collection.toLowerCase(), k]),
)

/** The kind or document of that name; undefined when there is none. */
export function kindByName(name: string): Kind | undefined {
  return byName.get(name)
}

/** The kind whose ARM path segment that is, in any case; undefined when there is none, and for children. */
export function kindByCollection(collection: string): Kind | undefined {
  return byCollection.get(collection.toLowerCase())
}
