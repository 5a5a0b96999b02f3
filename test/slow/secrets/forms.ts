// Every form in which a credential reaches the server: one request each, with a secret of its own.
import type { Json, JsonObject } from '@lazurite/spec'
import type { Canaries } from './canaries.ts'

export interface Form {
  /** Path below the workspace. */
  path: string
  body: JsonObject
  /** POST action that gives the secrets back, and those it must give. */
  opens?: { action: string; secrets: string[] }
}

/** Ways in of the wire, each with what it may carry. The test compares them with the words of the table. */
export function authWords(c: Canaries): Record<string, JsonObject | undefined> {
  const s = (name: string) => c.make(`connection ${name}`)
  return {
    PAT: { pat: s('pat') },
    SAS: { sas: `sv=2022&sig=${s('sas')}` },
    UsernamePassword: { username: 'ann', password: s('password'), securityToken: s('security token') },
    ManagedIdentity: { clientId: 'client', resourceId: '/some/id' },
    ServicePrincipal: { clientId: 'client', tenantId: 'tenant', clientSecret: s('client secret') },
    AccessKey: { accessKeyId: 'AKIA', secretAccessKey: s('secret access key') },
    ApiKey: { key: s('api key') },
    AccountKey: { key: s('account key') },
    AAD: undefined,
    None: undefined,
    CustomKeys: { keys: { first: s('custom key 1'), 'x-second': s('custom key 2') } },
    OAuth2: {
      authUrl: 'https://login.test',
      clientId: 'client',
      clientSecret: s('oauth client secret'),
      developerToken: s('developer token'),
      password: s('oauth password'),
      refreshToken: s('refresh token'),
      tenantId: 'tenant',
      username: 'ann',
    },
  }
}

function textsIn(value: Json | undefined): string[] {
  if (typeof value === 'string') return [value]
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(textsIn) : []
}

function connections(c: Canaries): Form[] {
  return Object.entries(authWords(c)).map(([authType, credentials]) => ({
    path: `connections/conn-${authType.toLowerCase()}`,
    body: {
      properties: {
        category: authType === 'CustomKeys' ? 'CustomKeys' : 'Git',
        authType,
        target: 'https://git.test',
        metadata: { marker: 'not-a-secret-marker' },
        ...(credentials ? { credentials } : {}),
      },
    },
    opens: { action: 'listSecrets', secrets: textsIn(credentials) },
  }))
}

function datastores(c: Canaries): Form[] {
  const s = (name: string) => c.make(`datastore ${name}`)
  const blob = { datastoreType: 'AzureBlob', accountName: 'acct', containerName: 'c' }
  const share = { datastoreType: 'AzureFile', accountName: 'acct', fileShareName: 'c' }
  const gen1 = { datastoreType: 'AzureDataLakeGen1', storeName: 'lake' }
  const gen2 = { datastoreType: 'AzureDataLakeGen2', accountName: 'acct', filesystem: 'fs' }
  const lake = {
    ...{ datastoreType: 'OneLake', oneLakeWorkspaceName: 'w', endpoint: 'onelake.test' },
    artifact: { artifactType: 'LakeHouse', artifactName: 'house' },
  }
  const s3 = { datastoreType: 'S3', bucketName: 'bucket', endpoint: 'https://s3.test' }
  const app = { tenantId: '00000000-0000-0000-0000-000000000001', clientId: '00000000-0000-0000-0000-000000000002' }
  const all: [string, JsonObject, string, JsonObject, string][] = [
    ['blob_key', blob, 'AccountKey', {}, 'key'],
    ['blob_sas', blob, 'Sas', {}, 'sasToken'],
    ['file_key', share, 'AccountKey', {}, 'key'],
    ['file_sas', share, 'Sas', {}, 'sasToken'],
    ['gen1_secret', gen1, 'ServicePrincipal', app, 'clientSecret'],
    ['gen1_certificate', gen1, 'Certificate', { ...app, thumbprint: 'AB' }, 'certificate'],
    ['gen2_secret', gen2, 'ServicePrincipal', app, 'clientSecret'],
    ['gen2_certificate', gen2, 'Certificate', { ...app, thumbprint: 'AB' }, 'certificate'],
    ['onelake_secret', lake, 'ServicePrincipal', app, 'clientSecret'],
    ['s3_keys', s3, 'AccessKey', { accessKeyId: 'AKIA' }, 'secretAccessKey'],
  ]
  return all.map(([name, place, credentialsType, beside, word]) => {
    const secret = word === 'sasToken' ? `sv=2022&sig=${s(name)}` : s(name)
    const credentials = { credentialsType, ...beside, secrets: { secretsType: credentialsType, [word]: secret } }
    return {
      path: `datastores/${name}`,
      body: { properties: { ...place, credentials } },
      opens: { action: 'listSecrets', secrets: [secret] },
    }
  })
}

