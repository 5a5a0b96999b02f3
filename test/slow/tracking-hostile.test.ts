// What has been tried against MLflow servers, tried against ours: each group is a known class of holes, and its test says
// that nothing outside is read, written, deleted, fetched or run, and that nobody gets in without a token.
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lazurite, startLazurite } from './laz.ts'
import { api, type Guarded, guard, openTrap, proxy, type Said, type Sending, sender } from './tracking-hostile/calls.ts'

let lazurite: Lazurite
let send: ReturnType<typeof sender>
let guarded: Guarded
let outside: string
let trap: Awaited<ReturnType<typeof openTrap>>
let run: string
let before: string

const ask = async <T = unknown>(path: string, body: unknown): Promise<T> => {
  const answer = await send('POST', `${api}/${path}`, { body })
  expect(answer.status, answer.text).toBe(200)
  return JSON.parse(answer.text)
}
const put = (path: string, bytes: string | Buffer) =>
  send('PUT', `${proxy}/artifacts/0/${run}/artifacts/${path}`, { bytes })
let count = 0
const fresh = (word: string) => `${word}-${++count}`

beforeAll(async () => {
  lazurite = startLazurite({ env: { LAZ_ENVIRONMENT: 'host' } })
  expect(await lazurite.laz(['up'])).toMatchObject({ code: 0 })
  send = sender(lazurite)
  outside = mkdtempSync(join(tmpdir(), 'laz-tracking-hostile-'))
  guarded = guard(lazurite.home, outside)
  trap = await openTrap()
  const made: { run: { info: { run_id: string } } } = await ask('runs/create', { experiment_id: '0' })
  run = made.run.info.run_id
  expect((await put('model/MLmodel', 'flavors: {python_function: {loader_module: x}}\n')).status).toBe(200)
  before = guarded.digest()
})

afterAll(async () => {
  expect((await send('GET', '/health')).status).toBe(200)
  trap.close()
  lazurite.stop()
  rmSync(outside, { recursive: true, force: true, maxRetries: 20 })
})

/** Neither an accident nor a leak; `most` bounds the status. */
function harmless(answer: Said, what: string): void {
  expect(answer.status, `${what}: ${answer.text.slice(0, 500)}`).toBeLessThan(500)
  expect(answer.text, what).not.toContain(guarded.secret)
  expect(answer.text, what).not.toContain('root:x:0:0')
  expect(answer.text, what).not.toMatch(/\n\s+at .+:\d+:\d+\)?\n/)
}

function refused(answer: Said, what: string): void {
  harmless(answer, what)
  expect(answer.status, `${what}: ${answer.text.slice(0, 500)}`).toBeGreaterThanOrEqual(400)
}

const unharmed = () => expect(guarded.digest()).toBe(before)

const dots = [
  '..',
  '%2e%2e',
  '%252e%252e',
  '%25252e%25252e',
  '.%2e',
  '..;',
  '..%00',
  '%c0%ae%c0%ae',
  '%uff0e%uff0e',
  '....//',
]
const slashes = ['/', '%2f', '%252f', '\\', '%5c', '%255c']
const climbs = dots.flatMap((dot) =>
  slashes.flatMap((slash) => [3, 9].map((n) => `${`${dot}${slash}`.repeat(n)}canary`)),
)
const odd = [
  '/etc/passwd',
  '//etc/passwd',
  '%2fetc%2fpasswd',
  'file:///etc/passwd',
  'file:%2f%2f%2fetc%2fpasswd',
  'file:/etc/passwd?x=/../..',
  'x#/../../../canary',
  'x%23/../../../canary',
  'x;/../../../canary',
  'x%3b/../../../canary',
  'x?/../../../canary',
  'x%3f/../../../canary',
  'C:/Windows/win.ini',
  'C%3a%5cWindows%5cwin.ini',
  '~root/.bashrc',
  '$HOME/.bashrc',
  'model/../../../../canary',
  'model/./../canary',
  'model//../../canary',
  '\u0000',
  '%',
  'a'.repeat(5000),
]
const paths = [...climbs, ...odd]
/** As a header line may carry it. */
const inLine = (path: string) => path.replace(/[\u0000-\u0020\u007f-\uffff]/g, encodeURIComponent)

