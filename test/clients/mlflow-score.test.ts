/**
 * Models of both majors of MLflow, served with no code of the user's and compared with `predict`, in the payload forms of
 * Azure and of MLflow. LAZ_TEST_MLFLOW2 and LAZ_TEST_MLFLOW3 name Pythons with mlflow, scikit-learn, XGBoost and ONNX
 * Runtime; LAZ_TEST_TORCH names a folder of packages with PyTorch, which is large enough to be there once for both.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startLazurite } from '../slow/laz.ts'

type Words = Record<string, string>

const saveDoubling = `
import mlflow, numpy, pandas
from mlflow.models import infer_signature
from sklearn.linear_model import LinearRegression
table = pandas.DataFrame({"x": [0.0, 1.0, 2.0]})
fitted = LinearRegression(fit_intercept=False).fit(table, numpy.round(2 * table["x"]))
class Rounded(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return numpy.round(fitted.predict(model_input)).astype(int)
mlflow.pyfunc.save_model("model", python_model=Rounded(), signature=infer_signature(table, numpy.array([1])))
`
const deployment = `
name: blue
endpoint_name: doubling
model: {path: model, type: mlflow_model}
instance_type: Standard_DS3_v2
instance_count: 1
`
const programs = join(import.meta.dirname, '../../packages/engine/python')

describe.each(['2', '3'])('models of MLflow %s', (major) => {
  const variable = `LAZ_TEST_MLFLOW${major}`
  const python = process.env[variable]
  if (!python) {
    if (process.env.CI) throw new Error(`${variable} names no Python`)
    test.skip(`needs ${variable}, a Python with mlflow ${major}`)
    return
  }
  const torch = process.env.LAZ_TEST_TORCH
  if (!torch && process.env.CI) throw new Error('LAZ_TEST_TORCH names no folder')
  test.skipIf(!torch)(
    'answer as predict does (needs LAZ_TEST_TORCH, a folder of packages with PyTorch)',
    async () => {
      const scratch = mkdtempSync(join(tmpdir(), 'laz-mlflow-score-'))
      try {
        const said = await run(python, [join(import.meta.dirname, 'mlflow_score.py'), programs, scratch], scratch, {
          PYTHONPATH: torch ?? '',
        })
        expect(said).toContain(`all equal with MLflow ${major}.`)
      } finally {
        rmSync(scratch, { recursive: true, force: true, maxRetries: 20 })
      }
    },
    300_000,
  )
  test('a deployment with nothing but a model answers through its endpoint', async () => {
    const scratch = mkdtempSync(join(tmpdir(), 'laz-mlflow-deployed-'))
    const env = { LAZ_ENVIRONMENT: 'host', PATH: `${dirname(python)}:${process.env.PATH}` }
    const lazurite = startLazurite({ env })
    try {
      await run(python, ['-c', saveDoubling], scratch)
      writeFileSync(join(scratch, 'deployment.yml'), deployment)
      expect(await lazurite.laz(['up'])).toMatchObject({ code: 0 })
      await lazurite.json(['online-endpoint', 'create', '-n', 'doubling'])
      const words = ['online-deployment', 'create', '-f', 'deployment.yml', '--all-traffic']
      const made = await lazurite.json<{ provisioning_state: string }>(words, { cwd: scratch })
      expect(made.provisioning_state).toBe('Succeeded')
      const { scoring_uri: url = '' } = await lazurite.json<Words>(['online-endpoint', 'show', '-n', 'doubling'])
      const keys = await lazurite.json<Words>(['online-endpoint', 'get-credentials', '-n', 'doubling'])
      const ask = async (address: string, body: unknown) => {
        const headers = { authorization: `Bearer ${keys.primaryKey}`, 'content-type': 'application/json' }
        const answer = await fetch(address, { method: 'POST', headers, body: JSON.stringify(body) })
        return [answer.status, await answer.json()]
      }
      const split = { columns: ['x'], index: [0, 1], data: [[1], [2]] }
      expect(await ask(url, { input_data: split })).toEqual([200, [2, 4]])
      const invocations = url.replace(/\/score$/, '/invocations')
      expect(await ask(invocations, { dataframe_split: split })).toEqual([200, { predictions: [2, 4] }])
      expect((await ask(url, { input_data: { columns: ['z'], data: [[1]] } }))[0]).toBe(424)
    } finally {
      // replicas outlive their server
      await lazurite.laz(['online-endpoint', 'delete', '-n', 'doubling', '--yes'])
      lazurite.stop()
      rmSync(scratch, { recursive: true, force: true, maxRetries: 20 })
    }
  }, 300_000)
  test('and with ONNX Runtime a Triton repository answers KServe v2', async () => {
    const scratch = mkdtempSync(join(tmpdir(), 'laz-onnx-score-'))
    try {
      const said = await run(python, [join(import.meta.dirname, 'onnx_score.py'), programs, scratch], scratch)
      expect(said).toContain(process.env.CI ? 'all as KServe says' : '')
    } finally {
      rmSync(scratch, { recursive: true, force: true, maxRetries: 20 })
    }
  }, 60_000)
})

function run(command: string, args: string[], cwd: string, env: Words = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    child.stdout.on('data', (data) => (said += data))
    child.stderr.on('data', (data) => (said += data))
    child.on('error', reject)
    child.on('close', (code) => (code === 0 ? resolve(said) : reject(new Error(said.slice(-4000)))))
  })
}
