// What scripts ask of `az` around `az ml`: who is asking, which group, which defaults. Answered by this server, so that a
// script that calls `az` runs as it is; what is Azure's own business is refused by name.
import { asArray, asObject, asString, type Json, type JsonObject } from '@lazurite/spec'
import about from '../../package.json' with { type: 'json' }
import { textOf } from '../args.ts'
import { type Command, command, type Run, refusal } from '../command.ts'
import { readDefaults, type Session } from '../session.ts'
import { type Filled, globalFlags, location, max, name, tags, value, workspaceFlags } from '../surface.ts'
import { UsageError } from '../usage.ts'

const apiVersion = '2022-12-01'

async function ask(session: Session, path: string, put?: Json): Promise<JsonObject> {
  const client = await session.client()
  const query = `${path}?api-version=${apiVersion}`
  const answer = await client.ask(put === undefined ? { path: query } : { method: 'PUT', path: query, body: put })
  return asObject(await answer.json())
}

/** A subscription in the words of `az account`. */
function accountOf(subscription: JsonObject, session: Session): JsonObject {
  const { subscriptionId, tenantId, displayName, state } = subscription
  return {
    environmentName: 'Lazurite',
    homeTenantId: tenantId ?? null,
    id: subscriptionId ?? null,
    isDefault: subscriptionId === session.workspace.subscription,
    name: displayName ?? null,
    state: state ?? null,
    tenantId: tenantId ?? null,
    user: { name: session.env.USER ?? 'owner', type: 'user' },
  }
}

const account: Run = async (session) => ({
  value: accountOf(await ask(session, `/subscriptions/${session.workspace.subscription}`), session),
})

const accounts: Run = async (session) => {
  const found = asArray((await ask(session, '/subscriptions')).value).map(asObject)
  return { value: found.map((one) => accountOf(one, session)) }
}

const token: Run = async (session) => {
  const { token: accessToken = '' } = (await session.client()).connection
  const { subscription } = session.workspace
  const expires = new Date(session.now() + 86_400_000)
  const value = { accessToken, expiresOn: expires.toISOString(), expires_on: Math.floor(expires.getTime() / 1000) }
  return { value: { ...value, subscription, tokenType: 'Bearer' } }
}

const groupPath = (session: Session, group: string) =>
  `/subscriptions/${session.workspace.subscription}/resourceGroups/${encodeURIComponent(group)}`

/** The group that -n names; `az group show -g` is understood too. */
function groupName(session: Session, args: Parameters<Run>[1]): string {
  return textOf(args, 'name') ?? session.workspace.resourceGroup
}

const group: Run = async (session, args) => ({
  value: await ask(session, groupPath(session, groupName(session, args))),
})

const groups: Run = async (session) => ({
  value: asArray((await ask(session, `/subscriptions/${session.workspace.subscription}/resourceGroups`)).value),
})

const makeGroup: Run = async (session, args) => {
  const where = textOf(args, 'location') ?? 'local'
  return { value: await ask(session, groupPath(session, groupName(session, args)), { location: where }) }
}

const groupExists: Run = async (session, args) => {
  const wanted = groupName(session, args).toLowerCase()
  const found = asArray((await ask(session, `/subscriptions/${session.workspace.subscription}/resourceGroups`)).value)
  return { value: found.some((one) => asString(asObject(one).name)?.toLowerCase() === wanted) }
}

const config: Run = async (session) => {
  const kept = Object.entries(readDefaults(session.home))
  return { value: { defaults: kept.map(([key, word]) => ({ name: key, source: session.home, value: word })) } }
}

const extension = { experimental: false, extensionType: 'built-in', name: 'ml', preview: false, version: about.version }
const versions: Run = async () => ({ value: { 'azure-cli': about.version, extensions: { ml: about.version } } })

/** Signing in, choosing a cloud, installing the extension: there is nothing to do, and scripts go on. */
const nothing: Run = async () => ({})

const served: readonly [path: string, run: Run, flags?: readonly Filled[]][] = [
  ['account show', account],
  ['account list', accounts],
  ['account get-access-token', token],
  ['group show', group, [name]],
  ['group list', groups, [max]],
  ['group create', makeGroup, [name, location, tags]],
  ['group exists', groupExists, [name]],
  ['config get', config],
  ['version', versions],
  ['extension list', async () => ({ value: [extension] })],
  ['extension show', async () => ({ value: extension })],
]
const needless = [
  'login',
  'logout',
  'upgrade',
  'account set',
  'account clear',
  'config set',
  'cloud set',
  'cloud register',
  'extension add',
  'extension update',
  'extension remove',
  'provider register',
]

/** The command that the words behind `az` mean, and those of its words that count. Raises UsageError for none at all. */
const elsewhere = [
  'it speaks of services of Azure that are not here',
  'Leave the step out, or run it with the az of Azure.',
] as const
const autoscale = [
  'deployments follow their load by their own settings here',
  'Say scale_settings in the file of the deployment, with min_instances, max_instances and profiles for times of the week.',
] as const

export function azCommand(typed: readonly string[]): { command: Command; rest: string[] } {
  const words = typed[0] === '--version' ? ['version'] : typed
  const flagAt = words.findIndex((word) => word.startsWith('-'))
  const said = flagAt < 0 ? words : words.slice(0, flagAt)
  if (said.length === 0)
    throw new UsageError(
      'az needs a command',
      'It answers az ml … and what scripts ask around it: az account show, az group show, az configure.',
    )
  const starts = (path: string) => said.join(' ') === path || said.join(' ').startsWith(`${path} `)
  const found = served.find(([path]) => starts(path))
  const more = [value('subscription', 'Subscription.', { short: 's' })]
  if (found) {
    const [path, run, flags = []] = found
    const made = command(`az ${path}`, { doc: '', flags: [...flags, ...more], workspace: true, load: async () => run })
    return { command: made, rest: known(words.slice(path.split(' ').length), made) }
  }
  const idle = needless.find(starts)
  if (idle) return { command: command(`az ${idle}`, { doc: '', flags: [], load: async () => nothing }), rest: [] }
  const path = `az ${said.slice(0, 2).join(' ')}`
  return {
    command: refusal(path, '', [], starts('monitor autoscale') ? autoscale : elsewhere),
    rest: [],
  }
}

/** The words that our table knows: what else `az` would take says nothing here. */
function known(words: readonly string[], { flags }: Command): string[] {
  const all = [...flags, ...workspaceFlags, ...globalFlags]
  const kept: string[] = []
  let keeps = false
  for (const word of words) {
    if (word.startsWith('-')) {
      const long = word.replace(/^--/, '').split('=')[0] ?? ''
      keeps = all.some((flag) => (word.startsWith('--') ? flag.name === long : flag.short === word[1]))
    }
    if (keeps) kept.push(word)
  }
  return kept
}
