// What has been tried against MLflow servers, tried against ours: each group is a known class of holes, and its test says
// that nothing outside is read, written, deleted, fetched or run, and that nobody gets in without a token.
import { existsSync, lstatSync, mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { api, proxy, type Said, type Sending } from './tracking-hostile/calls.ts'
import { inLine, paths } from './tracking-hostile/paths.ts'
import {
  ask,
  fresh,
  guarded,
  harmless,
  lazurite,
  outside,
  put,
  refused,
  run,
  send,
  setScene,
  trap,
  unharmed,
} from './tracking-hostile/scene.ts'

setScene()

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
