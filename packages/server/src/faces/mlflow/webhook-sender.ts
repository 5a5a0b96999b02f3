/**
 * Tells webhooks of new models and versions by following the feed of changes, whoever made them; and sends what is to be
 * sent, again after a while when the other side is not well. Both go on where a killed server stopped.
 */
import { asObject, isLazError } from '@lazurite/spec'
import type { Change, Delivery, Store } from '@lazurite/store'
import type { FaceDeps } from '../../app.ts'
import type { Call } from './call.ts'
import { createdEvent, listeners, messageOf, type WebhookEvent } from './webhook-events.ts'
import { post } from './webhook-post.ts'

const mostAttempts = 8
const firstPauseMs = 1_000
const longestPauseMs = 300_000
const atOnce = 8
const repeated = new Set([408, 425, 429, 500, 502, 503, 504])

export interface Sender {
  /** What waits is looked at again, soon. */
  wake(): void
  stop(): Promise<void>
}

const senders = new WeakMap<object, Sender>()

/** Starts to follow and to send; ends with `stop`. */
export function startSender(deps: FaceDeps): Sender {
  const closing = new AbortController()
  let [timer, working, again]: [NodeJS.Timeout | undefined, Promise<void> | undefined, boolean] = [
    undefined,
    undefined,
    false,
  ]
  const run = async (): Promise<void> => {
    do {
      again = false
      try {
        await follow(deps)
        await sendDue(deps, closing.signal)
      } catch (error) {
        if (closing.signal.aborted) return
        deps.log.warn({ err: error }, 'webhooks: trying again later')
        working = undefined
        sleep(longestPauseMs / 10)
        return
      }
    } while (again && !closing.signal.aborted)
    working = undefined
    if (!closing.signal.aborted) await sleepUntilDue()
  }
  const wake = () => {
    again = true
    if (closing.signal.aborted || working) return
    working = run()
  }
  const sleepUntilDue = async () => {
    const at = await deps.store.webhooks.nextAt().catch(() => undefined)
    if (at !== undefined && !closing.signal.aborted) sleep(Math.max(100, at - deps.store.clock.now()))
  }
  const sleep = (ms: number) => {
    clearTimeout(timer)
    timer = setTimeout(wake, ms).unref()
  }
  const forget = deps.store.changes.subscribe((change) => {
    if (isNews(change)) wake()
  })
  const sender: Sender = {
    wake,
    async stop() {
      forget()
      clearTimeout(timer)
      closing.abort()
      await working?.catch(() => undefined)
    },
  }
  senders.set(deps.store, sender)
  wake()
  return sender
}

function isNews(change: Change): boolean {
  return change.kind === 'model' && change.what === 'created' && !change.scope.startsWith('registries/')
}

/** Turns what happened since the mark into messages. */
async function follow(deps: FaceDeps): Promise<void> {
  const { webhooks, changes, resources } = deps.store
  if (!(await webhooks.any())) return
  for (;;) {
    const mark = await webhooks.mark()
    if (mark === undefined) return webhooks.enqueue([], await changes.last())
    const page = await changes.since(mark)
    const last = page.at(-1)
    if (!last) return
    const news = page.filter(isNews)
    // a mark that moved over nothing of ours need not be kept: the next news moves it
    if (news.length === 0 && page.length < 1000) return
    const messages: Omit<Delivery, 'id' | 'attempts'>[] = []
    for (const change of news) {
      const { scope, kind, name, version } = change
      const row = await resources.get({ scope, kind, name, version })
      if (!row || row.props.isAnonymous === true || asObject(row.props.tags)['mlflow.prompt.is_prompt'] === 'true')
        continue
      const [event, data] = createdEvent(row)
      const body = messageOf(event, data, change.at)
      for (const { webhookId } of listeners(await webhooks.list(scope), event))
        messages.push({ scope, webhookId, body })
    }
    await webhooks.enqueue(messages, last.seq)
  }
}

/** Keeps messages about what a call did, and sends them soon. */
export async function tellWebhooks(
  call: Call,
  event: WebhookEvent,
  data: Parameters<typeof messageOf>[1],
): Promise<void> {
  const { store, scope } = call
  const wanted = listeners(await store.webhooks.list(scope), event)
  if (wanted.length === 0) return
  const body = messageOf(event, data, store.clock.now())
  await store.webhooks.enqueue(wanted.map(({ webhookId }) => ({ scope, webhookId, body })))
  senders.get(store)?.wake()
}

/** A new webhook hears of what comes after it. */
export async function beginToFollow({ webhooks, changes }: Pick<Store, 'webhooks' | 'changes'>): Promise<void> {
  if (!(await webhooks.any())) await webhooks.enqueue([], await changes.last())
}

async function sendDue(deps: FaceDeps, signal: AbortSignal): Promise<void> {
  for (;;) {
    const due = await deps.store.webhooks.due(atOnce)
    if (due.length === 0 || signal.aborted) return
    await Promise.all(due.map((delivery) => sendOne(deps, delivery, signal)))
  }
}

async function sendOne(deps: FaceDeps, delivery: Delivery, signal: AbortSignal): Promise<void> {
  const { webhooks, clock } = deps.store
  const { id, scope, webhookId, body, attempts } = delivery
  const webhook = await webhooks.get(scope, webhookId)
  if (!webhook?.active) return webhooks.done(id)
  const privateHosts = deps.settings?.webhookPrivateHosts ?? false
  try {
    const { status } = await post(webhook.url, body, {
      secret: await webhooks.secretOf(scope, webhookId),
      privateHosts,
      signal,
    })
    if (!repeated.has(status)) return webhooks.done(id)
  } catch (error) {
    if (signal.aborted) return
    if (isLazError(error)) return webhooks.done(id)
  }
  if (attempts + 1 >= mostAttempts) {
    deps.log.warn({ webhook: webhookId, attempts: attempts + 1 }, 'webhooks: a message was given up')
    return webhooks.done(id)
  }
  await webhooks.retry(id, clock.now() + Math.min(longestPauseMs, firstPauseMs * 2 ** attempts))
}
