// What points each official client at this server: a few variables, printed so that a shell can evaluate them.
import { readFileSync } from 'node:fs'
import { fail, type JsonObject, type WorkspaceId, workspaceArmId } from '@lazurite/spec'
import { textOf } from '../args.ts'
import type { Run } from '../command.ts'
import { isAlive, readServerFile, type ServerFile } from '../daemon.ts'
import { startServer } from '../launch.ts'
import type { Session } from '../session.ts'

type Variables = Record<string, string>

/** The address that clients are pointed at, and how they come to trust it. */
interface Target {
  url: string
  /** Absent: plain http, which most Azure clients refuse. */
  bundle?: string
  ca?: string
  token: string
  identitySecret: string
  workspace: WorkspaceId
}

/** The variables of one concern; a client needs some of the concerns. */
const concerns = {
  cloud: ({ url }) => ({
    ARM_CLOUD_METADATA_URL: `${url}/metadata/endpoints?api-version=2019-05-01`,
    REGISTRY_DISCOVERY_ENDPOINT_URL: `${url}/`,
  }),
  // Python reads the first, what is built on OpenSSL the second
  trust: ({ bundle }): Variables => (bundle ? { REQUESTS_CA_BUNDLE: bundle, SSL_CERT_FILE: bundle } : {}),
  // beside the list that Node has built in; the other authorities of this machine come along when Node was told of some
  trustNode: ({ ca, bundle }): Variables => {
    const file = process.env.NODE_EXTRA_CA_CERTS ? bundle : ca
    return file ? { NODE_EXTRA_CA_CERTS: file } : {}
  },
  identity: ({ url, identitySecret }) => ({
    IDENTITY_ENDPOINT: `${url}/msi/token`,
    IDENTITY_HEADER: identitySecret,
    MSI_ENDPOINT: `${url}/msi/token`,
    MSI_SECRET: identitySecret,
  }),
  place: ({ workspace }) => ({
    AZURE_SUBSCRIPTION_ID: workspace.subscription,
    AZURE_DEFAULTS_GROUP: workspace.resourceGroup,
    AZURE_DEFAULTS_WORKSPACE: workspace.workspace,
  }),
  // a stream of logs asks every second instead of every minute
  polling: () => ({ AZUREML_RUN_POLLING_INTERVAL_MIN: '1', AZUREML_RUN_POLLING_INTERVAL_MAX: '2' }),
  mlflow: ({ url, token, workspace }) => ({
    MLFLOW_TRACKING_URI: `${url}/mlflow/v2.0${workspaceArmId(workspace)}`,
    MLFLOW_TRACKING_TOKEN: token,
  }),
  plugin: ({ url, workspace }) => ({
    MLFLOW_TRACKING_URI: `azureml://${url.replace(/^https?:\/\//, '')}/mlflow/v1.0${workspaceArmId(workspace)}`,
  }),
} as const satisfies Record<string, (target: Target) => Variables>

type Concern = keyof typeof concerns

interface Client {
  doc: string
  concerns: readonly Concern[]
  /** What is left to do beside the variables: commands of a shell, or comments. */
  after?(target: Target): string[]
}

const everything: readonly Concern[] = ['cloud', 'trust', 'trustNode', 'identity', 'place', 'polling', 'mlflow']

const clients: Readonly<Record<string, Client>> = {
  all: { doc: 'every client', concerns: everything },
  env: { doc: 'every client, as lines of an env file', concerns: everything },
  python: {
    doc: 'azure-ai-ml, azure-identity, azure-storage-blob',
    concerns: ['cloud', 'trust', 'identity', 'place', 'polling'],
    after: () => [
      '# MLClient(DefaultAzureCredential(), os.environ["AZURE_SUBSCRIPTION_ID"],',
      '#          os.environ["AZURE_DEFAULTS_GROUP"], os.environ["AZURE_DEFAULTS_WORKSPACE"])',
    ],
  },
  az: {
    doc: 'the Azure command line with its extension ml',
    concerns: ['cloud', 'trust', 'identity', 'place', 'polling'],
    after: () => ['az cloud set --name Lazurite', 'az login --identity --output none'],
  },
  js: {
    doc: '@azure/arm-machinelearning, @azure/identity, @azure/storage-blob',
    concerns: ['trustNode', 'identity', 'place'],
    after: ({ url }) => [
      '# new AzureMachineLearningWorkspaces(new DefaultAzureCredential(), process.env.AZURE_SUBSCRIPTION_ID,',
      `#   { endpoint: '${url}' })`,
    ],
  },
  mlflow: { doc: 'mlflow 2 and 3', concerns: ['trust', 'mlflow'] },
  'azureml-mlflow': {
    doc: 'mlflow with the plugin azureml-mlflow',
    concerns: ['cloud', 'trust', 'identity', 'plugin'],
  },
}

export const clientNames = Object.keys(clients)

