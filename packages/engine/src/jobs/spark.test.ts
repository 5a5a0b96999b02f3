import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JsonObject } from '@lazurite/spec'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hashFolder } from '../snapshot.ts'
import { type Bed, makeBed, scope } from '../testing/bed.ts'
import { refusalOfSpark, sparkEnvironment } from './spark-admit.ts'
import { propertiesOf, withLog } from './spark-conf.ts'
import { quoteWord, wordsOf } from './spark-words.ts'

describe('the arguments of a Spark program', () => {
  const values = { inputs: { a: '/x y/$(b)', n: '3' }, outputs: { o: '/out' } }
  test('are cut before they are filled in', () => {
    const text = `--in \${{inputs.a}} --both "\${{inputs.a}}/z" 'a b'c --o=\${{outputs.o}} $[[--no \${{inputs.no}}]] \\"q`
    expect(wordsOf(text, values)).toEqual(['--in', '/x y/$(b)', '--both', '/x y/$(b)/z', 'a bc', '--o=/out', '"q'])
  })
  test('are refused with an open quote, or a reference without a value', () => {
    expect(() => wordsOf(`--a 'b`, values)).toThrow(/never closed/)
    expect(() => wordsOf('--a ${{inputs.none}}', values)).toThrow(/no value/)
  })
  test('reach the program as they are', () => {
    expect(quoteWord(`a'b $c`)).toBe(`'a'\\''b $c'`)
    expect(quoteWord('--x=1,2')).toBe('--x=1,2')
  })
})

describe('the settings of Spark', () => {
  const facts = { name: 'j', memoryMiB: 8192, local: true }
  test('the driver gets the memory of the executors that live in it, as far as there is some', () => {
    const conf = { 'spark.driver.memory': '1g', 'spark.executor.memory': '2g', 'spark.executor.instances': '2' }
    expect(propertiesOf(conf, facts)).toContain('spark.driver.memory 5120m\n')
    expect(propertiesOf(conf, { ...facts, memoryMiB: 2048 })).toContain('spark.driver.memory 1536m\n')
    expect(propertiesOf(conf, { ...facts, local: false })).toContain('spark.driver.memory 1g\n')
  })
  test('a value cannot begin a line of its own', () => {
    expect(propertiesOf({ 'spark.x': 'a\nspark.y b\\c' }, facts)).toContain('spark.x a\\nspark.y b\\\\c\n')
  })
  test('what the job sets goes before what is set here', () => {
    expect(propertiesOf({ 'spark.ui.enabled': 'true' }, facts)).toContain('spark.ui.enabled true\n')
    const conf = withLog({ 'spark.driver.extraJavaOptions': '-Dx=y' }, '/l')
    expect(conf['spark.driver.extraJavaOptions']).toBe('-Dlog4j2.configurationFile=file:/l -Dx=y')
  })
})

test('the environment is the PySpark of the runtime, or has it added', () => {
  const of = (props: JsonObject, settings = {}) => sparkEnvironment(props, settings)
  expect(of({}).id).toContain('/environments/spark-3.4/')
  expect(of({ resources: { runtimeVersion: '3.5.0' } }).id).toContain('/environments/spark-3.5/')
  expect(of({ resources: { runtimeVersion: '3.1' } }).id).toContain('/environments/spark-3.3/')
  expect(of({ environmentId: 'e' })).toEqual({ id: 'e', also: ['pyspark~=3.4.0'] })
  expect(of({}, { sparkSubmit: '/s' })).toEqual({ id: undefined, also: [] })
})

test('without Java there is no Spark, and the refusal says the way out', () => {
  expect(refusalOfSpark({ sparkSubmit: '/nowhere/spark-submit' }, {})?.message).toContain('/nowhere/spark-submit')
})

/** A stand-in of Spark: says how it was called, and does what a program would. */
const standIn = `#!/bin/bash
for word in "$@"; do echo "word: $word"; done
conf=$(echo "$@" | sed 's/.*--properties-file \\([^ ]*\\).*/\\1/'); stat -c 'mode %a' "$conf"; cat "$conf"
cat "\${@: -2:1}"; cp "\${@: -2:1}" "\${@: -1}"
`

