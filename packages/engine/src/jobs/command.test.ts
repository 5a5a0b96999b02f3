import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bed, commandJob, makeBed, scope } from '../testing/bed.ts'

let bed: Bed
beforeAll(async () => {
  bed = await makeBed()
})
afterAll(() => bed.close())

async function run(name: string, command: string, more = {}) {
  expect(await bed.submit(name, commandJob(command, more))).toEqual([])
  return bed.until(name)
}

describe('a command job', () => {
  test('runs, and its output is in the log', async () => {
    const job = await run('hello', 'echo hello; echo to stderr >&2')
    expect(job.state).toBe('Completed')
    expect(await bed.artifact('hello', 'user_logs/std_log.txt')).toBe('hello\nto stderr\n')
    expect(job.facts).toMatchObject({ exitCode: 0, attempt: 1, environment: { how: 'host' } })
    expect(job.facts.waiting).toBeUndefined()
  })

  test('says what each moment went to', async () => {
    const { facts } = await run('phases', 'true')
    const names = facts.phases?.map((phase) => phase.name)
    expect(names).toEqual([
      'NotStarted',
      'Preparing',
      'Queued',
      'Starting',
      'Staging',
      'Running',
      'Finalizing',
      'Completed',
    ])
    for (const [i, phase] of (facts.phases ?? []).entries())
      expect(phase.to ?? 0).toBe(facts.phases?.[i + 1]?.from ?? phase.to)
  })

  test('leaves no folder behind', async () => {
    const { facts } = await run('tidy', 'mkdir -p a/b; echo x > a/b/c')
    await expect.poll(() => existsSync(join(bed.home, 'runs', facts.runUuid ?? ''))).toBe(false)
  })

  test('is filed as a run of its experiment', async () => {
    await run('filed', 'true', { experimentName: 'birds', displayName: 'a name', tags: { a: 'b' } })
    const experiment = await bed.store.runs.experiment(scope, { name: 'birds' })
    expect(await bed.store.runs.get(scope, 'filed')).toMatchObject({
      experimentId: experiment?.id,
      name: 'a name',
      status: 'FINISHED',
      isJob: true,
      tags: { a: 'b', 'mlflow.rootRunId': 'filed' },
    })
  })

  test('keeps what it puts into outputs and logs, which exist before it starts', async () => {
    await run(
      'kept',
      'echo out > outputs/o.txt; mkdir outputs/deep; echo deep > outputs/deep/d.txt; echo log > logs/l.txt; ln -s /etc/passwd outputs/leak; ln -s o.txt outputs/alias',
    )
    expect(await bed.artifact('kept', 'outputs/o.txt')).toBe('out\n')
    expect(await bed.artifact('kept', 'outputs/deep/d.txt')).toBe('deep\n')
    expect(await bed.artifact('kept', 'outputs/alias')).toBe('out\n')
    expect(await bed.artifact('kept', 'logs/l.txt')).toBe('log\n')
    await expect(bed.artifact('kept', 'outputs/leak')).rejects.toThrow('ENOENT')
    expect((await bed.job('kept')).facts.notes?.join()).toContain('outputs/leak was not kept')
  })

  test('gets literals, data and outputs; a named output becomes an asset, exactly one', async () => {
    const { blobstore, account } = bed.workspace.storage
    const folder = join(bed.store.bytes.folder(account, blobstore), 'in')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'a.csv'), '1,2\n')
    const job = await run(
      'io',
      'cat ${{inputs.data}}/a.csv > ${{outputs.copy}}/b.csv; cat ${{inputs.file}}; echo "${{inputs.word}} $[[--no ${{inputs.no}}]]."; echo x > ${{outputs.single}}',
      {
        inputs: {
          data: { jobInputType: 'uri_folder', uri: 'azureml://datastores/workspaceblobstore/paths/in/' },
          file: {
            jobInputType: 'uri_file',
            uri: 'azureml://datastores/workspaceblobstore/paths/in/a.csv',
            mode: 'Download',
          },
          word: { jobInputType: 'literal', value: 'green' },
        },
        outputs: {
          copy: { jobOutputType: 'uri_folder', assetName: 'copies' },
          single: { jobOutputType: 'uri_file' },
        },
      },
    )
    expect(await bed.artifact('io', 'user_logs/std_log.txt')).toBe('1,2\ngreen .\n')
    const { copy, single } = job.facts.outputs ?? {}
    expect(copy).toMatchObject({ type: 'uri_folder', assetName: 'copies', assetVersion: '1' })
    expect(copy?.uri).toContain('/datastores/workspaceblobstore/paths/azureml/io/copy')
    expect(single?.assetId).toContain('/data/azureml_io_output_single/versions/1')
    const asset = await bed.store.resources.get({ scope, kind: 'data', name: 'copies', version: '1' })
    expect(asset?.props).toMatchObject({
      dataType: 'uri_folder',
      dataUri: copy?.uri,
      properties: { 'azureml.jobName': 'io' },
    })
    const path = bed.store.bytes.path(account, blobstore, 'azureml/io/copy/b.csv')
    expect(existsSync(path)).toBe(true)
    expect(readdirSync(join(bed.store.bytes.folder(account, blobstore), 'azureml/io'))).toEqual(['copy', 'single'])
  })

  test('a second job registers the next version', async () => {
    const outputs = { o: { jobOutputType: 'custom_model', assetName: 'grown' } }
    await run('grow1', 'echo 1 > ${{outputs.o}}/m', { outputs })
    const { facts } = await run('grow2', 'echo 2 > ${{outputs.o}}/m', { outputs })
    expect(facts.outputs?.o).toMatchObject({ assetName: 'grown', assetVersion: '2' })
    const model = await bed.store.resources.get({ scope, kind: 'model', name: 'grown', version: '2' })
    expect(model?.props).toMatchObject({ modelType: 'custom_model', jobName: 'grow2' })
  })

  test('a version that is taken fails the job and names it', async () => {
    const outputs = { o: { jobOutputType: 'uri_folder', assetName: 'once', assetVersion: '7' } }
    expect((await run('once1', 'true', { outputs })).state).toBe('Completed')
    const second = await run('once2', 'true', { outputs })
    expect(second.state).toBe('Failed')
    expect(second.facts.error).toMatchObject({ code: 'VersionConflict' })
  })

  test('sees the variables Azure ML promises, its own winning, and nothing of the server', async () => {
    process.env.LAZ_TEST_SECRET = 'S3CR3T'
    const job = await run('vars', 'env', {
      experimentName: 'exp',
      inputs: { lr: { jobInputType: 'literal', value: '0.5' } },
      outputs: { model: { jobOutputType: 'uri_folder' } },
      environmentVariables: { MINE: 'x ${{inputs.lr}}', MLFLOW_RUN_ID: 'mine wins', COUNT: 7 },
    })
    delete process.env.LAZ_TEST_SECRET
    const lines = (await bed.artifact('vars', 'user_logs/std_log.txt')).trim().split('\n')
    const env = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    )
    const { id, armId, guid } = bed.workspace
    expect(env).toMatchObject({
      AZUREML_RUN_ID: 'vars',
      AZUREML_ROOT_RUN_ID: 'vars',
      AZUREML_EXPERIMENT_NAME: 'exp',
      AZUREML_EXPERIMENT_ID: job.facts.experimentId,
      AZUREML_ARM_SUBSCRIPTION: id.subscription,
      AZUREML_ARM_RESOURCEGROUP: id.resourceGroup,
      AZUREML_ARM_WORKSPACE_NAME: id.workspace,
      AZUREML_WORKSPACE_ID: guid,
      AZUREML_RUN_TOKEN: 'token-of-vars',
      MLFLOW_TRACKING_TOKEN: 'token-of-vars',
      MLFLOW_TRACKING_URI: `http://127.0.0.1:9/mlflow/v2.0${armId}`,
      MLFLOW_RUN_ID: 'mine wins',
      MLFLOW_EXPERIMENT_NAME: 'exp',
      AZUREML_PARAMETER_lr: '0.5',
      AZURE_ML_INPUT_lr: '0.5',
      MINE: 'x 0.5',
      COUNT: '7',
      PYTHONUNBUFFERED: '1',
      AZUREML_PROCESS_NAME: 'main',
    })
    expect(env.AZURE_ML_OUTPUT_model).toBe(env.model)
    expect(JSON.parse(env.AZUREML_CR_AZUREML_CONTEXT ?? '')).toMatchObject({
      run_id: 'vars',
      data_container_id: 'dcid.vars',
      experiment_name: 'exp',
    })
    expect(lines.join('\n')).not.toContain('S3CR3T')
  })
})

