import { Readable } from 'node:stream'
import { storageOf } from '@lazurite/spec'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FaceDeps } from '../../app.ts'
import { type Bench, openBench, ownerToken } from '../bench.ts'
import { toProblem } from '../problem.ts'
import { Imports } from './imports.ts'
import { openRegistryRoom } from './room.ts'

let bench: Bench
const authorization = `Bearer ${ownerToken}`

beforeAll(async () => {
  bench = await openBench()
  const { app, store, sign, workspace } = bench
  const status = { registryId: '99999999-2222-3333-4444-555555555555', subscription: 's', resourceGroup: 'g' }
  await store.resources.put({ key: { scope: 's/g', kind: 'registry', name: 'r' }, props: {}, status, by: 'me' })
  const { account, blobstore } = storageOf(workspace.guid)
  await store.bytes.write(account, blobstore, 'm/w.bin', Readable.from(['weights']))
  const props = { modelUri: 'azureml://datastores/workspaceblobstore/paths/m', modelType: 'custom_model' }
  const lost = { ...props, modelUri: 'azureml://datastores/workspaceblobstore/paths/nothing' }
  const put = (name: string, given: typeof props) =>
    store.resources.put({ key: { scope: workspace.scope, kind: 'model', name, version: '1' }, props: given, by: 'me' })
  await put('m', props)
  await put('lost', lost)
  // operations of a registry ask nothing else of what faces are handed
  const engine = { admit: async () => [] }
  const deps = { store, sign, engine, closing: new AbortController().signal } as unknown as FaceDeps
  const imports = new Imports(0)
  const room = (request: FastifyRequest, reply: FastifyReply) => openRegistryRoom(deps, request, reply, 'r')
  app.setErrorHandler((error, _request, reply) => {
    const { problem } = toProblem(error)
    return reply.code(problem.http).send({ code: problem.code })
  })
  app.post('/import', async (request, reply) => {
    await imports.start(await room(request, reply), request.body as never) // what the test wrote
    return reply
  })
  app.get('*', async (request, reply) => {
    imports.poll(await room(request, reply), request.url.split('/').at(-1) ?? '')
    return reply
  })
})
afterAll(() => bench.close())

const start = (name: string) =>
  bench.app.inject({
    method: 'POST',
    url: '/import',
    headers: { host: 'localhost', authorization },
    payload: {
      properties: {
        sourceAssetId: `azureml://locations/x/workspaces/${bench.workspace.guid}/models/${name}/versions/1`,
      },
    },
  })
const poll = (location: string) =>
  bench.app.inject({ url: new URL(location).pathname, headers: { host: 'localhost', authorization } })

test('what takes long answers with an address to poll until it is done', async () => {
  const started = await start('m')
  expect(started.statusCode).toBe(202)
  expect(started.headers).toMatchObject({ 'retry-after': '1' })
  const location = String(started.headers.location)
  await expect.poll(async () => (await poll(location)).statusCode, { timeout: 10_000 }).toBe(200)
  expect((await poll(location)).body).toBe('')
  const row = await bench.store.resources.get({ scope: 'registries/r', kind: 'model', name: 'm', version: '1' })
  expect(row?.status).toMatchObject({ files: 1, sizeBytes: 7 })
})

test('what fails later is told to who polls, every time; an unknown operation is named', async () => {
  const started = await start('lost')
  const location = String(started.headers.location)
  await expect.poll(async () => (await poll(location)).statusCode, { timeout: 10_000 }).toBe(404)
  expect((await poll(location)).json()).toEqual({ code: 'FileNotFound' })
  const row = await bench.store.resources.get({ scope: 'registries/r', kind: 'model', name: 'lost', version: '1' })
  expect(row).toBeUndefined()
  expect((await poll(location.replace(/[^/]+$/, 'nobody'))).json()).toEqual({ code: 'ResourceNotFound' })
})
