// Generated from the tables in packages/spec/src/kinds; `npm run docs` writes this file anew.
import type { Json, JsonObject } from '@lazurite/spec'
import { DataVerbs } from '../src/data-verbs.ts'
import { DatastoreVerbs } from '../src/datastore-verbs.ts'
import { BatchEndpointVerbs, OnlineDeploymentVerbs, OnlineEndpointVerbs } from '../src/endpoint-verbs.ts'
import { JobVerbs } from '../src/job-verbs.ts'
import type { Lazurite } from '../src/lazurite.ts'
import { ModelVerbs } from '../src/model-verbs.ts'
import { ChildOperations, PlainOperations } from '../src/operations.ts'
import { VersionedOperations } from '../src/versions.ts'
import type {
  BatchDeployment,
  CapabilityHost,
  Code,
  Component,
  Compute,
  Connection,
  DeploymentTemplate,
  Environment,
  FeatureSet,
  FeatureStoreEntity,
  Index,
  MarketplaceSubscription,
  OutboundRule,
  PrivateEndpointConnection,
  Registry,
  Schedule,
  ServerlessEndpoint,
  Workspace,
} from './documents.ts'

/** The room everything else lives in: jobs, data, models, environments, computes. */
export class WorkspaceOperations extends PlainOperations<Workspace> {
  /** The action `listKeys` of a workspace; waited for when it takes long. */
  listKeys(name: string, body: JsonObject = {}): Promise<Json> {
    return this.act({ name }, 'listKeys', body)
  }

  /** The action `resyncKeys` of a workspace; waited for when it takes long. */
  resyncKeys(name: string, body: JsonObject = {}): Promise<Json> {
    return this.act({ name }, 'resyncKeys', body)
  }

  /** The action `listNotebookAccessToken` of a workspace; waited for when it takes long. */
  listNotebookAccessToken(name: string, body: JsonObject = {}): Promise<Json> {
    return this.act({ name }, 'listNotebookAccessToken', body)
  }

  /** The action `listNotebookKeys` of a workspace; waited for when it takes long. */
  listNotebookKeys(name: string, body: JsonObject = {}): Promise<Json> {
    return this.act({ name }, 'listNotebookKeys', body)
  }

  /** The action `listStorageAccountKeys` of a workspace; waited for when it takes long. */
  listStorageAccountKeys(name: string, body: JsonObject = {}): Promise<Json> {
    return this.act({ name }, 'listStorageAccountKeys', body)
  }

  /** The action `prepareNotebook` of a workspace; waited for when it takes long. */
  prepareNotebook(name: string, body: JsonObject = {}): Promise<Json> {
    return this.act({ name }, 'prepareNotebook', body)
  }

  /** The action `diagnose` of a workspace; waited for when it takes long. */
  diagnose(name: string, body: JsonObject = {}): Promise<Json> {
    return this.act({ name }, 'diagnose', body)
  }
}

/** Machines that jobs run on: clusters, instances, attached machines. */
export class ComputeOperations extends PlainOperations<Compute> {
  /** The action `start` of a compute; waited for when it takes long. */
  start(name: string, body: JsonObject = {}): Promise<Json> {
    return this.act({ name }, 'start', body)
  }

  /** The action `stop` of a compute; waited for when it takes long. */
  stop(name: string, body: JsonObject = {}): Promise<Json> {
    return this.act({ name }, 'stop', body)
  }

  /** The action `restart` of a compute; waited for when it takes long. */
  restart(name: string, body: JsonObject = {}): Promise<Json> {
    return this.act({ name }, 'restart', body)
  }

  /** The action `listNodes` of a compute; waited for when it takes long. */
  listNodes(name: string, body: JsonObject = {}): Promise<Json> {
    return this.act({ name }, 'listNodes', body)
  }

  /** The action `listKeys` of a compute; waited for when it takes long. */
  listKeys(name: string, body: JsonObject = {}): Promise<Json> {
    return this.act({ name }, 'listKeys', body)
  }

  /** The action `resize` of a compute; waited for when it takes long. */
  resize(name: string, body: JsonObject = {}): Promise<Json> {
    return this.act({ name }, 'resize', body)
  }

  /** The action `enableSso` of a compute; waited for when it takes long. */
  enableSso(name: string, body: JsonObject = {}): Promise<Json> {
    return this.act({ name }, 'enableSso', body)
  }

