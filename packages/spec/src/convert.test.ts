import { describe, expect, it } from 'vitest'
import type { YamlContext } from './context.ts'
import { canonWire, checkWire, toWire, toYaml } from './convert.ts'
import type { Json, JsonObject } from './json.ts'
import { parseYaml } from './yaml.ts'

const WS = '/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w'
const files: Record<string, string> = {
  'parts/c.yml': [
    '$schema: https://example.com/commandComponent.schema.json',
    'name: c',
    'display_name: Train',
    'version: 3',
    'inputs:',
    '  d: {type: uri_folder}',
    '  lr: {type: number, optional: true, default: 0.10, min: 0}',
    '  n: {type: integer, default: 3}',
    'outputs: {m: {type: mlflow_model, mode: upload}}',
    'command: python a.py ${{inputs.d}} $[[--lr ${{inputs.lr}}]]',
    'code: ./src',
    'environment: azureml:AzureML-sklearn-1.0@latest',
  ].join('\n'),
  'p.yml': [
    'type: pipeline',
    'name: p',
    'inputs: {x: {type: uri_folder}, c: {type: string, default: cpu}}',
    'outputs: {y: {type: mlflow_model}}',
    'jobs:',
    "  a: {component: ./parts/c.yml, inputs: {d: '${{parent.inputs.x}}'}, outputs: {m: '${{parent.outputs.y}}'}, compute: '${{parent.inputs.c}}'}",
  ].join('\n'),
}

/** A caller whose answers are all there: ids are made from names, uploads from paths, registrations numbered. */
function convert(kind: string, text: string, extra: Partial<YamlContext> = {}) {
  const doc = parseYaml(text)
  const registered: [string, JsonObject][] = []
  const ctx: YamlContext & { beside: JsonObject } = {
    issues: [],
    beside: {},
    numberText: doc.numberText,
    isDate: doc.isDate,
    include: (path) => (files[path] === undefined ? undefined : parseYaml(files[path], { file: path })),
    ref: (of, ref) => {
      const [name, version] = ref.replace(/^azureml:/, '').split(/[:@]/)
      return `${WS}/${of === 'data' ? of : `${of}s`}/${name}${version === undefined ? '' : `/versions/${version}`}`
    },
    upload: (path, _, purpose) =>
      purpose === 'code'
        ? `${WS}/codes/${path}/versions/1`
        : `azureml://datastores/workspaceblobstore/paths/up/${path}`,
    text: (path) => `text of ${path}`,
    register: (of, props) => {
      registered.push([of, props])
      return `${WS}/${of}s/anonymous/versions/${registered.length}`
    },
    ...extra,
  }
  const wire = toWire(kind, doc.value, ctx)
  return { wire, issues: ctx.issues, beside: ctx.beside, registered }
}
const wireOf = (kind: string, text: string) => {
  const { wire, issues } = convert(kind, text)
  expect(issues).toEqual([])
  return wire
}

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

