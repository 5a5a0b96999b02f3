import { describe, expect, it } from 'vitest'
import { toWire, toYaml } from './convert.ts'
import { convert, WS, wireOf } from './golden.ts'
import type { Json } from './json.ts'

describe('pipelines', () => {
  const pipeline = `
type: pipeline
compute: azureml:cpu
settings: {default_datastore: azureml:ds, force_rerun: true, foo: 1}
inputs: {data: {path: ./d}, n: 5, share: 0.5}
outputs: {final: {mode: upload}}
jobs:
  prep:
    component: ./parts/c.yml
    inputs: {d: '\${{parent.inputs.data}}', lr: 0.3, extra: 1}
    outputs: {m: '\${{parent.outputs.final}}', undeclared: null}
    limits: {timeout: 60}
  inline:
    type: command
    command: echo \${{inputs.x}}
    code: ./src
    environment: azureml:e:1
    resources: {instance_count: 1}
    inputs: {x: '\${{parent.inputs.n}}', mm: '\${{parent.jobs.prep.outputs.m}}', s: '\${{parent.inputs.share}}', t: a, q: {path: ./q, type: uri_file, mode: download}}
    outputs: {o: {type: uri_file, name: reg, version: 1}, f: {path: '\${{parent.outputs.final}}', mode: upload}, z: }
  remote:
    component: azureml:r@default
    inputs: {x: 1}
    compute: '\${{parent.inputs.n}}'
  hp:
    type: sweep
    trial: ./parts/c.yml
    inputs: {d: '\${{parent.inputs.data}}'}
    search_space: {lr: {type: uniform, min_value: 0.1, max_value: 0.9}}
    objective: {goal: maximize, primary_metric: acc}
    limits: {max_total_trials: 4, timeout: 600}
    sampling_algorithm: random
`
  it('make components of their nodes', () => {
    const { wire, issues, registered } = convert('job', pipeline)
    expect(issues).toEqual([])
    const component = (n: number) => `${WS}/components/anonymous/versions/${n}`
    expect(wire).toMatchObject({
      jobType: 'Pipeline',
      settings: { default_datastore: `${WS}/datastores/ds`, force_rerun: true, foo: 1, _source: 'YAML.JOB' },
      inputs: { n: { jobInputType: 'literal', value: '5' }, share: { value: '0.5' } },
      outputs: { final: { jobOutputType: 'uri_folder', mode: 'Upload' } },
    })
    expect(wire.jobs).toEqual({
      prep: {
        name: 'prep',
        type: 'command',
        componentId: component(1),
        _source: 'YAML.COMPONENT',
        limits: { job_limits_type: 'Command', timeout: 'PT1M' },
        inputs: {
          d: { job_input_type: 'literal', value: '${{parent.inputs.data}}' },
          lr: { job_input_type: 'literal', value: '0.3' },
        },
        outputs: { m: { type: 'literal', value: '${{parent.outputs.final}}' } },
      },
      inline: {
        name: 'inline',
        type: 'command',
        componentId: component(2),
        _source: 'YAML.JOB',
        resources: { instance_count: 1 },
        inputs: {
          x: { job_input_type: 'literal', value: '${{parent.inputs.n}}' },
          mm: { job_input_type: 'literal', value: '${{parent.jobs.prep.outputs.m}}' },
          s: { job_input_type: 'literal', value: '${{parent.inputs.share}}' },
          t: { job_input_type: 'literal', value: 'a' },
          q: {
            job_input_type: 'uri_file',
            uri: 'azureml://datastores/workspaceblobstore/paths/up/q',
            mode: 'Download',
          },
        },
        outputs: {
          o: { job_output_type: 'uri_file', name: 'reg', version: '1' },
          f: { type: 'literal', value: '${{parent.outputs.final}}', mode: 'Upload' },
        },
      },
      remote: {
        name: 'remote',
        type: 'command',
        componentId: `${WS}/components/r/versions/default`,
        computeId: '${{parent.inputs.n}}',
        _source: 'REMOTE.WORKSPACE.COMPONENT',
        inputs: { x: { job_input_type: 'literal', value: '1' } },
      },
      hp: {
        name: 'hp',
        type: 'sweep',
        trial: { componentId: component(3) },
        _source: 'YAML.COMPONENT',
        inputs: { d: { job_input_type: 'literal', value: '${{parent.inputs.data}}' } },
        search_space: { lr: { type: 'uniform', min_value: 0.1, max_value: 0.9 } },
        objective: { goal: 'maximize', primary_metric: 'acc' },
        limits: { max_total_trials: 4, timeout: 600 },
        sampling_algorithm: 'random',
      },
    })
    expect(registered[0]).toEqual(registered[2])
    expect(registered[0]?.[1]).toEqual({
      isAnonymous: true,
      isArchived: false,
      properties: {},
      tags: {},
      componentSpec: {
        $schema: 'https://example.com/commandComponent.schema.json',
        name: 'azureml_anonymous',
        version: '1',
        type: 'command',
        display_name: 'Train',
        is_deterministic: true,
        inputs: {
          d: { type: 'uri_folder' },
          lr: { type: 'number', optional: true, default: '0.1', min: '0.0' },
          n: { type: 'integer', default: '3' },
        },
        outputs: { m: { type: 'mlflow_model', mode: 'upload' } },
        command: 'python a.py ${{inputs.d}} $[[--lr ${{inputs.lr}}]]',
        code: `azureml:${WS}/codes/parts/src/versions/1`,
        environment: 'azureml:AzureML-sklearn-1.0@latest',
        _source: 'YAML.COMPONENT',
      },
    })
    expect(registered[1]?.[1].componentSpec).toMatchObject({
      type: 'command',
      command: 'echo ${{inputs.x}}',
      code: `azureml:${WS}/codes/src/versions/1`,
      environment: `azureml:${WS}/environments/e/versions/1`,
      inputs: {
        x: { type: 'integer' },
        mm: { type: 'mlflow_model' },
        s: { type: 'number' },
        t: { type: 'string', default: 'a' },
        q: { type: 'uri_file', mode: 'download' },
      },
      outputs: { o: { type: 'uri_file' }, f: { type: 'uri_folder', mode: 'upload' }, z: { type: 'uri_folder' } },
      _source: 'YAML.JOB',
    })
  })
  it('take the graph of a component in a file as their own, with its presets', () => {
    const wire = wireOf('job', 'type: pipeline\ncomponent: ./p.yml\ninputs: {x: {path: azureml:d:1}}')
    expect(wire).toMatchObject({
      inputs: { x: { uri: `${WS}/data/d/versions/1` }, c: { jobInputType: 'literal', value: 'cpu' } },
      outputs: { y: { jobOutputType: 'mlflow_model' } },
      jobs: {
        a: { computeId: '${{parent.inputs.c}}', componentId: expect.stringContaining('/components/anonymous/') },
      },
    })
    expect(wire).not.toHaveProperty('componentId')
  })
  it('come back as YAML and go again unchanged', () => {
    const { wire } = convert('job', pipeline)
    const again = toWire('job', toYaml('job', wire), { issues: [], ref: (_, text) => text.replace(/^azureml:/, '') })
    const forget = (v: Json | undefined): unknown =>
      JSON.parse(JSON.stringify(v, (key, x) => (key === '_source' ? undefined : x)))
    expect(forget(again)).toEqual(forget(wire))
  })
})
