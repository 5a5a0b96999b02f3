// What has been tried against MLflow servers, tried against ours: each group is a known class of holes, and its test says
// that nothing outside is read, written, deleted, fetched or run, and that nobody gets in without a token.
import { describe, expect, test } from 'vitest'
import { api, proxy } from './tracking-hostile/calls.ts'
import { ask, fresh, harmless, lazurite, refused, run, send, setScene } from './tracking-hostile/scene.ts'

setScene()

describe('who may ask (GHSA-4qq5-mxxx-m6gg, GHSA-8c7q-86fq-vvmh, default passwords)', () => {
  const addresses = () => [
    ['GET', `${api}/experiments/get?experiment_id=0`],
    ['POST', `${api}/experiments/search`],
    ['POST', `${api}/runs/create`],
    ['POST', `${api}/runs/log-batch`],
    ['POST', `${api}/runs/search`],
    ['GET', `${api}/metrics/get-history?run_id=${run}&metric_key=m`],
    ['GET', `${api}/registered-models/search`],
    ['POST', `${api}/model-versions/create`],
    ['POST', `${api}/logged-models`],
    ['POST', `${api}/webhooks`],
    ['GET', `${api.replace('2.0/mlflow', '3.0/mlflow')}/traces/get?trace_id=x`],
    ['POST', `${api.replace('2.0/mlflow', '3.0/mlflow')}/traces/search`],
    ['POST', '/v1/traces'],
    ['GET', `${proxy}/artifacts/0/${run}/artifacts/model/MLmodel`],
    ['PUT', `${proxy}/artifacts/0/${run}/artifacts/model/MLmodel`],
    ['DELETE', `${proxy}/artifacts/0/${run}/artifacts/model/MLmodel`],
    ['GET', `${proxy}/artifacts?path=0`],
    ['POST', `${proxy}/mpu/create/0/${run}/artifacts/x`],
    ['POST', `${proxy}/mpu/complete/0/${run}/artifacts/x`],
    ['POST', `${proxy}/mpu/abort/0/${run}/artifacts/x`],
    ['GET', `${proxy}/presigned/0/${run}/artifacts/model/MLmodel`],
    ['GET', `/get-artifact?run_id=${run}&path=model/MLmodel`],
    ['POST', `/ajax-api/2.0/mlflow/upload-artifact?run_uuid=${run}&path=x`],
    ['POST', '/graphql'],
  ]
  const basic = (words: string) => `Basic ${Buffer.from(words).toString('base64')}`

  test('nobody without a token, and no password that everybody knows', async () => {
    const wrong = [
      '',
      'Bearer',
      'Bearer x',
      'Bearer undefined',
      `Bearer ${'x'.repeat(10_000)}`,
      basic('admin:password'),
      basic('admin:password1234'),
      basic('admin:admin'),
      basic(':'),
      basic('owner:'),
    ]
    for (const [method = '', path = ''] of addresses()) {
      for (const authorization of wrong) {
        const answer = await send(method, path, { body: method === 'GET' ? undefined : {}, authorization })
        expect([401, 403, 404], `${method} ${path} ${authorization.slice(0, 40)}: ${answer.text}`).toContain(
          answer.status,
        )
        expect(answer.text).not.toContain('loader_module')
      }
    }
    expect((await send('GET', `${proxy}/artifacts/0/${run}/artifacts/model/MLmodel`)).status).toBe(200)
  })

  test('no accounts are made', async () => {
    for (const path of [
      '/signup',
      '/api/2.0/mlflow/users/create',
      `${api}/users/create`,
      '/api/2.0/mlflow/users/update-admin',
    ]) {
      const body = { username: 'eve', password: 'eve12345', is_admin: true }
      refused(await send('POST', path, { body, authorization: '' }), path)
      refused(await send('POST', path, { body }), path)
    }
  })

  test('pages of others ask in vain', async () => {
    const path = `${api}/experiments/create`
    const body = { name: fresh('from elsewhere') }
    const { token } = lazurite.server()
    const headers = { cookie: `laz=${token}; token=${token}`, origin: 'https://evil.test' }
    const answers = [
      await send('POST', path, { body, authorization: '', headers }),
      await send('POST', path, { body, headers: { origin: 'https://evil.test' } }),
      await send('POST', path, { body, headers: { host: 'evil.test' } }),
      await send('POST', path, { bytes: JSON.stringify(body), headers: { 'content-type': 'text/plain' } }),
    ]
    for (const answer of answers) {
      refused(answer, answer.text)
      expect(answer.headers['access-control-allow-origin']).toBeUndefined()
    }
    const found = await send('GET', `${api}/experiments/get-by-name?experiment_name=${encodeURIComponent(body.name)}`)
    expect(found.status).toBe(404)
  })
})

describe('questions without end', () => {
  test('are answered or refused soon', async () => {
    await ask('runs/set-tag', { run_id: run, key: 'long', value: 'a'.repeat(8000) })
    const filters = [
      `tags.long LIKE '${'%a'.repeat(60)}%b'`,
      `tags.long ILIKE '${'%a_'.repeat(60)}%b'`,
      `tags.long RLIKE '(a+)+$b'`,
      `${'tags.long = "a" AND '.repeat(5000)}tags.long = "a"`,
      `${'('.repeat(20_000)}`,
      `tags.\`${'x'.repeat(100_000)}\` = 'a'`,
      `run_id IN (${Array.from({ length: 20_000 }, (_, n) => `'${n}'`).join(',')})`,
      "tags.long = 'a' OR 1=1; DROP TABLE runs; --",
      "tags.long = 'a' UNION SELECT * FROM resources",
      'metrics.m > 1e999999999',
    ]
    for (const filter of filters) {
      const began = Date.now()
      const body = { experiment_ids: ['0'], filter, max_results: 10 }
      harmless(await send('POST', `${api}/runs/search`, { body }), filter.slice(0, 80))
      harmless(
        await send('GET', `${api}/registered-models/search?filter=${encodeURIComponent(filter.slice(0, 4000))}`),
        filter.slice(0, 80),
      )
      expect(Date.now() - began, filter.slice(0, 80)).toBeLessThan(10_000)
    }
    const deep = '['.repeat(200_000) + ']'.repeat(200_000)
    const json = { 'content-type': 'application/json' }
    harmless(await send('POST', `${api}/runs/search`, { bytes: `{"experiment_ids":${deep}}`, headers: json }), 'deep')
    harmless(await send('POST', `${api}/runs/search`, { bytes: 'x'.repeat(2 ** 20), headers: json }), 'no JSON')
    const order = Array.from({ length: 3000 }, (_, n) => `metrics.m${n} DESC`)
    harmless(await send('POST', `${api}/runs/search`, { body: { experiment_ids: ['0'], order_by: order } }), 'orders')
    const ids = Array.from({ length: 100_000 }, (_, n) => String(n))
    harmless(await send('POST', `${api}/runs/search`, { body: { experiment_ids: ids, max_results: 1 } }), 'experiments')
    for (const key of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      await ask('runs/set-tag', { run_id: run, key, value: 'x' })
      await ask('runs/log-parameter', { run_id: run, key, value: 'x' })
      await ask('runs/log-metric', { run_id: run, key, value: 1, timestamp: 1 })
    }
    const { text } = await send('GET', `${api}/runs/get?run_id=${run}`)
    const { data } = JSON.parse(text).run
    for (const list of [data.tags, data.params, data.metrics]) {
      expect(list.map((each: { key: string }) => each.key)).toEqual(
        expect.arrayContaining(['__proto__', 'constructor']),
      )
    }
  }, 120_000)
})
