// Data about the official client, kept outside the repository: its schema classes and requests it really sent. These
// tests say so and stand aside where that data is not there; what they found is settled in the other tests.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { canonWire, checkWire, toWire, toYaml } from './convert.ts'
import type { Field, Fields } from './field.ts'
import { errorsOf } from './issue.ts'
import { asObject, isObject, type Json, type JsonObject } from './json.ts'
import { kindByCollection, kindByName } from './kinds/index.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..')
const reference = join(root, '../shared/reference')
const schemasFile = join(reference, 'azureml-yaml-schemas.json')
const requestsFile = join(reference, 'wire-samples/captured-requests.jsonl')
const missing = !existsSync(schemasFile) || !existsSync(requestsFile)
if (missing) console.info('reference.test.ts: skipped, no reference data beside the repository')

interface SchemaClass {
  fields: { key: string; req: boolean; ro: boolean }[]
}

const variantOf = (kind: string, tag: string): Fields => kindByName(kind)?.fields.variants?.[tag]?.fields ?? {}
const nodeOf = (type: string, side: 'fields' | 'inline'): Fields => {
  const jobs: Field | undefined = variantOf('job', 'pipeline').jobs?.of
  return jobs?.variants?.[type]?.[side] ?? {}
}
const plain = (kind: string): Fields => kindByName(kind)?.fields.fields ?? {}

/** The client keeps these of any node without a field of its own for them. */
const shown = ['tags', 'name', 'display_name', 'description']

/** [class of the client, our table, keys only we have, keys only it has] */
const pairs: [string, Fields, string[]?, string[]?][] = [
  ['CommandJobSchema', variantOf('job', 'command')],
  ['PipelineJobSchema', variantOf('job', 'pipeline')],
  ['SweepJobSchema', variantOf('job', 'sweep')],
  ['SparkJobSchema', variantOf('job', 'spark')],
  ['CommandComponentSchema', variantOf('component', 'command'), ['limits']],
  ['PipelineComponentSchema', variantOf('component', 'pipeline')],
  ['EnvironmentSchema', plain('environment'), ['is_anonymous', 'is_archived']],
  ['DataSchema', plain('data'), ['is_anonymous', 'is_archived', 'source', 'referenced_uris']],
  ['ModelSchema', plain('model'), ['is_anonymous', 'is_archived', 'auto_delete_setting']],
  ['CodeAssetSchema', plain('code'), ['is_anonymous', 'is_archived', 'properties']],
  ['AmlComputeSchema', variantOf('compute', 'amlcompute'), ['jobs_per_node']],
  ['ComputeInstanceSchema', variantOf('compute', 'computeinstance')],
  ['KubernetesComputeSchema', variantOf('compute', 'kubernetes')],
  ['VirtualMachineComputeSchema', variantOf('compute', 'virtualmachine')],
  ['SynapseSparkComputeSchema', variantOf('compute', 'synapsespark')],
  ['AzureBlobSchema', variantOf('datastore', 'azure_blob')],
  ['AzureFileSchema', variantOf('datastore', 'azure_file')],
  ['AzureDataLakeGen1Schema', variantOf('datastore', 'azure_data_lake_gen1')],
  ['AzureDataLakeGen2Schema', variantOf('datastore', 'azure_data_lake_gen2')],
  ['OneLakeSchema', variantOf('datastore', 'one_lake')],
  ['WorkspaceSchema', plain('workspace'), ['kind', 'hub_id']],
  ['CommandSchema', nodeOf('command', 'fields'), shown],
  ['PipelineCommandJobSchema', nodeOf('command', 'inline')],
  ['SweepSchema', nodeOf('sweep', 'fields'), shown],
  ['SparkSchema', nodeOf('spark', 'fields'), shown],
  ['ParallelSchema', nodeOf('parallel', 'fields'), shown],
  ['FineTuningVerticalSchema', variantOf('job', 'finetuning'), ['hyperparameters', 'model_provider']],
  ['DistillationJobSchema', variantOf('job', 'distillation')],
]

it('every table compared with the official client has keys', () => {
  for (const [name, fields] of pairs) expect(Object.keys(fields).length, name).toBeGreaterThan(3)
})

if (!missing) describe('the keys of the official client', compareKeys)
if (!missing) describe('requests the official client really sent', compareRequests)