describe('how a command job ends', () => {
  test('an exit code is told in the words of Azure ML, with the last lines', async () => {
    const job = await run('code3', 'for i in $(seq 30); do echo line $i; done; exit 3')
    expect(job.state).toBe('Failed')
    expect(job.facts.error?.message).toContain(
      "exited with status code 3. Please check log file 'user_logs/std_log.txt' for error details.",
    )
    expect(job.facts.error?.tail?.split('\n').at(-1)).toBe('line 30')
    expect(await bed.store.runs.head(scope, 'code3')).toMatchObject({ status: 'FAILED' })
  })

  test('a signal is named', async () => {
    const job = await run('shot', 'kill -9 $$')
    expect(job.state).toBe('Failed')
    expect(job.facts).toMatchObject({ signal: 'SIGKILL', error: { code: 'KilledBySignal' } })
    expect(job.facts.error?.message).toContain('SIGKILL')
  })

  test('a limit of time cancels and names itself', async () => {
    const job = await run('slow', 'sleep 60', { limits: { jobLimitsType: 'Command', timeout: 'PT0.3S' } })
    expect(job.state).toBe('Canceled')
    expect(job.facts.error?.message).toContain('0.3 seconds (limits.timeout)')
  })

  test('a cancelled job ends its whole process group, and is Canceled', async () => {
    await bed.submit('cancelled', commandJob('sleep 1000 & echo $! > outputs/pid; echo ready; sleep 1000'))
    await bed.until('cancelled', ['Running'])
    await expect.poll(() => bed.artifact('cancelled', 'user_logs/std_log.txt').catch(() => '')).toBe('ready\n')
    await bed.store.resources.ask({ scope, kind: 'job', name: 'cancelled' }, { cancel: 1 })
    const job = await bed.until('cancelled')
    expect(job.state).toBe('Canceled')
    const pid = Number(await bed.artifact('cancelled', 'outputs/pid'))
    expect(existsSync(`/proc/${pid}/cwd`)).toBe(false)
    expect(job.facts.phases?.map((phase) => phase.name)).toContain('CancelRequested')
  })

  test('what went wrong before the start is the error of the job', async () => {
    const inputs = { d: { jobInputType: 'uri_folder', uri: 'azureml://datastores/workspaceblobstore/paths/nowhere/' } }
    const job = await run('missing', 'true', { inputs })
    expect(job.state).toBe('Failed')
    expect(job.facts.error?.code).toBe('InputMissing')
  })
})

describe('several processes', () => {
  test('pytorch on two nodes of two processes', async () => {
    const job = await run('torch', 'echo "$RANK of $WORLD_SIZE at $MASTER_ADDR"', {
      distribution: { distributionType: 'PyTorch', processCountPerInstance: 2 },
      resources: { instanceCount: 2 },
    })
    expect(job.state).toBe('Completed')
    for (const rank of [0, 1, 2, 3]) {
      expect(await bed.artifact('torch', `user_logs/std_log_process_${rank}.txt`)).toBe(`${rank} of 4 at 127.0.0.1\n`)
    }
  })

  test('the one that fails is quoted, and takes the others along', async () => {
    const job = await run('fall', 'if [ $RANK = 1 ]; then echo broken; exit 5; fi; sleep 100', {
      distribution: { distributionType: 'PyTorch', processCountPerInstance: 2 },
    })
    expect(job.state).toBe('Failed')
    expect(job.facts.error?.message).toContain('status code 5')
    expect(job.facts.error?.message).toContain('broken')
  })
})