/** Every variable that the clients of a server read, for the shell that `laz up --ephemeral` talks to. */
export function clientVariables(server: ServerFile, workspace: WorkspaceId): Variables {
  const target = targetOf(server, workspace)
  return pick(everything, target)
}

function targetOf(server: ServerFile, workspace: WorkspaceId): Target {
  const { tls, token, url, identitySecret = '' } = server
  const place = tls ? { url: tls.url, bundle: tls.bundle, ca: tls.ca } : { url }
  return { ...place, token, identitySecret, workspace }
}

function pick(wanted: readonly Concern[], target: Target): Variables {
  return Object.assign({}, ...wanted.map((name) => concerns[name](target)))
}

export const connect: Run = async (session, args) => {
  const name = textOf(args, 'client') ?? 'all'
  const client = clients[name]
  if (!client) {
    const known = Object.entries(clients).map(([word, { doc }]) => `${word} (${doc})`)
    fail('BadArgument', { what: `There is no client called ${name}. Known are: ${known.join(', ')}.` })
  }
  const target = targetOf(await secureServer(session), session.workspace)
  const variables = { ...pick(client.concerns, target), ...proxyVariables(session.env) }
  warn(session, variables)
  const lines = Object.entries(variables).map(name === 'env' ? envLine : exportLine)
  const text = [...lines, ...(client.after?.(target) ?? [])].map((line) => `${line}\n`)
  return { text: text.join(''), value: variables as JsonObject }
}

function exportLine([name, word]: [string, string]): string {
  return `export ${name}='${word.replace(/'/g, "'\\''")}'`
}

/** As `docker --env-file` and dotenv both read it: no quotes, to the end of the line. */
function envLine([name, word]: [string, string]): string {
  return `${name}=${word}`
}

/** The server of this home with its https listener open; started, or told to open it, when it is not there. */
async function secureServer(session: Session): Promise<ServerFile> {
  const { home, env, say } = session
  const found = readServerFile(home)
  const running = found && isAlive(found.pid) ? found : undefined
  if (env.LAZ_URL && ![running?.url, running?.tls?.url].includes(env.LAZ_URL)) {
    const why = `LAZ_URL names ${env.LAZ_URL}, which is not the server of the home ${home}`
    fail('NotSupported', { what: 'Connecting clients', why, instead: 'Run `laz connect` where that server runs.' })
  }
  const server = running ?? (await startServer({ home, env, words: ['--tls'] }))
  if (server.tls) return server
  const secured = await openTls(session)
  say(`The server listens on ${secured.tls?.url} too, from now on.`)
  return secured
}

/** Tells a running server to open its https listener, and reads where it is. Raises what the server says. */
export async function openTls(session: Session, port?: number): Promise<ServerFile> {
  const client = await session.client()
  const { home } = session
  await client.ask({ path: '/lazurite/v1/tls', method: 'POST', body: port === undefined ? {} : { port } })
  const again = readServerFile(home)
  if (!again?.tls) fail('HomeUnusable', { path: home, why: 'server.json does not tell where the https listener is' })
  return again
}

/** Behind a proxy, this machine must be reached without it. */
function proxyVariables(env: NodeJS.ProcessEnv): Variables {
  const proxies = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy']
  if (!proxies.some((name) => env[name])) return {}
  const known = (env.NO_PROXY ?? env.no_proxy ?? '').split(',').filter(Boolean)
  const direct = [...new Set([...known, 'localhost', '127.0.0.1'])].join(',')
  return { NO_PROXY: direct, no_proxy: direct }
}

/** Variables of a shell that lead a client elsewhere whatever we print. */
const rivals: Variables = {
  AZUREML_CURRENT_CLOUD: 'azure-ai-ml asks that cloud first',
  AZURE_CLIENT_ID: 'DefaultAzureCredential takes the login of that client first',
  AZURE_CLIENT_SECRET: 'DefaultAzureCredential takes that login first',
  AZURE_FEDERATED_TOKEN_FILE: 'DefaultAzureCredential takes that login first',
}

function warn({ env, say }: Session, variables: Variables): void {
  for (const [name, why] of Object.entries(rivals)) {
    if (env[name] && 'IDENTITY_ENDPOINT' in variables) say(`WARNING: ${name} is set, and ${why}. Unset it.`)
  }
  const { REQUESTS_CA_BUNDLE: bundle } = variables
  if (!bundle) return
  const ours = certificatesIn(bundle)
  for (const name of ['REQUESTS_CA_BUNDLE', 'SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS']) {
    const missing = env[name] ? [...certificatesIn(env[name])].some((each) => !ours.has(each)) : false
    if (missing)
      say(`WARNING: ${name} is ${env[name]}, which has authorities that ours has not. Run \`laz down && laz up\` here.`)
  }
}

/** Without line breaks: every program wraps them at another width. */
function certificatesIn(file: string): Set<string> {
  try {
    const found = readFileSync(file, 'utf8').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)
    return new Set(found?.map((each) => each.replace(/\s/g, '')))
  } catch {
    return new Set()
  }
}
