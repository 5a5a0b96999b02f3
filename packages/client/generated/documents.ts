// Generated from the tables in packages/spec/src/kinds; `npm run docs` writes this file anew.
import type { Json, JsonObject } from '@lazurite/spec'
import type { Folder } from '../src/folder.ts'
import type { Inline, JobInput, JobOutput, Space } from '../src/io.ts'
import type { Built } from '../src/wiring.ts'

/** The room everything else lives in: jobs, data, models, environments, computes. */
export interface Workspace {
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name; unique in its resource group. */
  name: string
  /** Region; `local` here. */
  location?: string
  /** Resource group it belongs to. */
  resource_group?: string
  /** Free text. */
  description?: string
  /** Name shown to people. */
  display_name?: string
  /** Texts by name. */
  tags?: { [name: string]: string }
  /** default, hub or project. */
  kind?: string
  /** Address of the data plane; the server fills it. */
  discovery_url?: string
  /** High business impact. Stored and shown. */
  hbi_workspace?: boolean
  /** Storage account. Stored and shown; without effect here. */
  storage_account?: string
  /** Container registry. Stored and shown; without effect here. */
  container_registry?: string
  /** Key vault. Stored and shown; without effect here. */
  key_vault?: string
  /** Application insights. Stored and shown; without effect here. */
  application_insights?: string
  /** Customer-managed key. Stored and shown; without effect here. */
  customer_managed_key?: CustomerManagedKey
  /** Where MLflow finds this workspace. Filled by the server. */
  readonly mlflow_tracking_uri?: string
  /** Compute that builds images. Stored and shown; without effect here. */
  image_build_compute?: string
  /** Public access. Stored and shown. */
  public_network_access?: 'Disabled' | 'Enabled'
  /** Network rules. Stored and shown; without effect here. */
  network_acls?: NetworkAcls
  /** accesskey or identity. */
  system_datastores_auth_mode?: string
  /** Managed identity. Stored and shown; without effect here. */
  identity?: Identity
  /** Primary identity. Stored and shown; without effect here. */
  primary_user_assigned_identity?: string
  /** Hub it belongs to. Stored and shown; without effect here. */
  workspace_hub?: string
  /** Hub a project belongs to. */
  hub_id?: string
  /** Managed network. Stored and shown; without effect here. */
  managed_network?: ManagedNetwork
  /** Provision the network at once. Without effect here. */
  provision_network_now?: boolean
  /** Data isolation. Stored and shown. */
  enable_data_isolation?: boolean
  /** Stored and shown. */
  allow_roleassignment_on_rg?: boolean
  /** Network of serverless compute. Stored and shown. */
  serverless_compute?: ServerlessCompute
}

/** Customer-managed key. Stored and shown; without effect here. */
export interface CustomerManagedKey {
  key_vault?: string
  key_uri?: string
  cosmosdb_id?: string
  storage_id?: string
  search_id?: string
}

/** Network rules. Stored and shown; without effect here. */
export interface NetworkAcls {
  default_action?: string
  ip_rules?: IpRule[]
}

export interface IpRule {
  value?: string
}

/** Managed identity. Stored and shown; without effect here. */
export interface Identity {
  /** Kind of identity. */
  type: 'system_assigned' | 'user_assigned' | 'none' | 'system_assigned,user_assigned'
  /** Identities by resource id. */
  user_assigned_identities?: UserAssignedIdentity[]
  /** Filled by the server. */
  readonly principal_id?: string
  /** Filled by the server. */
  readonly tenant_id?: string
}

export interface UserAssignedIdentity {
  resource_id?: string
  /** Filled by the server. */
  readonly principal_id?: string
  /** Filled by the server. */
  readonly client_id?: string
}

/** Managed network. Stored and shown; without effect here. */
export interface ManagedNetwork {
  /** What may leave. */
  isolation_mode?: 'disabled' | 'allow_internet_outbound' | 'allow_only_approved_outbound'
  /** Where it may lead. */
  outbound_rules?: ManagedNetworkOutboundRule[] | null
  /** Kind of firewall. */
  firewall_sku?: 'standard' | 'basic'
  /** Filled by the server. */
  readonly network_id?: string
  /** Filled by the server. */
  readonly status?: Json
}

export type ManagedNetworkOutboundRule =
  | FqdnManagedNetworkOutboundRule
  | PrivateEndpointManagedNetworkOutboundRule
  | ServiceTagManagedNetworkOutboundRule

/** A rule of type FQDN. */
export interface FqdnManagedNetworkOutboundRule {
  type?: 'fqdn'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name. */
  name: string
  /** Rules it follows from. Filled by the server. */
  readonly parent_rule_names?: string[]
  /** required, recommended, user_defined or dependency. Filled by the server. */
  readonly category?: string
  /** Active or Inactive. Filled by the server. */
  readonly status?: string
  /** Where it leads. */
  destination: string
}

/** A rule of type PrivateEndpoint. */
export interface PrivateEndpointManagedNetworkOutboundRule {
  type: 'private_endpoint'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name. */
  name: string
  /** Rules it follows from. Filled by the server. */
  readonly parent_rule_names?: string[]
  /** required, recommended, user_defined or dependency. Filled by the server. */
  readonly category?: string
  /** Active or Inactive. Filled by the server. */
  readonly status?: string
  /** Where it leads. */
  destination: Destination
  /** Names it answers to. */
  fqdns?: string[]
}

/** Where it leads. */
export interface Destination {
  service_resource_id: string
  subresource_target: string
  spark_enabled: boolean
}

/** A rule of type ServiceTag. */
export interface ServiceTagManagedNetworkOutboundRule {
  type: 'service_tag'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name. */
  name: string
  /** Rules it follows from. Filled by the server. */
  readonly parent_rule_names?: string[]
  /** required, recommended, user_defined or dependency. Filled by the server. */
  readonly category?: string
  /** Active or Inactive. Filled by the server. */
  readonly status?: string
  /** Where it leads. */
  destination: ServiceTagManagedNetworkOutboundRuleDestination
}

/** Where it leads. */
export interface ServiceTagManagedNetworkOutboundRuleDestination {
  service_tag: string
  protocol: string
  port_ranges: string
  address_prefixes?: string[]
}

/** Network of serverless compute. Stored and shown. */
export interface ServerlessCompute {
  custom_subnet?: string
  no_public_ip?: boolean
}

/** Assets that several workspaces share. */
export interface Registry {
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name: 3 to 33 letters, digits, - and _; unique on the server. */
  name?: string
  /** Free text. */
  description?: string
  /** Texts by name, to find it again. */
  tags?: { [name: string]: string | number | boolean | null }
  /** Region; without effect here. */
  location: string
  /** Public access. Stored and shown. */
  public_network_access?: 'Disabled' | 'Enabled'
  /** Regions it is copied to. Stored and shown; here is one place. */
  replication_locations?: ReplicationLocation[]
  /** Who publishes it. */
  intellectual_property?: IntellectualProperty
  /** Registry of images. Stored and shown; without effect here. */
  container_registry?: string | number | boolean | ContainerRegistry
  /** Managed identity. Stored and shown; without effect here. Filled by the server. */
  readonly identity?: Identity
  /** Always empty. Filled by the server. */
  readonly kind?: string
  /** Always empty. Filled by the server. */
  readonly sku?: Json
  /** Resource group of its parts. Filled by the server. */
  readonly managed_resource_group?: Json
  /** Where MLflow finds its models. Filled by the server. */
  readonly mlflow_registry_uri?: string
  /** Where clients learn its addresses. Filled by the server. */
  readonly discovery_url?: string
}

export interface ReplicationLocation {
  /** Region. */
  location?: string
  /** Storage that is made for it, or the ids of accounts. */
  storage_config?: StorageConfig | (string | number | boolean)[]
}

export interface StorageConfig {
  /** Filled by the server. */
  readonly arm_resource_id?: string
  /** Hierarchical names. */
  storage_account_hns?: boolean
  /** Kind of storage account. */
  storage_account_type?:
    | 'standard_lrs'
    | 'standard_grs'
    | 'standard_ragrs'
    | 'standard_zrs'
    | 'standard_gzrs'
    | 'standard_ragzrs'
    | 'premium_lrs'
    | 'premium_zrs'
  /** How many accounts; 1. */
  replication_count?: number
  /** Filled by the server. */
  readonly replicated_ids?: string[]
}

/** Who publishes it. */
export interface IntellectualProperty {
  publisher?: string
}

export interface ContainerRegistry {
  /** Filled by the server. */
  readonly arm_resource_id?: string
  acr_account_sku?: 'premium'
}

/** Machines that jobs run on: clusters, instances, attached machines. */
export type Compute =
  | AmlcomputeCompute
  | ComputeinstanceCompute
  | KubernetesCompute
  | VirtualmachineCompute
  | SynapsesparkCompute

/** A cluster that grows and shrinks. */
export interface AmlcomputeCompute {
  type: 'amlcompute'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name: 3 to 24 letters, digits and -, starting with a letter. */
  name: string
  /** Region; without effect here. */
  location?: string
  /** Free text. */
  description?: string
  /** Texts by name. */
  tags?: { [name: string]: string }
  /** Creating, Updating, Deleting, Succeeded, Failed or Canceled. Filled by the server. */
  readonly provisioning_state?: string
  /** Why it failed. Filled by the server. */
  readonly provisioning_errors?: Json
  /** When it was made. Filled by the server. */
  readonly created_on?: string
  /** Id of what is attached. */
  resource_id?: string
  /** VM size; it stands for cores and memory here. */
  size?: string
  /** Whether nodes may be taken away. */
  tier?: 'low_priority' | 'dedicated'
  /** Fewest nodes. */
  min_instances?: number
  /** Most nodes; 4 when absent. */
  max_instances?: number
  /** Seconds without work before a node goes; 120 when absent. */
  idle_time_before_scale_down?: number
  /** Jobs that share a node, each with its part of it; 1 when absent. Ours. */
  jobs_per_node?: number
  /** SSH from outside. Stored and shown. */
  ssh_public_access_enabled?: boolean
  /** SSH user of the nodes. Stored; without effect here. */
  ssh_settings?: SshSettings
  /** Network. Stored and shown; without effect here. */
  network_settings?: NetworkSettings
  /** Managed identity. Stored and shown; without effect here. */
  identity?: Identity
  /** Public address of nodes. Stored and shown. */
  enable_node_public_ip?: boolean
}

/** SSH user of the nodes. Stored; without effect here. */
export interface SshSettings {
  /** User. */
  admin_username: string
  /** Password. Never shown again. */
  admin_password?: string
  /** Public key. */
  ssh_key_value?: string
}

/** Network. Stored and shown; without effect here. */
export interface NetworkSettings {
  /** Virtual network. */
  vnet_name?: string
  /** Subnet. */
  subnet?: string
  /** Filled by the server. */
  readonly public_ip_address?: string
  /** Filled by the server. */
  readonly private_ip_address?: string
}

/** One machine for one person. */
export interface ComputeinstanceCompute {
  type: 'computeinstance'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name: 3 to 24 letters, digits and -, starting with a letter. */
  name: string
  /** Region; without effect here. */
  location?: string
  /** Free text. */
  description?: string
  /** Texts by name. */
  tags?: { [name: string]: string }
  /** Creating, Updating, Deleting, Succeeded, Failed or Canceled. Filled by the server. */
  readonly provisioning_state?: string
  /** Why it failed. Filled by the server. */
  readonly provisioning_errors?: Json
  /** When it was made. Filled by the server. */
  readonly created_on?: string
  /** Id of what is attached. */
  resource_id?: string
  /** VM size; it stands for cores and memory here. */
  size?: string
  /** Network. Stored and shown; without effect here. */
  network_settings?: NetworkSettings
  /** Whom it is for. */
  create_on_behalf_of?: CreateOnBehalfOf
  /** SSH of the machine. Stored; without effect here. */
  ssh_settings?: ComputeinstanceComputeSshSettings
  /** SSH from outside. */
  ssh_public_access_enabled?: boolean
  /** Creating, Running, Stopped, … Filled by the server. */
  readonly state?: string
  /** What was done to it last. Filled by the server. */
  readonly last_operation?: Json
  /** What answers on it. Filled by the server. */
  readonly services?: Json
  /** Filled by the server. */
  readonly os_image_metadata?: Json
  /** When it starts and stops by itself. */
  schedules?: Schedules
  /** Managed identity. Stored and shown; without effect here. */
  identity?: Identity
  /** ISO 8601 duration without use before it stops, e.g. PT30M. */
  idle_time_before_shutdown?: string
  /** The same in minutes. */
  idle_time_before_shutdown_minutes?: number
  /** Programs in containers on it. */
  custom_applications?: CustomApplication[]
  /** Scripts run on it. */
  setup_scripts?: SetupScripts
  /** Public address. Stored and shown. */
  enable_node_public_ip?: boolean
  /** Single sign-on. Stored and shown. */
  enable_sso?: boolean
  /** sudo for its user. */
  enable_root_access?: boolean
  /** Stored and shown. */
  release_quota_on_stop?: boolean
  /** Patch at start. Stored and shown. */
  enable_os_patching?: boolean
}

export interface CreateOnBehalfOf {
  user_tenant_id: string
  user_object_id: string
}

/** SSH of the machine. Stored; without effect here. */
export interface ComputeinstanceComputeSshSettings {
  /** Filled by the server. */
  readonly admin_username?: string
  /** Filled by the server. */
  readonly ssh_port?: string
  /** Public key. */
  ssh_key_value?: string
}

/** When it starts and stops by itself. */
export interface Schedules {
  compute_start_stop?: ComputeStartStop[]
}

export interface ComputeStartStop {
  trigger?: Trigger
  action: 'start' | 'stop'
  state?: 'enabled' | 'disabled'
  /** Filled by the server. */
  readonly schedule_id?: string
  /** Filled by the server. */
  readonly provisioning_state?: string
}

export type Trigger = CronTrigger | RecurrenceTrigger

export interface CronTrigger {
  type: 'cron'
  /** ISO 8601 instant of the first time. */
  start_time?: string
  /** Time zone name. */
  time_zone?: string
  /** Five cron fields. */
  expression: string
}

export interface RecurrenceTrigger {
  type: 'recurrence'
  /** ISO 8601 instant of the first time. */
  start_time?: string
  /** Time zone name. */
  time_zone?: string
  /** Unit of the interval. */
  frequency: 'minute' | 'hour' | 'day' | 'week' | 'month'
  /** How many of them. */
  interval?: number
  schedule?: RecurrenceTriggerSchedule
}

