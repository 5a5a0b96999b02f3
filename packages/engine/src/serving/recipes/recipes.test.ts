// Which recipe a deployment gets, and what is told at the door.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonObject } from '@lazurite/spec'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Bed, makeBed, scope } from '../../testing/bed.ts'
import type { DeploymentFacts } from '../recipe.ts'
import { recipeFor } from './index.ts'
import { modelsOf, repositoryIn } from './triton.ts'

let bed: Bed
beforeEach(async () => {
  bed = await makeBed()
})
afterEach(() => bed.close())

const code = { codeConfiguration: { codeId: 'azureml:c:1', scoringScript: 'score.py' } }
const facts = (more: Partial<DeploymentFacts>): DeploymentFacts => ({
  scope,
  endpoint: 'e',
  deployment: 'd',
  props: {},
  ...more,
})

async function withRoutes(inferenceConfig: JsonObject) {
  const key = { scope, kind: 'environment', name: 'own', version: '1' }
  const props = { image: 'example/server', inferenceConfig }
  const { row } = await bed.store.resources.put({ key, props, by: 'tester', state: 'Succeeded' })
  return facts({ environment: row })
}

test('the kind of deployment decides', async () => {
  const route = { port: 80, path: '/' }
  const routes = { livenessRoute: route, readinessRoute: route, scoringRoute: { port: 80, path: '/score' } }
  expect((await recipeFor(facts({ props: code }))).name).toBe('score-script')
  expect((await recipeFor(facts({ props: code, modelType: 'mlflow_model' }))).name).toBe('score-script')
  expect((await recipeFor(facts({ modelType: 'mlflow_model' }))).name).toBe('mlflow')
  expect((await recipeFor(facts({ modelType: 'triton_model' }))).name).toBe('triton')
  expect((await recipeFor(await withRoutes(routes))).name).toBe('container')
  await expect(recipeFor(facts({ modelType: 'custom_model' }))).rejects.toThrow(/names no model/)
  const { row } = await bed.store.resources.put({
    key: { scope, kind: 'model', name: 'm', version: '1' },
    props: {},
    by: 'tester',
  })
  await expect(recipeFor(facts({ model: row, modelType: 'custom_model' }))).rejects.toThrow(/no scoring script/)
})

test('routes of a container must be whole, and share a port', async () => {
  const context = {} as Parameters<Awaited<ReturnType<typeof recipeFor>>['admit']>[1] // these refusals need none
  const told = async (routes: JsonObject) => {
    const about = await withRoutes(routes)
    return (await (await recipeFor(about)).admit(about, context)).map((issue) => issue.message).join()
  }
  const route = (port: number) => ({ port, path: '/' })
  expect(await told({ scoringRoute: route(80) })).toMatch(/livenessRoute, readinessRoute/)
})

test('one port for all routes', async () => {
  const context = {} as Parameters<Awaited<ReturnType<typeof recipeFor>>['admit']>[1] // this refusal needs none
  const route = (port: number) => ({ port, path: '/' })
  const about = await withRoutes({ livenessRoute: route(1), readinessRoute: route(1), scoringRoute: route(2) })
  const issues = await (await recipeFor(about)).admit(about, context)
  expect(issues.map((issue) => issue.message).join()).toMatch(/must share one port; they name 1, 2/)
})

test('a Triton repository is of ONNX models, or refused by the name of the model', () => {
  const root = join(bed.home, 'repository')
  const put = (path: string, text = '') => {
    mkdirSync(join(root, path, '..'), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  mkdirSync(root)
  expect(() => modelsOf(root)).toThrow(/a folder for each model/)
  put('one/1/model.onnx')
  put('two/10/model.onnx')
  put('two/9/model.plan')
  put('two/config.pbtxt', 'name: "two"\nplatform: "onnxruntime_onnx"\n')
  expect(modelsOf(root)).toEqual(['one', 'two'])
  expect(repositoryIn(root)).toBe(root)
  put('triton/1/model.onnx')
  expect(repositoryIn(root)).toBe(root)
  put('around/triton/one/1/model.onnx')
  expect(modelsOf(repositoryIn(join(root, 'around')))).toEqual(['one'])
  rmSync(join(root, 'around'), { recursive: true })
  put('three/1/model.pt')
  put('three/config.pbtxt', 'platform: "pytorch_libtorch"')
  expect(() => modelsOf(root)).toThrow(/three.*pytorch_libtorch/)
})
