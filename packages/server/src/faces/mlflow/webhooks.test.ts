import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { asArray, asObject, type JsonObject } from '@lazurite/spec'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type MlflowServer, startMlflowServer } from './mlflow-server.ts'
import { post } from './webhook-post.ts'

interface Heard {
  headers: IncomingHttpHeaders
  body: string
}

let s: MlflowServer
let receiver: Server
let url: string
let heard: Heard[]
let statuses: number[]

beforeEach(async () => {
  heard = []
  statuses = []
  receiver = createServer((request, reply) => {
    const parts: Buffer[] = []
    request.on('data', (part) => parts.push(part))
    request.on('end', () => {
      heard.push({ headers: request.headers, body: Buffer.concat(parts).toString('utf8') })
      reply.writeHead(statuses.shift() ?? 200, { location: 'http://127.0.0.1:1/' }).end('heard')
    })
  })
  await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done))
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook` // a TCP server has such an address
  s = await startMlflowServer({ webhookPrivateHosts: true })
})

afterEach(async () => {
  expect(s.faults).toEqual([])
  await s.close()
  await new Promise((done) => receiver.close(done))
})

const event = (text: string) => {
  const [entity, action] = text.split('.')
  return { entity, action }
}

async function make(events: string[], more: JsonObject = {}): Promise<string> {
  const answer = await s.ask('POST', 'webhooks', { name: 'hook', url, events: events.map(event), ...more })
  expect(answer.status, answer.text).toBe(200)
  return String(asObject(answer.body.webhook).webhook_id)
}

const message = (at: number): JsonObject => JSON.parse(heard[at]?.body ?? '{}')
const comes = (n: number) => vi.waitFor(() => expect(heard).toHaveLength(n), { timeout: 5000, interval: 10 })

describe('webhooks', () => {
  it('hear of models, whoever makes them', async () => {
    await make(['REGISTERED_MODEL.CREATED', 'MODEL_VERSION.CREATED'])
    await s.ask('POST', 'registered-models/create', {
      name: 'net',
      tags: [{ key: 'a', value: '1' }],
      description: 'about',
    })
    await comes(1)
    expect(message(0)).toMatchObject({
      entity: 'registered_model',
      action: 'created',
      data: { name: 'net', tags: { a: '1' }, description: 'about' },
    })
    const key = { scope: s.workspace.scope, kind: 'model', name: 'net', version: '7' }
    await s.store.resources.put({ key, props: { modelUri: 'azureml://x', tags: {} }, by: 'az' })
    await comes(2)
    expect(message(1)).toMatchObject({
      entity: 'model_version',
      data: { name: 'net', version: '7', description: null },
    })
    expect(heard[0]?.headers['x-mlflow-signature']).toBeUndefined()
  })

  it('are told with a signature over delivery, time and body', async () => {
    await make(['REGISTERED_MODEL.CREATED'], { secret: 's3cret' })
    await s.ask('POST', 'registered-models/create', { name: 'signed' })
    await comes(1)
    const { headers, body } = heard[0] ?? { headers: {}, body: '' }
    const signed = `${headers['x-mlflow-delivery-id']}.${headers['x-mlflow-timestamp']}.${body}`
    expect(headers['x-mlflow-signature']).toBe(`v1,${createHmac('sha256', 's3cret').update(signed).digest('base64')}`)
    const listed = await s.ask('GET', 'webhooks')
    expect(asArray(listed.body.webhooks)).toHaveLength(1)
    expect(listed.text).not.toContain('s3cret')
  })

  it('hear of tags and aliases', async () => {
    const events = ['MODEL_VERSION_TAG.SET', 'MODEL_VERSION_TAG.DELETED', 'MODEL_VERSION_ALIAS.CREATED']
    await make([...events, 'MODEL_VERSION_ALIAS.DELETED'])
    const key = { scope: s.workspace.scope, kind: 'model', name: 'net', version: '1' }
    await s.store.resources.put({ key, props: { tags: {} }, by: 'owner' })
    const at = { name: 'net', version: '1' }
    await s.ask('POST', 'model-versions/set-tag', { ...at, key: 'k', value: 'v' })
    await comes(1)
    await s.ask('DELETE', 'model-versions/delete-tag', { ...at, key: 'k' })
    await comes(2)
    await s.ask('POST', 'registered-models/alias', { ...at, alias: 'best' })
    await comes(3)
    await s.ask('DELETE', 'registered-models/alias', { name: 'net', alias: 'best' })
    await comes(4)
    expect([0, 1, 2, 3].map((i) => [message(i).entity, message(i).action, message(i).data])).toEqual([
      ['model_version_tag', 'set', { ...at, key: 'k', value: 'v' }],
      ['model_version_tag', 'deleted', { ...at, key: 'k' }],
      ['model_version_alias', 'created', { ...at, alias: 'best' }],
      ['model_version_alias', 'deleted', { name: 'net', alias: 'best' }],
    ])
  })

  it('are told again when they are not well, and not when they refuse or send elsewhere', async () => {
    await make(['REGISTERED_MODEL.CREATED'])
    statuses = [503, 200]
    await s.ask('POST', 'registered-models/create', { name: 'first' })
    await comes(2)
    expect(heard[0]?.body).toBe(heard[1]?.body)
    statuses = [404]
    await s.ask('POST', 'registered-models/create', { name: 'second' })
    await comes(3)
    statuses = [302]
    await s.ask('POST', 'registered-models/create', { name: 'third' })
    await comes(4)
    await vi.waitFor(async () => expect(await s.store.webhooks.nextAt()).toBeUndefined())
  })

  it('hear nothing that was not asked for, and nothing when switched off', async () => {
    await make(['MODEL_VERSION.CREATED'])
    const off = await make(['REGISTERED_MODEL.CREATED'])
    await s.ask('PATCH', `webhooks/${off}`, { status: 'DISABLED' })
    const last = await make(['REGISTERED_MODEL.CREATED'], { url: `${url}?last` })
    await s.ask('POST', 'registered-models/create', { name: 'quiet' })
    await comes(1)
    await s.ask('DELETE', `webhooks/${last}`)
    await s.ask('POST', 'registered-models/create', { name: 'quieter' })
    await s.ask('POST', `webhooks/${off}/test`, {})
    await comes(2)
    expect(message(1).data).toMatchObject({ name: 'example_model' })
  })

  it('are tested with a sample', async () => {
    const id = await make(['REGISTERED_MODEL.CREATED', 'MODEL_VERSION_TAG.SET'])
    const answer = await s.ask('POST', `webhooks/${id}/test`, { event: event('MODEL_VERSION_TAG.SET') })
    expect(answer.body).toEqual({ result: { success: true, response_status: 200, response_body: 'heard' } })
    expect(message(0)).toMatchObject({ entity: 'model_version_tag', action: 'set', data: { key: 'example_key' } })
    statuses = [500]
    expect(asObject((await s.ask('POST', `webhooks/${id}/test`, {})).body.result)).toMatchObject({
      success: false,
      response_status: 500,
    })
  })

  it('are the business of the owner alone', async () => {
    await s.store.runs.create(s.workspace.scope, { runId: 'j', experimentId: '0', job: true })
    for (const [method, path] of [
      ['GET', 'webhooks'],
      ['POST', 'webhooks'],
      ['GET', 'webhooks/x'],
    ] as const) {
      const body = method === 'POST' ? { name: 'a', url, events: [event('MODEL_VERSION.CREATED')] } : undefined
      expect((await s.ask(method, path, body, s.tokenOf('j'))).status, `${method} ${path}`).toBe(403)
    }
  })
})

describe('addresses of webhooks', () => {
  it.each([
    'http://93.184.216.34/',
    'https://127.0.0.1/',
    'https://[::ffff:10.0.0.1]/',
    'https://localhost:8443/',
    'https://169.254.169.254/latest/meta-data',
    'https://user:pass@93.184.216.34/',
  ])('%s is not asked', async (address) => {
    await expect(post(address, '{}', { privateHosts: false })).rejects.toThrow()
  })
})
