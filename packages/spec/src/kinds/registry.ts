// registry: assets that several workspaces share.
import { type Fields, f } from '../field.ts'
import { asArray, asObject, isObject, type Json, type JsonObject } from '../json.ts'
import { defineKind } from '../kind.ts'
import { besideTags, resourceIdentity, served } from './common.ts'

const storageTypes =
  'standard_lrs standard_grs standard_ragrs standard_zrs standard_gzrs standard_ragzrs premium_lrs premium_zrs'
const account: Fields = {
  arm_resource_id: f.string({ out: true }),
  storage_account_hns: f.bool({ doc: 'Hierarchical names.' }),
  storage_account_type: f.enum(storageTypes.split(' '), { doc: 'Kind of storage account.' }),
  replication_count: f.int({ least: 1, doc: 'How many accounts; 1.' }),
  replicated_ids: f.list(f.string(), { out: true }),
}
const region = f.object({
  location: f.string({ doc: 'Region.' }),
  storage_config: f.union([f.object(account), f.list(f.string({ loose: true }))], {
    doc: 'Storage that is made for it, or the ids of accounts.',
  }),
})
const out = (doc: string) => f.string({ out: true, doc })

export const registry = defineKind({
  name: 'registry',
  plural: 'registries',
  collection: 'registries',
  shape: 'plain',
  scope: 'resourceGroup',
  tracked: true,
  doc: 'Assets that several workspaces share.',
  fields: f.object({
    $schema: f.string({ out: true }),
    ...served,
    name: f.string({ beside: true, doc: 'Its name: 3 to 33 letters, digits, - and _; unique on the server.' }),
    description: f.string({ doc: 'Free text.' }),
    tags: besideTags,
    location: f.required(f.string({ beside: true, doc: 'Region; without effect here.' })),
    public_network_access: f.enum(['Disabled', 'Enabled'], { doc: 'Public access. Stored and shown.' }),
    replication_locations: f.list(region, {
      wire: 'regionDetails',
      doc: 'Regions it is copied to. Stored and shown; here is one place.',
    }),
    intellectual_property: f.object({ publisher: f.string() }, { doc: 'Who publishes it.' }),
    container_registry: f.union(
      [
        f.string({ loose: true }),
        f.object({ arm_resource_id: f.string({ out: true }), acr_account_sku: f.enum(['premium']) }),
      ],
      { doc: 'Registry of images. Stored and shown; without effect here.' },
    ),
    identity: { ...resourceIdentity, out: true },
    kind: f.string({ out: true, beside: true, doc: 'Always empty.' }),
    sku: f.any({ out: true, beside: true, doc: 'Always empty.' }),
    managed_resource_group: f.any({ out: true, doc: 'Resource group of its parts.' }),
    mlflow_registry_uri: { ...out('Where MLflow finds its models.'), wire: 'mlFlowRegistryUri' },
    discovery_url: out('Where clients learn its addresses.'),
  }),
  wire: f.object({
    region_details: f.list(f.object({}, { open: true })),
    managed_resource_group_tags: f.map(f.any({ nullable: true })),
    public_network_access: f.enum(['Disabled', 'Enabled']),
    intellectual_property_publisher: f.string(),
  }),
  columns: ['name', 'location', 'description', 'mlflow_registry_uri'],
  lro: true,
  toProps,
  fromProps,
  prepare: (props) => ({ publicNetworkAccess: 'Enabled', regionDetails: [], ...props }),
})

function toProps(written: JsonObject, yaml: JsonObject): JsonObject {
  const { intellectualProperty: publisher, containerRegistry: images, regionDetails: regions, ...rest } = written
  return {
    ...rest,
    ...(isObject(publisher) ? { intellectualPropertyPublisher: publisher.publisher ?? null } : {}),
    regionDetails: asArray(regions).map((one) => regionToWire(asObject(one), images)),
    ...(isObject(yaml.tags) ? { managedResourceGroupTags: yaml.tags } : {}),
  }
}

function regionToWire({ storageConfig: storage, ...rest }: JsonObject, images: Json | undefined): JsonObject {
  const acr =
    typeof images === 'string'
      ? { userCreatedAcrAccount: { armResourceId: { resourceId: images } } }
      : { systemCreatedAcrAccount: { acrAccountSku: 'Premium' } }
  const given = asObject(storage)
  const made = {
    systemCreatedStorageAccount: {
      storageAccountHnsEnabled: given.storageAccountHns ?? false,
      storageAccountType: given.storageAccountType ?? 'standard_lrs',
    },
  }
  const count = typeof given.replicationCount === 'number' ? Math.min(given.replicationCount, 100) : 1
  const accounts = Array.isArray(storage)
    ? storage.map((id) => ({ userCreatedStorageAccount: { armResourceId: { resourceId: id } } }))
    : Array.from({ length: count }, () => made)
  return { ...rest, acrDetails: [acr], storageAccountDetails: accounts }
}

function fromProps(props: JsonObject): JsonObject {
  const { intellectualPropertyPublisher: publisher, regionDetails: regions, ...rest } = props
  const list = asArray(regions).map(asObject)
  const own = asObject(asObject(asArray(list[0]?.acrDetails)[0]).userCreatedAcrAccount).armResourceId
  return {
    ...rest,
    ...(typeof publisher === 'string' ? { intellectualProperty: { publisher } } : {}),
    ...(list.length > 0 ? { regionDetails: list.map(regionFromWire) } : {}),
    ...(isObject(own) ? { containerRegistry: own.resourceId ?? null } : {}),
  }
}

function regionFromWire({ acrDetails: _, storageAccountDetails: accounts, ...rest }: JsonObject): JsonObject {
  const list = asArray(accounts).map(asObject)
  const ids = list.flatMap((one) => asObject(asObject(one.userCreatedStorageAccount).armResourceId).resourceId ?? [])
  if (ids.length > 0) return { ...rest, storageConfig: ids }
  const made = asObject(list[0]?.systemCreatedStorageAccount)
  if (Object.keys(made).length === 0) return rest
  return {
    ...rest,
    storageConfig: {
      storageAccountHns: made.storageAccountHnsEnabled ?? false,
      storageAccountType: made.storageAccountType ?? null,
      ...(list.length > 1 ? { replicationCount: list.length } : {}),
    },
  }
}