describe('other kinds', () => {
  const cases: [string, string, JsonObject][] = [
    [
      'environment',
      'name: e\nversion: 1\nimage: ubuntu\nconda_file: {name: x, dependencies: [python=3.10, {pip: [a]}], channels: [b]}\nos_type: linux',
      {
        image: 'ubuntu',
        condaFile: 'channels:\n  - b\ndependencies:\n  - python=3.10\n  - pip:\n      - a\nname: x\n',
        osType: 'Linux',
        tags: {},
      },
    ],
    [
      'environment',
      'name: e\nbuild: {path: ./ctx, dockerfile_path: D}',
      { build: { contextUri: 'azureml://datastores/workspaceblobstore/paths/up/ctx', dockerfilePath: 'D' }, tags: {} },
    ],
    [
      'data',
      'name: d\npath: ./x',
      { dataUri: 'azureml://datastores/workspaceblobstore/paths/up/x', dataType: 'uri_folder', tags: {} },
    ],
    [
      'data',
      'name: d\npath: wasbs://c@a/x\ntype: uri_file\ntags: {a: 1}',
      { dataUri: 'wasbs://c@a/x', dataType: 'uri_file', tags: { a: '1' } },
    ],
    [
      'model',
      'name: m\npath: runs:/r/model\ntype: mlflow_model\nflavors: {python_function: {a: b}}\nstage: x',
      {
        modelUri: 'runs:/r/model',
        modelType: 'mlflow_model',
        flavors: { python_function: { data: { a: 'b' } } },
        stage: 'x',
        properties: {},
        tags: {},
      },
    ],
    [
      'datastore',
      'name: d\ntype: azure_blob\naccount_name: a\ncontainer_name: c\nendpoint: e\ncredentials: {account_key: k}',
      {
        datastoreType: 'AzureBlob',
        accountName: 'a',
        containerName: 'c',
        endpoint: 'e',
        protocol: 'https',
        tags: {},
        credentials: { credentialsType: 'AccountKey', secrets: { secretsType: 'AccountKey', key: 'k' } },
      },
    ],
    [
      'datastore',
      'name: d\ntype: azure_file\naccount_name: a\nfile_share_name: c\ncredentials: {sas_token: k}',
      {
        datastoreType: 'AzureFile',
        accountName: 'a',
        fileShareName: 'c',
        protocol: 'https',
        tags: {},
        credentials: { credentialsType: 'Sas', secrets: { secretsType: 'Sas', sasToken: 'k' } },
      },
    ],
    [
      'datastore',
      'name: d\ntype: azure_data_lake_gen2\naccount_name: a\nfilesystem: c',
      {
        datastoreType: 'AzureDataLakeGen2',
        accountName: 'a',
        filesystem: 'c',
        protocol: 'https',
        tags: {},
        credentials: { credentialsType: 'None' },
      },
    ],
    [
      'datastore',
      'name: d\ntype: local\npath: /mnt/x',
      { datastoreType: 'Local', path: '/mnt/x', tags: {}, credentials: { credentialsType: 'None' } },
    ],
    [
      'compute',
      'name: cl\ntype: amlcompute\ntier: low_priority',
      {
        computeType: 'AmlCompute',
        disableLocalAuth: true,
        properties: {
          osType: 'Linux',
          vmSize: 'STANDARD_DS3_V2',
          vmPriority: 'LowPriority',
          scaleSettings: { maxNodeCount: 4, minNodeCount: 0, nodeIdleTimeBeforeScaleDown: 'PT2M' },
          remoteLoginPortPublicAccess: 'NotSpecified',
          enableNodePublicIp: true,
        },
      },
    ],
    [
      'compute',
      'name: k8\ntype: kubernetes\nnamespace: ns\nresource_id: /r',
      { computeType: 'Kubernetes', resourceId: '/r', properties: { namespace: 'ns' } },
    ],
    [
      'compute',
      'name: vm\ntype: virtualmachine\nresource_id: /r\nssh_settings: {admin_username: u, admin_password: p}',
      {
        computeType: 'VirtualMachine',
        resourceId: '/r',
        properties: { sshPort: 22, administratorAccount: { username: 'u', password: 'p' } },
      },
    ],
  ]
  it.each(cases)('%s: %j', (kind, text, wire) => expect(wireOf(kind, text)).toEqual(wire))
  it('put what is not among the properties beside them', () => {
    expect(
      convert('compute', 'name: cl\ntype: amlcompute\nlocation: x\ntags: {a: b}\nidentity: {type: system_assigned}')
        .beside,
    ).toEqual({
      name: 'cl',
      location: 'x',
      tags: { a: 'b' },
      identity: { type: 'SystemAssigned' },
    })
    expect(convert('model', 'name: m\nversion: 1.10\npath: x').beside).toEqual({ name: 'm', version: '1.1' })
  })
  it('component files become specs', () => {
    expect(wireOf('component', files['parts/c.yml'] ?? '')).toMatchObject({
      isAnonymous: false,
      isArchived: false,
      componentSpec: { name: 'c', version: '3', code: `azureml:${WS}/codes/src/versions/1`, _source: 'YAML.COMPONENT' },
    })
    const yaml = toYaml('component', wireOf('component', files['parts/c.yml'] ?? ''))
    expect(yaml).toMatchObject({ type: 'command', name: 'c', inputs: { lr: { type: 'number', default: '0.1' } } })
  })
  it('secrets do not come back', () => {
    const wire = wireOf(
      'datastore',
      'name: d\ntype: azure_blob\naccount_name: a\ncontainer_name: c\ncredentials: {account_key: SECRET}',
    )
    expect(JSON.stringify(toYaml('datastore', wire))).not.toContain('SECRET')
    const vm = wireOf(
      'compute',
      'name: vm\ntype: virtualmachine\nresource_id: /r\nssh_settings: {admin_username: u, admin_password: SECRET}',
    )
    expect(toYaml('compute', vm)).toMatchObject({ ssh_settings: { admin_username: 'u', ssh_port: 22 } })
    expect(JSON.stringify(toYaml('compute', vm))).not.toContain('SECRET')
  })
  it('sweep jobs speak in lists', () => {
    const wire = wireOf(
      'job',
      'type: sweep\ntrial: {command: x, environment: azureml:e:1}\nsearch_space: {lr: {type: uniform, min_value: 0.01, max_value: 0.9}, bs: {type: choice, values: [1, 2]}}\nobjective: {goal: minimize, primary_metric: loss}\nlimits: {max_total_trials: 4, timeout: 7200}\nsampling_algorithm: random\nearly_termination: {type: bandit, slack_factor: 0.1, evaluation_interval: 2}',
    )
    expect(wire).toMatchObject({
      jobType: 'Sweep',
      searchSpace: { lr: ['uniform', [0.01, 0.9]], bs: ['choice', [[1, 2]]] },
      samplingAlgorithm: { samplingAlgorithmType: 'Random' },
      limits: { jobLimitsType: 'Sweep', maxTotalTrials: 4, timeout: 'PT2H' },
      earlyTermination: {
        policyType: 'Bandit',
        slackFactor: 0.1,
        evaluationInterval: 2,
        slackAmount: 0,
        delayEvaluation: 0,
      },
      trial: { command: 'x', environmentId: `${WS}/environments/e/versions/1` },
    })
    expect(toYaml('job', wire)).toMatchObject({
      search_space: { lr: { type: 'uniform', min_value: 0.01, max_value: 0.9 } },
    })
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
