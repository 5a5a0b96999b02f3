import { describe, expect, it } from 'vitest'
import { toYaml } from './convert.ts'
import { convert, files, WS, wireOf } from './golden.ts'
import type { JsonObject } from './json.ts'

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
        endpoint: 'core.windows.net',
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
        endpoint: 'core.windows.net',
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