describe('paths of artifacts (CVE-2023-6831, CVE-2024-1560, CVE-2024-1593)', () => {
  test(`${paths.length} of them read, list, write and delete nothing outside`, async () => {
    const base = `0/${run}/artifacts`
    for (const path of paths) {
      const line = inLine(path)
      for (const place of [`${base}/${line}`, `0/${line}`, line]) {
        harmless(await send('GET', `${proxy}/artifacts/${place}`), `GET ${place}`)
        harmless(await send('DELETE', `${proxy}/artifacts/${place}`), `DELETE ${place}`)
        harmless(await send('PUT', `${proxy}/artifacts/${place}`, { bytes: 'overwritten' }), `PUT ${place}`)
      }
      const query = encodeURIComponent(path)
      const reads = [
        `${proxy}/artifacts?path=${query}`,
        `${proxy}/artifacts?path=${encodeURIComponent(`${base}/${path}`)}`,
        `${proxy}/presigned/${base}/${line}`,
        `${api}/artifacts/list?run_id=${run}&path=${query}`,
        `/get-artifact?run_id=${run}&path=${query}`,
        `/get-artifact?run_uuid=${query}&path=model`,
        `/model-versions/get-artifact?name=${query}&version=1&path=${query}`,
        `/ajax-api/2.0/mlflow/get-artifact?run_id=${run}&path=${query}`,
      ]
      for (const read of reads) harmless(await send('GET', read), `GET ${read}`)
      const body = { path: `${path}/x`, num_parts: 1 }
      harmless(await send('POST', `${proxy}/mpu/create/${base}/${line}`, { body }), `mpu ${path}`)
      harmless(
        await send('POST', `/ajax-api/2.0/mlflow/upload-artifact?run_uuid=${run}&path=${query}`, { bytes: 'x' }),
        path,
      )
    }
    unharmed()
    expect((await send('GET', `${proxy}/artifacts/${base}/model/MLmodel`)).status).toBe(200)
  }, 300_000)

  test('links that a job laid are followed neither to read nor to delete, nor while they change', async () => {
    const { body } = await lazurite.http('GET', `${api}/runs/get?run_id=${run}`)
    expect(body).toContain('mlflow-artifacts:/')
    const store = await lazurite.json<{ account_name: string; container_name: string }>([
      'datastore',
      'show',
      '-n',
      'workspaceartifactstore',
    ])
    const home = join(
      lazurite.home,
      'storage',
      store.account_name,
      store.container_name,
      'ExperimentRun',
      `dcid.${run}`,
    )
    expect(existsSync(join(home, 'model/MLmodel'))).toBe(true)
    symlinkSync(outside, join(home, 'out'))
    symlinkSync(join(outside, 'canary'), join(home, 'file'))
    const base = `${proxy}/artifacts/0/${run}/artifacts`
    for (const path of ['out/canary', 'file', 'out', 'out/new']) {
      refused(await send('GET', `${base}/${path}`), path)
      harmless(await send('PUT', `${base}/${path}`, { bytes: 'overwritten' }), path)
      harmless(await send('DELETE', `${base}/${path}`), path)
    }
    harmless(await send('GET', `${proxy}/artifacts?path=0/${run}/artifacts/out`), 'list')
    unharmed()

    // a folder that becomes a link and a folder again while it is read, written and deleted
    const [folder, kept, link] = ['swap', 'swap.folder', 'swap.link'].map((name) => join(home, name)) as [
      string,
      string,
      string,
    ]
    mkdirSync(folder)
    writeFileSync(join(folder, 'canary'), 'mine')
    symlinkSync(outside, link)
    let going = true
    let swaps = 0
    const swapping = (async () => {
      while (going) {
        try {
          renameSync(folder, kept)
          renameSync(link, folder)
          await sleep(1)
          renameSync(folder, link)
          mkdirSync(kept, { recursive: true })
          writeFileSync(join(kept, 'canary'), 'mine')
          renameSync(kept, folder)
          swaps++
        } catch {
          // the server has just taken what was to be moved: start again
          rmSync(kept, { recursive: true, force: true })
          for (const path of [folder, link]) if (isLink(path)) unlinkSync(path)
          if (!existsSync(folder)) mkdirSync(folder)
          symlinkSync(outside, link)
        }
        await sleep(0)
      }
    })()
    // a file that is cut while it is read ends with its connection: no answer, and no secret in it
    const cut: Said = { status: 0, text: '', headers: {} }
    const tried = (method: string, path: string, o?: Sending) =>
      send(method, path, o).catch((error: Error) => {
        expect(error.message).toMatch(/aborted|socket hang up|ECONNRESET/)
        return cut
      })
    try {
      for (let n = 0; n < 400; n++) {
        const answers = await Promise.all([
          tried('GET', `${base}/swap/canary`),
          tried('GET', `${proxy}/artifacts?path=0/${run}/artifacts/swap`),
          tried('PUT', `${base}/swap/canary`, { bytes: 'overwritten' }),
          ...(n % 4 === 0 ? [tried('DELETE', `${base}/swap`)] : []),
        ])
        for (const answer of answers) {
          expect(answer.text).not.toContain(guarded.secret)
          expect(answer.text).not.toMatch(/\n\s+at /)
        }
      }
    } finally {
      going = false
      await swapping
    }
    expect(swaps).toBeGreaterThan(20)
    unharmed()
  }, 120_000)
})

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true
}

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

