import { createServer, type Server } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { type Probe, Prober, probeOf, probesOf } from './prober.ts'

const prober = new Prober()
let server: Server | undefined
afterEach(() => {
  prober.close()
  server?.close()
})

const probe = (path: string, more: Partial<Probe> = {}): Probe => ({
  path,
  periodMs: 10,
  timeoutMs: 100,
  initialDelayMs: 0,
  successes: 1,
  failures: 2,
  ...more,
})

/** A server whose answers the test decides. */
async function listen(answers: Record<string, number>): Promise<number> {
  server = createServer((request, response) => {
    const status = answers[request.url ?? ''] ?? 404
    if (status > 0) response.writeHead(status).end()
  })
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

const change = (start: (changed: () => void) => void) => new Promise<void>((resolve) => start(resolve))

test('one that answers is ready; one that fails is not, and dead when it does not live', async () => {
  const answers: Record<string, number> = { '/ready': 503, '/live': 200 }
  const port = await listen(answers)
  let tell = () => {}
  const patient = { port, live: probe('/live'), ready: probe('/ready'), known: false, changed: () => tell() }
  const health = prober.watch('one', patient)
  expect(health).toEqual({ alive: true })
  answers['/ready'] = 200
  await change((changed) => {
    tell = changed
  })
  expect(health).toEqual({ alive: true, ready: true })
  expect(prober.watch('one', patient)).toBe(health)
  answers['/ready'] = 500
  await change((changed) => {
    tell = changed
  })
  expect(health).toEqual({ alive: true, ready: false })
  // silence is a failure too
  answers['/live'] = 0
  await change((changed) => {
    tell = changed
  })
  expect(health.alive).toBe(false)
})

test('one that was ready before a restart is believed', () => {
  const patient = { port: 1, live: probe('/'), ready: probe('/'), known: true, changed() {} }
  expect(prober.watch('two', patient)).toEqual({ alive: true, ready: true })
})

test('probes have the defaults of the service', () => {
  expect(probeOf({}, '/')).toEqual({
    path: '/',
    periodMs: 10_000,
    timeoutMs: 2_000,
    initialDelayMs: 10_000,
    successes: 1,
    failures: 30,
  })
  const { live, ready } = probesOf(
    { livenessProbe: { period: 'PT3S', failureThreshold: 4 }, readinessProbe: { initialDelay: 'PT1M' } },
    { live: '/l', ready: '/r' },
  )
  expect(live).toMatchObject({ path: '/l', periodMs: 3_000, failures: 4 })
  expect(ready).toMatchObject({ path: '/r', initialDelayMs: 60_000 })
})
