// Workspaces under other names: hubs, projects and feature stores. Their rows are workspaces; the envelope says which.
import { type Field, type Fields, f } from '../field.ts'
import { defineKind, type Kind } from '../kind.ts'
import { workspace } from './workspace.ts'

const base: Fields = workspace.fields.fields ?? {}
const { kind: _, hub_id: __, ...room } = base
const word = (kind: string): Field => f.enum([kind], { required: true, beside: true, doc: `${kind}.` })

/** A table whose rows are workspaces of that envelope kind. */
function workspaceCalled(name: string, plural: string, envelope: string, doc: string, fields: Fields): Kind {
  return defineKind({
    ...workspace,
    name,
    plural,
    doc,
    document: { of: 'workspace', envelope },
    fields: f.object(fields),
  })
}

export const hub = workspaceCalled('hub', 'hubs', 'Hub', 'A workspace whose settings several projects share.', {
  ...room,
  kind: word('hub'),
  default_resource_group: f.string({ doc: 'Resource group of new projects.' }),
  associated_workspaces: f.list(f.string(), { out: true, doc: 'Its projects.' }),
})

export const project = workspaceCalled(
  'project',
  'projects',
  'Project',
  'A workspace that takes its settings from a hub.',
  {
    ...room,
    kind: word('project'),
    hub_id: f.required(f.string({ wire: 'hubResourceId', doc: 'Full id of its hub.' })),
  },
)

const store = f.object(
  {
    type: f.required(f.string({ doc: 'azure_data_lake_gen2, redis.' })),
    target: f.required(
      f.string({
        pattern: '^/?subscriptions/[^/]+/(resourceGroups/[^/]+/)?providers/Microsoft.[^/]+/[^/]+/[^/]+',
        says: 'it must be the full id of a resource',
        doc: 'Full id of the store.',
      }),
    ),
  },
  { doc: 'Where features are kept: {type, target}. Stored and shown.' },
)
const storeKeys =
  '$schema id creation_context name location resource_group description display_name tags hbi_workspace storage_account container_registry key_vault application_insights customer_managed_key image_build_compute public_network_access identity primary_user_assigned_identity managed_network'.split(
    ' ',
  )

export const featureStore = workspaceCalled(
  'feature-store',
  'feature stores',
  'FeatureStore',
  'A workspace for features: sets of them, and the entities they are looked up by.',
  {
    ...Object.fromEntries(Object.entries(base).filter(([key]) => storeKeys.includes(key))),
    compute_runtime: f.object(
      { spark_runtime_version: f.string() },
      { under: 'featureStoreSettings', doc: 'Spark that computes features: {spark_runtime_version}.' },
    ),
    offline_store: store,
    online_store: store,
    materialization_identity: f.object(
      {
        resource_id: f.string(),
        principal_id: f.string({ out: true }),
        client_id: f.string({ out: true }),
        tenant_id: f.string({ out: true }),
      },
      { doc: 'Identity that writes features: {resource_id}. Stored and shown.' },
    ),
  },
)