describe('files that are more than data (CVE-2024-37052 and siblings, CVE-2024-27132)', () => {
  test('nothing of a model is unpickled, imported or run, whoever looks at it', async () => {
    const mark = join(outside, 'ran')
    // what `pickle` would run on load: os.system('touch …')
    const pickle = Buffer.from(`cos\nsystem\n(S'touch ${mark}'\ntR.`)
    const mlmodels = [
      'flavors:\n  python_function: {loader_module: mlflow.sklearn, model_path: model.pkl}\n  sklearn: {pickled_model: model.pkl}\n',
      `flavors: !!python/object/apply:os.system ["touch ${mark}"]\n`,
      `flavors: {python_function: {loader_module: "os; os.system('touch ${mark}')", config: "\${${mark}}"}}\n`,
      `a: &a [x, x, x, x, x, x, x, x, x]\n${Array.from(
        { length: 12 },
        (_, n) =>
          `b${n}: &b${n} [${Array(9)
            .fill(`*${n === 0 ? 'a' : `b${n - 1}`}`)
            .join(', ')}]`,
      ).join('\n')}\nflavors: *b11\n`,
      'flavors: [unclosed\n',
      `flavors: {x: ${'['.repeat(50_000)}`,
      Buffer.alloc(3 * 2 ** 20, 'a: b\n'),
      '__proto__: {polluted: yes}\nflavors: {__proto__: {polluted: yes}, constructor: {prototype: {polluted: yes}}}\n',
    ]
    for (const [n, mlmodel] of mlmodels.entries()) {
      const folder = `m${n}`
      const files: [string, string | Buffer][] = [
        ['MLmodel', mlmodel],
        ['model.pkl', pickle],
        ['requirements.txt', `--index-url http://127.0.0.1:${trap.port}/\nevil\n`],
        ['conda.yaml', `dependencies: [{pip: ["git+http://127.0.0.1:${trap.port}/x"]}]\n`],
        ['code/__init__.py', `open(${JSON.stringify(mark)}, 'w')\n`],
      ]
      for (const [path, bytes] of files) expect((await put(`${folder}/${path}`, bytes)).status).toBe(200)
      const name = fresh('pickled')
      await ask('registered-models/create', { name })
      const answer = await send('POST', `${api}/model-versions/create`, {
        body: { name, source: `runs:/${run}/${folder}` },
      })
      harmless(answer, `MLmodel ${n}`)
      harmless(await send('GET', `${api}/registered-models/get?name=${name}`), name)
      harmless(await send('GET', `${proxy}/artifacts/0/${run}/artifacts/${folder}/model.pkl`), name)
      if (answer.status === 200) {
        expect((await lazurite.laz(['model', 'show', '-n', name, '-v', '1'])).code).toBe(0)
        expect((await lazurite.laz(['model', 'download', '-n', name, '-v', '1', '-p', join(outside, name)])).code).toBe(
          0,
        )
      }
    }
    harmless(
      await send('POST', `${api}/runs/log-model`, { body: { run_id: run, model_json: pickle.toString() } }),
      'json',
    )
    expect(existsSync(mark)).toBe(false)
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    expect(trap.visits()).toBe(0)
  }, 120_000)

  test('archives stay as they were sent', async () => {
    // the head of a tar that would climb, and a zip entry that would
    const tar = Buffer.alloc(1536)
    tar.write('../../../../canary')
    tar.write('0000644\u00000000000\u00000000000\u000000000000004\u0000', 100)
    for (const [name, bytes] of [
      ['x.tar', tar],
      ['x.tar.gz', Buffer.from('1f8b08000000000000', 'hex')],
      ['x.zip', Buffer.from('504b0304140000000000', 'hex')],
    ] as const) {
      expect((await put(`archives/${name}`, bytes)).status).toBe(200)
      const got = await send('GET', `${proxy}/artifacts/0/${run}/artifacts/archives/${name}`)
      expect(Buffer.from(got.text, 'latin1').equals(bytes)).toBe(true)
    }
    unharmed()
  })

  test('no browser runs what was uploaded', async () => {
    for (const name of ['x.html', 'x.svg', 'x.xhtml', 'x.js', 'x.xml', 'x.htm?.png', 'x.pdf']) {
      expect(
        (await put(encodeURIComponent(name.replace('?', '')), '<svg onload="alert(1)"><script>alert(1)</script>'))
          .status,
      ).toBe(200)
      const path = encodeURIComponent(name.replace('?', ''))
      for (const address of [
        `${proxy}/artifacts/0/${run}/artifacts/${path}`,
        `/get-artifact?run_id=${run}&path=${path}`,
      ]) {
        const got = await send('GET', address)
        if (got.status !== 200) continue
        expect(got.headers, address).toMatchObject({
          'x-content-type-options': 'nosniff',
          'content-disposition': expect.stringMatching(/^attachment/),
          'content-security-policy': expect.stringContaining('sandbox'),
        })
      }
    }
  })
})

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
