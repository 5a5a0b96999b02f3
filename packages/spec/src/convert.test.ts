import { describe, expect, it } from 'vitest'
import { canonWire, checkWire, toWire, toYaml } from './convert.ts'
import { convert, WS, wireOf } from './golden.ts'
import type { JsonObject } from './json.ts'
import { parseYaml } from './yaml.ts'

const command = `
name: j1
display_name: dn
experiment_name: exp
tags: {a: b}
command: python a.py --d \${{inputs.d}} --lr \${{inputs.lr}} --o \${{outputs.o}}
code: ./src
compute: azureml:cpu
environment: {image: ubuntu, conda_file: conda.yml}
environment_variables: {A: b, T: true, N: 1.0, Z: null}
distribution: {type: pytorch, process_count_per_instance: 2}
resources: {instance_count: 2, docker_args: --x, shm_size: 2g}
limits: {timeout: 3600}
queue_settings: {job_tier: Spot, priority: low}
identity: {type: user_identity}
services: {s: {type: ssh, ssh_public_keys: k, nodes: all}, m: {type: mine, port: 80}}
inputs:
  d: {type: uri_file, path: ./d.csv, mode: RO_MOUNT}
  f: {path: data}
  e: {path: azureml:e:1, type: mltable, mode: eval_mount}
  m: {path: azureml:m@latest, type: mlflow_model}
  u: {path: https://x.y/z.csv, type: uri_file}
  lr: 0.10
  one: 1.0
  n: 3
  b: yes
  s: 1e-3
  v: {value: 2}
outputs:
  o:
  r: {type: mltable, mode: mount, path: azureml://datastores/d/paths/o/, name: reg, version: 4}
`

describe('command jobs', () => {
  it('go to the wire as the official client sends them', () => {
    const { wire, beside, registered, issues } = convert('job', command)
    expect(issues).toEqual([])
    expect(beside).toEqual({ name: 'j1' })
    expect(registered).toEqual([
      ['environment', { image: 'ubuntu', condaFile: 'text of conda.yml', tags: {}, isAnonymous: true }],
    ])
    expect(wire).toEqual({
      jobType: 'Command',
      displayName: 'dn',
      experimentName: 'exp',
      tags: { a: 'b' },
      properties: {},
      command: 'python a.py --d ${{inputs.d}} --lr ${{inputs.lr}} --o ${{outputs.o}}',
      codeId: `${WS}/codes/src/versions/1`,
      computeId: `${WS}/computes/cpu`,
      environmentId: `${WS}/environments/anonymous/versions/1`,
      environmentVariables: { A: 'b', T: 'True', N: '1.0' },
      distribution: { distributionType: 'PyTorch', processCountPerInstance: 2 },
      resources: { instanceCount: 2, dockerArgs: '--x', shmSize: '2g', properties: {} },
      limits: { jobLimitsType: 'Command', timeout: 'PT1H' },
      queueSettings: { jobTier: 'Spot', priority: 1 },
      identity: { identityType: 'UserIdentity' },
      services: {
        s: { jobServiceType: 'SSH', nodes: { nodesValueType: 'All' }, properties: { sshPublicKeys: 'k' } },
        m: { jobServiceType: 'mine', port: 80 },
      },
      inputs: {
        d: {
          jobInputType: 'uri_file',
          uri: 'azureml://datastores/workspaceblobstore/paths/up/d.csv',
          mode: 'ReadOnlyMount',
        },
        f: { jobInputType: 'uri_folder', uri: 'azureml://datastores/workspaceblobstore/paths/up/data/' },
        e: { jobInputType: 'mltable', uri: `${WS}/data/e/versions/1`, mode: 'EvalMount' },
        m: { jobInputType: 'mlflow_model', uri: `${WS}/models/m/versions/latest` },
        u: { jobInputType: 'uri_file', uri: 'https://x.y/z.csv' },
        lr: { jobInputType: 'literal', value: '0.1' },
        one: { jobInputType: 'literal', value: '1.0' },
        n: { jobInputType: 'literal', value: '3' },
        b: { jobInputType: 'literal', value: 'True' },
        s: { jobInputType: 'literal', value: '1e-3' },
        v: { jobInputType: 'literal', value: '2' },
      },
      outputs: {
        o: { jobOutputType: 'uri_folder' },
        r: {
          jobOutputType: 'mltable',
          mode: 'ReadWriteMount',
          uri: 'azureml://datastores/d/paths/o/',
          assetName: 'reg',
          assetVersion: '4',
        },
      },
    })
  })
  it('come back as YAML and go again unchanged', () => {
    const { wire } = convert('job', command)
    const yaml = toYaml('job', wire, { name: 'j1', id: 'x' })
    expect(yaml).toMatchObject({
      name: 'j1',
      type: 'command',
      compute: `azureml:${WS}/computes/cpu`,
      limits: { timeout: 3600 },
    })
    expect(toWire('job', yaml, { issues: [], ref: (_, text) => text.replace(/^azureml:/, '') })).toEqual(wire)
  })
  it('on this machine have no compute and say so where the client says it', () => {
    const wire = wireOf('job', 'command: x\nenvironment: azureml:e:1\ncompute: local')
    expect(wire).toMatchObject({
      environmentVariables: { AZUREML_COMPUTE_USE_COMMON_RUNTIME: 'true' },
      resources: { properties: { IsLocal: { IsLocal: true } } },
    })
    expect(wire).not.toHaveProperty('computeId')
    expect(toYaml('job', wire)).toMatchObject({ compute: 'local', environment_variables: {} })
  })
  it('leave registries and curated environments to the server', () => {
    for (const e of [
      'azureml:AzureML-x@latest',
      'azureml:AzureML-x:1',
      'azureml://registries/r/environments/e/labels/latest',
    ]) {
      expect(wireOf('job', `command: x\nenvironment: ${e}`).environmentId).toBe(e)
    }
  })
  it('keep a stale number out once the value was edited', () => {
    const doc = parseYaml('command: x\nenvironment: azureml:e:1\ninputs: {a: 1.0}')
    const edited = { ...(doc.value as JsonObject), inputs: { a: 2 } }
    expect(toWire('job', edited, { issues: [], numberText: doc.numberText }).inputs).toEqual({
      a: { jobInputType: 'literal', value: '2' },
    })
  })
  it('without hooks keep texts as they are', () => {
    const doc = parseYaml(command)
    const issues: never[] = []
    const wire = toWire('job', doc.value, { issues })
    expect(issues).toEqual([])
    expect(wire).toMatchObject({ computeId: 'azureml:cpu', codeId: './src', inputs: { d: { uri: './d.csv' } } })
  })
})

