// What has been tried against MLflow servers, tried against ours: each group is a known class of holes, and its test says
// that nothing outside is read, written, deleted, fetched or run, and that nobody gets in without a token.
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { api, proxy } from './tracking-hostile/calls.ts'
import { inLine, paths } from './tracking-hostile/paths.ts'
import {
  ask,
  fresh,
  harmless,
  lazurite,
  refused,
  run,
  send,
  setScene,
  trap,
  unharmed,
} from './tracking-hostile/scene.ts'

setScene()

describe('addresses of models and experiments (CVE-2023-1177, CVE-2023-2356, CVE-2023-2780, GHSA-5cvj-7rg6-jggj)', () => {
  const sources = () => [
    '/',
    '/etc',
    '//etc',
    '/proc/self/root',
    'file:///',
    'file:///etc',
    'file:/etc',
    'file://localhost/etc',
    'file://127.0.0.1/etc',
    'FILE:///etc',
    'file:///%2e%2e/etc',
    'file:../../etc',
    '../../../../etc',
    './x/../../../../etc',
    '\\..\\..\\..\\etc',
    'file:\\..\\..\\etc',
    'local:/etc',
    `runs:/${run}/../../../../..`,
    `runs:/${run}/model/../../../../../..`,
    `runs:/${run}/%2e%2e/%2e%2e`,
    'runs:/../x',
    'models:/../x',
    'models:/x/../../..',
    `mlflow-artifacts:/0/${run}/artifacts/../../../..`,
    `mlflow-artifacts:/0/${run}/artifacts/%2e%2e/%2e%2e`,
    `mlflow-artifacts:/0/${run}/artifacts/model#/../../..`,
    `mlflow-artifacts:/0/${run}/artifacts/model?x=/../../..`,
    `mlflow-artifacts:/0/${run}/artifacts/model;/../../..`,
    `mlflow-artifacts://127.0.0.1:${trap.port}/0/${run}/artifacts/model`,
    `http://127.0.0.1:${trap.port}/model`,
    `https://127.0.0.1:${trap.port}/api/2.0/mlflow-artifacts/artifacts/0`,
    `http://[::ffff:127.0.0.1]:${trap.port}/`,
    `http://2130706433:${trap.port}/`,
    `ftp://127.0.0.1:${trap.port}/model`,
    `sftp://127.0.0.1:${trap.port}/model`,
    `hdfs://127.0.0.1:${trap.port}/model`,
    `s3://127.0.0.1:${trap.port}/model`,
    `wasbs://c@127.0.0.1:${trap.port}/model`,
    `dbfs:/model`,
    `azureml://datastores/../paths/..`,
    `azureml://datastores/workspaceartifactstore/paths/../../..`,
    `azureml://datastores/workspaceartifactstore/paths/%2e%2e/%2e%2e/token`,
    `azureml://jobs/${run}/outputs/artifacts/paths/../../../..`,
    'javascript:alert(1)',
    'data:text/plain,x',
    '\u0000/etc',
    'x'.repeat(100_000),
  ]

  test('a version of a model comes from nowhere but this workspace', async () => {
    const name = fresh('stolen')
    await ask('registered-models/create', { name })
    for (const source of sources()) {
      const what = source.slice(0, 100)
      for (const more of [{}, { run_id: run }]) {
        refused(await send('POST', `${api}/model-versions/create`, { body: { name, source, ...more } }), what)
      }
    }
    const own = { name, source: `runs:/${run}/model` }
    expect((await send('POST', `${api}/model-versions/create`, { body: own })).status).toBe(200)
    for (const path of paths.slice(0, 60)) {
      const line = inLine(path)
      harmless(await send('GET', `${proxy}/artifacts/models/${name}/1/${line}`), line)
      harmless(await send('GET', `${proxy}/artifacts/models/${line}/1/MLmodel`), line)
      refused(await send('PUT', `${proxy}/artifacts/models/${name}/1/${line}`, { bytes: 'x' }), line)
      refused(await send('DELETE', `${proxy}/artifacts/models/${name}/1/${line}`), line)
      harmless(
        await send('GET', `/model-versions/get-artifact?name=${name}&version=1&path=${encodeURIComponent(path)}`),
        line,
      )
      harmless(
        await send('GET', `${api}/model-versions/get-download-uri?name=${encodeURIComponent(path)}&version=1`),
        line,
      )
    }
    const versions = await lazurite.json<unknown[]>(['model', 'list', '-n', name])
    expect(versions).toHaveLength(1)
    unharmed()
    expect(trap.visits()).toBe(0)
  }, 120_000)

  test('an experiment keeps its files on no disk of the server, and its address is never opened', async () => {
    for (const artifact_location of sources()) {
      const what = artifact_location.slice(0, 100)
      const answer = await send('POST', `${api}/experiments/create`, {
        body: { name: fresh('place'), artifact_location },
      })
      harmless(answer, what)
      if (answer.status !== 200) continue
      const id = JSON.parse(answer.text).experiment_id
      const made: { run: { info: { run_id: string; artifact_uri: string } } } = await ask('runs/create', {
        experiment_id: id,
      })
      const { run_id, artifact_uri } = made.run.info
      // clients may keep files in a store of their own; what is a disk, ours or another's, is none
      expect(artifact_uri, what).toMatch(/^(s3|wasbs|hdfs|s?ftp|dbfs|mlflow-artifacts):/)
      for (const path of ['', '/x', '/token', '/canary']) {
        harmless(await send('GET', `${proxy}/artifacts/${id}/${run_id}/artifacts${path}`), what)
        harmless(await send('PUT', `${proxy}/artifacts/${id}/${run_id}/artifacts${path}`, { bytes: 'x' }), what)
        harmless(await send('DELETE', `${proxy}/artifacts/${id}/${run_id}/artifacts${path}`), what)
        harmless(await send('GET', `${api}/artifacts/list?run_id=${run_id}&path=${path}`), what)
      }
      const body = { name: fresh('far'), source: `${artifact_uri}/../../etc`, run_id }
      await ask('registered-models/create', { name: body.name })
      refused(await send('POST', `${api}/model-versions/create`, { body }), what)
    }
    unharmed()
    expect(trap.visits()).toBe(0)
  }, 120_000)

  test('names are names, not paths', async () => {
    for (const name of ['../x', '..', '.', 'a/b', 'a\\b', '/etc', 'a:b', '%2e%2e%2fx', 'a\u0000b', '__proto__', ' ']) {
      const answer = await send('POST', `${api}/registered-models/create`, { body: { name } })
      harmless(answer, name)
      if (/[/\\:\u0000]|^\.+$/.test(name)) refused(answer, name)
      harmless(await send('POST', `${api}/logged-models`, { body: { experiment_id: '0', name } }), name)
      harmless(await send('POST', `${api}/runs/create`, { body: { experiment_id: name } }), name)
      harmless(await send('GET', `${api}/logged-models/${encodeURIComponent(name)}`), name)
      harmless(await send('GET', `${api}/logged-models/${encodeURIComponent(name)}/artifacts/directories`), name)
      harmless(await send('GET', `${proxy}/artifacts/0/models/${encodeURIComponent(name)}/artifacts/x`), name)
      harmless(await send('GET', `${proxy}/artifacts/${encodeURIComponent(name)}/${run}/artifacts/model/MLmodel`), name)
    }
    expect(({} as Record<string, unknown>).x).toBeUndefined()
    unharmed()
  })

  test('files of a logged model stay in its folder', async () => {
    const made: { model: { info: { model_id: string; artifact_uri: string } } } = await ask('logged-models', {
      experiment_id: '0',
      name: 'logged',
    })
    const { model_id: id } = made.model.info
    for (const path of paths.slice(0, 80)) {
      const line = inLine(path)
      for (const method of ['GET', 'PUT', 'DELETE']) {
        const o = method === 'PUT' ? { bytes: 'overwritten' } : {}
        harmless(await send(method, `${proxy}/artifacts/0/models/${id}/artifacts/${line}`, o), `${method} ${line}`)
      }
      const query = encodeURIComponent(path)
      harmless(
        await send('GET', `${api}/logged-models/${id}/artifacts/directories?artifact_directory_path=${query}`),
        line,
      )
      const ui = `/ajax-api/2.0/mlflow/logged-models/${id}/artifacts/files?artifact_file_path=${query}`
      harmless(await send('GET', ui), line)
    }
    unharmed()
  }, 120_000)
})