function computes(c: Canaries): Form[] {
  const s = (name: string) => c.make(`compute ${name}`)
  const [password, privateKey] = [s('vm password'), s('vm private key')]
  const resourceId =
    '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v'
  const at = { location: 'local' }
  const account = { username: 'ann', password, privateKeyData: privateKey, publicKeyData: 'ssh-rsa AAAA' }
  const relay = { relayConnectionString: s('relay'), serviceBusConnectionString: s('service bus') }
  const nodes = { adminUserName: 'ann', adminUserPassword: s('node password') }
  return [
    {
      path: 'computes/machine',
      body: {
        ...at,
        properties: {
          computeType: 'VirtualMachine',
          resourceId,
          properties: { sshPort: 22, administratorAccount: account },
        },
      },
      opens: { action: 'listKeys', secrets: [password, privateKey] },
    },
    {
      path: 'computes/cluster',
      body: {
        ...at,
        properties: {
          computeType: 'AmlCompute',
          properties: { vmSize: 'STANDARD_DS3_V2', userAccountCredentials: nodes },
        },
      },
    },
    {
      path: 'computes/instance',
      body: {
        ...at,
        properties: {
          computeType: 'ComputeInstance',
          properties: { vmSize: 'STANDARD_DS3_V2', sshSettings: { adminPublicKey: 'ssh-rsa AAAA' } },
        },
      },
    },
    {
      path: 'computes/kube',
      body: {
        ...at,
        properties: { computeType: 'Kubernetes', resourceId, properties: { namespace: 'default', ...relay } },
      },
    },
  ]
}

function endpoints(c: Canaries): Form[] {
  const key = (name: string): string => {
    const made = c.make(name)
    const plain = made.replace('é', '')
    return plain
  }
  return ['onlineEndpoints', 'batchEndpoints'].map((collection) => {
    const keys = { primaryKey: key(`${collection} primary`), secondaryKey: key(`${collection} secondary`) }
    const authMode = collection === 'onlineEndpoints' ? 'Key' : 'AADToken'
    return {
      path: `${collection}/ep-${collection.toLowerCase()}`,
      body: { location: 'local', properties: { authMode, keys } },
      opens: { action: 'listKeys', secrets: Object.values(keys) },
    }
  })
}

export function formsOf(c: Canaries): Form[] {
  return [...datastores(c), ...connections(c), ...computes(c), ...endpoints(c)]
}

/** Each form once more with its secrets where they do not belong: [path, body], refused or taken, never repeated. */
export function spoiledOf(c: Canaries, forms: Form[]): [string, JsonObject][] {
  const s = () => c.make(`spoiled ${c.count()}`)
  const blob = { datastoreType: 'AzureBlob', accountName: 'acct', containerName: 'c' }
  const key = (credentials: Json): JsonObject => ({ properties: { ...blob, credentials } })
  const git = (more: JsonObject): JsonObject => ({
    properties: { category: 'Git', target: 'https://git.test', ...more },
  })
  const spoiled: [string, JsonObject][] = [
    ['datastores/bad_text', key(s())],
    ['datastores/bad_list', key([s()])],
    ['datastores/bad_secrets', key({ credentialsType: 'AccountKey', secrets: s() })],
    ['datastores/bad_secrets_list', key({ credentialsType: 'AccountKey', secrets: [s()] })],
    [
      'datastores/bad_key',
      key({ credentialsType: 'AccountKey', secrets: { secretsType: 'AccountKey', key: { a: s() } } }),
    ],
    ['datastores/bad_level', key({ credentialsType: 'AccountKey', key: s() })],
    ['datastores/bad_case', key({ credentialsType: 'AccountKey', Secrets: { key: s() } })],
    ['datastores/bad_word', key({ credentialsType: 'AccountKey', secrets: { secretsType: s(), key: s() } })],
    ['datastores/bad_top', { properties: { ...blob, accountKey: s() } }],
    ['datastores/bad_top_sas', { properties: { ...blob, sasToken: s() } }],
    ['datastores/bad_beside', { ...key({ credentialsType: 'None' }), credentials: { secrets: { key: s() } } }],
    ['connections/bad-text', git({ authType: 'PAT', credentials: s() })],
    ['connections/bad-list', git({ authType: 'PAT', credentials: [s()] })],
    ['connections/bad-level', git({ authType: 'PAT', pat: s() })],
    ['connections/bad-key', git({ authType: 'ApiKey', apiKey: s() })],
    ['connections/bad-password', git({ authType: 'UsernamePassword', username: 'a', password: s() })],
    ['connections/bad-value', git({ authType: 'PAT', value: { a: s() } })],
    ['connections/bad-case', git({ authType: 'PAT', CREDENTIALS: { PAT: s() } })],
    ['connections/bad-auth', git({ authType: 'Nope', credentials: { pat: s() } })],
    ['connections/bad-none', git({ authType: 'None', credentials: { pat: s() } })],
    ['onlineEndpoints/ep-bad-text', { location: 'local', properties: { authMode: 'Key', keys: s() } }],
    [
      'onlineEndpoints/ep-bad-list',
      { location: 'local', properties: { authMode: 'Key', keys: { primaryKey: [s()] } } },
    ],
    ['onlineEndpoints/ep-bad-level', { location: 'local', properties: { authMode: 'Key', primaryKey: s() } }],
  ]
  const vm = (account: Json): JsonObject => ({
    location: 'local',
    properties: { computeType: 'VirtualMachine', resourceId: '/x', properties: { administratorAccount: account } },
  })
  spoiled.push(['computes/bad-text', vm(s())], ['computes/bad-list', vm({ username: 'a', password: [s()] })])
  spoiled.push(['computes/bad-case', vm({ username: 'a', Password: s() })])
  // a good body under a name that no kind takes
  spoiled.push(...forms.map(({ path, body }): [string, JsonObject] => [`${path}%20%3f`, body]))
  return spoiled
}
