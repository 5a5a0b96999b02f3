/** A Triton model repository without code: its ONNX models are served by ONNX Runtime over the KServe v2 protocol. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fail, type Issue } from '@lazurite/spec'
import { quoteShell } from '../../computes/wrapper.ts'
import { anonymousEnvironment } from '../../environments/anonymous.ts'
import { ownPython } from '../../own-python.ts'
import { placeEnvironment, placeModel, variablesOf, withEnvironment } from '../material.ts'
import type { DeploymentFacts, PlanAsk, Recipe, ReplicaPlan } from '../recipe.ts'

const condaFile = 'dependencies:\n- python=3.11\n- pip\n- pip:\n  - onnxruntime\n  - numpy\n'

export const triton: Recipe = {
  name: 'triton',
  fits: ({ modelType, props }: DeploymentFacts) => modelType === 'triton_model' && !props.codeConfiguration,
  admit: (): Issue[] => [],
  async plan(ask: PlanAsk): Promise<ReplicaPlan> {
    const { facts, dir, say } = ask
    const model = await placeModel(ask)
    const repository = model ? repositoryIn(join(model.dir, model.last)) : dir
    const names = modelsOf(repository)
    const { env } = await placeEnvironment(await withRuntime(ask))
    say(`No Triton is used: ONNX Runtime serves ${names.join(', ')} over the KServe v2 protocol, on the processor.`)
    const words = ['python3', ownPython('onnx_score.py'), '--repository', repository].map(quoteShell).join(' ')
    const only = names.length === 1 ? names[0] : undefined
    return {
      cwd: dir,
      command: `exec ${words} --port "$LAZ_PORT"`,
      env: { ...env, AZUREML_MODEL_DIR: model?.dir ?? '', PYTHONUNBUFFERED: '1', ...variablesOf(facts) },
      routes: {
        score: only === undefined ? '/v2' : `/v2/models/${encodeURIComponent(only)}/infer`,
        live: '/v2/health/live',
        ready: '/v2/health/ready',
      },
      passes: true,
    }
  },
}

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
const list = (folder: string) => (isFolder(folder) ? readdirSync(folder).sort() : [])
const isVersion = (name: string) => /^[1-9]\d*$/.test(name)

/** Azure has a folder `triton` around the repository; one that is a model, with versions in it, is none. */
export function repositoryIn(folder: string): string {
  const inner = join(folder, 'triton')
  return isFolder(inner) && !list(inner).some(isVersion) ? inner : folder
}

/** Names of the models of a repository. Raises NotSupported, naming it, for one that is not of ONNX. */
export function modelsOf(repository: string): string[] {
  const names = list(repository).filter((name) => !name.startsWith('.') && isFolder(join(repository, name)))
  if (names.length === 0) {
    const what = 'A triton_model is a model repository: a folder with a folder for each model, <model>/1/model.onnx'
    fail('BadArgument', { what })
  }
  for (const name of names) {
    const folder = join(repository, name)
    const newest = list(folder)
      .filter(isVersion)
      .sort((a, b) => Number(b) - Number(a))[0]
    const held = newest === undefined ? [] : list(join(folder, newest))
    const platform = platformOf(join(folder, 'config.pbtxt'))
    const isOnnx = held.some((file) => file.endsWith('.onnx'))
    if (isOnnx && (platform === undefined || /^onnxruntime/.test(platform))) continue
    fail('NotSupported', {
      what: `The model ${name} of the Triton repository`,
      why: `only ONNX models are served here; ${platform ? `it is for ${platform}` : `it holds ${held.join(', ') || 'no version'}`}`,
      instead: 'Convert it to ONNX, or give code_configuration and an environment that can run it.',
    })
  }
  return names
}

function platformOf(path: string): string | undefined {
  if (!existsSync(path)) return undefined
  return /^\s*(?:platform|backend)\s*:\s*["']([^"']*)["']/m.exec(readFileSync(path, 'utf8'))?.[1]
}

const withRuntime = (ask: PlanAsk) =>
  withEnvironment(ask, ({ scope, model }) =>
    anonymousEnvironment(ask.ctx.store, { scope, condaFile, by: model?.createdBy ?? '', description: 'ONNX Runtime' }),
  )