describe('addresses the server would call (GHSA-7gwp-5pfp-969j and model sources that probe a network)', () => {
  test('a webhook reaches nothing of this machine or its networks', async () => {
    const hosts = [
      `127.0.0.1:${trap.port}`,
      `localhost:${trap.port}`,
      `[::1]:${trap.port}`,
      `[::ffff:127.0.0.1]:${trap.port}`,
      `2130706433:${trap.port}`,
      `0x7f.1:${trap.port}`,
      `127.1:${trap.port}`,
      `0:${trap.port}`,
      `0.0.0.0:${trap.port}`,
      `017700000001:${trap.port}`,
      `user:pass@127.0.0.1:${trap.port}`,
      `localhost.:${trap.port}`,
      '169.254.169.254/latest/meta-data',
      '10.0.0.1',
      '192.168.0.1',
      '[fd00::1]',
      '[fe80::1]',
      '100.64.0.1',
    ]
    const urls = hosts.flatMap((host) => [`https://${host}/`, `http://${host}/`])
    urls.push(
      'file:///etc/passwd',
      `gopher://127.0.0.1:${trap.port}/`,
      `ftp://127.0.0.1:${trap.port}/`,
      '//127.0.0.1',
      'x',
    )
    const events = [{ entity: 'REGISTERED_MODEL', action: 'CREATED' }]
    for (const url of urls) {
      const answer = await send('POST', `${api}/webhooks`, {
        body: { name: 'hook', url, events, secret: 'S3CR3T-hook' },
      })
      harmless(answer, url)
      expect(answer.text, url).not.toContain('S3CR3T-hook')
      const id = answer.status === 200 ? JSON.parse(answer.text).webhook?.webhook_id : undefined
      if (id === undefined) continue
      harmless(await send('POST', `${api}/webhooks/${id}/test`, { body: { event: events[0] } }), url)
      await ask('registered-models/create', { name: fresh('told') })
      harmless(await send('PATCH', `${api}/webhooks/${id}`, { body: { url: `http://127.0.0.1:${trap.port}/` } }), url)
      harmless(await send('DELETE', `${api}/webhooks/${id}`), url)
    }
    await sleep(1500)
    expect(trap.visits()).toBe(0)
  }, 120_000)

  test('what is said of datasets, tags and traces is never fetched', async () => {
    const url = `http://127.0.0.1:${trap.port}/x`
    const dataset = {
      name: 'd',
      digest: '1',
      source_type: 'http',
      source: JSON.stringify({ url }),
      schema: url,
      profile: url,
    }
    await ask('runs/log-inputs', {
      run_id: run,
      datasets: [{ dataset, tags: [{ key: 'mlflow.data.context', value: url }] }],
    })
    await ask('runs/set-tag', { run_id: run, key: 'mlflow.source.name', value: url })
    await ask('runs/set-tag', { run_id: run, key: 'mlflow.artifactLocation', value: 'file:///etc' })
    const trace_info = {
      trace_id: `tr-${'0'.repeat(32)}`,
      trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '0' } },
      request_time: '2024-01-01T00:00:00Z',
      state: 'OK',
      tags: { 'mlflow.artifactLocation': 'file:///etc', 'mlflow.trace.spansLocation': url },
    }
    const base = api.replace('/2.0/mlflow', '/3.0/mlflow')
    harmless(await send('POST', `${base}/traces`, { body: { trace: { trace_info } } }), 'trace')
    harmless(await send('GET', `${base}/traces/get?trace_id=${trace_info.trace_id}`), 'trace')
    harmless(await send('GET', `/ajax-api/2.0/mlflow/get-trace-artifact?request_id=${trace_info.trace_id}`), 'trace')
    harmless(await send('GET', `${api}/runs/get?run_id=${run}`), 'run')
    expect(trap.visits()).toBe(0)
  })
})
