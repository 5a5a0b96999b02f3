// datastore: a named place where bytes are kept, and how to get in.
import { type Field, f } from '../field.ts'
import { asObject, isObject, type JsonObject } from '../json.ts'
import { defineKind } from '../kind.ts'
import { served } from './common.ts'

const secret = (inner: Field): Field => ({ ...inner, under: 'secrets', secret: true })
const servicePrincipal = {
  authority_url: f.string({ def: 'https://login.microsoftonline.com', doc: 'Where tokens are asked for.' }),
  resource_url: f.string({ doc: 'What tokens are for.' }),
  tenant_id: f.required(f.string({ doc: 'Tenant.' })),
  client_id: f.required(f.string({ doc: 'Application id.' })),
}
const accountKey = f.object({ account_key: f.required(secret(f.string({ wire: 'key', doc: 'Key of the account.' }))) })
const sasToken = f.object({ sas_token: f.required(secret(f.string({ doc: 'Shared access signature.' }))) })
const clientSecret = f.object({
  ...servicePrincipal,
  client_secret: f.required(secret(f.string({ doc: 'Password of the application.' }))),
})
const certificate = f.object({
  ...servicePrincipal,
  certificate: secret(f.string({ doc: 'Private key.' })),
  thumbprint: f.required(f.string({ doc: 'Thumbprint of the certificate.' })),
})
const accessKey = f.object({
  access_key_id: f.required(f.string({ doc: 'Id of the key.' })),
  secret_access_key: f.required(secret(f.string({ doc: 'The key.' }))),
})
const nothing = f.object({})
const credentials = (...choices: Field[]) =>
  f.union([...choices, nothing], { doc: 'How to get in; left out, the identity of whoever asks.' })

const common = {
  $schema: f.string({ out: true }),
  ...served,
  name: f.required(f.string({ beside: true, doc: 'Its name; unique in the workspace.' })),
  description: f.string({ doc: 'Free text.' }),
  tags: f.map(f.string(), { def: {}, doc: 'Texts by name.' }),
}
const account = {
  account_name: f.required(f.string({ doc: 'Storage account.' })),
  endpoint: f.string({ def: 'core.windows.net', doc: 'Suffix of the host name.' }),
  protocol: f.string({ def: 'https', doc: 'https, http, wasbs or wasb.' }),
}

export const datastore = defineKind({
  name: 'datastore',
  plural: 'datastores',
  collection: 'datastores',
  shape: 'plain',
  scope: 'workspace',
  doc: 'A named place where bytes are kept, and how to get in.',
  fields: f.oneOf(
    'type',
    'datastoreType',
    {
      azure_blob: {
        wire: 'AzureBlob',
        doc: 'A container of an Azure storage account.',
        fields: {
          ...common,
          ...account,
          container_name: f.required(f.string({ doc: 'Container.' })),
          credentials: credentials(accountKey, sasToken),
        },
      },
      azure_file: {
        wire: 'AzureFile',
        doc: 'A file share of an Azure storage account.',
        fields: {
          ...common,
          ...account,
          file_share_name: f.required(f.string({ doc: 'File share.' })),
          credentials: credentials(accountKey, sasToken),
        },
      },
      azure_data_lake_gen1: {
        wire: 'AzureDataLakeGen1',
        doc: 'Data Lake Gen1, which Azure has retired: it registers, reading it fails.',
        fields: {
          ...common,
          store_name: f.required(f.string({ doc: 'Store.' })),
          credentials: credentials(clientSecret, certificate),
          // texts on the wire; in files the official client asks for mappings, see checkYaml
          tags: f.map(f.any({ nullable: true }), { def: {}, doc: 'Mappings by name.' }),
        },
      },
      azure_data_lake_gen2: {
        wire: 'AzureDataLakeGen2',
        doc: 'A file system of a Data Lake Gen2 account.',
        fields: {
          ...common,
          ...account,
          filesystem: f.required(f.string({ doc: 'File system.' })),
          credentials: credentials(clientSecret, certificate),
        },
      },
      one_lake: {
        wire: 'OneLake',
        doc: 'A lakehouse of Microsoft Fabric.',
        fields: {
          ...common,
          one_lake_workspace_name: f.required(f.string({ doc: 'Fabric workspace.' })),
          endpoint: f.required(f.string({ doc: 'Host name.' })),
          artifact: f.required(
            f.object(
              {
                type: f.enum(['lake_house'], {
                  wire: 'artifactType',
                  map: { lake_house: 'LakeHouse' },
                  spelling: 'snake',
                  doc: 'lake_house.',
                }),
                name: f.required(f.string({ wire: 'artifactName', doc: 'Its name.' })),
              },
              { doc: 'The lakehouse.' },
            ),
          ),
          credentials: credentials(clientSecret),
        },
      },
      s3: {
        wire: 'S3',
        doc: 'A bucket of S3, or of a store that speaks like it. Ours: Azure ML has no such type.',
        fields: {
          ...common,
          bucket_name: f.required(f.string({ doc: 'Bucket.' })),
          endpoint: f.string({ doc: 'URL of the store; that of Amazon when absent.' }),
          region: f.string({ doc: 'Region; us-east-1 when absent.' }),
          path_style: f.bool({ doc: 'The bucket stands in the path, not in the host name.' }),
          credentials: credentials(accessKey),
        },
      },
      local: {
        wire: 'Local',
        doc: 'A folder of this machine. Ours: Azure ML has no such type.',
        fields: { ...common, path: f.required(f.string({ doc: 'Absolute path of the folder.' })) },
      },
    },
    { spelling: 'snake' },
  ),
  checkYaml: (yaml, look) => {
    if (yaml.type !== 'azure_data_lake_gen1') return
    for (const [name, value] of Object.entries(asObject(yaml.tags)))
      if (!isObject(value)) look.issue(['tags', name], 'must be a mapping in a file of this type')
  },
  columns: ['name', 'type', 'account_name', 'container_name'],
  actions: { listSecrets: 'POST' },
  secrets: [['credentials', 'secrets']],
  toProps: (written) => ({ ...written, credentials: tagCredentials(asObject(written.credentials)) }),
  fromProps: (props) => {
    const { credentialsType: _, ...rest } = asObject(props.credentials)
    return Object.keys(rest).length > 0 ? { ...props, credentials: rest } : { ...props, credentials: null }
  },
})

/** The keys given tell which credentials they are; the wire says it in words, twice. */
function tagCredentials(given: JsonObject): JsonObject {
  const secrets = asObject(given.secrets)
  const type = 'key' in secrets ? 'AccountKey' : 'sasToken' in secrets ? 'Sas' : principalType(given, secrets)
  if (type === 'None') return { credentialsType: 'None' }
  return {
    ...given,
    credentialsType: type,
    ...(isObject(given.secrets) ? { secrets: { ...secrets, secretsType: type } } : {}),
  }
}

function principalType(given: JsonObject, secrets: JsonObject): string {
  if ('clientSecret' in secrets) return 'ServicePrincipal'
  if ('secretAccessKey' in secrets) return 'AccessKey'
  return 'thumbprint' in given ? 'Certificate' : 'None'
}