export interface RecurrenceTriggerSchedule {
  week_days?:
    | 'sunday'
    | 'monday'
    | 'tuesday'
    | 'wednesday'
    | 'thursday'
    | 'friday'
    | 'saturday'
    | ('sunday' | 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday')[]
  hours?: number | number[]
  minutes?: number | number[]
}

export interface CustomApplication {
  name: string
  type?: 'docker'
  image?: Image
  endpoints?: Endpoint[]
  environment_variables?: { [name: string]: Json }
  bind_mounts?: BindMount[]
}

export interface Image {
  type?: 'docker'
  reference: string
}

export interface Endpoint {
  target: number
  published: number
  host_ip?: string
  protocol?: string
  name?: string
}

export interface BindMount {
  source: string
  target: string
  read_only?: boolean
}

/** Scripts run on it. */
export interface SetupScripts {
  creation_script?: CreationScript
  startup_script?: CreationScript
}

export interface CreationScript {
  path?: string
  command?: string
  timeout_minutes?: number
}

/** A Kubernetes cluster. */
export interface KubernetesCompute {
  type: 'kubernetes'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name: 3 to 24 letters, digits and -, starting with a letter. */
  name: string
  /** Region; without effect here. */
  location?: string
  /** Free text. */
  description?: string
  /** Texts by name. */
  tags?: { [name: string]: string }
  /** Creating, Updating, Deleting, Succeeded, Failed or Canceled. Filled by the server. */
  readonly provisioning_state?: string
  /** Why it failed. Filled by the server. */
  readonly provisioning_errors?: Json
  /** When it was made. Filled by the server. */
  readonly created_on?: string
  /** Id of what is attached. */
  resource_id?: string
  /** Namespace jobs run in. */
  namespace?: string
  /** Free mapping. */
  properties?: { [name: string]: Json }
  /** Managed identity. Stored and shown; without effect here. */
  identity?: Identity
}

/** A machine reached over SSH. */
export interface VirtualmachineCompute {
  type: 'virtualmachine'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name: 3 to 24 letters, digits and -, starting with a letter. */
  name: string
  /** Region; without effect here. */
  location?: string
  /** Free text. */
  description?: string
  /** Texts by name. */
  tags?: { [name: string]: string }
  /** Creating, Updating, Deleting, Succeeded, Failed or Canceled. Filled by the server. */
  readonly provisioning_state?: string
  /** Why it failed. Filled by the server. */
  readonly provisioning_errors?: Json
  /** When it was made. Filled by the server. */
  readonly created_on?: string
  /** Id of what is attached. */
  resource_id: string
  /** Filled by the server. */
  readonly compute_location?: string
  /** How to get in. */
  ssh_settings?: VirtualmachineComputeSshSettings
}

/** How to get in. */
export interface VirtualmachineComputeSshSettings {
  /** User. */
  admin_username: string
  /** Password. Never shown again. */
  admin_password?: string
  /** Port; 22 when absent. */
  ssh_port?: number
  /** Path of a private key. */
  ssh_private_key_file?: string
}

/** A Synapse Spark pool. Registers; jobs on it are refused. */
export interface SynapsesparkCompute {
  type: 'synapsespark'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name: 3 to 24 letters, digits and -, starting with a letter. */
  name: string
  /** Region; without effect here. */
  location?: string
  /** Free text. */
  description?: string
  /** Texts by name. */
  tags?: { [name: string]: string }
  /** Creating, Updating, Deleting, Succeeded, Failed or Canceled. Filled by the server. */
  readonly provisioning_state?: string
  /** Why it failed. Filled by the server. */
  readonly provisioning_errors?: Json
  /** When it was made. Filled by the server. */
  readonly created_on?: string
  /** Id of what is attached. */
  resource_id: string
  /** Managed identity. Stored and shown; without effect here. */
  identity?: Identity
  /** Filled by the server. */
  readonly node_family?: string
  /** Filled by the server. */
  readonly node_size?: string
  /** Filled by the server. */
  readonly node_count?: number
  /** Filled by the server. */
  readonly spark_version?: string
  /** Filled by the server. */
  readonly scale_settings?: Json
  /** Filled by the server. */
  readonly auto_pause_settings?: Json
}

/** A named place where bytes are kept, and how to get in. */
export type Datastore =
  | AzureBlobDatastore
  | AzureFileDatastore
  | AzureDataLakeGen1Datastore
  | AzureDataLakeGen2Datastore
  | OneLakeDatastore
  | S3Datastore
  | LocalDatastore

/** A container of an Azure storage account. */
export interface AzureBlobDatastore {
  type: 'azure_blob'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name; unique in the workspace. */
  name: string
  /** Free text. */
  description?: string
  /** Texts by name. */
  tags?: { [name: string]: string }
  /** Storage account. */
  account_name: string
  /** Suffix of the host name. */
  endpoint?: string
  /** https, http, wasbs or wasb. */
  protocol?: string
  /** Container. */
  container_name: string
  /** How to get in; left out, the identity of whoever asks. */
  credentials?: Credentials | AzureBlobDatastoreCredentials | JsonObject
}

export interface Credentials {
  /** Key of the account. Never shown again. */
  account_key: string
}

export interface AzureBlobDatastoreCredentials {
  /** Shared access signature. Never shown again. */
  sas_token: string
}

/** A file share of an Azure storage account. */
export interface AzureFileDatastore {
  type: 'azure_file'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name; unique in the workspace. */
  name: string
  /** Free text. */
  description?: string
  /** Texts by name. */
  tags?: { [name: string]: string }
  /** Storage account. */
  account_name: string
  /** Suffix of the host name. */
  endpoint?: string
  /** https, http, wasbs or wasb. */
  protocol?: string
  /** File share. */
  file_share_name: string
  /** How to get in; left out, the identity of whoever asks. */
  credentials?: Credentials | AzureBlobDatastoreCredentials | JsonObject
}

/** Data Lake Gen1, which Azure has retired: it registers, reading it fails. */
export interface AzureDataLakeGen1Datastore {
  type: 'azure_data_lake_gen1'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name; unique in the workspace. */
  name: string
  /** Free text. */
  description?: string
  /** Mappings by name. */
  tags?: { [name: string]: Json }
  /** Store. */
  store_name: string
  /** How to get in; left out, the identity of whoever asks. */
  credentials?: AzureDataLakeGen1DatastoreCredentials | AzureDataLakeGen1DatastoreCredentials2 | JsonObject
}

export interface AzureDataLakeGen1DatastoreCredentials {
  /** Where tokens are asked for. */
  authority_url?: string
  /** What tokens are for. */
  resource_url?: string
  /** Tenant. */
  tenant_id: string
  /** Application id. */
  client_id: string
  /** Password of the application. Never shown again. */
  client_secret: string
}

export interface AzureDataLakeGen1DatastoreCredentials2 {
  /** Where tokens are asked for. */
  authority_url?: string
  /** What tokens are for. */
  resource_url?: string
  /** Tenant. */
  tenant_id: string
  /** Application id. */
  client_id: string
  /** Private key. Never shown again. */
  certificate?: string
  /** Thumbprint of the certificate. */
  thumbprint: string
}

/** A file system of a Data Lake Gen2 account. */
export interface AzureDataLakeGen2Datastore {
  type: 'azure_data_lake_gen2'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name; unique in the workspace. */
  name: string
  /** Free text. */
  description?: string
  /** Texts by name. */
  tags?: { [name: string]: string }
  /** Storage account. */
  account_name: string
  /** Suffix of the host name. */
  endpoint?: string
  /** https, http, wasbs or wasb. */
  protocol?: string
  /** File system. */
  filesystem: string
  /** How to get in; left out, the identity of whoever asks. */
  credentials?: AzureDataLakeGen1DatastoreCredentials | AzureDataLakeGen1DatastoreCredentials2 | JsonObject
}

/** A lakehouse of Microsoft Fabric. */
export interface OneLakeDatastore {
  type: 'one_lake'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name; unique in the workspace. */
  name: string
  /** Free text. */
  description?: string
  /** Texts by name. */
  tags?: { [name: string]: string }
  /** Fabric workspace. */
  one_lake_workspace_name: string
  /** Host name. */
  endpoint: string
  /** The lakehouse. */
  artifact: Artifact
  /** How to get in; left out, the identity of whoever asks. */
  credentials?: AzureDataLakeGen1DatastoreCredentials | JsonObject
}

/** The lakehouse. */
export interface Artifact {
  /** lake_house. */
  type?: 'lake_house'
  /** Its name. */
  name: string
}

/** A bucket of S3, or of a store that speaks like it. Ours: Azure ML has no such type. */
export interface S3Datastore {
  type: 's3'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name; unique in the workspace. */
  name: string
  /** Free text. */
  description?: string
  /** Texts by name. */
  tags?: { [name: string]: string }
  /** Bucket. */
  bucket_name: string
  /** URL of the store; that of Amazon when absent. */
  endpoint?: string
  /** Region; us-east-1 when absent. */
  region?: string
  /** The bucket stands in the path, not in the host name. */
  path_style?: boolean
  /** How to get in; left out, the identity of whoever asks. */
  credentials?: S3DatastoreCredentials | JsonObject
}

export interface S3DatastoreCredentials {
  /** Id of the key. */
  access_key_id: string
  /** The key. Never shown again. */
  secret_access_key: string
}

/** A folder of this machine. Ours: Azure ML has no such type. */
export interface LocalDatastore {
  type: 'local'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name; unique in the workspace. */
  name: string
  /** Free text. */
  description?: string
  /** Texts by name. */
  tags?: { [name: string]: string }
  /** Absolute path of the folder. */
  path: string
}

/** How to reach something outside, and the secret it asks for. */
export type Connection =
  | GitConnection
  | ContainerRegistryConnection
  | PythonFeedConnection
  | S3Connection
  | SnowflakeConnection
  | AzureSqlDbConnection
  | AzureSynapseAnalyticsConnection
  | AzureMySqlDbConnection
  | AzurePostgresDbConnection
  | CustomConnection
  | AzureDataLakeGen2Connection
  | AzureBlobConnection
  | AzureOneLakeConnection
  | AzureOpenAiConnection
  | AzureAiServicesConnection
  | AzureAiSearchConnection
  | AzureContentSafetyConnection
  | AzureSpeechServicesConnection
  | ApiKeyConnection
  | OpenAiConnection
  | SerpConnection
  | ServerlessConnection

/** A git host. */
export interface GitConnection {
  type: 'git'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name: 3 to 33 letters, digits, - and _. */
  name?: string
  /** Free text. */
  description?: string
  /** The older name of metadata. */
  tags?: { [name: string]: Json }
  /** Address of what it leads to. */
  target?: string
  /** What it asks for; sealed, and shown to nobody. */
  credentials?: GitConnectionCredentials
  /** Whether everybody in the workspace may use it. */
  is_shared?: boolean
  /** Texts by name that stay with it. */
  metadata?: { [name: string]: Json }
}

/** What it asks for; sealed, and shown to nobody. */
export type GitConnectionCredentials =
  | PatGitConnectionCredentials
  | SasGitConnectionCredentials
  | UsernamePasswordGitConnectionCredentials
  | ManagedIdentityGitConnectionCredentials
  | ServicePrincipalGitConnectionCredentials
  | AccessKeyGitConnectionCredentials
  | ApiKeyGitConnectionCredentials
  | AccountKeyGitConnectionCredentials
  | AadGitConnectionCredentials
  | NoneGitConnectionCredentials

/** A personal access token. */
export interface PatGitConnectionCredentials {
  type: 'pat'
  /** Never shown again. */
  pat?: string
}

/** A shared access signature. */
export interface SasGitConnectionCredentials {
  type: 'sas'
  /** Never shown again. */
  sas_token?: string
}

/** A user. */
export interface UsernamePasswordGitConnectionCredentials {
  type: 'username_password'
  username?: string
  /** Never shown again. */
  password?: string
}

/** A managed identity; nothing is asked of it here. */
export interface ManagedIdentityGitConnectionCredentials {
  type: 'managed_identity'
  client_id?: string
  resource_id?: string
}

/** An application. */
export interface ServicePrincipalGitConnectionCredentials {
  type: 'service_principal'
  client_id?: string
  /** Never shown again. */
  client_secret?: string
  tenant_id?: string
}

/** A key of S3. */
export interface AccessKeyGitConnectionCredentials {
  type: 'access_key'
  access_key_id?: string
  /** Never shown again. */
  secret_access_key?: string
}

/** A key. */
export interface ApiKeyGitConnectionCredentials {
  type: 'api_key'
  /** Never shown again. */
  key?: string
}

/** A key of a storage account. */
export interface AccountKeyGitConnectionCredentials {
  type: 'account_key'
  /** Never shown again. */
  account_key?: string
}

/** The identity of whoever asks. */
export interface AadGitConnectionCredentials {
  type: 'aad'
}

/** Nothing. */
export interface NoneGitConnectionCredentials {
  type: 'none'
}

/** A registry of images. */
export interface ContainerRegistryConnection {
  type: 'container_registry'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name: 3 to 33 letters, digits, - and _. */
  name?: string
  /** Free text. */
  description?: string
  /** The older name of metadata. */
  tags?: { [name: string]: Json }
  /** Address of what it leads to. */
  target?: string
  /** What it asks for; sealed, and shown to nobody. */
  credentials?: GitConnectionCredentials
  /** Whether everybody in the workspace may use it. */
  is_shared?: boolean
  /** Texts by name that stay with it. */
  metadata?: { [name: string]: Json }
}

/** A package index. */
export interface PythonFeedConnection {
  type: 'python_feed'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name: 3 to 33 letters, digits, - and _. */
  name?: string
  /** Free text. */
  description?: string
  /** The older name of metadata. */
  tags?: { [name: string]: Json }
  /** Address of what it leads to. */
  target?: string
  /** What it asks for; sealed, and shown to nobody. */
  credentials?: GitConnectionCredentials
  /** Whether everybody in the workspace may use it. */
  is_shared?: boolean
  /** Texts by name that stay with it. */
  metadata?: { [name: string]: Json }
}

/** An S3 store. */
export interface S3Connection {
  type: 's3'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name: 3 to 33 letters, digits, - and _. */
  name?: string
  /** Free text. */
  description?: string
  /** The older name of metadata. */
  tags?: { [name: string]: Json }
  /** Address of what it leads to. */
  target?: string
  /** What it asks for; sealed, and shown to nobody. */
  credentials?: GitConnectionCredentials
  /** Whether everybody in the workspace may use it. */
  is_shared?: boolean
  /** Texts by name that stay with it. */
  metadata?: { [name: string]: Json }
}

/** A Snowflake database. */
export interface SnowflakeConnection {
  type: 'snowflake'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name: 3 to 33 letters, digits, - and _. */
  name?: string
  /** Free text. */
  description?: string
  /** The older name of metadata. */
  tags?: { [name: string]: Json }
  /** Address of what it leads to. */
  target?: string
  /** What it asks for; sealed, and shown to nobody. */
  credentials?: GitConnectionCredentials
  /** Whether everybody in the workspace may use it. */
  is_shared?: boolean
  /** Texts by name that stay with it. */
  metadata?: { [name: string]: Json }
}

/** An SQL database. */
export interface AzureSqlDbConnection {
  type: 'azure_sql_db'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name: 3 to 33 letters, digits, - and _. */
  name?: string
  /** Free text. */
  description?: string
  /** The older name of metadata. */
  tags?: { [name: string]: Json }
  /** Address of what it leads to. */
  target?: string
  /** What it asks for; sealed, and shown to nobody. */
  credentials?: GitConnectionCredentials
  /** Whether everybody in the workspace may use it. */
  is_shared?: boolean
  /** Texts by name that stay with it. */
  metadata?: { [name: string]: Json }
}

/** A Synapse database. */
export interface AzureSynapseAnalyticsConnection {
  type: 'azure_synapse_analytics'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name: 3 to 33 letters, digits, - and _. */
  name?: string
  /** Free text. */
  description?: string
  /** The older name of metadata. */
  tags?: { [name: string]: Json }
  /** Address of what it leads to. */
  target?: string
  /** What it asks for; sealed, and shown to nobody. */
  credentials?: GitConnectionCredentials
  /** Whether everybody in the workspace may use it. */
  is_shared?: boolean
  /** Texts by name that stay with it. */
  metadata?: { [name: string]: Json }
}

/** A MySQL database. */
export interface AzureMySqlDbConnection {
  type: 'azure_my_sql_db'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name: 3 to 33 letters, digits, - and _. */
  name?: string
  /** Free text. */
  description?: string
  /** The older name of metadata. */
  tags?: { [name: string]: Json }
  /** Address of what it leads to. */
  target?: string
  /** What it asks for; sealed, and shown to nobody. */
  credentials?: GitConnectionCredentials
  /** Whether everybody in the workspace may use it. */
  is_shared?: boolean
  /** Texts by name that stay with it. */
  metadata?: { [name: string]: Json }
}

/** A PostgreSQL database. */
export interface AzurePostgresDbConnection {
  type: 'azure_postgres_db'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name: 3 to 33 letters, digits, - and _. */
  name?: string
  /** Free text. */
  description?: string
  /** The older name of metadata. */
  tags?: { [name: string]: Json }
  /** Address of what it leads to. */
  target?: string
  /** What it asks for; sealed, and shown to nobody. */
  credentials?: GitConnectionCredentials
  /** Whether everybody in the workspace may use it. */
  is_shared?: boolean
  /** Texts by name that stay with it. */
  metadata?: { [name: string]: Json }
}

/** Keys of your own. */
export interface CustomConnection {
  type: 'custom'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name: 3 to 33 letters, digits, - and _. */
  name?: string
  /** Free text. */
  description?: string
  /** The older name of metadata. */
  tags?: { [name: string]: Json }
  /** Address of what it leads to. */
  target?: string
  /** What it asks for; sealed, and shown to nobody. */
  credentials?: GitConnectionCredentials
  /** Whether everybody in the workspace may use it. */
  is_shared?: boolean
  /** Texts by name that stay with it. */
  metadata?: { [name: string]: Json }
}

/** A Data Lake Gen2 account. */
export interface AzureDataLakeGen2Connection {
  type: 'azure_data_lake_gen2'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name: 3 to 33 letters, digits, - and _. */
  name?: string
  /** Free text. */
  description?: string
  /** The older name of metadata. */
  tags?: { [name: string]: Json }
  /** Address of what it leads to. */
  target?: string
  /** What it asks for; sealed, and shown to nobody. */
  credentials?: GitConnectionCredentials
  /** Whether everybody in the workspace may use it. */
  is_shared?: boolean
  /** Texts by name that stay with it. */
  metadata?: { [name: string]: Json }
}

/** A container of a storage account. */
export interface AzureBlobConnection {
  type: 'azure_blob'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name: 3 to 33 letters, digits, - and _. */
  name?: string
  /** Free text. */
  description?: string
  /** The older name of metadata. */
  tags?: { [name: string]: Json }
  /** Address of what it leads to. */
  target?: string
  /** What it asks for; sealed, and shown to nobody. */
  credentials?: AzureBlobConnectionCredentials
  /** Whether everybody in the workspace may use it. */
  is_shared?: boolean
  /** Texts by name that stay with it. */
  metadata?: { [name: string]: Json }
  /** Address. */
  url?: string
  /** Storage account. */
  account_name: string
  /** Container. */
  container_name: string
}

/** What it asks for; sealed, and shown to nobody. */
export type AzureBlobConnectionCredentials =
  | SasAzureBlobConnectionCredentials
  | AccountKeyAzureBlobConnectionCredentials
  | AadAzureBlobConnectionCredentials

/** A shared access signature. */
export interface SasAzureBlobConnectionCredentials {
  type: 'sas'
  /** Never shown again. */
  sas_token?: string
}

/** A key of a storage account. */
export interface AccountKeyAzureBlobConnectionCredentials {
  type: 'account_key'
  /** Never shown again. */
  account_key?: string
}

/** The identity of whoever asks. */
export interface AadAzureBlobConnectionCredentials {
  type: 'aad'
}

/** A lakehouse of Microsoft Fabric. */
export interface AzureOneLakeConnection {
  type: 'azure_one_lake'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name: 3 to 33 letters, digits, - and _. */
  name?: string
  /** Free text. */
  description?: string
  /** The older name of metadata. */
  tags?: { [name: string]: Json }
  /** Address of what it leads to. */
  target?: string
  /** What it asks for; sealed, and shown to nobody. */
  credentials?: AzureOneLakeConnectionCredentials
  /** Whether everybody in the workspace may use it. */
  is_shared?: boolean
  /** Texts by name that stay with it. */
  metadata?: { [name: string]: Json }
  /** Host name. */
  endpoint?: string
  /** Fabric workspace. */
  one_lake_workspace_name?: string
  /** The lakehouse. */
  artifact?: AzureOneLakeConnectionArtifact | null
}

/** What it asks for; sealed, and shown to nobody. */
export type AzureOneLakeConnectionCredentials =
  | ServicePrincipalAzureOneLakeConnectionCredentials
  | AadAzureOneLakeConnectionCredentials

/** An application. */
export interface ServicePrincipalAzureOneLakeConnectionCredentials {
  type: 'service_principal'
  client_id?: string
  /** Never shown again. */
  client_secret?: string
  tenant_id?: string
}

/** The identity of whoever asks. */
export interface AadAzureOneLakeConnectionCredentials {
  type: 'aad'
}

/** The lakehouse. */
export interface AzureOneLakeConnectionArtifact {
  name: string
  type?: 'lake_house'
}

/** Azure OpenAI. */
export interface AzureOpenAiConnection {
  type: 'azure_open_ai'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name: 3 to 33 letters, digits, - and _. */
  name?: string
  /** Free text. */
  description?: string
  /** The older name of metadata. */
  tags?: { [name: string]: Json }
  /** Address of what it leads to. */
  target?: string
  /** What it asks for; sealed, and shown to nobody. */
  credentials?: GitConnectionCredentials
  /** Whether everybody in the workspace may use it. */
  is_shared?: boolean
  /** Texts by name that stay with it. */
  metadata?: { [name: string]: Json }
  /** Key; without one, the identity of whoever asks. Never shown again. */
  api_key?: string | null
  /** Address. */
  azure_endpoint?: string
  /** Version of its interface. */
  api_version?: string | null
  /** Its full id. */
  open_ai_resource_id?: string | null
}

/** Azure AI services. */
export interface AzureAiServicesConnection {
  type: 'azure_ai_services'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name: 3 to 33 letters, digits, - and _. */
  name?: string
  /** Free text. */
  description?: string
  /** The older name of metadata. */
  tags?: { [name: string]: Json }
  /** Address of what it leads to. */
  target?: string
  /** What it asks for; sealed, and shown to nobody. */
  credentials?: GitConnectionCredentials
  /** Whether everybody in the workspace may use it. */
  is_shared?: boolean
  /** Texts by name that stay with it. */
  metadata?: { [name: string]: Json }
  /** Key; without one, the identity of whoever asks. Never shown again. */
  api_key?: string | null
  /** Address. */
  endpoint?: string
  /** Their full id. */
  ai_services_resource_id?: string
}

/** Azure AI search. */
export interface AzureAiSearchConnection {
  type: 'azure_ai_search'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name: 3 to 33 letters, digits, - and _. */
  name?: string
  /** Free text. */
  description?: string
  /** The older name of metadata. */
  tags?: { [name: string]: Json }
  /** Address of what it leads to. */
  target?: string
  /** What it asks for; sealed, and shown to nobody. */
  credentials?: GitConnectionCredentials
  /** Whether everybody in the workspace may use it. */
  is_shared?: boolean
  /** Texts by name that stay with it. */
  metadata?: { [name: string]: Json }
  /** Key; without one, the identity of whoever asks. Never shown again. */
  api_key?: string | null
  /** Address. */
  endpoint?: string
}

/** Content safety. */
export interface AzureContentSafetyConnection {
  type: 'azure_content_safety'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name: 3 to 33 letters, digits, - and _. */
  name?: string
  /** Free text. */
  description?: string
  /** The older name of metadata. */
  tags?: { [name: string]: Json }
  /** Address of what it leads to. */
  target?: string
  /** What it asks for; sealed, and shown to nobody. */
  credentials?: GitConnectionCredentials
  /** Whether everybody in the workspace may use it. */
  is_shared?: boolean
  /** Texts by name that stay with it. */
  metadata?: { [name: string]: Json }
  /** Key; without one, the identity of whoever asks. Never shown again. */
  api_key?: string | null
  /** Address. */
  endpoint?: string
}

/** Speech. */
export interface AzureSpeechServicesConnection {
  type: 'azure_speech_services'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name: 3 to 33 letters, digits, - and _. */
  name?: string
  /** Free text. */
  description?: string
  /** The older name of metadata. */
  tags?: { [name: string]: Json }
  /** Address of what it leads to. */
  target?: string
  /** What it asks for; sealed, and shown to nobody. */
  credentials?: GitConnectionCredentials
  /** Whether everybody in the workspace may use it. */
  is_shared?: boolean
  /** Texts by name that stay with it. */
  metadata?: { [name: string]: Json }
  /** Key; without one, the identity of whoever asks. Never shown again. */
  api_key?: string | null
  /** Address. */
  endpoint?: string
}

/** Any interface with a key. */
export interface ApiKeyConnection {
  type: 'api_key'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name: 3 to 33 letters, digits, - and _. */
  name?: string
  /** Free text. */
  description?: string
  /** The older name of metadata. */
  tags?: { [name: string]: Json }
  /** Address of what it leads to. */
  target?: string
  /** What it asks for; sealed, and shown to nobody. */
  credentials?: GitConnectionCredentials
  /** Whether everybody in the workspace may use it. */
  is_shared?: boolean
  /** Texts by name that stay with it. */
  metadata?: { [name: string]: Json }
  /** Key; without one, the identity of whoever asks. Never shown again. */
  api_key: string
  /** Address. */
  api_base: string
}

/** OpenAI. */
export interface OpenAiConnection {
  type: 'open_ai'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name: 3 to 33 letters, digits, - and _. */
  name?: string
  /** Free text. */
  description?: string
  /** The older name of metadata. */
  tags?: { [name: string]: Json }
  /** Address of what it leads to. */
  target?: string
  /** What it asks for; sealed, and shown to nobody. */
  credentials?: GitConnectionCredentials
  /** Whether everybody in the workspace may use it. */
  is_shared?: boolean
  /** Texts by name that stay with it. */
  metadata?: { [name: string]: Json }
  /** Key; without one, the identity of whoever asks. Never shown again. */
  api_key: string
}

/** Serp. */
export interface SerpConnection {
  type: 'serp'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name: 3 to 33 letters, digits, - and _. */
  name?: string
  /** Free text. */
  description?: string
  /** The older name of metadata. */
  tags?: { [name: string]: Json }
  /** Address of what it leads to. */
  target?: string
  /** What it asks for; sealed, and shown to nobody. */
  credentials?: GitConnectionCredentials
  /** Whether everybody in the workspace may use it. */
  is_shared?: boolean
  /** Texts by name that stay with it. */
  metadata?: { [name: string]: Json }
  /** Key; without one, the identity of whoever asks. Never shown again. */
  api_key: string
}

/** A serverless endpoint. */
export interface ServerlessConnection {
  type: 'serverless'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name: 3 to 33 letters, digits, - and _. */
  name?: string
  /** Free text. */
  description?: string
  /** The older name of metadata. */
  tags?: { [name: string]: Json }
  /** Address of what it leads to. */
  target?: string
  /** What it asks for; sealed, and shown to nobody. */
  credentials?: GitConnectionCredentials
  /** Whether everybody in the workspace may use it. */
  is_shared?: boolean
  /** Texts by name that stay with it. */
  metadata?: { [name: string]: Json }
  /** Key; without one, the identity of whoever asks. Never shown again. */
  api_key: string
  /** Address. */
  endpoint?: string
}

/** A snapshot of a source folder; jobs run in a copy of it. */
export interface Code {
  /** Address of a JSON Schema; read by editors only. Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name; unique within its workspace. */
  name?: string
  /** Its version: any text, a number becomes text. Left out, the next whole number is taken. */
  version?: string | number | boolean
  /** Free text. */
  description?: string
  /** Newest version there is. Filled by the server. */
  readonly latest_version?: string
  /** When it may be deleted unasked. Stored; nothing is deleted here. */
  auto_delete_setting?: AutoDeleteSetting
  /** Texts by name, to find it again. */
  tags?: { [name: string]: string | number | boolean | null }
  /** Datastore that local files are uploaded to; workspaceblobstore when absent. */
  datastore?: string
  /** Local folder or file. */
  path?: string | Folder
  /** Its content hash. Filled by the server. */
  readonly properties?: { [name: string]: Json }
  /** Filled by the server. */
  readonly is_anonymous?: boolean
  /** Filled by the server. */
  readonly is_archived?: boolean
}

/** When it may be deleted unasked. Stored; nothing is deleted here. */
export interface AutoDeleteSetting {
  condition?: 'created_greater_than' | 'last_accessed_greater_than'
  value?: string
}

/** What must be installed for code to run. */
export interface Environment {
  /** Address of a JSON Schema; read by editors only. Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name. */
  name: string
  /** Its version: any text, a number becomes text. Left out, the next whole number is taken. */
  version?: string | number | boolean
  /** Free text. */
  description?: string
  /** Newest version there is. Filled by the server. */
  readonly latest_version?: string
  /** When it may be deleted unasked. Stored; nothing is deleted here. */
  auto_delete_setting?: AutoDeleteSetting
  /** Texts by name, to find it again. */
  tags?: { [name: string]: string | number | boolean | null }
  /** A Docker build context, instead of an image. */
  build?: Build
  /** A Docker image. */
  image?: string
  /** Conda environment: the path of its file, or the mapping itself. Needs image. */
  conda_file?: string | JsonObject
  /** Routes of an image that brings its own server. */
  inference_config?: InferenceConfig
  /** Operating system. */
  os_type?: 'linux' | 'windows'
  /** Datastore that local files are uploaded to; workspaceblobstore when absent. */
  datastore?: string
  /** Filled by the server. */
  readonly intellectual_property?: Json
  /** Filled by the server. */
  readonly is_anonymous?: boolean
  /** Filled by the server. */
  readonly is_archived?: boolean
}

/** A Docker build context, instead of an image. */
export interface Build {
  /** Dockerfile inside the folder; Dockerfile when absent. */
  dockerfile_path?: string
  /** Folder of the build context, or its URL. */
  path?: string | Folder
}

/** Routes of an image that brings its own server. */
export interface InferenceConfig {
  /** Answers when it lives. */
  liveness_route: LivenessRoute
  /** Answers scoring calls. */
  scoring_route: ScoringRoute
  /** Answers when it can score. */
  readiness_route: ReadinessRoute
}

/** Answers when it lives. */
export interface LivenessRoute {
  port: number
  path: string
}

/** Answers scoring calls. */
export interface ScoringRoute {
  port: number
  path: string
}

/** Answers when it can score. */
export interface ReadinessRoute {
  port: number
  path: string
}

/** A named file, folder or table. */
export interface Data {
  /** Address of a JSON Schema; read by editors only. Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name; unique within its workspace. */
  name?: string
  /** Its version: any text, a number becomes text. Left out, the next whole number is taken. */
  version?: string | number | boolean
  /** Free text. */
  description?: string
  /** Newest version there is. Filled by the server. */
  readonly latest_version?: string
  /** When it may be deleted unasked. Stored; nothing is deleted here. */
  auto_delete_setting?: AutoDeleteSetting
  /** Texts by name, to find it again. */
  tags?: { [name: string]: string | number | boolean | null }
  /** Datastore that local files are uploaded to; workspaceblobstore when absent. */
  datastore?: string
  /** Local path or URI. */
  path?: string | Folder
  /** Where data is imported from. Checked only; importing is not done here. */
  source?: DataSource
  /** A file, a folder, or a folder with an MLTable file. */
  type?: 'uri_file' | 'uri_folder' | 'mltable'
  /** Texts by name, kept with it. Filled by the server. */
  readonly properties?: { [name: string]: Json }
  /** URIs an MLTable file points at. Filled by the server. */
  readonly referenced_uris?: string[]
  /** Filled by the server. */
  readonly is_anonymous?: boolean
  /** Filled by the server. */
  readonly is_archived?: boolean
}

/** Where data is imported from. Checked only; importing is not done here. */
export interface DataSource {
  type?: 'database' | 'file_system'
  /** azureml:<connection> */
  connection: string
  query?: string
  table_name?: string
  stored_procedure?: string
  stored_procedure_params?: { [name: string]: Json }[]
  path?: string
}

/** A trained model. */
export interface Model {
  /** Address of a JSON Schema; read by editors only. Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name. */
  name: string
  /** Its version: any text, a number becomes text. Left out, the next whole number is taken. */
  version?: string | number | boolean
  /** Free text. */
  description?: string
  /** Newest version there is. Filled by the server. */
  readonly latest_version?: string
  /** When it may be deleted unasked. Stored; nothing is deleted here. */
  auto_delete_setting?: AutoDeleteSetting
  /** How it is stored: any files, an MLflow model, a Triton repository. */
  type?: 'custom_model' | 'mlflow_model' | 'triton_model'
  /** Local path, datastore URI, azureml://jobs/<job>/outputs/<output>/paths/<path>, or runs:/<run>/<path>. */
  path?: string | Folder
  /** Texts by name, kept with it. */
  properties?: { [name: string]: Json }
  /** Texts by name, to find it again. */
  tags?: { [name: string]: string | number | boolean | null }
  /** Free text: Development, Production, … */
  stage?: string
  /** Filled by the server. */
  readonly utc_time_created?: string
  /** What can load it; an MLflow model brings its own. */
  flavors?: { [name: string]: { [name: string]: Json } | null }
  /** Job that made it. Filled by the server. */
  readonly job_name?: string
  /** Datastore that local files are uploaded to; workspaceblobstore when absent. */
  datastore?: string
  /** Filled by the server. */
  readonly intellectual_property?: Json
  /** Free mapping. */
  system_metadata?: { [name: string]: Json }
  /** Template online deployments start from. */
  default_deployment_template?: DefaultDeploymentTemplate
  /** Templates allowed. */
  allowed_deployment_templates?: DefaultDeploymentTemplate[]
  /** Filled by the server. */
  readonly is_anonymous?: boolean
  /** Filled by the server. */
  readonly is_archived?: boolean
}

/** Template online deployments start from. */
export interface DefaultDeploymentTemplate {
  asset_id?: string
}

/** A job with its name and place left open: what pipelines are made of. */
export type Component =
  | CommandComponent
  | PipelineComponent
  | ParallelComponent
  | SparkComponent
  | AutomlComponent
  | ImportComponent
  | DataTransferComponent

/** A command. */
export interface CommandComponent {
  type?: 'command'
  /** Address of a JSON Schema; read by editors only. */
  $schema?: string
  /** Its name: lower-case letters, digits and underscores. */
  name: string
  /** Its version; the next whole number when absent. */
  version?: string | number | boolean
  /** Name shown to people. */
  display_name?: string
  /** Free text. */
  description?: string
  /** Texts by name. */
  tags?: { [name: string]: string }
  /** Filled by the server. */
  readonly id?: string
  /** Filled by the server. */
  readonly creation_context?: Json
  /** Filled by the server. */
  readonly latest_version?: string
  /** When it may be deleted unasked. Stored; nothing is deleted here. */
  auto_delete_setting?: Json
  /** Same inputs give same outputs, so a finished step may be reused. */
  is_deterministic?: boolean
  /** Parameters and data by name. */
  inputs?: { [name: string]: CommandComponentInput | CommandComponentInput2 }
  /** What it leaves behind, by name. */
  outputs?: { [name: string]: CommandComponentOutput | CommandComponentOutput2 }
  /** Shell line, run with bash in the copy of the code folder; ${{inputs.x}}, ${{outputs.y}} and $[[ … ]] are filled in. */
  command: string
  /** Folder of scripts, relative to this file; the command runs in a copy of it. */
  code?: string | Folder
  /** What must be installed: azureml:<name>:<version>, azureml:<name>@latest, or an environment in place. */
  environment: string | Inline<Environment>
  /** What the job asks of its compute. */
  resources?: Resources
  /** How several processes find each other. */
  distribution?: Distribution
  /** How long it may take. */
  limits?: Limits
  /** How urgent it is. */
  queue_settings?: QueueSettings
  /** Free mapping. */
  properties?: { [name: string]: Json }
  /** Files and folders put into the code folder. */
  additional_includes?: string[]
  /** More keys are kept as they are. */
  [key: string]: unknown
}

export interface CommandComponentInput {
  /** Type of the value. */
  type: 'string' | 'number' | 'integer' | 'boolean'
  /** May be left out. */
  optional?: boolean
  /** Value when none is given. */
  default?: string | number | boolean
  /** What it is for. */
  description?: string
  /** Largest value. */
  max?: string | number
  /** Smallest value. */
  min?: string | number
  /** Values allowed. */
  enum?: string[]
}

export interface CommandComponentInput2 {
  /** Type of the data. */
  type: 'path' | 'uri_file' | 'uri_folder' | 'mltable' | 'custom_model' | 'mlflow_model' | 'triton_model'
  /** What it is for. */
  description?: string
  /** May be left out. */
  optional?: boolean
  /** Data when none is given. */
  default?: string
  /** How it is brought in. */
  mode?: 'ro_mount' | 'rw_mount' | 'mount' | 'download' | 'upload' | 'direct' | 'eval_mount' | 'eval_download' | 'link'
}

export interface CommandComponentOutput {
  /** Type of the data. */
  type: 'path' | 'uri_file' | 'uri_folder' | 'mltable' | 'custom_model' | 'mlflow_model' | 'triton_model'
  /** What it is for. */
  description?: string
  /** How it leaves. */
  mode?: 'ro_mount' | 'rw_mount' | 'mount' | 'download' | 'upload' | 'direct' | 'eval_mount' | 'eval_download' | 'link'
}

export interface CommandComponentOutput2 {
  /** Type of the value. */
  type: 'string' | 'number' | 'integer' | 'boolean'
  /** What it is for. */
  description?: string
  /** How it leaves. */
  mode?: 'ro_mount' | 'rw_mount' | 'mount' | 'download' | 'upload' | 'direct' | 'eval_mount' | 'eval_download' | 'link'
  /** More keys are kept as they are. */
  [key: string]: unknown
}

/** What the job asks of its compute. */
export interface Resources {
  /** Number of nodes; 1 when absent. */
  instance_count?: number
  /** VM size or instance type of a node. */
  instance_type?: string
  /** Free mapping for the backend. */
  properties?: { [name: string]: Json }
  /** Regions allowed; without effect here. */
  locations?: string[]
  /** Shared memory of the container: a number and b, k, m or g. */
  shm_size?: string
  /** Most nodes of an elastic run. */
  max_instance_count?: number
  /** More arguments for docker run. */
  docker_args?: string | string[]
  /** More keys are kept as they are. */
  [key: string]: unknown
}

/** How several processes find each other. */
export type Distribution = PytorchDistribution | MpiDistribution | TensorflowDistribution | RayDistribution

/** torch.distributed: MASTER_ADDR, RANK, … */
export interface PytorchDistribution {
  type: 'pytorch'
  /** Processes on a node. */
  process_count_per_instance?: number
  /** More keys are kept as they are. */
  [key: string]: unknown
}

/** mpirun. */
export interface MpiDistribution {
  type: 'mpi'
  /** Processes on a node. */
  process_count_per_instance?: number
  /** More keys are kept as they are. */
  [key: string]: unknown
}

/** TF_CONFIG. */
export interface TensorflowDistribution {
  type: 'tensorflow'
  /** Parameter servers. */
  parameter_server_count?: number
  /** Workers; one a node when absent. */
  worker_count?: number
  /** More keys are kept as they are. */
  [key: string]: unknown
}

/** A Ray cluster. */
export interface RayDistribution {
  type: 'ray'
  /** Port of the head. */
  port?: number
  /** An existing cluster. */
  address?: string
  /** Start the dashboard. */
  include_dashboard?: boolean
  /** Its port. */
  dashboard_port?: number
  /** More arguments of ray start on the head. */
  head_node_additional_args?: string
  /** More arguments of ray start on workers. */
  worker_node_additional_args?: string
  /** More keys are kept as they are. */
  [key: string]: unknown
}

/** How long it may take. */
export interface Limits {
  /** Seconds after which it is cancelled. */
  timeout?: number
  /** How often it begins again when its command fails; 0 when absent. */
  max_retries?: number
}

/** How urgent it is. */
export interface QueueSettings {
  /** Tier of the queue. Stored and shown. */
  job_tier?: 'null' | 'spot' | 'basic' | 'standard' | 'premium'
  /** Priority in the queue. */
  priority?: 'low' | 'medium' | 'high'
}

/** Steps and what flows between them. */
export interface PipelineComponent {
  type: 'pipeline'
  /** Address of a JSON Schema; read by editors only. */
  $schema?: string
  /** Its name: lower-case letters, digits and underscores. */
  name: string
  /** Its version; the next whole number when absent. */
  version?: string | number | boolean
  /** Name shown to people. */
  display_name?: string
  /** Free text. */
  description?: string
  /** Texts by name. */
  tags?: { [name: string]: string }
  /** Filled by the server. */
  readonly id?: string
  /** Filled by the server. */
  readonly creation_context?: Json
  /** Filled by the server. */
  readonly latest_version?: string
  /** When it may be deleted unasked. Stored; nothing is deleted here. */
  auto_delete_setting?: Json
  /** Same inputs give same outputs, so a finished step may be reused. */
  is_deterministic?: boolean
  /** Parameters and data by name. */
  inputs?: { [name: string]: CommandComponentInput | CommandComponentInput2 }
  /** What it leaves behind, by name. */
  outputs?: { [name: string]: CommandComponentOutput | CommandComponentOutput2 }
  /** The nodes by name. */
  jobs?: { [name: string]: Step }
  /** More keys are kept as they are. */
  [key: string]: unknown
}

export type Step =
  | CommandStep
  | SweepStep
  | ParallelStep
  | PipelineStep
  | SparkStep
  | AutomlStep
  | DataTransferStep
  | ImportStep
  | IfElseStep
  | DoWhileStep
  | ParallelForStep

/** A command. */
export interface CommandStep {
  type?: 'command'
  /** Filled by the server. */
  readonly $schema?: string
  /** Filled by the server. */
  readonly id?: string
  /** Filled by the server. */
  readonly status?: string
  /** Filled by the server. */
  readonly creation_context?: Json
  /** Filled by the server. */
  readonly log_files?: Json
  /** Ignored: a node is named by its key. */
  name?: string
  /** Free text. */
  description?: string | number | boolean | null
  /** Texts by name. */
  tags?: { [name: string]: Json }
  /** Name shown to people. */
  display_name?: string | number | boolean | null
  /** Ignored: the pipeline has one. */
  experiment_name?: string
  /** Texts by name. */
  properties?: { [name: string]: string | null }
  /** Where it runs: azureml:<name>, serverless, local. */
  compute?: string
  /** As whom data is read. Stored and shown; here it is always the owner. */
  identity?: CommandStepIdentity
  /** Programs beside the job that people connect to. */
  services?: { [name: string]: Service }
  /** Values, data and bindings by name. */
  inputs?: { [name: string]: JobInput }
  /** Nothing, a mapping, or ${{parent.outputs.<name>}} to make it an output of the pipeline. */
  outputs?: { [name: string]: JobOutput }
  /** Ignored: the component has one. */
  command?: string
  /** Ignored: the component has one. */
  code?: string | null
  /** Ignored: the component has one. */
  environment?: string | Inline<Environment>
  /** Environment variables of its processes; values become text. */
  environment_variables?: { [name: string]: string | number | boolean | null }
  /** What the job asks of its compute. */
  resources?: Resources
  /** How several processes find each other. */
  distribution?: Distribution
  /** How urgent it is. */
  queue_settings?: QueueSettings
  /** How long it may take. */
  limits?: Limits
  /** Filled by the server. */
  readonly parameters?: Json
  parent_job_name?: string
  /** A note shown in the graph. */
  comment?: string
  /** The component: ./file.yml, azureml:<name>:<version>, or one in place. */
  component?: Json
}

/** As whom data is read. Stored and shown; here it is always the owner. */
export type CommandStepIdentity =
  | ManagedCommandStepIdentity
  | AmlTokenCommandStepIdentity
  | UserIdentityCommandStepIdentity
  | ManagedIdentityCommandStepIdentity

/** A managed identity. */
export interface ManagedCommandStepIdentity {
  type: 'managed'
  client_id?: string
  object_id?: string
  msi_resource_id?: string
}

/** The job's own token. */
export interface AmlTokenCommandStepIdentity {
  type: 'aml_token'
}

/** Whoever submits. */
export interface UserIdentityCommandStepIdentity {
  type: 'user_identity'
}

/** The same as managed. */
export interface ManagedIdentityCommandStepIdentity {
  type: 'managed_identity'
  client_id?: string
  object_id?: string
  msi_resource_id?: string
}

export interface Service {
  /** Port it answers on. */
  port?: number
  /** Its address, once it runs. Filled by the server. */
  readonly endpoint?: string
  /** Its state. Filled by the server. */
  readonly status?: string
  /** all, or the head node only when absent. */
  nodes?: 'all'
  /** Filled by the server. */
  readonly error_message?: string
  properties?: { [name: string]: Json }
  /** ssh, tensor_board, vs_code, jupyter_lab, or a name of yours. */
  type?: string
  /** Keys that may log in (ssh). */
  ssh_public_keys?: string
  /** Folder of the logs (tensor_board). */
  log_dir?: string
}

/** A sweep over a command component. */
export interface SweepStep {
  type: 'sweep'
  /** Filled by the server. */
  readonly $schema?: string
  /** Values, data and bindings by name. */
  inputs?: { [name: string]: JobInput }
  /** Nothing, a mapping, or ${{parent.outputs.<name>}} to make it an output of the pipeline. */
  outputs?: { [name: string]: JobOutput }
  /** Texts by name. */
  properties?: { [name: string]: string | null }
  /** A note shown in the graph. */
  comment?: string
  /** Texts by name. */
  tags?: { [name: string]: Json }
  /** Ignored: a node is named by its key. */
  name?: string
  /** Name shown to people. */
  display_name?: string | number | boolean | null
  /** Free text. */
  description?: string | number | boolean | null
  /** The component: ./file.yml, azureml:<name>:<version>, or one in place. */
  trial?: Json
  /** How values are drawn: random, grid or bayesian. */
  sampling_algorithm?: 'random' | 'grid' | 'bayesian' | SamplingAlgorithm
  /** The values of each parameter: choice, uniform, … */
  search_space?: { [name: string]: Space }
  /** What is sought. */
  objective?: Objective
  /** When hopeless trials are ended. */
  early_termination?: EarlyTermination
  /** How much it may do. */
  limits?: SweepStepLimits
  /** How urgent it is. */
  queue_settings?: QueueSettings
  /** What the job asks of its compute. */
  resources?: Resources
  /** Where it runs: azureml:<name>, serverless, local. */
  compute?: string
}

export type SamplingAlgorithm = RandomSamplingAlgorithm | GridSamplingAlgorithm | BayesianSamplingAlgorithm

export interface RandomSamplingAlgorithm {
  type: 'random'
  /** Seed of the draw. */
  seed?: number
  rule?: 'random' | 'sobol'
  logbase?: string | number
}

export interface GridSamplingAlgorithm {
  type: 'grid'
}

export interface BayesianSamplingAlgorithm {
  type: 'bayesian'
}

/** What is sought. */
export interface Objective {
  /** Which end is better. */
  goal: 'minimize' | 'maximize'
  /** Metric, as the trial logs it. */
  primary_metric: string
}

/** When hopeless trials are ended. */
export type EarlyTermination =
  | BanditEarlyTermination
  | MedianStoppingEarlyTermination
  | TruncationSelectionEarlyTermination

/** Ends trials too far from the best. */
export interface BanditEarlyTermination {
  type: 'bandit'
  /** Judge every so many values. */
  evaluation_interval?: number | null
  /** Spare the first so many. */
  delay_evaluation?: number | null
  /** Ratio from the best. */
  slack_factor?: number | null
  /** Distance from the best. */
  slack_amount?: number | null
}

/** Ends trials below the median. */
export interface MedianStoppingEarlyTermination {
  type: 'median_stopping'
  /** Judge every so many values. */
  evaluation_interval?: number | null
  /** Spare the first so many. */
  delay_evaluation?: number | null
}

/** Ends the worst share. */
export interface TruncationSelectionEarlyTermination {
  type: 'truncation_selection'
  /** Judge every so many values. */
  evaluation_interval?: number | null
  /** Spare the first so many. */
  delay_evaluation?: number | null
  /** Share in percent. */
  truncation_percentage: number
}

/** How much it may do. */
export interface SweepStepLimits {
  /** Trials at once. */
  max_concurrent_trials?: number
  /** Trials in all. */
  max_total_trials: number
  timeout?: number
  trial_timeout?: number
}

/** A function over mini-batches. */
export interface ParallelStep {
  type: 'parallel'
  /** Filled by the server. */
  readonly $schema?: string
  /** Filled by the server. */
  readonly id?: string
  /** Filled by the server. */
  readonly status?: string
  /** Filled by the server. */
  readonly creation_context?: Json
  /** Filled by the server. */
  readonly log_files?: Json
  /** Ignored: a node is named by its key. */
  name?: string
  /** Free text. */
  description?: string | number | boolean | null
  /** Texts by name. */
  tags?: { [name: string]: Json }
  /** Name shown to people. */
  display_name?: string | number | boolean | null
  /** Ignored: the pipeline has one. */
  experiment_name?: string
  /** Texts by name. */
  properties?: { [name: string]: string | null }
  /** Where it runs: azureml:<name>, serverless, local. */
  compute?: string
  /** As whom data is read. Stored and shown; here it is always the owner. */
  identity?: CommandStepIdentity
  /** Programs beside the job that people connect to. */
  services?: { [name: string]: Service }
  /** Values, data and bindings by name. */
  inputs?: { [name: string]: JobInput }
  /** Nothing, a mapping, or ${{parent.outputs.<name>}} to make it an output of the pipeline. */
  outputs?: { [name: string]: JobOutput }
  /** How much is logged. */
  logging_level?: 'DEBUG' | 'INFO' | 'WARNING'
  /** What runs. */
  task?: Task
  /** A text: files a batch ("10"), or bytes ("10kb"). */
  mini_batch_size?: string
  /** Columns that cut the data into batches. */
  partition_keys?: string[]
  /** The input that is cut: ${{inputs.<name>}}. */
  input_data?: string
  /** What the job asks of its compute. */
  resources?: Resources
  /** Second chances of a batch. */
  retry_settings?: RetrySettings
  /** Processes on a node. */
  max_concurrency_per_instance?: number
  /** Failed items tolerated; -1 = all. */
  error_threshold?: number
  /** Failed batches tolerated; -1 = all. */
  mini_batch_error_threshold?: number
  /** Environment variables of its processes; values become text. */
  environment_variables?: { [name: string]: string | number | boolean | null }
  /** A note shown in the graph. */
  comment?: string
  /** The component: ./file.yml, azureml:<name>:<version>, or one in place. */
  component?: Json
}

/** What runs. */
export interface Task {
  /** run_function in practice. */
  type: 'run_function' | 'model' | 'function'
  /** Folder of scripts, relative to this file; the command runs in a copy of it. */
  code?: string | Folder
  /** Python file with init() and run(mini_batch). */
  entry_script?: string
  /** Arguments of the script. */
  program_arguments?: string
  /** Model of a model task. */
  model?: string
  /** Output that collects the rows run() returns. */
  append_row_to?: string
  /** What must be installed: azureml:<name>:<version>, azureml:<name>@latest, or an environment in place. */
  environment: string | Inline<Environment>
  /** More keys are kept as they are. */
  [key: string]: unknown
}

/** Second chances of a batch. */
export interface RetrySettings {
  /** Seconds a batch may take. */
  timeout?: number
  /** Tries of a batch. */
  max_retries?: number
  /** More keys are kept as they are. */
  [key: string]: unknown
}

/** A pipeline component. */
export interface PipelineStep {
  type: 'pipeline'
  /** Filled by the server. */
  readonly $schema?: string
  /** Values, data and bindings by name. */
  inputs?: { [name: string]: JobInput }
  /** Nothing, a mapping, or ${{parent.outputs.<name>}} to make it an output of the pipeline. */
  outputs?: { [name: string]: JobOutput }
  /** Texts by name. */
  properties?: { [name: string]: string | null }
  /** A note shown in the graph. */
  comment?: string
  /** Texts by name. */
  tags?: { [name: string]: Json }
  /** Ignored: a node is named by its key. */
  name?: string
  /** Name shown to people. */
  display_name?: string | number | boolean | null
  /** Free text. */
  description?: string | number | boolean | null
  /** The component: ./file.yml, azureml:<name>:<version>, or one in place. */
  component?: Json
}

/** A Spark program. */
export interface SparkStep {
  type: 'spark'
  /** Filled by the server. */
  readonly $schema?: string
  /** Filled by the server. */
  readonly id?: string
  /** Filled by the server. */
  readonly status?: string
  /** Filled by the server. */
  readonly creation_context?: Json
  /** Filled by the server. */
  readonly log_files?: Json
  /** Ignored: a node is named by its key. */
  name?: string
  /** Free text. */
  description?: string | number | boolean | null
  /** Texts by name. */
  tags?: { [name: string]: Json }
  /** Name shown to people. */
  display_name?: string | number | boolean | null
  /** Ignored: the pipeline has one. */
  experiment_name?: string
  /** Texts by name. */
  properties?: { [name: string]: string | null }
  /** Where it runs: azureml:<name>, serverless, local. */
  compute?: string
  /** As whom data is read. Stored and shown; here it is always the owner. */
  identity?: CommandStepIdentity
  /** Programs beside the job that people connect to. */
  services?: { [name: string]: Service }
  /** Values, data and bindings by name. */
  inputs?: { [name: string]: JobInput }
  /** Nothing, a mapping, or ${{parent.outputs.<name>}} to make it an output of the pipeline. */
  outputs?: { [name: string]: JobOutput }
  code?: string | null
  /** What starts. */
  entry?: Json
  /** .py, .zip and .egg files. */
  py_files?: string[]
  /** Jars. */
  jars?: string[]
  /** Files put beside the program. */
  files?: string[]
  /** Archives unpacked beside the program. */
  archives?: string[]
  /** Spark settings: driver and executor cores, memory, instances. */
  conf?: { [name: string]: string | number | boolean | null }
  /** What must be installed: azureml:<name>:<version>, azureml:<name>@latest, or an environment in place. */
  environment?: string | Inline<Environment>
  /** Arguments, with expressions. */
  args?: string
  /** Serverless Spark, instead of compute. */
  resources?: SparkStepResources
  /** A note shown in the graph. */
  comment?: string
  /** The component: ./file.yml, azureml:<name>:<version>, or one in place. */
  component?: Json
}

/** Serverless Spark, instead of compute. */
export interface SparkStepResources {
  /** Size of a node. */
  instance_type: 'standard_e4s_v3' | 'standard_e8s_v3' | 'standard_e16s_v3' | 'standard_e32s_v3' | 'standard_e64s_v3'
  /** Spark version. */
  runtime_version: string | number
}

/** A model sought among many. */
export interface AutomlStep {
  type: 'automl'
  /** Address of a JSON Schema; read by editors only. Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Its state. Filled by the server. */
  readonly status?: string
  /** Who made it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its logs by name. Filled by the server. */
  readonly log_files?: Json
  /** Its id; made up when absent. */
  name?: string
  /** Free text. */
  description?: string
  /** Texts by name, to find it again. */
  tags?: { [name: string]: string | null }
  /** Name shown to people; the name when absent. */
  display_name?: string
  /** Experiment its run is filed under; the name of the current folder when absent. */
  experiment_name?: string
  /** Texts by name that stay with it for good. */
  properties?: { [name: string]: string | null }
  /** Where it runs: azureml:<name>, serverless, local. */
  compute?: string
  /** As whom data is read. Stored and shown; here it is always the owner. */
  identity?: CommandStepIdentity
  /** Programs beside the job that people connect to. */
  services?: { [name: string]: Service }
  /** Values, data and bindings by name. */
  inputs?: { [name: string]: JobInput }
  /** Nothing, a mapping, or ${{parent.outputs.<name>}} to make it an output of the pipeline. */
  outputs?: { [name: string]: JobOutput }
  environment_id?: string
  /** Environment variables of its processes; values become text. */
  environment_variables?: { [name: string]: string | number | boolean | null }
  /** What the job asks of its compute. */
  resources?: Resources
  /** How urgent it is. */
  queue_settings?: QueueSettings
  log_verbosity?: 'not_set' | 'debug' | 'info' | 'warning' | 'error' | 'critical'
  /** An MLTable. */
  training_data?: JobInput
  /** An MLTable. */
  validation_data?: JobInput
  limits?: { [name: string]: Json }
  featurization?: { [name: string]: Json }
  target_column_name?: string
  validation_data_size?: number
  cv_split_column_names?: string[]
  n_cross_validations?: 'auto' | number
  weight_column_name?: string
  /** An MLTable. */
  test_data?: JobInput
  test_data_size?: number
  primary_metric?: string
  positive_label?: string
  training?: { [name: string]: Json }
  forecasting?: Forecasting
  sweep?: Sweep
  training_parameters?: { [name: string]: Json }
  search_space?: { [name: string]: Json }[]
  task?:
    | 'classification'
    | 'regression'
    | 'forecasting'
    | 'image_classification'
    | 'image_classification_multilabel'
    | 'image_object_detection'
    | 'image_instance_segmentation'
    | 'text_classification'
    | 'text_classification_multilabel'
    | 'text_ner'
}

export interface Forecasting {
  country_or_region_for_holidays?: string
  cv_step_size?: number
  forecast_horizon?: 'auto' | number
  target_lags?: 'auto' | number | number[]
  target_rolling_window_size?: 'auto' | number
  time_column_name?: string
  time_series_id_column_names?: string | string[]
  frequency?: string
  feature_lags?: 'none' | 'auto'
  seasonality?: 'auto' | number
  short_series_handling_config?: 'none' | 'auto' | 'pad' | 'drop'
  use_stl?: 'none' | 'season' | 'season_trend'
  target_aggregate_function?: 'none' | 'sum' | 'max' | 'min' | 'mean'
  features_unknown_at_forecast_time?: string | string[]
}

export interface Sweep {
  sampling_algorithm?: Json
  early_termination?: Json
}

/** Moves data between stores. */
export interface DataTransferStep {
  type: 'data_transfer'
  /** Filled by the server. */
  readonly $schema?: string
  /** Filled by the server. */
  readonly id?: string
  /** Filled by the server. */
  readonly status?: string
  /** Filled by the server. */
  readonly creation_context?: Json
  /** Filled by the server. */
  readonly log_files?: Json
  /** Ignored: a node is named by its key. */
  name?: string
  /** Free text. */
  description?: string | number | boolean | null
  /** Texts by name. */
  tags?: { [name: string]: Json }
  /** Name shown to people. */
  display_name?: string | number | boolean | null
  /** Ignored: the pipeline has one. */
  experiment_name?: string
  /** Texts by name. */
  properties?: { [name: string]: string | null }
  /** Where it runs: azureml:<name>, serverless, local. */
  compute?: string
  /** As whom data is read. Stored and shown; here it is always the owner. */
  identity?: CommandStepIdentity
  /** Programs beside the job that people connect to. */
  services?: { [name: string]: Service }
  /** Values, data and bindings by name. */
  inputs?: { [name: string]: JobInput }
  /** Nothing, a mapping, or ${{parent.outputs.<name>}} to make it an output of the pipeline. */
  outputs?: { [name: string]: JobOutput }
  task?: 'copy_data' | 'import_data' | 'export_data'
  data_copy_mode?: 'merge_with_overwrite' | 'fail_if_conflict'
  source?: { [name: string]: Json }
  sink?: { [name: string]: Json }
  /** A note shown in the graph. */
  comment?: string
  /** The component: ./file.yml, azureml:<name>:<version>, or one in place. */
  component?: Json
}

/** Brings data in. */
export interface ImportStep {
  type: 'import'
  /** Filled by the server. */
  readonly $schema?: string
  /** Filled by the server. */
  readonly id?: string
  /** Filled by the server. */
  readonly status?: string
  /** Filled by the server. */
  readonly creation_context?: Json
  /** Filled by the server. */
  readonly log_files?: Json
  /** Ignored: a node is named by its key. */
  name?: string
  /** Free text. */
  description?: string | number | boolean | null
  /** Texts by name. */
  tags?: { [name: string]: Json }
  /** Name shown to people. */
  display_name?: string | number | boolean | null
  /** Ignored: the pipeline has one. */
  experiment_name?: string
  /** Texts by name. */
  properties?: { [name: string]: string | null }
  /** Where it runs: azureml:<name>, serverless, local. */
  compute?: string
  /** As whom data is read. Stored and shown; here it is always the owner. */
  identity?: CommandStepIdentity
  /** Programs beside the job that people connect to. */
  services?: { [name: string]: Service }
  /** Values, data and bindings by name. */
  inputs?: { [name: string]: JobInput }
  /** Nothing, a mapping, or ${{parent.outputs.<name>}} to make it an output of the pipeline. */
  outputs?: { [name: string]: JobOutput }
  source?: { [name: string]: Json }
  output?: JobOutput
  /** A note shown in the graph. */
  comment?: string
  /** The component: ./file.yml, azureml:<name>:<version>, or one in place. */
  component?: Json
}

/** Runs one of two branches. */
export interface IfElseStep {
  type: 'if_else'
  /** true, false, or ${{parent.jobs.<node>.outputs.<boolean>}}. */
  condition?: boolean | string
  /** Nodes that run when it is true. */
  true_block?: string | string[]
  /** Nodes that run when it is false. */
  false_block?: string | string[]
}

/** Runs a node again as long as one of its outputs is true. */
export interface DoWhileStep {
  type: 'do_while'
  /** The node that is repeated: ${{parent.jobs.<node>}}. */
  body?: string
  /** A boolean output of the body; without one it goes on to the limit. */
  condition?: string
  /** Outputs of the body and the inputs they become in the next iteration. */
  mapping?: { [name: string]: string | string[] }
  limits?: DoWhileStepLimits
}

export interface DoWhileStepLimits {
  /** Iterations at most, 1 to 1000. */
  max_iteration_count: number
}

/** Runs a node once for each item, beside each other. */
export interface ParallelForStep {
  type: 'parallel_for'
  /** The node that is repeated: ${{parent.jobs.<node>}}. */
  body?: string
  /** Inputs of each iteration: a list or a mapping of mappings, JSON text, or a binding. */
  items?: { [name: string]: JobInput }[] | { [name: string]: { [name: string]: JobInput } } | string
  /** Iterations at once; all of them when absent. */
  max_concurrency?: number
  /** Nothing, a mapping, or ${{parent.outputs.<name>}} to make it an output of the pipeline. */
  outputs?: { [name: string]: JobOutput }
}

/** A function over mini-batches. */
export interface ParallelComponent {
  type: 'parallel'
  /** Address of a JSON Schema; read by editors only. */
  $schema?: string
  /** Its name: lower-case letters, digits and underscores. */
  name: string
  /** Its version; the next whole number when absent. */
  version?: string | number | boolean
  /** Name shown to people. */
  display_name?: string
  /** Free text. */
  description?: string
  /** Texts by name. */
  tags?: { [name: string]: string }
  /** Filled by the server. */
  readonly id?: string
  /** Filled by the server. */
  readonly creation_context?: Json
  /** Filled by the server. */
  readonly latest_version?: string
  /** When it may be deleted unasked. Stored; nothing is deleted here. */
  auto_delete_setting?: Json
  /** Same inputs give same outputs, so a finished step may be reused. */
  is_deterministic?: boolean
  /** Parameters and data by name. */
  inputs?: { [name: string]: CommandComponentInput | CommandComponentInput2 }
  /** What it leaves behind, by name. */
  outputs?: { [name: string]: CommandComponentOutput }
  /** How much is logged. */
  logging_level?: 'DEBUG' | 'INFO' | 'WARNING'
  /** What runs. */
  task?: Task
  /** A text: files a batch ("10"), or bytes ("10kb"). */
  mini_batch_size?: string
  /** Columns that cut the data into batches. */
  partition_keys?: string[]
  /** The input that is cut: ${{inputs.<name>}}. */
  input_data?: string
  /** What the job asks of its compute. */
  resources?: Resources
  /** Second chances of a batch. */
  retry_settings?: RetrySettings
  /** Processes on a node. */
  max_concurrency_per_instance?: number
  /** Failed items tolerated; -1 = all. */
  error_threshold?: number
  /** Failed batches tolerated; -1 = all. */
  mini_batch_error_threshold?: number
  /** More keys are kept as they are. */
  [key: string]: unknown
}

/** A Spark program. */
export interface SparkComponent {
  type: 'spark'
  /** Address of a JSON Schema; read by editors only. */
  $schema?: string
  /** Its name: lower-case letters, digits and underscores. */
  name: string
  /** Its version; the next whole number when absent. */
  version?: string | number | boolean
  /** Name shown to people. */
  display_name?: string
  /** Free text. */
  description?: string
  /** Texts by name. */
  tags?: { [name: string]: string }
  /** Filled by the server. */
  readonly id?: string
  /** Filled by the server. */
  readonly creation_context?: Json
  /** Filled by the server. */
  readonly latest_version?: string
  /** When it may be deleted unasked. Stored; nothing is deleted here. */
  auto_delete_setting?: Json
  /** Same inputs give same outputs, so a finished step may be reused. */
  is_deterministic?: boolean
  /** Parameters and data by name. */
  inputs?: { [name: string]: CommandComponentInput | CommandComponentInput2 }
  /** What it leaves behind, by name. */
  outputs?: { [name: string]: CommandComponentOutput }
  /** Folder of scripts, relative to this file; the command runs in a copy of it. */
  code?: string | Folder
  /** What starts. */
  entry: Entry | SparkComponentEntry
  /** .py, .zip and .egg files. */
  py_files?: string[]
  /** Jars. */
  jars?: string[]
  /** Files put beside the program. */
  files?: string[]
  /** Archives unpacked beside the program. */
  archives?: string[]
  /** Spark settings: driver and executor cores, memory, instances. */
  conf?: { [name: string]: string | number | boolean | null }
  /** What must be installed: azureml:<name>:<version>, azureml:<name>@latest, or an environment in place. */
  environment?: string | Inline<Environment>
  /** Arguments, with expressions. */
  args?: string
  /** Free mapping. */
  properties?: { [name: string]: Json }
  /** Files and folders put into the code folder. */
  additional_includes?: string[]
  /** More keys are kept as they are. */
  [key: string]: unknown
}

export interface Entry {
  /** Python file inside the code folder. */
  file: string
}

export interface SparkComponentEntry {
  /** Class of a jar. */
  class_name: string
}

/** A model sought among many. */
export interface AutomlComponent {
  type: 'automl'
  /** Address of a JSON Schema; read by editors only. */
  $schema?: string
  /** Its name: lower-case letters, digits and underscores. */
  name: string
  /** Its version; the next whole number when absent. */
  version?: string | number | boolean
  /** Name shown to people. */
  display_name?: string
  /** Free text. */
  description?: string
  /** Texts by name. */
  tags?: { [name: string]: string }
  /** Filled by the server. */
  readonly id?: string
  /** Filled by the server. */
  readonly creation_context?: Json
  /** Filled by the server. */
  readonly latest_version?: string
  /** When it may be deleted unasked. Stored; nothing is deleted here. */
  auto_delete_setting?: Json
  /** Same inputs give same outputs, so a finished step may be reused. */
  is_deterministic?: boolean
  /** Parameters and data by name. */
  inputs?: { [name: string]: CommandComponentInput | CommandComponentInput2 }
  /** What it leaves behind, by name. */
  outputs?: { [name: string]: CommandComponentOutput }
  /** What is predicted. */
  task: string
  /** More keys are kept as they are. */
  [key: string]: unknown
}

/** Brings data in. */
export interface ImportComponent {
  type: 'import'
  /** Address of a JSON Schema; read by editors only. */
  $schema?: string
  /** Its name: lower-case letters, digits and underscores. */
  name: string
  /** Its version; the next whole number when absent. */
  version?: string | number | boolean
  /** Name shown to people. */
  display_name?: string
  /** Free text. */
  description?: string
  /** Texts by name. */
  tags?: { [name: string]: string }
  /** Filled by the server. */
  readonly id?: string
  /** Filled by the server. */
  readonly creation_context?: Json
  /** Filled by the server. */
  readonly latest_version?: string
  /** When it may be deleted unasked. Stored; nothing is deleted here. */
  auto_delete_setting?: Json
  /** Same inputs give same outputs, so a finished step may be reused. */
  is_deterministic?: boolean
  /** Parameters and data by name. */
  inputs?: { [name: string]: CommandComponentInput | CommandComponentInput2 }
  /** What it leaves behind, by name. */
  outputs?: { [name: string]: CommandComponentOutput }
  /** Free mapping. */
  source?: { [name: string]: Json }
  /** Free mapping. */
  output?: { [name: string]: Json }
  /** More keys are kept as they are. */
  [key: string]: unknown
}

/** Moves data between stores. */
export interface DataTransferComponent {
  type: 'data_transfer'
  /** Address of a JSON Schema; read by editors only. */
  $schema?: string
  /** Its name: lower-case letters, digits and underscores. */
  name: string
  /** Its version; the next whole number when absent. */
  version?: string | number | boolean
  /** Name shown to people. */
  display_name?: string
  /** Free text. */
  description?: string
  /** Texts by name. */
  tags?: { [name: string]: string }
  /** Filled by the server. */
  readonly id?: string
  /** Filled by the server. */
  readonly creation_context?: Json
  /** Filled by the server. */
  readonly latest_version?: string
  /** When it may be deleted unasked. Stored; nothing is deleted here. */
  auto_delete_setting?: Json
  /** Same inputs give same outputs, so a finished step may be reused. */
  is_deterministic?: boolean
  /** Parameters and data by name. */
  inputs?: { [name: string]: CommandComponentInput | CommandComponentInput2 }
  /** What it leaves behind, by name. */
  outputs?: { [name: string]: CommandComponentOutput }
  /** What is done. */
  task: 'copy_data' | 'import_data' | 'export_data'
  /** What a file in the way means. */
  data_copy_mode?: 'merge_with_overwrite' | 'fail_if_conflict'
  /** Free mapping. */
  source?: { [name: string]: Json }
  /** Free mapping. */
  sink?: { [name: string]: Json }
  /** More keys are kept as they are. */
  [key: string]: unknown
}

/** Work to be done, and its history. */
export type Job = CommandJob | PipelineJob | SweepJob | SparkJob | FinetuningJob | DistillationJob | AutomlJob

/** One shell command in a copy of a folder. */
export interface CommandJob {
  type?: 'command'
  /** Address of a JSON Schema; read by editors only. Filled by the server. */
  readonly $schema?: string
  /** Its id; made up when absent. */
  name?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Free text. */
  description?: string
  /** Texts by name, to find it again. */
  tags?: { [name: string]: string | null }
  /** Who made it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Programs beside the job that people connect to. */
  services?: { [name: string]: Service }
  /** Name shown to people; the name when absent. */
  display_name?: string
  /** Its state. Filled by the server. */
  readonly status?: string
  /** Experiment its run is filed under; the name of the current folder when absent. */
  experiment_name?: string
  /** Texts by name that stay with it for good. */
  properties?: { [name: string]: string | null }
  /** Its logs by name. Filled by the server. */
  readonly log_files?: Json
  /** Where it runs: azureml:<name>, serverless, local. */
  compute?: string
  /** As whom data is read. Stored and shown; here it is always the owner. */
  identity?: CommandStepIdentity
  /** Shell line, run with bash in the copy of the code folder; ${{inputs.x}}, ${{outputs.y}} and $[[ … ]] are filled in. */
  command: string
  /** Folder of scripts, relative to this file; the command runs in a copy of it. */
  code?: string | Folder
  /** What must be installed: azureml:<name>:<version>, azureml:<name>@latest, or an environment in place. */
  environment: string | Inline<Environment>
  /** Environment variables of its processes; values become text. */
  environment_variables?: { [name: string]: string | number | boolean | null }
  /** What the job asks of its compute. */
  resources?: Resources
  /** How several processes find each other. */
  distribution?: Distribution
  /** How urgent it is. */
  queue_settings?: QueueSettings
  /** How long it may take. */
  limits?: Limits
  /** Parameters the server knows of. Filled by the server. */
  readonly parameters?: Json
  /** Values and data by name; ${{inputs.<name>}} in the command is the value, the local path or the URI. */
  inputs?: { [name: string]: JobInput }
  /** What the job leaves behind, by name; ${{outputs.<name>}} in the command is the local path to write to. */
  outputs?: { [name: string]: JobOutput }
  /** Run it is nested in. */
  parent_job_name?: string
}

/** Steps and what flows between them. */
export interface PipelineJob {
  type: 'pipeline'
  /** Address of a JSON Schema; read by editors only. Filled by the server. */
  readonly $schema?: string
  /** Its id; made up when absent. */
  name?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Free text. */
  description?: string
  /** Texts by name, to find it again. */
  tags?: { [name: string]: string | null }
  /** Who made it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Programs beside the job that people connect to. */
  services?: { [name: string]: Service }
  /** Name shown to people; the name when absent. */
  display_name?: string
  /** Its state. Filled by the server. */
  readonly status?: string
  /** Experiment its run is filed under; the name of the current folder when absent. */
  experiment_name?: string
  /** Texts by name that stay with it for good. */
  properties?: { [name: string]: string | null }
  /** Its logs by name. Filled by the server. */
  readonly log_files?: Json
  /** Where it runs: azureml:<name>, serverless, local. */
  compute?: string
  /** As whom data is read. Stored and shown; here it is always the owner. */
  identity?: CommandStepIdentity
  /** How the pipeline runs. */
  settings?: Settings
  /** Values and data by name; nodes bind them with ${{parent.inputs.<name>}}. */
  inputs?: { [name: string]: JobInput }
  /** What the job leaves behind, by name; ${{outputs.<name>}} in the command is the local path to write to. */
  outputs?: { [name: string]: JobOutput }
  /** The nodes by name. */
  jobs?: { [name: string]: Step }
  /** A pipeline component as the whole graph, instead of jobs. */
  component?: string
}

/** How the pipeline runs. */
export interface Settings {
  /** Where outputs go: azureml:<name>. */
  default_datastore?: string
  /** Where nodes without a compute run: azureml:<name> or serverless. */
  default_compute?: 'serverless' | string
  /** Go on with what does not depend on a failed node. */
  continue_on_step_failure?: boolean
  /** Reuse nothing, and be reused by nothing. */
  force_rerun?: boolean
  /** More keys are kept as they are. */
  [key: string]: unknown
}

/** Many trials of one command. */
export interface SweepJob {
  type: 'sweep'
  /** Address of a JSON Schema; read by editors only. Filled by the server. */
  readonly $schema?: string
  /** Its id; made up when absent. */
  name?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Free text. */
  description?: string
  /** Texts by name, to find it again. */
  tags?: { [name: string]: string | null }
  /** Who made it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Programs beside the job that people connect to. */
  services?: { [name: string]: Service }
  /** Name shown to people; the name when absent. */
  display_name?: string
  /** Its state. Filled by the server. */
  readonly status?: string
  /** Experiment its run is filed under; the name of the current folder when absent. */
  experiment_name?: string
  /** Texts by name that stay with it for good. */
  properties?: { [name: string]: string | null }
  /** Its logs by name. Filled by the server. */
  readonly log_files?: Json
  /** Where it runs: azureml:<name>, serverless, local. */
  compute?: string
  /** As whom data is read. Stored and shown; here it is always the owner. */
  identity?: CommandStepIdentity
  /** How values are drawn: random, grid or bayesian. */
  sampling_algorithm?: 'random' | 'grid' | 'bayesian' | SamplingAlgorithm
  /** The values of each parameter: choice, uniform, … */
  search_space: { [name: string]: Space }
  /** What is sought. */
  objective: Objective
  /** When hopeless trials are ended. */
  early_termination?: EarlyTermination
  /** How much it may do. */
  limits: SweepJobLimits
  /** How urgent it is. */
  queue_settings?: QueueSettings
  /** What the job asks of its compute. */
  resources?: Resources
  /** The command tried. */
  trial: Trial
  /** Values and data by name; ${{inputs.<name>}} in the command is the value, the local path or the URI. */
  inputs?: { [name: string]: JobInput }
  /** What the job leaves behind, by name; ${{outputs.<name>}} in the command is the local path to write to. */
  outputs?: { [name: string]: JobOutput }
}

/** How much it may do. */
export interface SweepJobLimits {
  /** Trials at once. */
  max_concurrent_trials?: number
  /** Trials in all. */
  max_total_trials: number
  /** Seconds for the whole sweep. */
  timeout?: number
  /** Seconds for one trial. */
  trial_timeout?: number
}

/** The command tried. */
export interface Trial {
  /** Shell line, run with bash in the copy of the code folder; ${{inputs.x}}, ${{outputs.y}} and $[[ … ]] are filled in. */
  command: string
  /** Folder of scripts, relative to this file; the command runs in a copy of it. */
  code?: string | Folder
  /** What must be installed: azureml:<name>:<version>, azureml:<name>@latest, or an environment in place. */
  environment: string | Inline<Environment>
  /** Environment variables of its processes; values become text. */
  environment_variables?: { [name: string]: string | number | boolean | null }
  /** What the job asks of its compute. */
  resources?: Resources
  /** How several processes find each other. */
  distribution?: Distribution
  /** How urgent it is. */
  queue_settings?: QueueSettings
}

/** A program on Spark. */
export interface SparkJob {
  type: 'spark'
  /** Address of a JSON Schema; read by editors only. Filled by the server. */
  readonly $schema?: string
  /** Its id; made up when absent. */
  name?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Free text. */
  description?: string
  /** Texts by name, to find it again. */
  tags?: { [name: string]: string | null }
  /** Who made it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Programs beside the job that people connect to. */
  services?: { [name: string]: Service }
  /** Name shown to people; the name when absent. */
  display_name?: string
  /** Its state. Filled by the server. */
  readonly status?: string
  /** Experiment its run is filed under; the name of the current folder when absent. */
  experiment_name?: string
  /** Texts by name that stay with it for good. */
  properties?: { [name: string]: string | null }
  /** Its logs by name. Filled by the server. */
  readonly log_files?: Json
  /** Where it runs: azureml:<name>, serverless, local. */
  compute?: string
  /** As whom data is read. Stored and shown; here it is always the owner. */
  identity?: CommandStepIdentity
  /** Folder of scripts, relative to this file; the command runs in a copy of it. */
  code?: string | Folder
  /** What starts. */
  entry: Entry | SparkComponentEntry
  /** .py, .zip and .egg files. */
  py_files?: string[]
  /** Jars. */
  jars?: string[]
  /** Files put beside the program. */
  files?: string[]
  /** Archives unpacked beside the program. */
  archives?: string[]
  /** Spark settings: driver and executor cores, memory, instances. */
  conf?: { [name: string]: string | number | boolean | null }
  /** What must be installed: azureml:<name>:<version>, azureml:<name>@latest, or an environment in place. */
  environment?: string | Inline<Environment>
  /** Arguments, with expressions. */
  args?: string
  /** Values and data by name; ${{inputs.<name>}} in the command is the value, the local path or the URI. */
  inputs?: { [name: string]: JobInput }
  /** What the job leaves behind, by name; ${{outputs.<name>}} in the command is the local path to write to. */
  outputs?: { [name: string]: JobOutput }
  /** Serverless Spark, instead of compute. */
  resources?: SparkStepResources
}

/** A model trained further. */
export interface FinetuningJob {
  type: 'finetuning'
  /** Address of a JSON Schema; read by editors only. Filled by the server. */
  readonly $schema?: string
  /** Its id; made up when absent. */
  name?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Free text. */
  description?: string
  /** Texts by name, to find it again. */
  tags?: { [name: string]: string | null }
  /** Who made it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Programs beside the job that people connect to. */
  services?: { [name: string]: Service }
  /** Name shown to people; the name when absent. */
  display_name?: string
  /** Its state. Filled by the server. */
  readonly status?: string
  /** Experiment its run is filed under; the name of the current folder when absent. */
  experiment_name?: string
  /** Texts by name that stay with it for good. */
  properties?: { [name: string]: string | null }
  /** Its logs by name. Filled by the server. */
  readonly log_files?: Json
  /** Where it runs: azureml:<name>, serverless, local. */
  compute?: string
  /** As whom data is read. Stored and shown; here it is always the owner. */
  identity?: CommandStepIdentity
  /** What the job leaves behind, by name; ${{outputs.<name>}} in the command is the local path to write to. */
  outputs?: { [name: string]: JobOutput }
  /** Data, as a path or a mapping. */
  training_data?: JobInput
  /** Data, as a path or a mapping. */
  validation_data?: JobInput
  /** How urgent it is. */
  queue_settings?: QueueSettings
  /** What it may run on. */
  resources?: FinetuningJobResources | Resources
  /** The model to start from. */
  model: JobInput
  /** chatCompletion, textCompletion, textClassification, … */
  task: string
  /** Who trains it. */
  model_provider?: 'custom' | 'azure_openai'
  /** Settings of the training. */
  hyperparameters?: { [name: string]: Json }
}

export interface FinetuningJobResources {
  instance_types?: string[]
}

/** A small model taught by a large one. */
export interface DistillationJob {
  type: 'distillation'
  /** Address of a JSON Schema; read by editors only. Filled by the server. */
  readonly $schema?: string
  /** Its id; made up when absent. */
  name?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Free text. */
  description?: string
  /** Texts by name, to find it again. */
  tags?: { [name: string]: string | null }
  /** Who made it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Programs beside the job that people connect to. */
  services?: { [name: string]: Service }
  /** Name shown to people; the name when absent. */
  display_name?: string
  /** Its state. Filled by the server. */
  readonly status?: string
  /** Experiment its run is filed under; the name of the current folder when absent. */
  experiment_name?: string
  /** Texts by name that stay with it for good. */
  properties?: { [name: string]: string | null }
  /** Its logs by name. Filled by the server. */
  readonly log_files?: Json
  /** Where it runs: azureml:<name>, serverless, local. */
  compute?: string
  /** As whom data is read. Stored and shown; here it is always the owner. */
  identity?: CommandStepIdentity
  /** What the job leaves behind, by name; ${{outputs.<name>}} in the command is the local path to write to. */
  outputs?: { [name: string]: JobOutput }
  /** Data, as a path or a mapping. */
  training_data?: JobInput
  /** Data, as a path or a mapping. */
  validation_data?: JobInput
  /** What the teacher makes. */
  data_generation_type: 'label_generation' | 'data_generation'
  /** What it is made for. */
  data_generation_task_type: 'NLI' | 'NLU_QA' | 'CONVERSATION' | 'MATH' | 'SUMMARIZATION'
  /** Where the teacher answers. */
  teacher_model_endpoint_connection: { [name: string]: Json }
  /** The model to start from. */
  student_model: JobInput
  /** How the teacher is asked. */
  teacher_model_settings?: { [name: string]: Json }
  /** How its prompts are made. */
  prompt_settings?: { [name: string]: Json }
  /** Settings of the training. */
  hyperparameters?: { [name: string]: Json }
  /** What the job asks of its compute. */
  resources?: Resources
}

/** A model sought among many. */
export type AutomlJob = { type: 'automl' } & AutomlJobTask

export type AutomlJobTask =
  | ClassificationAutomlJobTask
  | RegressionAutomlJobTask
  | ForecastingAutomlJobTask
  | ImageClassificationAutomlJobTask
  | ImageClassificationMultilabelAutomlJobTask
  | ImageObjectDetectionAutomlJobTask
  | ImageInstanceSegmentationAutomlJobTask
  | TextClassificationAutomlJobTask
  | TextClassificationMultilabelAutomlJobTask
  | TextNerAutomlJobTask

export interface ClassificationAutomlJobTask {
  task: 'classification'
  /** Address of a JSON Schema; read by editors only. Filled by the server. */
  readonly $schema?: string
  /** Its id; made up when absent. */
  name?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Free text. */
  description?: string
  /** Texts by name, to find it again. */
  tags?: { [name: string]: string | null }
  /** Who made it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Programs beside the job that people connect to. */
  services?: { [name: string]: Service }
  /** Name shown to people; the name when absent. */
  display_name?: string
  /** Its state. Filled by the server. */
  readonly status?: string
  /** Experiment its run is filed under; the name of the current folder when absent. */
  experiment_name?: string
  /** Texts by name that stay with it for good. */
  properties?: { [name: string]: string | null }
  /** Its logs by name. Filled by the server. */
  readonly log_files?: Json
  /** Where it runs: azureml:<name>, serverless, local. */
  compute?: string
  /** As whom data is read. Stored and shown; here it is always the owner. */
  identity?: CommandStepIdentity
  environment_id?: string
  /** Environment variables of its processes; values become text. */
  environment_variables?: { [name: string]: string | number | boolean | null }
  /** What the job leaves behind, by name; ${{outputs.<name>}} in the command is the local path to write to. */
  outputs?: { [name: string]: JobOutput }
  /** What the job asks of its compute. */
  resources?: Resources
  /** How urgent it is. */
  queue_settings?: QueueSettings
  log_verbosity?: 'not_set' | 'debug' | 'info' | 'warning' | 'error' | 'critical'
  /** An MLTable. */
  training_data?: JobInput
  /** An MLTable. */
  validation_data?: JobInput
  limits?: ClassificationAutomlJobTaskLimits
  featurization?: Featurization
  target_column_name: string
  validation_data_size?: number
  cv_split_column_names?: string[]
  n_cross_validations?: 'auto' | number
  weight_column_name?: string
  /** An MLTable. */
  test_data?: JobInput
  test_data_size?: number
  primary_metric?:
    | 'auc_weighted'
    | 'accuracy'
    | 'norm_macro_recall'
    | 'average_precision_score_weighted'
    | 'precision_score_weighted'
  positive_label?: string
  training?: Training
}

export interface ClassificationAutomlJobTaskLimits {
  enable_early_termination?: boolean
  exit_score?: number
  max_concurrent_trials?: number
  max_cores_per_trial?: number
  max_nodes?: number
  max_trials?: number
  /** Minutes. */
  timeout_minutes?: number
  /** Minutes. */
  trial_timeout_minutes?: number
}

export interface Featurization {
  dataset_language?: string
  mode?: 'auto' | 'off' | 'custom'
  blocked_transformers?: (
    | 'text_target_encoder'
    | 'one_hot_encoder'
    | 'cat_target_encoder'
    | 'tf_idf'
    | 'wo_e_target_encoder'
    | 'label_encoder'
    | 'word_embedding'
    | 'naive_bayes'
    | 'count_vectorizer'
    | 'hash_one_hot_encoder'
  )[]
  column_name_and_types?: { [name: string]: string }
  transformer_params?: { [name: string]: TransformerParam[] }
  enable_dnn_featurization?: boolean
}

export interface TransformerParam {
  fields?: string[]
  parameters?: { [name: string]: Json }
}

export interface Training {
  enable_dnn_training?: boolean
  enable_model_explainability?: boolean
  enable_onnx_compatible_models?: boolean
  enable_stack_ensemble?: boolean
  enable_vote_ensemble?: boolean
  /** Minutes. */
  ensemble_model_download_timeout?: number
  /** Minutes. */
  ensemble_model_download_timeout_minutes?: number
  stack_ensemble_settings?: StackEnsembleSettings
  training_mode?: 'auto' | 'distributed' | 'non_distributed'
  allowed_training_algorithms?: (
    | 'logistic_regression'
    | 'sgd'
    | 'multinomial_naive_bayes'
    | 'bernoulli_naive_bayes'
    | 'svm'
    | 'linear_svm'
    | 'knn'
    | 'decision_tree'
    | 'random_forest'
    | 'extreme_random_trees'
    | 'light_gbm'
    | 'gradient_boosting'
    | 'xg_boost_classifier'
  )[]
  blocked_training_algorithms?: (
    | 'logistic_regression'
    | 'sgd'
    | 'multinomial_naive_bayes'
    | 'bernoulli_naive_bayes'
    | 'svm'
    | 'linear_svm'
    | 'knn'
    | 'decision_tree'
    | 'random_forest'
    | 'extreme_random_trees'
    | 'light_gbm'
    | 'gradient_boosting'
    | 'xg_boost_classifier'
  )[]
}

export interface StackEnsembleSettings {
  stack_meta_learner_type?: string
  stack_meta_learner_train_percentage?: number
  stack_meta_learner_kwargs?: { [name: string]: Json }
}

export interface RegressionAutomlJobTask {
  task: 'regression'
  /** Address of a JSON Schema; read by editors only. Filled by the server. */
  readonly $schema?: string
  /** Its id; made up when absent. */
  name?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Free text. */
  description?: string
  /** Texts by name, to find it again. */
  tags?: { [name: string]: string | null }
  /** Who made it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Programs beside the job that people connect to. */
  services?: { [name: string]: Service }
  /** Name shown to people; the name when absent. */
  display_name?: string
  /** Its state. Filled by the server. */
  readonly status?: string
  /** Experiment its run is filed under; the name of the current folder when absent. */
  experiment_name?: string
  /** Texts by name that stay with it for good. */
  properties?: { [name: string]: string | null }
  /** Its logs by name. Filled by the server. */
  readonly log_files?: Json
  /** Where it runs: azureml:<name>, serverless, local. */
  compute?: string
  /** As whom data is read. Stored and shown; here it is always the owner. */
  identity?: CommandStepIdentity
  environment_id?: string
  /** Environment variables of its processes; values become text. */
  environment_variables?: { [name: string]: string | number | boolean | null }
  /** What the job leaves behind, by name; ${{outputs.<name>}} in the command is the local path to write to. */
  outputs?: { [name: string]: JobOutput }
  /** What the job asks of its compute. */
  resources?: Resources
  /** How urgent it is. */
  queue_settings?: QueueSettings
  log_verbosity?: 'not_set' | 'debug' | 'info' | 'warning' | 'error' | 'critical'
  /** An MLTable. */
  training_data?: JobInput
  /** An MLTable. */
  validation_data?: JobInput
  limits?: ClassificationAutomlJobTaskLimits
  featurization?: Featurization
  target_column_name: string
  validation_data_size?: number
  cv_split_column_names?: string[]
  n_cross_validations?: 'auto' | number
  weight_column_name?: string
  /** An MLTable. */
  test_data?: JobInput
  test_data_size?: number
  primary_metric?:
    | 'spearman_correlation'
    | 'normalized_root_mean_squared_error'
    | 'r2_score'
    | 'normalized_mean_absolute_error'
  training?: RegressionAutomlJobTaskTraining
}

export interface RegressionAutomlJobTaskTraining {
  enable_dnn_training?: boolean
  enable_model_explainability?: boolean
  enable_onnx_compatible_models?: boolean
  enable_stack_ensemble?: boolean
  enable_vote_ensemble?: boolean
  /** Minutes. */
  ensemble_model_download_timeout?: number
  /** Minutes. */
  ensemble_model_download_timeout_minutes?: number
  stack_ensemble_settings?: RegressionAutomlJobTaskTrainingStackEnsembleSettings
  training_mode?: 'auto' | 'distributed' | 'non_distributed'
  allowed_training_algorithms?: (
    | 'elastic_net'
    | 'gradient_boosting'
    | 'decision_tree'
    | 'knn'
    | 'lasso_lars'
    | 'sgd'
    | 'random_forest'
    | 'extreme_random_trees'
    | 'light_gbm'
    | 'xg_boost_regressor'
  )[]
  blocked_training_algorithms?: (
    | 'elastic_net'
    | 'gradient_boosting'
    | 'decision_tree'
    | 'knn'
    | 'lasso_lars'
    | 'sgd'
    | 'random_forest'
    | 'extreme_random_trees'
    | 'light_gbm'
    | 'xg_boost_regressor'
  )[]
}

export interface RegressionAutomlJobTaskTrainingStackEnsembleSettings {
  stack_meta_learner_type?: string
  stack_meta_learner_train_percentage?: number
  stack_meta_learner_kwargs?: { [name: string]: Json }
}

export interface ForecastingAutomlJobTask {
  task: 'forecasting'
  /** Address of a JSON Schema; read by editors only. Filled by the server. */
  readonly $schema?: string
  /** Its id; made up when absent. */
  name?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Free text. */
  description?: string
  /** Texts by name, to find it again. */
  tags?: { [name: string]: string | null }
  /** Who made it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Programs beside the job that people connect to. */
  services?: { [name: string]: Service }
  /** Name shown to people; the name when absent. */
  display_name?: string
  /** Its state. Filled by the server. */
  readonly status?: string
  /** Experiment its run is filed under; the name of the current folder when absent. */
  experiment_name?: string
  /** Texts by name that stay with it for good. */
  properties?: { [name: string]: string | null }
  /** Its logs by name. Filled by the server. */
  readonly log_files?: Json
  /** Where it runs: azureml:<name>, serverless, local. */
  compute?: string
  /** As whom data is read. Stored and shown; here it is always the owner. */
  identity?: CommandStepIdentity
  environment_id?: string
  /** Environment variables of its processes; values become text. */
  environment_variables?: { [name: string]: string | number | boolean | null }
  /** What the job leaves behind, by name; ${{outputs.<name>}} in the command is the local path to write to. */
  outputs?: { [name: string]: JobOutput }
  /** What the job asks of its compute. */
  resources?: Resources
  /** How urgent it is. */
  queue_settings?: QueueSettings
  log_verbosity?: 'not_set' | 'debug' | 'info' | 'warning' | 'error' | 'critical'
  /** An MLTable. */
  training_data?: JobInput
  /** An MLTable. */
  validation_data?: JobInput
  limits?: ClassificationAutomlJobTaskLimits
  featurization?: Featurization
  target_column_name: string
  validation_data_size?: number
  cv_split_column_names?: string[]
  n_cross_validations?: 'auto' | number
  weight_column_name?: string
  /** An MLTable. */
  test_data?: JobInput
  test_data_size?: number
  primary_metric?:
    | 'spearman_correlation'
    | 'normalized_root_mean_squared_error'
    | 'r2_score'
    | 'normalized_mean_absolute_error'
  training?: ForecastingAutomlJobTaskTraining
  forecasting?: Forecasting
}

export interface ForecastingAutomlJobTaskTraining {
  enable_dnn_training?: boolean
  enable_model_explainability?: boolean
  enable_onnx_compatible_models?: boolean
  enable_stack_ensemble?: boolean
  enable_vote_ensemble?: boolean
  /** Minutes. */
  ensemble_model_download_timeout?: number
  /** Minutes. */
  ensemble_model_download_timeout_minutes?: number
  stack_ensemble_settings?: ForecastingAutomlJobTaskTrainingStackEnsembleSettings
  training_mode?: 'auto' | 'distributed' | 'non_distributed'
  allowed_training_algorithms?: (
    | 'auto_arima'
    | 'prophet'
    | 'naive'
    | 'seasonal_naive'
    | 'average'
    | 'seasonal_average'
    | 'exponential_smoothing'
    | 'arimax'
    | 'tcn_forecaster'
    | 'elastic_net'
    | 'gradient_boosting'
    | 'decision_tree'
    | 'knn'
    | 'lasso_lars'
    | 'sgd'
    | 'random_forest'
    | 'extreme_random_trees'
    | 'light_gbm'
    | 'xg_boost_regressor'
  )[]
  blocked_training_algorithms?: (
    | 'auto_arima'
    | 'prophet'
    | 'naive'
    | 'seasonal_naive'
    | 'average'
    | 'seasonal_average'
    | 'exponential_smoothing'
    | 'arimax'
    | 'tcn_forecaster'
    | 'elastic_net'
    | 'gradient_boosting'
    | 'decision_tree'
    | 'knn'
    | 'lasso_lars'
    | 'sgd'
    | 'random_forest'
    | 'extreme_random_trees'
    | 'light_gbm'
    | 'xg_boost_regressor'
  )[]
}

export interface ForecastingAutomlJobTaskTrainingStackEnsembleSettings {
  stack_meta_learner_type?: string
  stack_meta_learner_train_percentage?: number
  stack_meta_learner_kwargs?: { [name: string]: Json }
}

export interface ImageClassificationAutomlJobTask {
  task: 'image_classification'
  /** Address of a JSON Schema; read by editors only. Filled by the server. */
  readonly $schema?: string
  /** Its id; made up when absent. */
  name?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Free text. */
  description?: string
  /** Texts by name, to find it again. */
  tags?: { [name: string]: string | null }
  /** Who made it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Programs beside the job that people connect to. */
  services?: { [name: string]: Service }
  /** Name shown to people; the name when absent. */
  display_name?: string
  /** Its state. Filled by the server. */
  readonly status?: string
  /** Experiment its run is filed under; the name of the current folder when absent. */
  experiment_name?: string
  /** Texts by name that stay with it for good. */
  properties?: { [name: string]: string | null }
  /** Its logs by name. Filled by the server. */
  readonly log_files?: Json
  /** Where it runs: azureml:<name>, serverless, local. */
  compute?: string
  /** As whom data is read. Stored and shown; here it is always the owner. */
  identity?: CommandStepIdentity
  environment_id?: string
  /** Environment variables of its processes; values become text. */
  environment_variables?: { [name: string]: string | number | boolean | null }
  /** What the job leaves behind, by name; ${{outputs.<name>}} in the command is the local path to write to. */
  outputs?: { [name: string]: JobOutput }
  /** What the job asks of its compute. */
  resources?: Resources
  /** How urgent it is. */
  queue_settings?: QueueSettings
  log_verbosity?: 'not_set' | 'debug' | 'info' | 'warning' | 'error' | 'critical'
  /** An MLTable. */
  training_data?: JobInput
  /** An MLTable. */
  validation_data?: JobInput
  limits?: ImageClassificationAutomlJobTaskLimits
  sweep?: Sweep
  target_column_name: string
  /** An MLTable. */
  test_data?: JobInput
  test_data_size?: number
  validation_data_size?: number
  training_parameters?: { [name: string]: Json }
  search_space?: { [name: string]: Json }[]
  primary_metric?:
    | 'auc_weighted'
    | 'accuracy'
    | 'norm_macro_recall'
    | 'average_precision_score_weighted'
    | 'precision_score_weighted'
}

export interface ImageClassificationAutomlJobTaskLimits {
  max_concurrent_trials?: number
  max_trials?: number
  /** Minutes. */
  timeout_minutes?: number
}

export interface ImageClassificationMultilabelAutomlJobTask {
  task: 'image_classification_multilabel'
  /** Address of a JSON Schema; read by editors only. Filled by the server. */
  readonly $schema?: string
  /** Its id; made up when absent. */
  name?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Free text. */
  description?: string
  /** Texts by name, to find it again. */
  tags?: { [name: string]: string | null }
  /** Who made it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Programs beside the job that people connect to. */
  services?: { [name: string]: Service }
  /** Name shown to people; the name when absent. */
  display_name?: string
  /** Its state. Filled by the server. */
  readonly status?: string
  /** Experiment its run is filed under; the name of the current folder when absent. */
  experiment_name?: string
  /** Texts by name that stay with it for good. */
  properties?: { [name: string]: string | null }
  /** Its logs by name. Filled by the server. */
  readonly log_files?: Json
  /** Where it runs: azureml:<name>, serverless, local. */
  compute?: string
  /** As whom data is read. Stored and shown; here it is always the owner. */
  identity?: CommandStepIdentity
  environment_id?: string
  /** Environment variables of its processes; values become text. */
  environment_variables?: { [name: string]: string | number | boolean | null }
  /** What the job leaves behind, by name; ${{outputs.<name>}} in the command is the local path to write to. */
  outputs?: { [name: string]: JobOutput }
  /** What the job asks of its compute. */
  resources?: Resources
  /** How urgent it is. */
  queue_settings?: QueueSettings
  log_verbosity?: 'not_set' | 'debug' | 'info' | 'warning' | 'error' | 'critical'
  /** An MLTable. */
  training_data?: JobInput
  /** An MLTable. */
  validation_data?: JobInput
  limits?: ImageClassificationAutomlJobTaskLimits
  sweep?: Sweep
  target_column_name: string
  /** An MLTable. */
  test_data?: JobInput
  test_data_size?: number
  validation_data_size?: number
  training_parameters?: { [name: string]: Json }
  search_space?: { [name: string]: Json }[]
  primary_metric?:
    | 'auc_weighted'
    | 'accuracy'
    | 'norm_macro_recall'
    | 'average_precision_score_weighted'
    | 'precision_score_weighted'
    | 'iou'
}

export interface ImageObjectDetectionAutomlJobTask {
  task: 'image_object_detection'
  /** Address of a JSON Schema; read by editors only. Filled by the server. */
  readonly $schema?: string
  /** Its id; made up when absent. */
  name?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Free text. */
  description?: string
  /** Texts by name, to find it again. */
  tags?: { [name: string]: string | null }
  /** Who made it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Programs beside the job that people connect to. */
  services?: { [name: string]: Service }
  /** Name shown to people; the name when absent. */
  display_name?: string
  /** Its state. Filled by the server. */
  readonly status?: string
  /** Experiment its run is filed under; the name of the current folder when absent. */
  experiment_name?: string
  /** Texts by name that stay with it for good. */
  properties?: { [name: string]: string | null }
  /** Its logs by name. Filled by the server. */
  readonly log_files?: Json
  /** Where it runs: azureml:<name>, serverless, local. */
  compute?: string
  /** As whom data is read. Stored and shown; here it is always the owner. */
  identity?: CommandStepIdentity
  environment_id?: string
  /** Environment variables of its processes; values become text. */
  environment_variables?: { [name: string]: string | number | boolean | null }
  /** What the job leaves behind, by name; ${{outputs.<name>}} in the command is the local path to write to. */
  outputs?: { [name: string]: JobOutput }
  /** What the job asks of its compute. */
  resources?: Resources
  /** How urgent it is. */
  queue_settings?: QueueSettings
  log_verbosity?: 'not_set' | 'debug' | 'info' | 'warning' | 'error' | 'critical'
  /** An MLTable. */
  training_data?: JobInput
  /** An MLTable. */
  validation_data?: JobInput
  limits?: ImageClassificationAutomlJobTaskLimits
  sweep?: Sweep
  target_column_name: string
  /** An MLTable. */
  test_data?: JobInput
  test_data_size?: number
  validation_data_size?: number
  training_parameters?: { [name: string]: Json }
  search_space?: { [name: string]: Json }[]
  primary_metric?: 'mean_average_precision'
}

export interface ImageInstanceSegmentationAutomlJobTask {
  task: 'image_instance_segmentation'
  /** Address of a JSON Schema; read by editors only. Filled by the server. */
  readonly $schema?: string
  /** Its id; made up when absent. */
  name?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Free text. */
  description?: string
  /** Texts by name, to find it again. */
  tags?: { [name: string]: string | null }
  /** Who made it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Programs beside the job that people connect to. */
  services?: { [name: string]: Service }
  /** Name shown to people; the name when absent. */
  display_name?: string
  /** Its state. Filled by the server. */
  readonly status?: string
  /** Experiment its run is filed under; the name of the current folder when absent. */
  experiment_name?: string
  /** Texts by name that stay with it for good. */
  properties?: { [name: string]: string | null }
  /** Its logs by name. Filled by the server. */
  readonly log_files?: Json
  /** Where it runs: azureml:<name>, serverless, local. */
  compute?: string
  /** As whom data is read. Stored and shown; here it is always the owner. */
  identity?: CommandStepIdentity
  environment_id?: string
  /** Environment variables of its processes; values become text. */
  environment_variables?: { [name: string]: string | number | boolean | null }
  /** What the job leaves behind, by name; ${{outputs.<name>}} in the command is the local path to write to. */
  outputs?: { [name: string]: JobOutput }
  /** What the job asks of its compute. */
  resources?: Resources
  /** How urgent it is. */
  queue_settings?: QueueSettings
  log_verbosity?: 'not_set' | 'debug' | 'info' | 'warning' | 'error' | 'critical'
  /** An MLTable. */
  training_data?: JobInput
  /** An MLTable. */
  validation_data?: JobInput
  limits?: ImageClassificationAutomlJobTaskLimits
  sweep?: Sweep
  target_column_name: string
  /** An MLTable. */
  test_data?: JobInput
  test_data_size?: number
  validation_data_size?: number
  training_parameters?: { [name: string]: Json }
  search_space?: { [name: string]: Json }[]
  primary_metric?: 'mean_average_precision'
}

export interface TextClassificationAutomlJobTask {
  task: 'text_classification'
  /** Address of a JSON Schema; read by editors only. Filled by the server. */
  readonly $schema?: string
  /** Its id; made up when absent. */
  name?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Free text. */
  description?: string
  /** Texts by name, to find it again. */
  tags?: { [name: string]: string | null }
  /** Who made it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Programs beside the job that people connect to. */
  services?: { [name: string]: Service }
  /** Name shown to people; the name when absent. */
  display_name?: string
  /** Its state. Filled by the server. */
  readonly status?: string
  /** Experiment its run is filed under; the name of the current folder when absent. */
  experiment_name?: string
  /** Texts by name that stay with it for good. */
  properties?: { [name: string]: string | null }
  /** Its logs by name. Filled by the server. */
  readonly log_files?: Json
  /** Where it runs: azureml:<name>, serverless, local. */
  compute?: string
  /** As whom data is read. Stored and shown; here it is always the owner. */
  identity?: CommandStepIdentity
  environment_id?: string
  /** Environment variables of its processes; values become text. */
  environment_variables?: { [name: string]: string | number | boolean | null }
  /** What the job leaves behind, by name; ${{outputs.<name>}} in the command is the local path to write to. */
  outputs?: { [name: string]: JobOutput }
  /** What the job asks of its compute. */
  resources?: Resources
  /** How urgent it is. */
  queue_settings?: QueueSettings
  log_verbosity?: 'not_set' | 'debug' | 'info' | 'warning' | 'error' | 'critical'
  /** An MLTable. */
  training_data?: JobInput
  /** An MLTable. */
  validation_data?: JobInput
  limits?: TextClassificationAutomlJobTaskLimits
  sweep?: Sweep
  training_parameters?: { [name: string]: Json }
  search_space?: { [name: string]: Json }[]
  featurization?: TextClassificationAutomlJobTaskFeaturization
  target_column_name?: string
  primary_metric?:
    | 'auc_weighted'
    | 'accuracy'
    | 'norm_macro_recall'
    | 'average_precision_score_weighted'
    | 'precision_score_weighted'
}

export interface TextClassificationAutomlJobTaskLimits {
  max_concurrent_trials?: number
  max_trials?: number
  max_nodes?: number
  /** Minutes. */
  timeout_minutes?: number
  /** Minutes. */
  trial_timeout_minutes?: number
}

export interface TextClassificationAutomlJobTaskFeaturization {
  dataset_language?: string
}

export interface TextClassificationMultilabelAutomlJobTask {
  task: 'text_classification_multilabel'
  /** Address of a JSON Schema; read by editors only. Filled by the server. */
  readonly $schema?: string
  /** Its id; made up when absent. */
  name?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Free text. */
  description?: string
  /** Texts by name, to find it again. */
  tags?: { [name: string]: string | null }
  /** Who made it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Programs beside the job that people connect to. */
  services?: { [name: string]: Service }
  /** Name shown to people; the name when absent. */
  display_name?: string
  /** Its state. Filled by the server. */
  readonly status?: string
  /** Experiment its run is filed under; the name of the current folder when absent. */
  experiment_name?: string
  /** Texts by name that stay with it for good. */
  properties?: { [name: string]: string | null }
  /** Its logs by name. Filled by the server. */
  readonly log_files?: Json
  /** Where it runs: azureml:<name>, serverless, local. */
  compute?: string
  /** As whom data is read. Stored and shown; here it is always the owner. */
  identity?: CommandStepIdentity
  environment_id?: string
  /** Environment variables of its processes; values become text. */
  environment_variables?: { [name: string]: string | number | boolean | null }
  /** What the job leaves behind, by name; ${{outputs.<name>}} in the command is the local path to write to. */
  outputs?: { [name: string]: JobOutput }
  /** What the job asks of its compute. */
  resources?: Resources
  /** How urgent it is. */
  queue_settings?: QueueSettings
  log_verbosity?: 'not_set' | 'debug' | 'info' | 'warning' | 'error' | 'critical'
  /** An MLTable. */
  training_data?: JobInput
  /** An MLTable. */
  validation_data?: JobInput
  limits?: TextClassificationAutomlJobTaskLimits
  sweep?: Sweep
  training_parameters?: { [name: string]: Json }
  search_space?: { [name: string]: Json }[]
  featurization?: TextClassificationAutomlJobTaskFeaturization
  target_column_name?: string
  primary_metric?: 'accuracy'
}

export interface TextNerAutomlJobTask {
  task: 'text_ner'
  /** Address of a JSON Schema; read by editors only. Filled by the server. */
  readonly $schema?: string
  /** Its id; made up when absent. */
  name?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Free text. */
  description?: string
  /** Texts by name, to find it again. */
  tags?: { [name: string]: string | null }
  /** Who made it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Programs beside the job that people connect to. */
  services?: { [name: string]: Service }
  /** Name shown to people; the name when absent. */
  display_name?: string
  /** Its state. Filled by the server. */
  readonly status?: string
  /** Experiment its run is filed under; the name of the current folder when absent. */
  experiment_name?: string
  /** Texts by name that stay with it for good. */
  properties?: { [name: string]: string | null }
  /** Its logs by name. Filled by the server. */
  readonly log_files?: Json
  /** Where it runs: azureml:<name>, serverless, local. */
  compute?: string
  /** As whom data is read. Stored and shown; here it is always the owner. */
  identity?: CommandStepIdentity
  environment_id?: string
  /** Environment variables of its processes; values become text. */
  environment_variables?: { [name: string]: string | number | boolean | null }
  /** What the job leaves behind, by name; ${{outputs.<name>}} in the command is the local path to write to. */
  outputs?: { [name: string]: JobOutput }
  /** What the job asks of its compute. */
  resources?: Resources
  /** How urgent it is. */
  queue_settings?: QueueSettings
  log_verbosity?: 'not_set' | 'debug' | 'info' | 'warning' | 'error' | 'critical'
  /** An MLTable. */
  training_data?: JobInput
  /** An MLTable. */
  validation_data?: JobInput
  limits?: TextClassificationAutomlJobTaskLimits
  sweep?: Sweep
  training_parameters?: { [name: string]: Json }
  search_space?: { [name: string]: Json }[]
  featurization?: TextClassificationAutomlJobTaskFeaturization
  target_column_name?: string
  primary_metric?: 'accuracy'
}

/** What happens again and again: a job, an import of data, a look at a model. */
export interface Schedule {
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name. */
  name: string
  /** Free text. */
  description?: string
  /** Texts by name, to find it again. */
  tags?: { [name: string]: string | number | boolean | null }
  /** Name shown to people. */
  display_name?: string
  /** When: cron or recurrence. */
  trigger: ScheduleTrigger
  /** Whether it is on. Filled by the server. */
  readonly is_enabled?: boolean
  /** Creating, Updating, Deleting, Succeeded, Failed or Canceled. Filled by the server. */
  readonly provisioning_state?: string
  /** Values by name that stay with it. */
  properties?: { [name: string]: Json }
  /** The file of a job, azureml:<job>, or {job: either of them, and keys that change it}. */
  create_job?: string | Job | Built<Job> | ({ job: string } & JsonObject)
  /** The file of a data import, or its mapping. Stored; importing is not done here. */
  import_data?: string | JsonObject
  /** What is watched, and how. Stored; nothing watches here. */
  create_monitor?: CreateMonitor
  /** A call of a batch endpoint. Ours alone. */
  invoke_batch_endpoint?: InvokeBatchEndpoint
}

/** When: cron or recurrence. */
export type ScheduleTrigger = CronScheduleTrigger | RecurrenceScheduleTrigger

/** By a cron expression. */
export interface CronScheduleTrigger {
  type: 'cron'
  /** ISO 8601 instant, read in the time zone; now when absent. */
  start_time?: string
  /** ISO 8601 instant, read in the time zone; never when absent. */
  end_time?: string
  /** Time zone name: UTC, Eastern Standard Time, … */
  time_zone?: string
  /** Five cron fields. */
  expression: string
}

/** Every so often. */
export interface RecurrenceScheduleTrigger {
  type: 'recurrence'
  /** ISO 8601 instant, read in the time zone; now when absent. */
  start_time?: string
  /** ISO 8601 instant, read in the time zone; never when absent. */
  end_time?: string
  /** Time zone name: UTC, Eastern Standard Time, … */
  time_zone?: string
  /** Unit of the interval. */
  frequency: 'minute' | 'hour' | 'day' | 'week' | 'month'
  /** How many of them. */
  interval: number
  /** At which times of such a day. */
  schedule?: RecurrenceScheduleTriggerSchedule
}

/** At which times of such a day. */
export interface RecurrenceScheduleTriggerSchedule {
  /** Hours of the day. */
  hours: number | number[]
  /** Minutes of the hour. */
  minutes: number | number[]
  /** Days of the week. */
  week_days?:
    | 'monday'
    | 'tuesday'
    | 'wednesday'
    | 'thursday'
    | 'friday'
    | 'saturday'
    | 'sunday'
    | ('monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday')[]
  /** Days of the month. */
  month_days?: number | number[]
}

/** What is watched, and how. Stored; nothing watches here. */
export interface CreateMonitor {
  compute?: CreateMonitorCompute
  monitoring_target?: MonitoringTarget
  monitoring_signals?: { [name: string]: MonitoringSignal }
  alert_notification?: 'azmonitoring' | AlertNotification
}

export interface CreateMonitorCompute {
  compute_type?: string
  runtime_version?: string
  instance_type?: string
}

export interface MonitoringTarget {
  model_id?: string
  ml_task?: 'classification' | 'regression' | 'questionanswering'
  endpoint_deployment_id?: string
}

export type MonitoringSignal =
  | DataDriftMonitoringSignal
  | DataQualityMonitoringSignal
  | PredictionDriftMonitoringSignal
  | FeatureAttributionDriftMonitoringSignal
  | ModelPerformanceMonitoringSignal
  | CustomMonitoringSignal
  | GenerationSafetyQualityMonitoringSignal
  | GenerationTokenStatisticsMonitoringSignal

export interface DataDriftMonitoringSignal {
  type: 'data_drift'
  production_data?: ProductionData
  reference_data?: ReferenceData
  properties?: { [name: string]: Json }
  alert_enabled?: boolean
  features?: Features | 'all_features' | string[]
  feature_type_override?: { [name: string]: Json }
  metric_thresholds?: MetricThresholds
  data_segment?: DataSegment
}

export interface ProductionData {
  input_data?: JobInput
  data_context?: 'model_inputs' | 'model_outputs' | 'training' | 'test' | 'validation' | 'ground_truth'
  pre_processing_component?: string
  data_window?: DataWindow
  data_column_names?: { [name: string]: string }
}

export interface DataWindow {
  window_start?: string
  window_end?: string
  lookback_window_size?: string
  lookback_window_offset?: string
}

export interface ReferenceData {
  input_data?: JobInput
  data_context?: 'model_inputs' | 'model_outputs' | 'training' | 'test' | 'validation' | 'ground_truth'
  pre_processing_component?: string
  data_window?: DataWindow
  data_column_names?: { [name: string]: string }
  target_column_name?: string
}

export interface Features {
  top_n_feature_importance?: number
}

export interface MetricThresholds {
  threshold?: number
  data_type?: 'numerical' | 'categorical'
  numerical?: Numerical
  categorical?: Categorical
}

export interface Numerical {
  jensen_shannon_distance?: number
  normalized_wasserstein_distance?: number
  population_stability_index?: number
  two_sample_kolmogorov_smirnov_test?: number
}

export interface Categorical {
  jensen_shannon_distance?: number
  population_stability_index?: number
  pearsons_chi_squared_test?: number
}

export interface DataSegment {
  feature_name?: string
  feature_values?: string[]
}

export interface DataQualityMonitoringSignal {
  type: 'data_quality'
  production_data?: ProductionData
  reference_data?: ReferenceData
  properties?: { [name: string]: Json }
  alert_enabled?: boolean
  features?: Features | 'all_features' | string[]
  feature_type_override?: { [name: string]: Json }
  metric_thresholds?: DataQualityMonitoringSignalMetricThresholds
}

export interface DataQualityMonitoringSignalMetricThresholds {
  threshold?: number
  data_type?: 'numerical' | 'categorical'
  numerical?: DataQualityMonitoringSignalMetricThresholdsNumerical
  categorical?: DataQualityMonitoringSignalMetricThresholdsCategorical
}

export interface DataQualityMonitoringSignalMetricThresholdsNumerical {
  null_value_rate?: number
  data_type_error_rate?: number
  out_of_bounds_rate?: number
}

export interface DataQualityMonitoringSignalMetricThresholdsCategorical {
  null_value_rate?: number
  data_type_error_rate?: number
  out_of_bounds_rate?: number
}

export interface PredictionDriftMonitoringSignal {
  type: 'prediction_drift'
  production_data?: ProductionData
  reference_data?: ReferenceData
  properties?: { [name: string]: Json }
  alert_enabled?: boolean
  metric_thresholds?: PredictionDriftMonitoringSignalMetricThresholds
}

export interface PredictionDriftMonitoringSignalMetricThresholds {
  threshold?: number
  data_type?: 'numerical' | 'categorical'
  numerical?: Numerical
  categorical?: Categorical
}

export interface FeatureAttributionDriftMonitoringSignal {
  type: 'feature_attribution_drift'
  production_data?: ProductionData[]
  reference_data?: ReferenceData
  alert_enabled?: boolean
  metric_thresholds?: FeatureAttributionDriftMonitoringSignalMetricThresholds
}

export interface FeatureAttributionDriftMonitoringSignalMetricThresholds {
  threshold?: number
  normalized_discounted_cumulative_gain?: number
}

export interface ModelPerformanceMonitoringSignal {
  type: 'model_performance'
  production_data?: ProductionData
  reference_data?: ReferenceData
  properties?: { [name: string]: Json }
  alert_enabled?: boolean
  data_segment?: DataSegment
  metric_thresholds?: ModelPerformanceMonitoringSignalMetricThresholds
}

export interface ModelPerformanceMonitoringSignalMetricThresholds {
  threshold?: number
  classification?: Classification
  regression?: Regression
}

export interface Classification {
  accuracy?: number
  precision?: number
  recall?: number
}

export interface Regression {
  mae?: number
  mse?: number
  rmse?: number
}

export interface CustomMonitoringSignal {
  type: 'custom'
  connection?: CustomMonitoringSignalConnection
  component_id?: string
  metric_thresholds?: MetricThreshold[]
  input_data?: { [name: string]: ReferenceData }
  alert_enabled?: boolean
  inputs?: { [name: string]: JobInput }
}

export interface CustomMonitoringSignalConnection {
  environment_variables?: { [name: string]: string }
  secret_config?: { [name: string]: string }
}

export interface MetricThreshold {
  threshold?: number
  metric_name?: string
}

export interface GenerationSafetyQualityMonitoringSignal {
  type: 'generation_safety_quality'
  production_data?: GenerationSafetyQualityMonitoringSignalProductionData[]
  connection_id?: string
  metric_thresholds?: GenerationSafetyQualityMonitoringSignalMetricThresholds
  alert_enabled?: boolean
  properties?: { [name: string]: Json }
  sampling_rate?: number
}

export interface GenerationSafetyQualityMonitoringSignalProductionData {
  input_data?: JobInput
  data_column_names?: { [name: string]: Json }
  data_window?: DataWindow
}

export interface GenerationSafetyQualityMonitoringSignalMetricThresholds {
  groundedness?: { [name: string]: number }
  relevance?: { [name: string]: number }
  coherence?: { [name: string]: number }
  fluency?: { [name: string]: number }
  similarity?: { [name: string]: number }
}

export interface GenerationTokenStatisticsMonitoringSignal {
  type: 'generation_token_statistics'
  production_data?: GenerationSafetyQualityMonitoringSignalProductionData
  metric_thresholds?: GenerationTokenStatisticsMonitoringSignalMetricThresholds
  alert_enabled?: boolean
  properties?: { [name: string]: Json }
  sampling_rate?: number
}

export interface GenerationTokenStatisticsMonitoringSignalMetricThresholds {
  totaltoken?: { [name: string]: number }
}

export interface AlertNotification {
  emails?: string[]
}

/** A call of a batch endpoint. Ours alone. */
export interface InvokeBatchEndpoint {
  /** The batch endpoint that is called. */
  endpoint_name: string
  /** Deployment instead of the default one. */
  deployment_name?: string
  /** Data and values by name, as in a job. */
  inputs?: { [name: string]: JobInput }
  /** Where results go, by name, as in a job. */
  outputs?: { [name: string]: JobOutput }
  /** Experiment of the jobs. */
  experiment_name?: string
  /** Files in one call of run(). */
  mini_batch_size?: number
  /** Files that may fail; -1 for any number. */
  error_threshold?: number
  /** File of the results. */
  output_file_name?: string
  /** Texts by name, to find it again. */
  tags?: { [name: string]: string | number | boolean | null }
}

/** An address that answers scoring calls, and which deployment answers how many of them. */
export interface OnlineEndpoint {
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name: 3 to 32 letters, digits and -, starting with a letter. */
  name: string
  /** Free text. */
  description?: string
  /** Texts by name, to find it again. */
  tags?: { [name: string]: string | number | boolean | null }
  /** Creating, Updating, Deleting, Succeeded, Failed or Canceled. Filled by the server. */
  readonly provisioning_state?: string
  /** Values by name that stay with it. */
  properties?: { [name: string]: Json }
  /** Where it is called. Filled by the server. */
  readonly scoring_uri?: string
  /** Where it is described. Filled by the server. */
  readonly openapi_uri?: string
  /** Region; without effect here. */
  location?: string
  /** Managed identity. Stored and shown; without effect here. */
  identity?: Identity
  /** How callers show who they are. */
  auth_mode?: 'key' | 'aml_token' | 'aad_token'
  /** Percent of the calls by deployment; together 0 or 100. */
  traffic?: { [name: string]: number }
  /** Percent of the calls a deployment gets a copy of; at most 50. */
  mirror_traffic?: { [name: string]: number }
  /** Public access. Stored and shown. */
  public_network_access?: 'enabled' | 'disabled'
  /** A Kubernetes compute: azureml:<name>. With it the endpoint is a Kubernetes one. */
  compute?: string
  /** Managed or K8S. Filled by the server. */
  readonly kind?: string
}

/** What answers the calls of an online endpoint: a model, code and an environment. */
export type OnlineDeployment = ManagedOnlineDeployment | KubernetesOnlineDeployment

/** On machines of the service. */
export interface ManagedOnlineDeployment {
  type?: 'managed'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name: 3 to 32 letters, digits and -. */
  name: string
  /** Endpoint it belongs to. */
  endpoint_name: string
  /** Free text. */
  description?: string
  /** Texts by name, to find it again. */
  tags?: { [name: string]: string | number | boolean | null }
  /** Values by name that stay with it. */
  properties?: { [name: string]: Json }
  /** azureml:<name>:<version>, or a model in place. */
  model?: string | Inline<Model>
  /** Code that scores. */
  code_configuration?: CodeConfiguration
  /** azureml:<name>:<version>, azureml:<name>@latest, or an environment in place. */
  environment?: string | Inline<Environment>
  /** Environment variables of its processes. */
  environment_variables?: { [name: string]: string | number | boolean | null }
  /** Creating, Updating, Scaling, Deleting, Succeeded, Failed. Filled by the server. */
  readonly provisioning_state?: string
  /** Telemetry. Stored and shown. */
  app_insights_enabled?: boolean
  /** How many instances there are. */
  scale_settings?: ScaleSettings
  /** What calls may take. */
  request_settings?: RequestSettings
  /** Answers when it lives. */
  liveness_probe?: LivenessProbe
  /** Answers when it can score. */
  readiness_probe?: LivenessProbe
  /** How many instances; 1 when absent. */
  instance_count?: number
  /** Where the model is in containers of your own. */
  model_mount_path?: string
  /** Keeping what was asked and answered. */
  data_collector?: DataCollector
  /** Machine size. */
  instance_type: string
  /** Whether it may call out. Stored and shown. */
  egress_public_network_access?: 'enabled' | 'disabled'
  /** Older name of the same. */
  private_network_connection?: boolean
}

/** Code that scores. */
export interface CodeConfiguration {
  /** Folder of the scoring script. */
  code?: string | Folder
  /** The script in it, with init() and run(). */
  scoring_script?: string
}

/** How many instances there are. */
export type ScaleSettings = DefaultScaleSettings | TargetUtilizationScaleSettings

/** A fixed number of instances. */
export interface DefaultScaleSettings {
  type: 'default'
}

/** As many as the load asks for. */
export interface TargetUtilizationScaleSettings {
  type: 'target_utilization'
  /** Seconds between two looks. */
  polling_interval?: number
  /** Load to aim at. */
  target_utilization_percentage?: number
  /** Fewest. */
  min_instances?: number
  /** Most. */
  max_instances?: number
  /** Other bounds at times; the first that fits holds. Ours alone. */
  profiles?: Profile[]
}

export interface Profile {
  /** What it is called. */
  name?: string
  /** Fewest; that of the settings when absent. */
  min_instances?: number
  /** Most; that of the settings when absent. */
  max_instances?: number
  /** Days of the week; all when absent. */
  days?: ('monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday')[]
  /** From when on; midnight when absent. */
  start?: string
  /** Until when; midnight when absent. Not after start: of the next day. */
  end?: string
  /** Time zone name: UTC, Europe/Berlin, Eastern Standard Time, … */
  time_zone?: string
}

/** What calls may take. */
export interface RequestSettings {
  /** Milliseconds a call may take; 5000. */
  request_timeout_ms?: number
  /** Calls at once; more are answered with 429. */
  max_concurrent_requests_per_instance?: number
  /** Milliseconds a call may wait; 500. */
  max_queue_wait_ms?: number
}

/** Answers when it lives. */
export interface LivenessProbe {
  /** Seconds between two tries; 10. */
  period?: number
  /** Seconds before the first; 10. */
  initial_delay?: number
  /** Seconds one may take; 2. */
  timeout?: number
  success_threshold?: number
  failure_threshold?: number
}

/** Keeping what was asked and answered. */
export interface DataCollector {
  /** What is kept, by name; request and response are taken by payloads. */
  collections?: { [name: string]: Collection }
  /** How often a new file is begun; hour. */
  rolling_rate?: 'minute' | 'hour' | 'day'
  /** Share of the calls that are kept, 0 to 1; all when absent. */
  sampling_rate?: number
  /** What of a call is kept beside its body. */
  request_logging?: RequestLogging
}

export interface Collection {
  /** 'true' or 'false', in quotes. */
  enabled: 'true' | 'false'
  /** Where it goes: {name, version, path} of a data asset, or the id of one. */
  data?: CollectionData | string
  /** Without effect here. */
  client_id?: string
}

export interface CollectionData {
  name?: string
  path?: string
  version?: string | number
  data_id?: string
}

/** What of a call is kept beside its body. */
export interface RequestLogging {
  /** Names of headers. */
  capture_headers?: string[]
}

/** On a Kubernetes compute. */
export interface KubernetesOnlineDeployment {
  type: 'kubernetes'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name: 3 to 32 letters, digits and -. */
  name: string
  /** Endpoint it belongs to. */
  endpoint_name: string
  /** Free text. */
  description?: string
  /** Texts by name, to find it again. */
  tags?: { [name: string]: string | number | boolean | null }
  /** Values by name that stay with it. */
  properties?: { [name: string]: Json }
  /** azureml:<name>:<version>, or a model in place. */
  model?: string | Inline<Model>
  /** Code that scores. */
  code_configuration?: CodeConfiguration
  /** azureml:<name>:<version>, azureml:<name>@latest, or an environment in place. */
  environment?: string | Inline<Environment>
  /** Environment variables of its processes. */
  environment_variables?: { [name: string]: string | number | boolean | null }
  /** Creating, Updating, Scaling, Deleting, Succeeded, Failed. Filled by the server. */
  readonly provisioning_state?: string
  /** Telemetry. Stored and shown. */
  app_insights_enabled?: boolean
  /** How many instances there are. */
  scale_settings?: ScaleSettings
  /** What calls may take. */
  request_settings?: RequestSettings
  /** Answers when it lives. */
  liveness_probe?: LivenessProbe
  /** Answers when it can score. */
  readiness_probe?: LivenessProbe
  /** How many instances; 1 when absent. */
  instance_count?: number
  /** Where the model is in containers of your own. */
  model_mount_path?: string
  /** Keeping what was asked and answered. */
  data_collector?: DataCollector
  /** Instance type of the cluster. */
  instance_type?: string
  /** What its containers ask for and may take. */
  resources?: KubernetesOnlineDeploymentResources
}

/** What its containers ask for and may take. */
export interface KubernetesOnlineDeploymentResources {
  /** All three are texts: "1", "2Gi". */
  requests?: Requests
  /** All three are texts: "1", "2Gi". */
  limits?: Requests
}

/** All three are texts: "1", "2Gi". */
export interface Requests {
  cpu?: string
  memory?: string
  gpu?: string
}

/** An address that starts jobs over many files. */
export interface BatchEndpoint {
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name: 3 to 32 letters, digits and -, starting with a letter. */
  name: string
  /** Free text. */
  description?: string
  /** Texts by name, to find it again. */
  tags?: { [name: string]: string | number | boolean | null }
  /** Creating, Updating, Deleting, Succeeded, Failed or Canceled. Filled by the server. */
  readonly provisioning_state?: string
  /** Values by name that stay with it. */
  properties?: { [name: string]: Json }
  /** Where it is called. Filled by the server. */
  readonly scoring_uri?: string
  /** Where it is described. Filled by the server. */
  readonly openapi_uri?: string
  /** Region; without effect here. */
  location?: string
  /** Managed identity. Stored and shown; without effect here. */
  identity?: Identity
  /** How callers show who they are. */
  auth_mode?: 'key' | 'aml_token' | 'aad_token'
  /** What callers need not say. */
  defaults?: Defaults
}

/** What callers need not say. */
export interface Defaults {
  /** Deployment that calls go to. */
  deployment_name?: string
}

/** What a batch endpoint starts: a model over mini-batches of files, or a pipeline component. */
export type BatchDeployment = ModelBatchDeployment | PipelineBatchDeployment

/** A model, called with mini-batches of files. */
export interface ModelBatchDeployment {
  type?: 'model'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name: 3 to 32 letters, digits and -. */
  name: string
  /** Endpoint it belongs to. */
  endpoint_name: string
  /** Free text. */
  description?: string
  /** Texts by name, to find it again. */
  tags?: { [name: string]: string | number | boolean | null }
  /** Values by name that stay with it. */
  properties?: { [name: string]: Json }
  /** Code that scores. */
  code_configuration?: CodeConfiguration
  /** azureml:<name>:<version>, azureml:<name>@latest, or an environment in place. */
  environment?: string | Inline<Environment>
  /** Environment variables of its processes. */
  environment_variables?: { [name: string]: string | number | boolean | null }
  /** Creating, Updating, Scaling, Deleting, Succeeded, Failed. Filled by the server. */
  readonly provisioning_state?: string
  /** The model. */
  model?: string | Inline<Model>
  /** Cluster that runs it: azureml:<name>. */
  compute?: string
  /** What a run asks of its compute. */
  resources?: ModelBatchDeploymentResources
  /** Files that may fail; -1 for any number. */
  error_threshold?: number
  /** What happens to a mini-batch that fails. */
  retry_settings?: ModelBatchDeploymentRetrySettings
  /** Files in one call of run(); 10. */
  mini_batch_size?: number
  /** How much is logged: info, warning or debug. */
  logging_level?: 'info' | 'warning' | 'debug' | string
  /** append_row collects what run() returns; summary_only leaves files to the script. */
  output_action?: 'append_row' | 'summary_only'
  /** File that append_row writes; predictions.csv. */
  output_file_name?: string
  /** Calls of run() at once on a node. */
  max_concurrency_per_instance?: number
  /** How files are scored. */
  settings?: ModelBatchDeploymentSettings
}

/** What a run asks of its compute. */
export interface ModelBatchDeploymentResources {
  /** Nodes. */
  instance_count?: number
  /** Their size. */
  instance_type?: string
  /** Free mapping. */
  properties?: { [name: string]: Json }
  /** Shared memory of containers. */
  shm_size?: string
  /** More arguments for docker run. */
  docker_args?: string | string[]
  /** Regions allowed; without effect here. */
  locations?: string[]
  /** Most nodes. */
  max_instance_count?: number
}

/** What happens to a mini-batch that fails. */
export interface ModelBatchDeploymentRetrySettings {
  /** How often; 3. */
  max_retries?: number
  /** Seconds one try may take; 30. */
  timeout?: number
}

/** How files are scored. */
export interface ModelBatchDeploymentSettings {
  /** Files that may fail; -1 for any number. */
  error_threshold?: number
  /** What happens to a mini-batch that fails. */
  retry_settings?: ModelBatchDeploymentRetrySettings
  /** Files in one call of run(); 10. */
  mini_batch_size?: number
  /** How much is logged: info, warning or debug. */
  logging_level?: 'info' | 'warning' | 'debug' | string
  /** append_row collects what run() returns; summary_only leaves files to the script. */
  output_action?: 'append_row' | 'summary_only'
  /** File that append_row writes; predictions.csv. */
  output_file_name?: string
  /** Calls of run() at once on a node. */
  max_concurrency_per_instance?: number
  /** Nodes; the same as resources.instance_count. */
  instance_count?: number
  /** Environment variables of its processes. */
  environment_variables?: { [name: string]: string | number | boolean | null }
}

/** A pipeline component, started once a call. */
export interface PipelineBatchDeployment {
  type: 'pipeline'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name: 3 to 32 letters, digits and -. */
  name: string
  /** Endpoint it belongs to. */
  endpoint_name: string
  /** Free text. */
  description?: string
  /** Texts by name, to find it again. */
  tags?: { [name: string]: string | number | boolean | null }
  /** azureml:<name>:<version>, or the file of a pipeline component. */
  component?: string
  /** A job, or the file of one, that the component is cut from. */
  job_definition?: Json
  /** Settings of the pipeline job it starts. */
  settings?: { [name: string]: Json }
}

/** Features that are computed by one piece of code from one source. */
export interface FeatureSet {
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name. */
  name: string
  /** Its version. */
  version: string
  /** Newest version there is. Filled by the server. */
  readonly latest_version?: string
  /** Development, Production or Archived. */
  stage?: 'Development' | 'Production' | 'Archived'
  /** Free text. */
  description?: string
  /** Texts by name, to find it again. */
  tags?: { [name: string]: string }
  /** What the features are. */
  specification: Specification
  /** azureml:<entity>:<version>, one an item. */
  entities: string[]
  /** Texts by name that stay with it. Filled by the server. */
  readonly properties?: { [name: string]: string }
  /** When and with what it is computed ahead. */
  materialization_settings?: MaterializationSettings
}

/** What the features are. */
export interface Specification {
  /** Folder with FeatureSetSpec.yaml. */
  path: string | Folder
}

/** When and with what it is computed ahead. */
export interface MaterializationSettings {
  /** When. */
  schedule?: MaterializationSettingsSchedule
  notification?: Notification
  resource?: MaterializationSettingsResource
  spark_configuration?: { [name: string]: Json }
  offline_enabled?: boolean
  online_enabled?: boolean
}

/** When. */
export type MaterializationSettingsSchedule = RecurrenceMaterializationSettingsSchedule

/** Every so often. */
export interface RecurrenceMaterializationSettingsSchedule {
  type: 'recurrence'
  /** ISO 8601 instant, read in the time zone; now when absent. */
  start_time?: string
  /** ISO 8601 instant, read in the time zone; never when absent. */
  end_time?: string
  /** Time zone name: UTC, Eastern Standard Time, … */
  time_zone?: string
  /** Unit of the interval. */
  frequency: 'minute' | 'hour' | 'day' | 'week' | 'month'
  /** How many of them. */
  interval: number
  /** At which times of such a day. */
  schedule?: RecurrenceScheduleTriggerSchedule
}

export interface Notification {
  email_on: string[]
  emails: string[]
}

export interface MaterializationSettingsResource {
  instance_type?: string
}

/** What features are about, and the columns that tell one from another. */
export interface FeatureStoreEntity {
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name. */
  name: string
  /** Its version. */
  version: string
  /** Newest version there is. Filled by the server. */
  readonly latest_version?: string
  /** Development, Production or Archived. */
  stage?: 'Development' | 'Production' | 'Archived'
  /** Free text. */
  description?: string
  /** Texts by name, to find it again. */
  tags?: { [name: string]: string }
  /** Columns of the key: {name, type}. */
  index_columns: IndexColumn[]
  /** Texts by name that stay with it. */
  properties?: { [name: string]: string }
}

export interface IndexColumn {
  name: string
  type: 'string' | 'integer' | 'long' | 'float' | 'double' | 'binary' | 'datetime' | 'boolean'
}

/** A search index over documents, kept as a folder. */
export interface Index {
  /** Address of a JSON Schema; read by editors only. Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name. */
  name: string
  /** Its version: any text, a number becomes text. Left out, the next whole number is taken. */
  version?: string | number | boolean
  /** Free text. */
  description?: string
  /** Newest version there is. Filled by the server. */
  readonly latest_version?: string
  /** When it may be deleted unasked. Stored; nothing is deleted here. */
  auto_delete_setting?: AutoDeleteSetting
  /** Texts by name, to find it again. */
  tags?: { [name: string]: string | number | boolean | null }
  /** Datastore that local files are uploaded to. */
  datastore?: string
  /** Free text: Development, Production, … */
  stage?: string
  /** Folder of the index. */
  path: string | Folder
  /** Texts by name. */
  properties?: { [name: string]: string }
}

/** What online deployments of a model start from. Lives in registries alone. */
export interface DeploymentTemplate {
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name. */
  name: string
  /** Its version. */
  version?: string | number | boolean
  /** Name shown to people. */
  display_name?: string
  /** Free text. */
  description?: string
  /** Texts by name, to find it again. */
  tags?: { [name: string]: string | number | boolean | null }
  /** deployment_template. Filled by the server. */
  readonly type?: string
  /** managed. */
  deployment_template_type?: string
  /** What must be installed. */
  environment?: string | Inline<Environment>
  /** Environment variables. */
  environment_variables?: { [name: string]: string | number | boolean | null }
  /** What calls may take. */
  request_settings?: RequestSettings
  /** Answers when it lives. */
  liveness_probe?: DeploymentTemplateLivenessProbe
  /** Answers when it can score. */
  readiness_probe?: DeploymentTemplateLivenessProbe
  /** How many instances. */
  instance_count?: number
  /** Where the model is in the container. */
  model_mount_path?: string
  /** Machine sizes allowed. */
  allowed_instance_types?: string[]
  /** Machine size when none is said. */
  default_instance_type?: string
  /** Accelerators a model instance takes. */
  accelerator_maps?: AcceleratorMap[]
  /** Port it answers on. */
  scoring_port?: number
  /** Path it answers at. */
  scoring_path?: string
  /** Stage of its life. Filled by the server. */
  readonly stage?: string
}

/** Answers when it lives. */
export interface DeploymentTemplateLivenessProbe {
  /** Seconds between two tries; 10. */
  period?: number
  /** Seconds before the first; 10. */
  initial_delay?: number
  /** Seconds one may take; 2. */
  timeout?: number
  success_threshold?: number
  failure_threshold?: number
  scheme?: string
  method?: string
  path?: string
  port?: number
}

export interface AcceleratorMap {
  accelerator_type: string
  number_of_accelerators_per_model_instance: number
  default?: boolean | null
}

/** A model of a catalogue that somebody else runs. Stored and shown. */
export interface ServerlessEndpoint {
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name: letters, digits and -, starting with a letter. */
  name: string
  /** How callers show who they are. */
  auth_mode?: 'key' | 'aad'
  /** Model of a registry. */
  model_id: string
  /** Region; without effect here. */
  location?: string
  /** Texts by name, to find it again. */
  tags?: { [name: string]: string | number | boolean | null }
  /** Free text. */
  description?: string
  /** Texts by name. */
  properties?: { [name: string]: Json }
  /** What callers must send. Filled by the server. */
  readonly headers?: { [name: string]: string }
  /** Filled by the server. */
  readonly provisioning_state?: string
  /** Where it is called. Filled by the server. */
  readonly scoring_uri?: string
}

/** The right to use a model of a market. Stored and shown. */
export interface MarketplaceSubscription {
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name. */
  name: string
  /** Model of a registry. */
  model_id: string
  /** Plan of the market. Filled by the server. */
  readonly marketplace_plan?: Json
  /** subscribed, suspended or unsubscribed. Filled by the server. */
  readonly status?: string
  /** Filled by the server. */
  readonly provisioning_state?: string
}

/** Which connections the agents of a hub or project use. Stored and shown. */
export interface CapabilityHost {
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name. */
  name?: string
  /** Free text. */
  description?: string
  /** Agents. */
  capability_host_kind?: string
  /** Connections to vector stores. */
  vector_store_connections?: string[]
  /** Connections to AI services. */
  ai_services_connections?: string[]
  /** Connections to storage. */
  storage_connections?: string[]
  /** Connections to storage of threads. */
  thread_storage_connections?: string[]
  /** Filled by the server. */
  readonly provisioning_state?: string
}

/** Where a managed network may lead. Stored and shown; without effect here. */
export type OutboundRule = FqdnOutboundRule | PrivateEndpointOutboundRule | ServiceTagOutboundRule

/** A rule of type FQDN. */
export interface FqdnOutboundRule {
  type: 'fqdn'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name. */
  name: string
  /** Rules it follows from. Filled by the server. */
  readonly parent_rule_names?: string[]
  /** required, recommended, user_defined or dependency. Filled by the server. */
  readonly category?: string
  /** Active or Inactive. Filled by the server. */
  readonly status?: string
  /** Where it leads. */
  destination: string
}

/** A rule of type PrivateEndpoint. */
export interface PrivateEndpointOutboundRule {
  type: 'private_endpoint'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name. */
  name: string
  /** Rules it follows from. Filled by the server. */
  readonly parent_rule_names?: string[]
  /** required, recommended, user_defined or dependency. Filled by the server. */
  readonly category?: string
  /** Active or Inactive. Filled by the server. */
  readonly status?: string
  /** Where it leads. */
  destination: Destination
  /** Names it answers to. */
  fqdns?: string[]
}

/** A rule of type ServiceTag. */
export interface ServiceTagOutboundRule {
  type: 'service_tag'
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name. */
  name: string
  /** Rules it follows from. Filled by the server. */
  readonly parent_rule_names?: string[]
  /** required, recommended, user_defined or dependency. Filled by the server. */
  readonly category?: string
  /** Active or Inactive. Filled by the server. */
  readonly status?: string
  /** Where it leads. */
  destination: ServiceTagManagedNetworkOutboundRuleDestination
}

/** A private endpoint that asks to reach a workspace. Stored and shown; without effect here. */
export interface PrivateEndpointConnection {
  /** Filled by the server. */
  readonly $schema?: string
  /** Its full id. Filled by the server. */
  readonly id?: string
  /** Who made and changed it, and when. Filled by the server. */
  readonly creation_context?: Json
  /** Its name. */
  name: string
  /** Region; without effect here. */
  location?: string
  /** Texts by name. */
  tags?: { [name: string]: string }
  /** The endpoint: {id}. */
  private_endpoint?: PrivateEndpoint
  /** Whether it may: {status, description}. */
  private_link_service_connection_state?: PrivateLinkServiceConnectionState
  /** Filled by the server. */
  readonly provisioning_state?: string
}

/** The endpoint: {id}. */
export interface PrivateEndpoint {
  id?: string
  subnet_arm_id?: string
}

/** Whether it may: {status, description}. */
export interface PrivateLinkServiceConnectionState {
  status?: 'pending' | 'approved' | 'rejected' | 'disconnected' | 'timeout'
  description?: string
  actions_required?: string
}