  /** The action `updateIdleShutdownSetting` of a compute; waited for when it takes long. */
  updateIdleShutdownSetting(name: string, body: JsonObject = {}): Promise<Json> {
    return this.act({ name }, 'updateIdleShutdownSetting', body)
  }

  /** The action `updateDataMounts` of a compute; waited for when it takes long. */
  updateDataMounts(name: string, body: JsonObject = {}): Promise<Json> {
    return this.act({ name }, 'updateDataMounts', body)
  }

  /** The action `updateCustomServices` of a compute; waited for when it takes long. */
  updateCustomServices(name: string, body: JsonObject = {}): Promise<Json> {
    return this.act({ name }, 'updateCustomServices', body)
  }
}

/** A named place where bytes are kept, and how to get in. */
export class DatastoreOperations extends DatastoreVerbs {
  /** The action `listSecrets` of a datastore; waited for when it takes long. */
  listSecrets(name: string, body: JsonObject = {}): Promise<Json> {
    return this.act({ name }, 'listSecrets', body)
  }
}

/** How to reach something outside, and the secret it asks for. */
export class ConnectionOperations extends PlainOperations<Connection> {
  /** The action `listSecrets` of a connection; waited for when it takes long. */
  listSecrets(name: string, body: JsonObject = {}): Promise<Json> {
    return this.act({ name }, 'listSecrets', body)
  }

  /** The action `testConnection` of a connection; waited for when it takes long. */
  testConnection(name: string, body: JsonObject = {}): Promise<Json> {
    return this.act({ name }, 'testConnection', body)
  }
}

/** A snapshot of a source folder; jobs run in a copy of it. */
export class CodeOperations extends VersionedOperations<Code> {
  /** The action `startPendingUpload` of a code; waited for when it takes long. */
  startPendingUpload(name: string, version: string, body: JsonObject = {}): Promise<Json> {
    return this.act({ name, version }, 'startPendingUpload', body)
  }
}

/** What happens again and again: a job, an import of data, a look at a model. */
export class ScheduleOperations extends PlainOperations<Schedule> {
  /** The action `trigger` of a schedule; waited for when it takes long. */
  trigger(name: string, body: JsonObject = {}): Promise<Json> {
    return this.act({ name }, 'trigger', body)
  }
}

/** An address that starts jobs over many files. */
export class BatchEndpointOperations extends BatchEndpointVerbs {
  /** The action `listKeys` of a batch endpoint; waited for when it takes long. */
  listKeys(name: string, body: JsonObject = {}): Promise<Json> {
    return this.act({ name }, 'listKeys', body)
  }
}

/** What a batch endpoint starts: a model over mini-batches of files, or a pipeline component. */
export class BatchDeploymentOperations extends ChildOperations<BatchDeployment> {
  /** The action `jobs` of a batch deployment; waited for when it takes long. */
  jobs(parent: string, name: string, body: JsonObject = {}): Promise<Json> {
    return this.act({ parent, name }, 'jobs', body)
  }
}

/** Features that are computed by one piece of code from one source. */
export class FeatureSetOperations extends VersionedOperations<FeatureSet> {
  /** The action `backfill` of a feature set; waited for when it takes long. */
  backfill(name: string, version: string, body: JsonObject = {}): Promise<Json> {
    return this.act({ name, version }, 'backfill', body)
  }
}

/** A model of a catalogue that somebody else runs. Stored and shown. */
export class ServerlessEndpointOperations extends PlainOperations<ServerlessEndpoint> {
  /** The action `listKeys` of a serverless endpoint; waited for when it takes long. */
  listKeys(name: string, body: JsonObject = {}): Promise<Json> {
    return this.act({ name }, 'listKeys', body)
  }

  /** The action `regenerateKeys` of a serverless endpoint; waited for when it takes long. */
  regenerateKeys(name: string, body: JsonObject = {}): Promise<Json> {
    return this.act({ name }, 'regenerateKeys', body)
  }

  /** The action `getStatus` of a serverless endpoint; waited for when it takes long. */
  getStatus(name: string, body: JsonObject = {}): Promise<Json> {
    return this.act({ name }, 'getStatus', body)
  }
}

/** Every kind there is, by the word for many of them. */
export abstract class KindOperations {
  /** Makes the operations of one kind for this client. */
  protected abstract operations<O>(make: new (client: Lazurite, kind: string) => O, kind: string): O

  /** The room everything else lives in: jobs, data, models, environments, computes. */
  get workspaces(): WorkspaceOperations {
    return this.operations(WorkspaceOperations, 'workspace')
  }