function compareKeys(): void {
  const classes = JSON.parse(readFileSync(schemasFile, 'utf8')) as Record<string, SchemaClass>
  it.each(pairs)('%s', (name, fields, ours = [], theirs = []) => {
    // told apart by the variant itself, or filled by the server alone
    const apart = [
      'type',
      'kind',
      'provisioning_state',
      'provisioning_errors',
      'created_on',
      'id',
      '$schema',
      'creation_context',
    ]
    const known = (classes[name]?.fields ?? []).map((x) => x.key).filter((key) => !apart.includes(key))
    const here = Object.keys(fields).filter((key) => !apart.includes(key))
    expect(
      here.filter((key) => !known.includes(key) && !ours.includes(key)),
      'only here',
    ).toEqual([])
    expect(
      known.filter((key) => !here.includes(key) && !theirs.includes(key)),
      'only there',
    ).toEqual([])
  })
}

const WS =
  '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws'

/** What clients send besides the YAML: empty maps, flags of the envelope. */
const noise = [
  'isArchived',
  'isAnonymous',
  'experimentName',
  'displayName',
  'client_component_hash',
  'referencedUris',
  '_source',
]

function forget(v: Json): Json {
  if (Array.isArray(v)) return v.map(forget)
  if (!isObject(v)) return v
  return Object.fromEntries(
    Object.entries(v)
      .filter(
        ([k, x]) => x !== null && !noise.includes(k) && !(isObject(x) && Object.keys(forget(x) as object).length === 0),
      )
      .map(([k, x]) => [k, forget(x)]),
  )
}

interface Captured {
  method: string
  path: string
  body: { properties?: JsonObject } | null
}

function compareRequests(): void {
  const lines = readFileSync(requestsFile, 'utf8').trim().split('\n')
  const captured = lines.flatMap((line): [string, string, JsonObject][] => {
    const r = JSON.parse(line.replaceAll('{WS}', WS)) as Captured
    const [, collection = ''] = /workspaces\/ws\/([a-zA-Z]+)\/[^/]+(?:\/versions\/[^/]+)?$/.exec(r.path) ?? []
    const kind = kindByCollection(collection)?.name
    const props = r.body?.properties
    // a PUT of a container carries only its flags
    const container = kind !== undefined && kindByName(kind)?.shape === 'versioned' && !r.path.includes('/versions/')
    return r.method === 'PUT' && kind !== undefined && props && !container
      ? [[`${kind} ${r.path.split('/').slice(-3).join('/')}`, kind, props]]
      : []
  })
  it('there are some of every kind but the workspace', () => {
    const seen = new Set(captured.map(([, kind]) => kind))
    expect([...seen].sort()).toEqual([
      'batch-endpoint',
      'code',
      'component',
      'compute',
      'connection',
      'data',
      'datastore',
      'environment',
      'job',
      'model',
      'online-endpoint',
      'schedule',
    ])
  })
  it.each(captured)('%s passes the check and keeps every word', (_, kind, props) => {
    expect(checkWire(kind, props)).toEqual([])
    const canon = canonWire(kind, props)
    expect(JSON.stringify(canon).toLowerCase()).toBe(JSON.stringify(withoutNull(props)).toLowerCase())
    expect(canonWire(kind, canon)).toEqual(canon)
  })
  // AutoML's wire is grouped otherwise; secrets never come back; what the client computes of code is not written by hand
  const back = captured.filter(
    ([, kind, props]) =>
      props.jobType !== 'AutoML' &&
      props.jobType !== 'Spark' &&
      !['datastore', 'connection', 'code'].includes(kind) &&
      !asObject(props.jobs).am,
  )
  it.each(back)('%s becomes YAML and the same wire again', (_, kind, props) => {
    const issues: { message: string }[] = []
    const yaml = { name: 'some-x', ...toYaml(kind, canonWire(kind, props)) }
    const again = toWire(kind, yaml, {
      issues: issues as never,
      ref: (_k, text) => text.replace(/^azureml:(?=\/[^/])/, ''),
    })
    expect(errorsOf(issues as never)).toEqual([])
    const secretless = JSON.parse(JSON.stringify(props, (key, v) => (key === 'password' ? undefined : v))) as JsonObject
    expect(forget(canonWire(kind, again))).toEqual(forget(canonWire(kind, secretless)))
  })
}

function withoutNull(v: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(v, (_, x) => (x === null ? undefined : x))) as JsonObject
}