describe('a Spark job', () => {
  let bed: Bed
  let code: string
  let place: string
  beforeAll(async () => {
    place = mkdtempSync(join(tmpdir(), 'laz-spark-'))
    const sparkSubmit = join(place, 'spark-submit')
    writeFileSync(sparkSubmit, standIn, { mode: 0o755 })
    bed = await makeBed({ settings: { sparkSubmit, memoryMiB: 4096 } })
    code = await makeCode(bed)
  })
  afterAll(async () => {
    await bed.close()
    rmSync(place, { recursive: true })
  })

  const sparkJob = (more: JsonObject = {}): JsonObject => ({
    jobType: 'Spark',
    codeId: code,
    entry: { sparkJobEntryType: 'SparkJobPythonEntry', file: 'main.py' },
    conf: { 'spark.executor.instances': '2', 'spark.executor.cores': '1', 'spark.hadoop.key': 'secret' },
    args: '--n 3 ${{inputs.data}} ${{outputs.out}}',
    computeId: 'local',
    inputs: {
      data: {
        jobInputType: 'uri_file',
        uri: 'azureml://datastores/workspaceblobstore/paths/in/a file.csv',
        mode: 'Direct',
      },
    },
    outputs: {
      out: {
        jobOutputType: 'uri_folder',
        uri: 'azureml://datastores/workspaceblobstore/paths/made/here',
        mode: 'Direct',
      },
    },
    ...more,
  })

  test('hands paths of this machine over, and settings in a file nobody else can read', async () => {
    const { account, blobstore } = bed.workspace.storage
    const folder = bed.store.bytes.folder(account, blobstore)
    mkdirSync(join(folder, 'in'), { recursive: true })
    writeFileSync(join(folder, 'in/a file.csv'), '1,2\n')
    expect(await bed.submit('plain', sparkJob({ pyFiles: ['a.zip', 'b.py'] }))).toEqual([])
    const job = await bed.until('plain')
    expect(job.facts.error).toBeUndefined()
    const log = await bed.artifact('plain', 'user_logs/std_log.txt')
    expect(log).toContain(`word: ${folder}/in/a file.csv\nword: ${folder}/made/here\n`)
    expect(log).toContain('word: --py-files\nword: a.zip,b.py\nword: main.py\nword: --n\nword: 3\n')
    expect(log).toContain('word: --master\nword: local[1]\n')
    expect(log).toContain('mode 600\n')
    expect(log).toContain('spark.hadoop.key secret\n')
    expect(log.split('spark.app.name')[0]).not.toContain('secret')
    // what Spark makes must not be there before
    expect(existsSync(join(folder, 'made/here'))).toBe(true)
    expect(job.facts.outputs?.out?.uri).toContain('/paths/made/here')
  })

  test.each<[string, JsonObject, RegExp]>([
    ['a Scala class', { entry: { className: 'A' } }, /Scala class cannot be the entry/],
    ['a file outside of the code', { entry: { file: '../../x.py' } }, /not inside the code folder/],
    ['no code', { codeId: '' }, /no code folder/],
    ['a jar of another place', { jars: ['abfss://c@a.dfs.core.windows.net/x.jar'] }, /cannot be handed to Spark/],
    ['an argument without input', { args: '${{inputs.gone}}' }, /'gone'/],
  ])('refuses %s', async (_, more, text) => {
    const issues = await bed.engine.admit('job', scope, sparkJob(more))
    expect(issues.map(({ message }) => message).join('\n')).toMatch(text)
  })

  test('is a step of a pipeline', async () => {
    const { args, conf, inputs, outputs } = sparkJob()
    const step = {
      type: 'spark',
      code,
      entry: { file: 'main.py', spark_job_entry_type: 'SparkJobPythonEntry' },
      args,
      conf,
      inputs,
      outputs,
      resources: { instance_type: 'standard_e4s_v3', runtime_version: '3.4' },
      identity: { type: 'user_identity' },
    }
    const props = { jobType: 'Pipeline', jobs: { s: step }, inputs: {}, outputs: {}, settings: {} } as JsonObject
    expect(await bed.submit('pipe', props)).toEqual([])
    expect((await bed.until('pipe')).state).toBe('Completed')
    const { s } = await bed.children('pipe')
    expect(s?.props).toMatchObject({
      jobType: 'Spark',
      computeId: 'serverless',
      identity: { identityType: 'UserIdentity' },
    })
    expect(await bed.artifact(s?.name ?? '', 'user_logs/std_log.txt')).toContain('word: main.py\n')
  })
})

/** A code asset with nothing but a program that is never started. */
async function makeCode(bed: Bed): Promise<string> {
  const { account, blobstore } = bed.workspace.storage
  const folder = join(bed.store.bytes.folder(account, blobstore), 'code')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'main.py'), 'raise SystemExit(1)\n')
  await bed.store.resources.put({
    key: { scope, kind: 'code', name: 'c', version: '1' },
    props: {
      codeUri: 'azureml://datastores/workspaceblobstore/paths/code',
      properties: { hash_sha256: (await hashFolder(folder)).hash, hash_version: '202208' },
    },
    by: 'tester',
  })
  return 'azureml:c:1'
}