  /** Assets that several workspaces share. */
  get registries(): PlainOperations<Registry> {
    return this.operations(PlainOperations<Registry>, 'registry')
  }

  /** Machines that jobs run on: clusters, instances, attached machines. */
  get computes(): ComputeOperations {
    return this.operations(ComputeOperations, 'compute')
  }

  /** A named place where bytes are kept, and how to get in. */
  get datastores(): DatastoreOperations {
    return this.operations(DatastoreOperations, 'datastore')
  }

  /** How to reach something outside, and the secret it asks for. */
  get connections(): ConnectionOperations {
    return this.operations(ConnectionOperations, 'connection')
  }

  /** A snapshot of a source folder; jobs run in a copy of it. */
  get codes(): CodeOperations {
    return this.operations(CodeOperations, 'code')
  }

  /** What must be installed for code to run. */
  get environments(): VersionedOperations<Environment> {
    return this.operations(VersionedOperations<Environment>, 'environment')
  }

  /** A named file, folder or table. */
  get data(): DataVerbs {
    return this.operations(DataVerbs, 'data')
  }

  /** A trained model. */
  get models(): ModelVerbs {
    return this.operations(ModelVerbs, 'model')
  }

  /** A job with its name and place left open: what pipelines are made of. */
  get components(): VersionedOperations<Component> {
    return this.operations(VersionedOperations<Component>, 'component')
  }

  /** Work to be done, and its history. */
  get jobs(): JobVerbs {
    return this.operations(JobVerbs, 'job')
  }

  /** What happens again and again: a job, an import of data, a look at a model. */
  get schedules(): ScheduleOperations {
    return this.operations(ScheduleOperations, 'schedule')
  }

  /** An address that answers scoring calls, and which deployment answers how many of them. */
  get onlineEndpoints(): OnlineEndpointVerbs {
    return this.operations(OnlineEndpointVerbs, 'online-endpoint')
  }

  /** What answers the calls of an online endpoint: a model, code and an environment. */
  get onlineDeployments(): OnlineDeploymentVerbs {
    return this.operations(OnlineDeploymentVerbs, 'online-deployment')
  }

  /** An address that starts jobs over many files. */
  get batchEndpoints(): BatchEndpointOperations {
    return this.operations(BatchEndpointOperations, 'batch-endpoint')
  }

  /** What a batch endpoint starts: a model over mini-batches of files, or a pipeline component. */
  get batchDeployments(): BatchDeploymentOperations {
    return this.operations(BatchDeploymentOperations, 'batch-deployment')
  }

  /** Features that are computed by one piece of code from one source. */
  get featureSets(): FeatureSetOperations {
    return this.operations(FeatureSetOperations, 'feature-set')
  }

  /** What features are about, and the columns that tell one from another. */
  get featureStoreEntities(): VersionedOperations<FeatureStoreEntity> {
    return this.operations(VersionedOperations<FeatureStoreEntity>, 'feature-store-entity')
  }

  /** A search index over documents, kept as a folder. */
  get indexes(): VersionedOperations<Index> {
    return this.operations(VersionedOperations<Index>, 'index')
  }

  /** What online deployments of a model start from. Lives in registries alone. */
  get deploymentTemplates(): VersionedOperations<DeploymentTemplate> {
    return this.operations(VersionedOperations<DeploymentTemplate>, 'deployment-template')
  }

  /** A model of a catalogue that somebody else runs. Stored and shown. */
  get serverlessEndpoints(): ServerlessEndpointOperations {
    return this.operations(ServerlessEndpointOperations, 'serverless-endpoint')
  }

  /** The right to use a model of a market. Stored and shown. */
  get marketplaceSubscriptions(): PlainOperations<MarketplaceSubscription> {
    return this.operations(PlainOperations<MarketplaceSubscription>, 'marketplace-subscription')
  }

  /** Which connections the agents of a hub or project use. Stored and shown. */
  get capabilityHosts(): PlainOperations<CapabilityHost> {
    return this.operations(PlainOperations<CapabilityHost>, 'capability-host')
  }

  /** Where a managed network may lead. Stored and shown; without effect here. */
  get outboundRules(): PlainOperations<OutboundRule> {
    return this.operations(PlainOperations<OutboundRule>, 'outbound-rule')
  }

  /** A private endpoint that asks to reach a workspace. Stored and shown; without effect here. */
  get privateEndpointConnections(): PlainOperations<PrivateEndpointConnection> {
    return this.operations(PlainOperations<PrivateEndpointConnection>, 'private-endpoint-connection')
  }
}