describe('wire properties', () => {
  it('get their canonical spelling, keep what is unknown and lose null', () => {
    const wire = {
      jobType: 'command',
      command: 'x',
      environmentId: 'e',
      description: null,
      limits: { jobLimitsType: 'Command', timeout: 'PT60S' },
      queueSettings: { jobTier: 'spot' },
      distribution: { distributionType: 'pytorch', future: 1 },
      inputs: { a: { jobInputType: 'URI_FILE', uri: 'x', mode: 'download', description: null } },
      future: { x: null },
    }
    expect(checkWire('job', wire)).toEqual([])
    expect(canonWire('job', wire)).toEqual({
      jobType: 'Command',
      command: 'x',
      environmentId: 'e',
      limits: { jobLimitsType: 'Command', timeout: 'PT1M' },
      queueSettings: { jobTier: 'Spot' },
      distribution: { distributionType: 'PyTorch', future: 1 },
      inputs: { a: { jobInputType: 'uri_file', uri: 'x', mode: 'Download' } },
      future: { x: null },
    })
    expect(canonWire('job', canonWire('job', wire))).toEqual(canonWire('job', wire))
  })
  const bad: [string, JsonObject, RegExp][] = [
    ['job', {}, /jobType is required/],
    ['job', { jobType: 'Nonsense' }, /jobType must be/],
    ['job', { jobType: 'Command', environmentId: 'e' }, /command is required/],
    ['job', { jobType: 'Command', command: 1, environmentId: 'e', tags: [] }, /tags must be an object/],
    [
      'job',
      { jobType: 'Command', command: 'x', environmentId: 'e', inputs: { a: { jobInputType: 'zip' } } },
      /inputs.a.jobInputType must be/,
    ],
    [
      'job',
      { jobType: 'Command', command: 'x', environmentId: 'e', limits: { timeout: '60' } },
      /limits.timeout must be an ISO 8601/,
    ],
    ['job', { jobType: 'Pipeline', jobs: { a: { type: 'nonsense' } } }, /jobs.a.type must be/],
    ['job', { jobType: 'Pipeline', jobs: { a: 1 } }, /jobs.a must be an object/],
    ['data', { dataUri: 'x', dataType: 'zip' }, /dataType must be/],
    ['data', { dataUri: 'x', source: {} }, /importing data is not supported/],
    ['component', {}, /componentSpec is required/],
    ['compute', { computeType: 'Toaster' }, /computeType must be/],
    ['datastore', { datastoreType: 'AzureBlob' }, /accountName is required/],
    ['nonsense', {}, /no kind named/],
  ]
  it.each(bad)('%s %j', (kind, props, says) => {
    expect(
      checkWire(kind, props)
        .map((i) => `${i.path.join('.')} ${i.message}`)
        .join('\n'),
    ).toMatch(says)
  })
  it('never touch a prototype', () => {
    const wire = JSON.parse(
      '{"jobType":"Command","command":"x","environmentId":"e","__proto__":{"polluted":1},"tags":{"__proto__":"x"},"inputs":{"__proto__":{"jobInputType":"literal","value":"1"}}}',
    ) as JsonObject
    const canon = canonWire('job', wire)
    expect(Object.keys(canon)).toContain('__proto__')
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    toYaml('job', canon)
    toWire('job', wire, { issues: [] })
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })
})
