// Batch endpoints as somebody at a terminal has them: created from files, called with local data, results downloaded.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Lazurite, startLazurite } from './laz.ts'

const score = `
import glob, os
def init():
    global word
    [folder] = glob.glob(os.environ["AZUREML_MODEL_DIR"] + "/*/")
    word = open(os.path.join(folder, "word.txt")).read()
def run(mini_batch):
    return ["%s %s" % (os.path.basename(path), word) for path in mini_batch]
`
const files: Record<string, string> = {
  'code/score.py': score,
  'model/word.txt': 'scored',
  'data/a.txt': 'x',
  'data/deep/b.txt': 'x',
  'endpoint.yml': 'name: words\nauth_mode: aad_token\n',
  'deployment.yml': [
    'name: first',
    'endpoint_name: words',
    'type: model',
    'model: {path: model}',
    'code_configuration: {code: code, scoring_script: score.py}',
    'environment: azureml:host@latest',
    'compute: azureml:local',
    'settings: {mini_batch_size: 2, max_concurrency_per_instance: 1, output_action: append_row}',
  ].join('\n'),
  'call.yml': 'inputs:\n  named:\n    type: uri_file\n    path: data/a.txt\n',
}

let lazurite: Lazurite
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'laz-batch-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  lazurite = startLazurite({ env: { LAZ_ENVIRONMENT: 'host' } })
})
afterAll(() => {
  lazurite.stop()
  rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
})

const json = (...args: string[]) => lazurite.json(args, { cwd: folder })

async function scored(name: string): Promise<string[]> {
  const streamed = await lazurite.laz(['job', 'stream', '-n', name], { cwd: folder })
  expect(streamed.code, streamed.out + streamed.err).toBe(0)
  const got = await lazurite.laz(['job', 'download', '-n', name, '--output-name', 'score', '-p', name], { cwd: folder })
  expect(got.code, got.err).toBe(0)
  return readFileSync(join(folder, name, 'named-outputs/score/predictions.csv'), 'utf8')
    .trim()
    .split('\n')
    .sort()
}

test('a folder, a file and a file of inputs are scored; what was started is listed', async () => {
  await json('batch-endpoint', 'create', '-f', 'endpoint.yml')
  await json('batch-deployment', 'create', '-f', 'deployment.yml', '--set-default')
  const all = await json('batch-endpoint', 'invoke', '-n', 'words', '--input', 'data', '--mini-batch-size', '1')
  expect(await scored(String(all.name))).toEqual(['a.txt scored', 'b.txt scored'])
  const call = ['batch-endpoint', 'invoke', '-n', 'words', '-d', 'first', '-f', 'call.yml', '--job-name', 'mine']
  expect(await json(...call)).toMatchObject({ name: 'mine' })
  expect(await scored('mine')).toEqual(['a.txt scored'])
  const listed = await json('batch-endpoint', 'list-jobs', '-n', 'words')
  expect((listed as unknown as { name: string }[]).map(({ name }) => name)).toEqual(['mine', all.name])
  const below = await json('batch-deployment', 'list-jobs', '-n', 'first', '-e', 'words')
  expect(below).toHaveLength(2)
  const missing = await lazurite.laz(['batch-endpoint', 'invoke', '-n', 'words', '--input', 'nowhere'], { cwd: folder })
  expect([missing.code === 0, missing.err]).toEqual([false, expect.stringMatching(/no file or folder nowhere/)])
}, 180_000)
