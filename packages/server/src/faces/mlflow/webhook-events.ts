/** What webhooks can be told of, and what each message says. */
import { asObject, asString, type JsonObject } from '@lazurite/spec'
import type { Row, Webhook } from '@lazurite/store'
import { versionWire } from './registry-rows.ts'

/** What may happen to what; MLflow's words. Prompts and budgets are no part of this registry. */
export const webhookEvents: Readonly<Record<string, readonly string[]>> = {
  REGISTERED_MODEL: ['CREATED'],
  MODEL_VERSION: ['CREATED'],
  MODEL_VERSION_TAG: ['SET', 'DELETED'],
  MODEL_VERSION_ALIAS: ['CREATED', 'DELETED'],
}

export type WebhookEvent =
  | 'REGISTERED_MODEL.CREATED'
  | 'MODEL_VERSION.CREATED'
  | 'MODEL_VERSION_TAG.SET'
  | 'MODEL_VERSION_TAG.DELETED'
  | 'MODEL_VERSION_ALIAS.CREATED'
  | 'MODEL_VERSION_ALIAS.DELETED'

const sampleModel = { name: 'example_model', tags: { example_key: 'example_value' }, description: 'An example' }
const sampleTag = { name: 'example_model', version: '1', key: 'example_key' }

/** What a test of a webhook sends. */
export const samples: Readonly<Record<WebhookEvent, JsonObject>> = {
  'REGISTERED_MODEL.CREATED': sampleModel,
  'MODEL_VERSION.CREATED': { ...sampleModel, version: '1', source: 'models:/123', run_id: 'abcd1234abcd5678' },
  'MODEL_VERSION_TAG.SET': { ...sampleTag, value: 'example_value' },
  'MODEL_VERSION_TAG.DELETED': sampleTag,
  'MODEL_VERSION_ALIAS.CREATED': { name: 'example_model', alias: 'example_alias', version: '1' },
  'MODEL_VERSION_ALIAS.DELETED': { name: 'example_model', alias: 'example_alias' },
}

export function isWebhookEvent(event: string): event is WebhookEvent {
  return Object.hasOwn(samples, event)
}

/** The event of a new row of a model, and its data. */
export function createdEvent(row: Row): [WebhookEvent, JsonObject] {
  const facts = { tags: asObject(row.props.tags), description: asString(row.props.description) || null }
  if (row.version === '') return ['REGISTERED_MODEL.CREATED', { name: row.name, ...facts }]
  const { source = '', run_id = null } = versionWire(row)
  return ['MODEL_VERSION.CREATED', { name: row.name, version: row.version, source, run_id, ...facts }]
}

/** The message as it goes out. */
export function messageOf(event: WebhookEvent, data: JsonObject, at: number): string {
  const [entity = '', action = ''] = event.toLowerCase().split('.')
  return JSON.stringify({ entity, action, timestamp: new Date(at).toISOString(), data })
}

/** Who wants to be told of an event. */
export function listeners(webhooks: readonly Webhook[], event: WebhookEvent): Webhook[] {
  return webhooks.filter((webhook) => webhook.active && webhook.events.includes(event))
}
