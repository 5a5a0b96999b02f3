import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bed, commandJob, makeBed } from '../testing/bed.ts'
import { node, pipelineJob, putCode } from '../testing/pipes.ts'
import { failedFolder, forgetDebug, keepFailed } from './kept-failed.ts'

let bed: Bed
beforeAll(async () => {
  bed = await makeBed()
})
afterAll(() => bed.close())

const run = (cwd: string, command: string, env: Record<string, string>) =>
  execFileSync('bash', ['-c', command], { cwd, env: { PATH: process.env.PATH, ...env }, encoding: 'utf8' })

describe('a failed step laid out again', () => {
  test('is as its command left it: files, inputs, environment, command; its outputs are places of its own', async () => {
    const code = await putCode(bed, 'failing', {
      'main.sh': 'cat "$1"/f; echo half > half.txt; echo more >> "$2"/f; exit 3',
    })
    const jobs = {
      make: node('echo made > ${{outputs.o}}/f', { outputs: { o: null } }),
      fails: node('GREET=$GREETING sh main.sh ${{inputs.x}} ${{outputs.o}}', {
        codeId: code,
        inputs: { x: '${{parent.jobs.make.outputs.o}}', word: 'hello' },
        outputs: { o: null },
        environment_variables: { GREETING: 'say ${{inputs.word}}' },
      }),
    }
    expect(await bed.submit('pipe', pipelineJob(jobs))).toEqual([])
    await bed.until('pipe')
    const { fails } = await bed.children('pipe')
    if (!fails) throw new Error('the step did not start')
    const laid = await bed.engine.layOut(fails, false)
    expect(laid).toMatchObject({ from: 'failed', code: ['main.sh'] })
    expect(readdirSync(laid.cwd).sort()).toEqual(['half.txt', 'logs', 'main.sh', 'outputs'])
    expect(laid.there).toContain('half.txt')
    expect(readFileSync(join(laid.inputs.x ?? '', 'f'), 'utf8')).toBe('made\n')
    expect(laid.env).toMatchObject({ GREETING: 'say hello', AZUREML_RUN_ID: fails.name, AZURE_ML_INPUT_word: 'hello' })
    expect(Object.keys(laid.env).filter((name) => /TOKEN|MLFLOW_RUN_ID/.test(name))).toEqual([])
    expect(() => run(laid.cwd, laid.command, laid.env)).toThrow(/Command failed/)

    // what it writes is not where the step wrote
    const { account, blobstore } = bed.workspace.storage
    const theirs = bed.store.bytes.path(account, blobstore, `azureml/${fails.name}/o/f`)
    expect(readFileSync(join(laid.outputs.o ?? '', 'f'), 'utf8')).toBe('more\n')
    expect(readFileSync(theirs, 'utf8')).toBe('more\n')

    writeFileSync(join(laid.cwd, 'main.sh'), 'echo mended')
    expect(run(laid.cwd, laid.command, laid.env)).toBe('mended\n')
    const again = await bed.engine.layOut(fails, false)
    expect(again.from).toBe('open')
    expect(readFileSync(join(again.cwd, 'main.sh'), 'utf8')).toBe('echo mended')
    const fresh = await bed.engine.layOut(fails, true)
    expect(fresh.from).toBe('failed')
    expect(readFileSync(join(fresh.cwd, 'main.sh'), 'utf8')).toContain('exit 3')
    await forgetDebug(bed.home, fails.name)
    expect([existsSync(laid.folder), existsSync(failedFolder(bed.home, fails.name))]).toEqual([false, false])
  })

  test('one that completed is laid out from its code, and what was installed there stays there', async () => {
    const code = await putCode(bed, 'fine', { 'main.py': 'import sys; print(sys.prefix)' })
    expect(await bed.submit('fine', commandJob('python3 main.py > made.txt', { codeId: code }))).toEqual([])
    await bed.until('fine')
    const laid = await bed.engine.layOut(await bed.job('fine'), false)
    expect([laid.from, readdirSync(laid.cwd).sort()]).toEqual(['code', ['logs', 'main.py', 'outputs']])
    expect(run(laid.cwd, 'python3 main.py', laid.env)).toBe(`${join(laid.folder, 'python')}\n`)
  })
})

test('only the newest of what failed is kept', async () => {
  const home = join(bed.home, 'elsewhere')
  for (let i = 0; i < 25; i++) {
    const wd = join(home, `wd-${i}`)
    mkdirSync(wd, { recursive: true })
    await keepFailed(home, `bad/${i}`, wd)
  }
  expect(readdirSync(join(home, 'debug', 'failed'))).toHaveLength(20)
  expect(existsSync(failedFolder(home, 'bad/24'))).toBe(true)
  // nothing to keep is no mistake
  await keepFailed(home, 'gone', join(home, 'nowhere'))
})

test('what is not over, or has no command, is refused by name', async () => {
  await bed.put('going', commandJob('sleep 5'))
  await expect(bed.engine.layOut(await bed.job('going'), false)).rejects.toMatchObject({ code: 'JobNotFinal' })
  await bed.store.resources.ask({ scope: 's-1/group/main', kind: 'job', name: 'going' }, { cancel: 1 })
  await bed.until('going')
  await expect(bed.engine.layOut(await bed.job('pipe'), false)).rejects.toMatchObject({ code: 'NotSupported' })
})
