/** Webhooks of the model registry: who is told of what. The owner's alone. */
import { type JsonObject, own } from '@lazurite/spec'
import type { Webhook, WebhookChange } from '@lazurite/store'
import { type Args, refuse } from './args.ts'
import { type Call, compact, type Handler } from './call.ts'
import { pageOf } from './experiments.ts'
import { assertOwner } from './rights.ts'
import { isWebhookEvent, messageOf, samples, webhookEvents } from './webhook-events.ts'
import { checkUrl, post } from './webhook-post.ts'
import { beginToFollow } from './webhook-sender.ts'

const nameRule = /^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/i
const entities = Object.keys(webhookEvents)
const numbered: Readonly<Record<string, string>> = {
  1: 'REGISTERED_MODEL',
  2: 'MODEL_VERSION',
  3: 'MODEL_VERSION_TAG',
  4: 'MODEL_VERSION_ALIAS',
}
const actionNumbers: Readonly<Record<string, string>> = { 1: 'CREATED', 2: 'UPDATED', 3: 'DELETED', 4: 'SET' }

export const createWebhook: Handler = async (call) => {
  assertOwner(call, 'webhooks')
  const name = checkName(call.args.needText('name'))
  const url = call.args.needText('url')
  if (call.args.raw('events') === undefined) call.args.missing('events')
  const events = readEvents(call.args)
  await checkUrl(url, privateHosts(call))
  await beginToFollow(call.store)
  const made = await call.store.webhooks.create(call.scope, { ...readChange(call.args), name, url, events })
  return { webhook: webhookWire(made) }
}

export const listWebhooks: Handler = async (call) => {
  assertOwner(call, 'webhooks')
  const max = call.args.whole('max_results') ?? 100
  if (max < 1 || max > 1000) refuse('max_results must be between 1 and 1000.')
  const all = await call.store.webhooks.list(call.scope)
  const { page, next } = pageOf(all, { max, after: call.args.pageToken().token, idOf: (w: Webhook) => w.webhookId })
  return compact({ webhooks: page.map(webhookWire), next_page_token: next })
}

export const getWebhook: Handler = async (call) => ({ webhook: webhookWire(await needed(call)) })

export const updateWebhook: Handler = async (call) => {
  const { webhookId } = await needed(call)
  const [name, url] = [call.args.text('name'), call.args.text('url')]
  if (name) checkName(name)
  if (url) await checkUrl(url, privateHosts(call))
  const events = call.args.items('events').length > 0 ? { events: readEvents(call.args) } : {}
  const changed = await call.store.webhooks.update(call.scope, webhookId, {
    ...readChange(call.args),
    ...(name ? { name } : {}),
    ...(url ? { url } : {}),
    ...events,
  })
  return { webhook: webhookWire(changed) }
}

export const deleteWebhook: Handler = async (call) => {
  await call.store.webhooks.delete(call.scope, (await needed(call)).webhookId)
  return undefined
}

/** Sends a sample and answers what came back. */
export const testWebhook: Handler = async (call) => {
  const webhook = await needed(call)
  const asked = call.args.inside('event')
  const event = asked ? readEvent(asked) : (webhook.events[0] ?? '')
  if (!isWebhookEvent(event)) refuse(`Invalid webhook event '${event}'.`)
  try {
    const { status, text } = await post(webhook.url, messageOf(event, samples[event], call.store.clock.now()), {
      secret: await call.store.webhooks.secretOf(call.scope, webhook.webhookId),
      privateHosts: privateHosts(call),
    })
    return { result: { success: status < 400, response_status: status, response_body: text } }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { result: { success: false, error_message: `Failed to test webhook: ${why}` } }
  }
}

async function needed(call: Call): Promise<Webhook> {
  assertOwner(call, 'webhooks')
  const id = call.parts[0] ?? ''
  // updating nothing raises what is missing
  return (await call.store.webhooks.get(call.scope, id)) ?? call.store.webhooks.update(call.scope, id, {})
}

function privateHosts(call: Call): boolean {
  return call.deps.settings?.webhookPrivateHosts ?? false
}

function checkName(name: string): string {
  if (!nameRule.test(name)) {
    refuse(
      `Webhook name '${name.slice(0, 100)}' is invalid. It must start and end with a letter or digit, be at most 63 characters long, and contain only letters, digits, dots (.), underscores (_), and hyphens (-).`,
    )
  }
  return name
}

function readChange(args: Args): WebhookChange {
  const [description, secret] = [args.text('description'), args.text('secret')]
  const status = args.raw('status')
  const word = own({ 1: 'ACTIVE', 2: 'DISABLED', ACTIVE: 'ACTIVE', DISABLED: 'DISABLED' }, String(status))
  if (status !== undefined && word === undefined) args.wrong('status', status)
  return {
    ...(description === undefined ? {} : { description }),
    ...(secret === undefined ? {} : { secret }),
    ...(word === undefined ? {} : { active: word === 'ACTIVE' }),
  }
}

function readEvents(args: Args): string[] {
  const events = [...new Set(args.items('events').map(readEvent))]
  return events.length > 0 ? events : refuse('Webhook events must be a non-empty list of events.')
}

function readEvent(args: Args): string {
  const said = (name: string, words: Readonly<Record<string, string>>) => {
    const value = args.raw(name) ?? args.missing(name)
    return own(words, String(value)) ?? String(value)
  }
  const [entity, action] = [said('entity', numbered), said('action', actionNumbers)]
  const actions = own(webhookEvents, entity)
  if (!actions) refuse(`Invalid entity '${entity.slice(0, 100)}'. Entities told of here are: ${entities.join(', ')}.`)
  if (!actions.includes(action)) {
    refuse(`Invalid action '${action.slice(0, 100)}' for entity '${entity}'. Valid actions are: ${actions.join(', ')}.`)
  }
  return `${entity}.${action}`
}

function webhookWire(w: Webhook): JsonObject {
  return compact({
    webhook_id: w.webhookId,
    name: w.name,
    description: w.description,
    url: w.url,
    events: w.events.map((event) => {
      const [entity = '', action = ''] = event.split('.')
      return { entity, action }
    }),
    status: w.active ? 'ACTIVE' : 'DISABLED',
    creation_timestamp: w.createdAt,
    last_updated_timestamp: w.updatedAt,
  })
}
