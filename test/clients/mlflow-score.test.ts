/**
 * Models of both majors of MLflow, served with no code of the user's and compared with `predict`, in the payload forms of
 * Azure and of MLflow. LAZ_TEST_MLFLOW2 and LAZ_TEST_MLFLOW3 name Pythons with mlflow and scikit-learn; XGBoost and PyTorch
 * take part where they are.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const programs = join(import.meta.dirname, '../../packages/engine/python')

describe.each(['2', '3'])('models of MLflow %s', (major) => {
  const variable = `LAZ_TEST_MLFLOW${major}`
  const python = process.env[variable]
  if (!python) {
    if (process.env.CI) throw new Error(`${variable} names no Python`)
    test.skip(`needs ${variable}, a Python with mlflow ${major}`)
    return
  }
  test('answer as predict does', async () => {
    const scratch = mkdtempSync(join(tmpdir(), 'laz-mlflow-score-'))
    try {
      const said = await run(python, [join(import.meta.dirname, 'mlflow_score.py'), programs, scratch], scratch)
      expect(said).toContain(`all equal with MLflow ${major}.`)
    } finally {
      rmSync(scratch, { recursive: true, force: true })
    }
  }, 300_000)
  test('and where ONNX Runtime is, a Triton repository answers KServe v2', async () => {
    const scratch = mkdtempSync(join(tmpdir(), 'laz-onnx-score-'))
    try {
      const said = await run(python, [join(import.meta.dirname, 'onnx_score.py'), programs, scratch], scratch)
      expect(said).toMatch(/all as KServe says|no onnxruntime/)
    } finally {
      rmSync(scratch, { recursive: true, force: true })
    }
  }, 60_000)
})

function run(command: string, args: string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    child.stdout.on('data', (data) => (said += data))
    child.stderr.on('data', (data) => (said += data))
    child.on('error', reject)
    child.on('close', (code) => (code === 0 ? resolve(said) : reject(new Error(said.slice(-4000)))))
  })
}
