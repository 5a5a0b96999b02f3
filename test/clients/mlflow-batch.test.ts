// MLflow models as batch deployments without code. LAZ_TEST_MLFLOW2 and LAZ_TEST_MLFLOW3 name Python interpreters that
// have mlflow of that major version, scikit-learn and pandas.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lazurite, startLazurite } from '../slow/laz.ts'

const save = `
import json, os, sys
import mlflow, mlflow.pyfunc, mlflow.sklearn, numpy, pandas
from mlflow.models import infer_signature
from sklearn.linear_model import LogisticRegression
x = pandas.DataFrame({"a": numpy.arange(20.0), "b": numpy.arange(20.0) % 3})
y = (x.a > 9).astype(int)
model = LogisticRegression().fit(x, y)
mlflow.sklearn.save_model(model, "signed", signature=infer_signature(x, model.predict(x)))
class Two(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return pandas.DataFrame({"sum": model_input["a"] + model_input["b"], "day": model_input["day"].dt.day})
days = pandas.DataFrame({"a": [1.0], "b": [1.0], "day": pandas.to_datetime(["2024-01-31"])})
out = pandas.DataFrame({"sum": [2.0], "day": [31]})
mlflow.pyfunc.save_model("two", python_model=Two(), signature=infer_signature(days, out))
table = pandas.DataFrame({"a": range(5, 15), "b": [1] * 10, "day": ["2024-03-%02d" % n for n in range(1, 11)]})
os.mkdir("data")
table.to_csv("data/one.csv", index=False)
table[:3].to_csv("data/two.csv", index=False)
print(json.dumps([int(n) for n in model.predict(table[["a", "b"]].astype(float))]))
`

function pythonOf(major: string): string | undefined {
  const python = process.env[`LAZ_TEST_MLFLOW${major}`]
  if (!python && process.env.CI === 'true') throw new Error(`LAZ_TEST_MLFLOW${major} must name a Python with mlflow`)
  if (!python) console.log(`batch deployments of mlflow ${major}: skipped; LAZ_TEST_MLFLOW${major} names no Python`)
  return python
}

describe.each(['2', '3'])('models of mlflow %s', (major) => {
  const python = pythonOf(major)
  let folder: string
  let lazurite: Lazurite
  let predicted: number[]
  beforeAll(() => {
    if (!python) return
    folder = mkdtempSync(join(tmpdir(), 'laz-mlflow-batch-'))
    const made = spawnSync(python, ['-W', 'ignore', '-c', save], { cwd: folder, encoding: 'utf8' })
    if (made.status !== 0) throw new Error(made.stderr)
    predicted = JSON.parse(made.stdout.trim().split('\n').at(-1) ?? '')
    lazurite = startLazurite({ env: { LAZ_ENVIRONMENT: 'host', LAZ_PYTHON: python } })
  }, 180_000)
  afterAll(() => {
    if (!python) return
    lazurite.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
  })

  const laz = (...args: string[]) => lazurite.json(args, { cwd: folder })

  async function score(model: string, input: string): Promise<{ code: number; rows: string[]; said: string }> {
    const name = `of-${model}`
    const file = join(folder, `${model}.yml`)
    const text = `name: one\nendpoint_name: ${name}\nmodel: {path: ${model}, type: mlflow_model}\ncompute: azureml:local\n`
    writeFileSync(file, text)
    await laz('batch-endpoint', 'create', '-n', name)
    await laz('batch-deployment', 'create', '-f', file, '--set-default', '--set', 'error_threshold=0')
    const job = String((await laz('batch-endpoint', 'invoke', '-n', name, '--input', input)).name)
    const { code, out, err } = await lazurite.laz(['job', 'stream', '-n', job], { cwd: folder })
    if (code !== 0) return { code, rows: [], said: out + err }
    await lazurite.laz(['job', 'download', '-n', job, '--output-name', 'score', '-p', job], { cwd: folder })
    const rows = readFileSync(join(folder, job, 'named-outputs/score/predictions.csv'), 'utf8')
      .trim()
      .split('\n')
    return { code, rows, said: out }
  }

  test.skipIf(!python)(
    'predict tables as in Python: row, prediction and file, with commas',
    async () => {
      const { rows, said } = await score('signed', 'data')
      const wanted = [
        ...predicted.map((value, row) => `${row},${value},one.csv`),
        ...predicted.slice(0, 3).map((value, row) => `${row},${value},two.csv`),
      ]
      expect(rows.sort(), said).toEqual(wanted.sort())
    },
    240_000,
  )

  test.skipIf(!python)(
    'predict several columns, from dates too',
    async () => {
      const { rows, said } = await score('two', 'data/two.csv')
      expect(rows, said).toEqual(['0,6.0,1,two.csv', '1,7.0,2,two.csv', '2,8.0,3,two.csv'])
    },
    240_000,
  )

  test.skipIf(!python)(
    'refuse files that are neither tables nor pictures',
    async () => {
      mkdirSync(join(folder, 'odd'))
      writeFileSync(join(folder, 'odd/a.docx'), 'x')
      const { code, said } = await score('signed', 'odd')
      expect(code, said).not.toBe(0)
    },
    240_000,
  )
})
