/**
 * A webhook as it was somewhere else, but off and without its secret, which no server tells: nobody is told of what is
 * only being moved here. One that is here already stays as it is.
 */
import { asArray, asObject, asString, fail } from '@lazurite/spec'
import { refuse } from '../mlflow/args.ts'
import { isWebhookEvent } from '../mlflow/webhook-events.ts'
import { checkUrl } from '../mlflow/webhook-post.ts'
import { beginToFollow } from '../mlflow/webhook-sender.ts'
import type { JobVerb } from './call.ts'

export const importWebhook: JobVerb = {
  method: 'POST',
  path: '/webhooks/import',
  async handle({ room, scope, body }) {
    const { store, settings } = room.deps
    const wanted = asObject(body.webhook)
    const text = (key: string) => asString(wanted[key]) ?? ''
    const id = text('webhook_id')
    if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,254}$/.test(id))
      fail('BadArgument', { what: `webhook_id is no id: ${JSON.stringify(id.slice(0, 100))}` })
    if (text('name') === '' || text('name').length > 256) refuse('A webhook needs a name of at most 256 letters.')
    const events = asArray(wanted.events).map(String)
    const [told, left] = [events.filter(isWebhookEvent), events.filter((event) => !isWebhookEvent(event))]
    const known = (await store.webhooks.get(scope, id)) !== undefined
    if (!known && told.length > 0) {
      await checkUrl(text('url'), settings?.webhookPrivateHosts ?? false)
      await beginToFollow(store)
      await store.webhooks.create(scope, {
        webhookId: id,
        name: text('name'),
        url: text('url'),
        events: told,
        active: false,
        ...(text('description') === '' ? {} : { description: text('description').slice(0, 1000) }),
      })
    }
    return { webhook_id: id, known, brought: known || told.length > 0, left_events: left }
  },
}
