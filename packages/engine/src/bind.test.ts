import { isLazError } from '@lazurite/spec'
import { expect, test } from 'vitest'
import { bindInputs, bindOutputs, pythonText, render } from './bind.ts'

const workspace = { subscription: 's', resourceGroup: 'g', workspace: 'w' }
const facts = { workspace, job: 'brave_fox', defaultDatastore: 'workspaceblobstore' }
const long = (path: string, datastore = 'workspaceblobstore') =>
  `azureml://subscriptions/s/resourcegroups/g/workspaces/w/datastores/${datastore}/paths/${path}`

function refusal(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    if (isLazError(error)) return error.message
    throw error
  }
  return 'nothing was refused'
}

test('literals are text as Python prints it', () => {
  expect([true, false, null, 1, 0.1, 1e21, 'x'].map((v) => pythonText(v))).toEqual([
    'True',
    'False',
    'None',
    '1',
    '0.1',
    '1e+21',
    'x',
  ])
})

test('inputs are literals or data, and an input without a value is none', () => {
  const { literals, data } = bindInputs({
    word: { jobInputType: 'literal', value: 'a b' },
    flag: { jobInputType: 'literal', value: true },
    none: { jobInputType: 'literal', value: null },
    gone: null,
    file: { jobInputType: 'uri_file', uri: 'https://x.test/a.csv' },
    table: { jobInputType: 'mltable', uri: 'azureml:t:1', mode: 'EvalMount' },
    model: { jobInputType: 'mlflow_model', uri: 'azureml:m:1', mode: 'download' },
  })
  expect(literals).toEqual({ word: 'a b', flag: 'True' })
  expect(data.map(({ name, mode }) => [name, mode])).toEqual([
    ['file', 'ReadOnlyMount'],
    ['table', 'EvalMount'],
    ['model', 'Download'],
  ])
})

test('an output goes below the job’s name unless told otherwise; a file is the path itself', () => {
  const bound = bindOutputs(
    {
      plain: null,
      file: { jobOutputType: 'uri_file' },
      own: { jobOutputType: 'uri_folder', uri: 'azureml://datastores/other/paths/${{ name }}/${{output_name}}/x' },
      named: { jobOutputType: 'mlflow_model', assetName: 'm', assetVersion: '4', mode: 'Upload' },
      default: {
        jobOutputType: 'uri_folder',
        uri: 'azureml://datastores/workspaceartifactstore/ExperimentRun/dcid.brave_fox',
      },
    },
    facts,
  )
  expect(bound.map(({ name, uri }) => [name, uri])).toEqual([
    ['plain', long('azureml/brave_fox/plain/')],
    ['file', long('azureml/brave_fox/file')],
    ['own', long('brave_fox/own/x', 'other')],
    ['named', long('azureml/brave_fox/named/')],
  ])
  expect(bound[3]).toMatchObject({ assetName: 'm', assetVersion: '4', mode: 'Upload' })
})

test('the run’s own artifacts as an output are neither opened nor taken out', () => {
  const uri = 'azureml://datastores/workspaceartifactstore/paths/ExperimentRun/dcid.${{name}}/'
  expect(bindOutputs({ artifacts: { uri } }, facts)[0]).toMatchObject({ artifacts: true })
})

test('a path that names no datastore or uses an unknown expression is refused by name', () => {
  expect(refusal(() => bindOutputs({ o: { uri: '/etc/passwd' } }, facts))).toContain('must be azureml://datastores/')
  expect(refusal(() => bindOutputs({ o: { uri: 'https://x.test/y' } }, facts))).toContain('The path of the output o')
  expect(refusal(() => bindOutputs({ o: { uri: 'azureml://datastores/d/paths/${{inputs.x}}' } }, facts))).toContain(
    'inputs.x',
  )
})

test('commands are filled, optional segments without a value go, and values are never filled again', () => {
  const values = { inputs: { lr: '0.1', trap: '${{outputs.m}}', 'g.x': 'in a group' }, outputs: { m: '/out/m' } }
  expect(
    render('python t.py --lr ${{ inputs.lr }} $[[--opt ${{inputs.opt}}]] --m ${{outputs.m}}/model', values, 'c'),
  ).toBe('python t.py --lr 0.1  --m /out/m/model')
  expect(render('echo ${{inputs.trap}} ${{inputs.g.x}}', values, 'c')).toBe('echo ${{outputs.m}} in a group')
  expect(render('echo ${HOME} $[[inputs.kept]] ${{other.thing}}', values, 'c')).toBe(
    'echo ${HOME} inputs.kept ${{other.thing}}',
  )
})

test('a reference without a value names itself and the way out', () => {
  const message = refusal(() => render('echo ${{inputs.q}}', { inputs: {}, outputs: {} }, 'The command'))
  expect(message).toContain('${{inputs.q}}')
  expect(message).toContain('$[[')
})
