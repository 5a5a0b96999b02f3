// Kinds whose file and wire are shaped differently: both ways, and what the service fills.
import { describe, expect, it } from 'vitest'
import { toWire, toYaml } from './convert.ts'
import type { Issue } from './issue.ts'
import type { Json, JsonObject } from './json.ts'
import { kindByName } from './kinds/index.ts'
import { parseYaml } from './yaml.ts'

function walk(kind: string, text: string, files: Record<string, string> = {}): { wire: JsonObject; issues: Issue[] } {
  const doc = parseYaml(text)
  const issues: Issue[] = []
  const include = (path: string) => {
    const found = files[path.replace(/^\.\//, '')]
    return found === undefined ? undefined : parseYaml(found, { file: path })
  }
  const wire = toWire(kind, doc.value, { issues, beside: {}, include, numberText: doc.numberText, isDate: doc.isDate })
  return { wire, issues }
}
const prepared = (kind: string, props: JsonObject): Json => kindByName(kind)?.prepare?.(props) ?? null

describe('connections', () => {
  const cases: [string, string, JsonObject][] = [
    [
      'without credentials nothing is asked',
      'type: git\ntarget: t',
      { category: 'Git', authType: 'None', target: 't' },
    ],
    [
      'stores ask who one is',
      'type: azure_blob\nurl: u\naccount_name: a\ncontainer_name: c',
      { authType: 'AAD', target: 'u', metadata: { AccountName: 'a', ContainerName: 'c' } },
    ],
    [
      'a key stands among the credentials',
      'type: azure_open_ai\nazure_endpoint: e\napi_key: k\napi_version: v',
      { authType: 'ApiKey', credentials: { key: 'k' }, target: 'e', metadata: { ApiType: 'Azure', ApiVersion: 'v' } },
    ],
    [
      'a lakehouse is named by its parts',
      'type: azure_one_lake\nendpoint: h\none_lake_workspace_name: w\nartifact: {name: n, type: lake_house}',
      { target: 'https://h/w/n.Lakehouse', authType: 'AAD' },
    ],
  ]
  it.each(cases)('%s', (_, text, wire) => expect(walk('connection', text)).toMatchObject({ wire, issues: [] }))
  it('come back in the words of their type, without secrets', () => {
    const { wire } = walk('connection', 'type: azure_open_ai\nazure_endpoint: e\napi_key: HUSH\nmetadata: {a: b}')
    const back = toYaml('connection', wire)
    expect(back).toMatchObject({ type: 'azure_open_ai', azure_endpoint: 'e', metadata: { a: 'b' } })
    expect(JSON.stringify(back)).not.toMatch(/HUSH|ApiType/)
  })
  it('of one category are told apart by their metadata', () => {
    const speech = { category: 'CognitiveService', authType: 'AAD', target: 't', metadata: { Kind: 'speech' } }
    expect(toYaml('connection', speech)).toMatchObject({ type: 'azure_speech_services', endpoint: 't' })
    const safety = { ...speech, metadata: { Kind: 'Content Safety' } }
    expect(toYaml('connection', safety)).toMatchObject({ type: 'azure_content_safety', endpoint: 't' })
  })
})

describe('registries', () => {
  const region = 'name: r\nlocation: l\nreplication_locations:\n  - location: l\n    storage_config:'
  it('repeat an account as often as it is copied, and count it on the way back', () => {
    const { wire } = walk('registry', `${region} {replication_count: 3, storage_account_hns: true}`)
    const [only] = wire.regionDetails as JsonObject[] // what the walk writes
    expect(only?.storageAccountDetails).toHaveLength(3)
    expect(toYaml('registry', wire)).toMatchObject({
      replication_locations: [{ location: 'l', storage_config: { replication_count: 3, storage_account_hns: true } }],
    })
  })
  it('name accounts and images that exist', () => {
    const { wire } = walk(
      'registry',
      `${region} [/a, /b]\ncontainer_registry: /c\nintellectual_property: {publisher: p}`,
    )
    expect(wire).toMatchObject({ intellectualPropertyPublisher: 'p' })
    expect(toYaml('registry', wire)).toMatchObject({
      replication_locations: [{ storage_config: ['/a', '/b'] }],
      container_registry: '/c',
      intellectual_property: { publisher: 'p' },
    })
  })
  it('have at least one copy', () => {
    const { issues } = walk('registry', `${region} {replication_count: 0}`)
    expect(issues).toMatchObject([{ message: 'must be at least 1, but is 0' }])
  })
})

describe('managed networks', () => {
  const text =
    'name: work\nmanaged_network:\n  isolation_mode: allow_only_approved_outbound\n  outbound_rules:\n' +
    '    - {name: web, destination: outside.example.org}\n' +
    '    - {name: tag, type: service_tag, destination: {service_tag: x, protocol: TCP, port_ranges: "80"}}'
  it('list rules in a file and name them on the wire', () => {
    const { wire, issues } = walk('workspace', text)
    expect(issues).toEqual([])
    expect(wire.managedNetwork).toMatchObject({
      isolationMode: 'AllowOnlyApprovedOutbound',
      outboundRules: {
        web: { type: 'FQDN', category: 'UserDefined', destination: 'outside.example.org' },
        tag: { type: 'ServiceTag', destination: { serviceTag: 'x', protocol: 'TCP', portRanges: '80' } },
      },
    })
    expect(toYaml('workspace', wire).managed_network).toMatchObject({
      outbound_rules: [
        { name: 'web', type: 'fqdn', destination: 'outside.example.org' },
        { name: 'tag', type: 'service_tag', destination: { service_tag: 'x' } },
      ],
    })
  })
})

describe('schedules', () => {
  const daily = 'name: s\ntrigger: {type: recurrence, frequency: week, interval: 2}\n'
  const job = 'type: pipeline\ndisplay_name: d\njobs: {a: {command: x, environment: azureml:e:1, compute: azureml:c}}'
  it('take a job from its file, with keys that change it', () => {
    const text = `${daily}create_job: {job: ./p.yml, display_name: other}`
    const { wire, issues } = walk('schedule', text, { 'p.yml': job })
    expect(issues).toEqual([])
    expect(wire.action).toMatchObject({
      actionType: 'CreateJob',
      jobDefinition: {
        jobType: 'Pipeline',
        displayName: 'other',
        jobs: { a: { type: 'command', computeId: 'azureml:c' } },
      },
    })
    expect(toYaml('schedule', wire)).toMatchObject({ create_job: { type: 'pipeline', display_name: 'other' } })
  })
  it('point at a job that exists', () => {
    const { wire } = walk('schedule', `${daily}create_job: azureml:old`)
    expect(wire.action).toMatchObject({ jobDefinition: { sourceJobId: 'azureml:old' } })
    expect(toYaml('schedule', wire)).toMatchObject({ create_job: 'azureml:old' })
  })
  it('say which file is wrong, and where', () => {
    const { issues } = walk('schedule', `${daily}create_job: ./p.yml`, { 'p.yml': `${job}\nwrong: 1` })
    expect(issues).toMatchObject([{ file: 'p.yml', path: ['wrong'], line: 4 }])
  })
  it('give monitors windows of the length between two looks', () => {
    const text =
      `${daily}create_monitor:\n  compute: {instance_type: s, runtime_version: "3.4"}\n  monitoring_signals:\n` +
      '    drift: {type: data_drift, alert_enabled: true, ' +
      'production_data: {input_data: {type: uri_folder, path: azureml:d:1}}, ' +
      'metric_thresholds: {numerical: {jensen_shannon_distance: 0.01}}}'
    const { wire, issues } = walk('schedule', text)
    expect(issues).toEqual([])
    expect(wire.action).toMatchObject({
      actionType: 'CreateMonitor',
      monitorDefinition: {
        computeConfiguration: { computeType: 'ServerlessSpark', instanceType: 's', runtimeVersion: '3.4' },
        signals: {
          drift: {
            mode: 'Enabled',
            productionData: { inputDataType: 'Trailing', windowSize: 'P14D', windowOffset: 'P0D' },
            metricThresholds: [{ dataType: 'Numerical', metric: 'jensenShannonDistance', threshold: { value: 0.01 } }],
          },
        },
      },
    })
    expect(toYaml('schedule', wire)).toMatchObject({
      create_monitor: {
        compute: { instance_type: 's', runtime_version: '3.4' },
        monitoring_signals: {
          drift: {
            type: 'data_drift',
            alert_enabled: true,
            metric_thresholds: { numerical: { jensen_shannon_distance: 0.01 } },
          },
        },
      },
    })
  })
})

describe('what the service fills', () => {
  it('keeps what was given', () => {
    expect(prepared('online-deployment', {})).toMatchObject({
      scaleSettings: { scaleType: 'Default' },
      sku: { name: 'Default', capacity: 1 },
    })
    const given = { scaleSettings: { scaleType: 'TargetUtilization' }, sku: { capacity: 4 } }
    expect(prepared('online-deployment', given)).toMatchObject({ ...given, sku: { name: 'Default', capacity: 4 } })
    expect(prepared('batch-deployment', { errorThreshold: 3 })).toMatchObject({ errorThreshold: 3 })
    expect(prepared('batch-deployment', {})).toMatchObject({ errorThreshold: -1 })
    expect(prepared('schedule', { isEnabled: false })).toEqual({ isEnabled: false })
    expect(prepared('connection', {})).toEqual({ isSharedToAll: true, metadata: {} })
    expect(prepared('registry', {})).toEqual({ publicNetworkAccess: 'Enabled', regionDetails: [] })
  })
})

describe('batch deployments', () => {
  const wire = { model: { referenceType: 'Id', assetId: '/m' }, compute: '/c', loggingLevel: 'Debug' }
  it('come back as a file that is accepted', () => {
    const back = toYaml('batch-deployment', wire)
    expect(back).toMatchObject({ type: 'model', settings: { mini_batch_size: 10, logging_level: 'debug' } })
  })
  it('warn of a level that nobody knows', () => {
    const { issues } = walk('batch-deployment', 'name: one\nendpoint_name: our-batch\nlogging_level: loud')
    expect(issues).toMatchObject([{ severity: 'warning', path: ['logging_level'] }])
  })
})
