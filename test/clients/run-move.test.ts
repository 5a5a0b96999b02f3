/**
 * Moving over from MLflow and back: what its own client tells of the place a team leaves is what it tells of the workspace
 * afterwards, and of the folder that is exported from there. LAZ_TEST_MLFLOW2 and LAZ_TEST_MLFLOW3 as in mlflow.test.ts.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Lazurite, root, startLazurite, workspace } from '../slow/laz.ts'

const source = join(root, 'test/clients/run-move')
const run = promisify(execFile)

for (const major of [2, 3] as const) {
  const variable = `LAZ_TEST_MLFLOW${major}`
  const python = process.env[variable]
  if (python !== undefined) describe(`from mlflow ${major}`, () => scenes(python, major))
  else if (process.env.CI === 'true')
    it(`mlflow ${major}`, () => expect.fail(`${variable} must name a Python that has mlflow ${major}`))
  else it.skip(`mlflow ${major} (skipped: ${variable} names no Python that has it)`)
}

/** MLflow 2 leaves a folder, MLflow 3 a database. */
const left = {
  2: { uri: 'mlruns', from: ['./mlruns'] },
  3: { uri: 'mlflow.db', from: ['--from', 'sqlite:///mlflow.db'] },
}

function scenes(python: string, major: 2 | 3): void {
  let lazurite: Lazurite
  let folder: string
  beforeAll(async () => {
    lazurite = startLazurite()
    expect(await lazurite.laz(['up'])).toMatchObject({ code: 0 })
    folder = mkdtempSync(join(tmpdir(), 'laz-move-'))
  })
  afterAll(() => {
    lazurite?.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
  })

  async function mlflow(script: string, args: string[]): Promise<void> {
    const env = { ...process.env, MLFLOW_TRACKING_TOKEN: lazurite.server().token, MLFLOW_ALLOW_FILE_STORE: '1' }
    await run(python, [join(source, script), ...args], { cwd: folder, env })
  }
  const dump = async (uri: string, name: string) => {
    await mlflow('dump.py', [uri, join(folder, name)])
    return JSON.parse(readFileSync(join(folder, name), 'utf8'))
  }
  const bring = (args: string[]) =>
    lazurite.json<{ runs: object; points: number; differences: unknown[] }>(['run', 'import', ...args], { cwd: folder })

  it('all of it comes, twice is once, and what is exported is the same again', {
    timeout: 600_000,
  }, async () => {
    const { uri, from } = left[major]
    const place = `${major === 3 ? 'sqlite:///' : 'file://'}${folder}/${uri}`
    await mlflow('make.py', [place])
    const there = await dump(place, 'there.json')
    const report = { points: 3 * 31 + 1, models: 1, versions: 1, differences: [] }
    const first = await bring(from)
    expect(first).toMatchObject({ ...report, runs: { new: 4, completed: 0, same: 0 } })
    const here = await dump(`${lazurite.server().url}/mlflow/v2.0${workspace}`, 'here.json')
    expect(here).toEqual(there)
    expect(await bring([uri])).toMatchObject({ ...report, runs: { new: 0, completed: 0, same: 4 } })

    const exported = join(folder, 'exported')
    expect(await lazurite.json(['run', 'export', '--to', exported])).toMatchObject({
      runs: 4,
      points: report.points,
      left: [],
    })
    expect(await dump(`file://${exported}`, 'exported.json')).toEqual(there)
    // the folder comes into a workspace of its own as it is
    await lazurite.json(['workspace', 'create', '-n', 'second'])
    expect(await bring([exported, '-w', 'second'])).toMatchObject({
      ...report,
      runs: { new: 4, completed: 0, same: 0 },
    })
    // and so does one server into another
    await lazurite.json(['workspace', 'create', '-n', 'third'])
    const { url, token } = lazurite.server()
    const address = `http://me:${token}@${new URL(url).host}/mlflow/v2.0${workspace}`
    const third = await bring(['--from', address, '-w', 'third'])
    expect(third).toMatchObject({ ...report, runs: { new: 4, completed: 0, same: 0 } })
    expect(JSON.stringify(third)).not.toContain(token)
    expect(await dump(`${url}/mlflow/v2.0${workspace.replace(/main$/, 'third')}`, 'third.json')).toEqual(there)
  })
}
