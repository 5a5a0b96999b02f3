import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FaceServer, startFaces } from './face-server.ts'
import { webFace } from './web.ts'

let s: FaceServer
beforeAll(async () => {
  s = await startFaces([webFace])
})
afterAll(() => s.close())

test('a browser is told what shows a job on the command line', async () => {
  const { status, text, headers } = await s.ask('GET', '/runs/iris-1?wsid=/subscriptions/x', undefined, {
    authorization: '',
  })
  expect(status).toBe(401)
  expect(headers.get('content-type')).toContain('text/html')
  expect(text).toContain('laz job show --name iris-1')
})

test('with the token it says that the pages are not there', async () => {
  expect((await s.ask('GET', '/')).status).toBe(501)
})

test('what stands in the address is never a part of the page as it is', async () => {
  const { text } = await s.ask('GET', `/runs/${encodeURIComponent('<script>alert(1)</script>')}`)
  expect(text).not.toContain('<script')
  expect(text).toContain('laz job show --name NAME')
})
