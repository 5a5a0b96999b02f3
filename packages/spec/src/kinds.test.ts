import { describe, expect, it } from 'vitest'
import { codecs } from './convert.ts'
import { describeStranger, detectKind } from './detect.ts'
import type { Field, Fields } from './field.ts'
import { camel, nearest, snake } from './field.ts'
import { documents, kindByCollection, kindByName, kinds } from './kinds/index.ts'
import { jsonSchema } from './schema.ts'
import { parseYaml } from './yaml.ts'

/** Every field of a table with its path, once. */
function walk(field: Field, visit: (path: string, x: Field) => void, path = ''): void {
  visit(path, field)
  const tables: [string, Fields][] = [
    ['', field.fields ?? {}],
    ...Object.entries(field.variants ?? {}).flatMap(([tag, v]): [string, Fields][] => [
      [`<${tag}>`, v.fields],
      [`<${tag} in place>`, v.inline ?? {}],
    ]),
  ]
  for (const [tag, fields] of tables)
    for (const [name, x] of Object.entries(fields)) walk(x, visit, `${path}${tag}.${name}`)
  for (const v of Object.values(field.variants ?? {})) if (v.whole) walk(v.whole, visit, path)
  if (field.of) walk(field.of, visit, `${path}[]`)
  for (const choice of field.choices ?? []) walk(choice, visit, path)
}

describe.each([...kinds, ...documents].map((k) => [k.name, k] as const))('%s', (_, kind) => {
  it('is plain data that can be sent', () => {
    expect(JSON.parse(JSON.stringify(kind.fields))).toEqual(kind.fields)
  })
  it('uses known field types, and patterns that are regular expressions', () => {
    walk(kind.fields, (path, x) => {
      expect(Object.hasOwn(codecs, x.t), path).toBe(true)
      for (const pattern of [x.pattern, x.keys])
        if (pattern !== undefined) expect(() => new RegExp(pattern), path).not.toThrow()
      if (x.t === 'enum') expect(x.values?.length, path).toBeGreaterThan(0)
    })
  })
  it('explains its own keys', () => {
    const tables = [kind.fields.fields ?? {}, ...Object.values(kind.fields.variants ?? {}).map((v) => v.fields)]
    const silent = tables.flatMap((fields) =>
      Object.entries(fields).flatMap(([name, x]) =>
        x.doc === undefined && !x.out && name !== '$schema' ? [name] : [],
      ),
    )
    expect(silent).toEqual([])
  })
  it('has no two keys of one wire name', () => {
    for (const fields of [
      kind.fields.fields ?? {},
      ...Object.values(kind.fields.variants ?? {}).map((v) => v.fields),
    ]) {
      const names = Object.entries(fields).map(
        ([name, x]) => `${x.beside ? '^' : ''}${x.under ?? ''}.${x.wire ?? camel(name)}`,
      )
      expect(new Set(names).size).toBe(names.length)
    }
  })
  it('prints a JSON Schema with descriptions', () => {
    const schema = jsonSchema(kind.name)
    expect(schema).toMatchObject({ title: kind.name, description: kind.doc })
    expect(JSON.stringify(schema)).toContain('"description"')
  })
})

describe('the register', () => {
  it('finds kinds by name, and by collection in any case', () => {
    expect(kindByName('job')?.collection).toBe('jobs')
    expect(kindByCollection('ENVIRONMENTS')?.name).toBe('environment')
    expect([kindByName('constructor'), kindByCollection('__proto__')]).toEqual([undefined, undefined])
  })
  it('gives every kind what shared code asks for', () => {
    for (const kind of kinds) {
      expect(kind.columns.length, kind.name).toBeGreaterThan(1)
      if (kind.shape === 'versioned') expect(kind.immutable?.length, kind.name).toBeGreaterThan(0)
    }
    const collections = kinds.filter((k) => typeof k.shape !== 'object').map((k) => k.collection)
    expect(new Set(collections).size).toBe(collections.length)
    expect(collections).toContain('onlineEndpoints')
  })
  it('leaves children to their parents', () => {
    expect(kindByCollection('deployments')).toBeUndefined()
    const children = kinds.filter((k) => k.collection === 'deployments')
    expect(children.map((k) => [k.name, k.shape])).toEqual([
      ['online-deployment', { under: 'onlineEndpoints' }],
      ['batch-deployment', { under: 'batchEndpoints' }],
    ])
  })
  it('names the kind whose rows a document fills', () => {
    for (const one of documents) expect(kindByName(one.document?.of ?? '')?.document, one.name).toBeUndefined()
    expect(kindByCollection('workspaces')?.name).toBe('workspace')
    expect(kindByCollection('data')?.name).toBe('data')
  })
  it('says of every idle kind why, and what to do instead', () => {
    for (const { idle, name } of kinds)
      if (idle) expect(idle.why.length && idle.instead.length, name).toBeGreaterThan(20)
  })
})

describe('JSON Schema', () => {
  it('tells variants apart, lists words and required keys', () => {
    const schema = jsonSchema('datastore') as {
      anyOf: { properties: { type: { enum: string[] } }; required: string[]; additionalProperties: boolean }[]
    }
    expect(schema.anyOf.map((v) => v.properties.type.enum[0])).toContain('azure_blob')
    expect(schema.anyOf[0]?.required).toEqual(['type', 'name', 'account_name', 'container_name'])
    expect(schema.anyOf[0]?.additionalProperties).toBe(false)
    const job = jsonSchema('job') as { anyOf: { properties: Record<string, unknown>; required?: string[] }[] }
    expect(job.anyOf[0]?.required).toEqual(['command', 'environment'])
    expect(job.anyOf[0]?.properties.environment).toMatchObject({ anyOf: [{ type: 'string' }, { type: 'object' }] })
  })
  it('is empty for a kind there is none of', () => expect(jsonSchema('nonsense')).toEqual({}))
})

describe('detectKind', () => {
  const schema = (name: string) => `$schema: https://azuremlschemas.azureedge.net/latest/${name}.schema.json\n`
  const cases: [string, string, string | undefined][] = [
    ['a.yml', `${schema('commandJob')}command: x`, 'job'],
    ['a.yml', `${schema('commandComponent')}command: x`, 'component'],
    ['a.yml', `${schema('pipelineJob')}jobs: {}`, 'job'],
    ['a.yml', `${schema('sweepJob')}trial: {}`, 'job'],
    ['a.yml', `${schema('environment')}image: x`, 'environment'],
    ['a.yml', `${schema('data')}path: x`, 'data'],
    ['a.yml', `${schema('model')}path: x`, 'model'],
    ['a.yml', `${schema('amlCompute')}type: amlcompute`, 'compute'],
    ['a.yml', `${schema('azureBlob')}type: azure_blob`, 'datastore'],
    ['a.yml', `${schema('workspace')}name: x`, 'workspace'],
    ['a.yml', `${schema('managedOnlineDeployment')}model: x`, 'online-deployment'],
    ['a.yml', `${schema('modelBatchDeployment')}model: x`, 'batch-deployment'],
    ['a.yml', `${schema('pipelineComponentBatchDeployment')}component: x`, 'batch-deployment'],
    ['a.yml', `${schema('managedOnlineEndpoint')}name: x`, 'online-endpoint'],
    ['a.yml', `${schema('batchEndpoint')}name: x`, 'batch-endpoint'],
    ['a.yml', `${schema('schedule')}trigger: x`, 'schedule'],
    ['a.yml', '$schema: http://azureml/sdk-2-0/Schedule.json\nname: x', 'schedule'],
    ['a.yml', '$schema: http://azureml/sdk-2-0/Connection.json\nname: x', 'connection'],
    ['a.yml', '$schema: http://azureml/sdk-2-0/DataImport.json\nname: x', 'data-import'],
    ['a.yml', '$schema: http://azureml/sdk-2-0/ModelVersionPackage.json', 'model-package'],
    ['a.yml', '$schema: https://x/FeatureSet.yaml.json\nname: x\nspecification: {path: p}\nentities: []', undefined],
    ['a.yml', '$schema: https://x/promptflow/latest/Flow.schema.json\ninputs: {}', undefined],
    ['a.yml', 'name: s\ntrigger: {type: cron}\ncreate_job: ./j.yml', 'schedule'],
    ['a.yml', 'name: e\nauth_mode: key', 'online-endpoint'],
    ['a.yml', 'name: e\nauth_mode: aad_token', 'batch-endpoint'],
    ['a.yml', 'name: e\ntraffic: {a: 100}', 'online-endpoint'],
    ['a.yml', 'name: e\nauth_mode: key\nmodel_id: m', 'serverless-endpoint'],
    ['a.yml', 'name: d\nendpoint_name: e\nmodel: m\ninstance_type: x', 'online-deployment'],
    ['a.yml', 'name: d\nendpoint_name: e\nmodel: m\ncompute: azureml:c', 'batch-deployment'],
    ['a.yml', 'name: d\nendpoint_name: e\ntype: pipeline\ncomponent: ./c.yml', 'batch-deployment'],
    ['a.yml', 'name: c\ntype: git\ntarget: https://x', 'connection'],
    ['a.yml', 'name: c\ntype: s3\ntarget: x\ncredentials: {type: access_key}', 'connection'],
    ['a.yml', 'name: d\ntype: s3\nbucket_name: b', 'datastore'],
    ['a.yml', 'name: c\ntype: azure_blob\nurl: x\naccount_name: a\ncontainer_name: c', 'connection'],
    ['a.yml', 'name: r\nlocation: x\nreplication_locations: []', 'registry'],
    ['a.yml', 'name: f\nversion: 1\nspecification: {path: p}\nentities: []', 'feature-set'],
    ['a.yml', 'name: f\nversion: 1\nindex_columns: []', 'feature-store-entity'],
    ['a.yml', 'name: f\noffline_store: {type: x, target: y}', 'feature-store'],
    ['a.yml', 'kind: hub\nname: h', 'hub'],
    ['a.yml', 'name: p\nhub_id: /x', 'project'],
    ['a.yml', 'type: fqdn\nname: r\ndestination: x', 'outbound-rule'],
    ['a.yml', 'name: c\ncapability_host_kind: Agents', 'capability-host'],
    ['a.yml', 'name: t\nscoring_port: 80', 'deployment-template'],
    ['a.yml', 'name: i\npath: azureml://d\nsource: {type: database}', 'data-import'],
    ['a.yml', 'command: x\nenvironment: azureml:e:1', 'job'],
    ['a.yml', 'command: x\ninputs: {a: {type: string}}', 'component'],
    ['a.yml', 'name: c\nversion: 1\ncommand: x', 'component'],
    ['train_component.yml', 'command: x', 'component'],
    ['a.yml', 'type: pipeline\njobs: {}\nsettings: {}', 'job'],
    ['a.yml', 'type: computeinstance', 'compute'],
    ['a.yml', 'type: azure_file', 'datastore'],
    ['a.yml', 'type: mlflow_model\npath: x', 'model'],
    ['a.yml', 'type: mltable\npath: x', 'data'],
    ['a.yml', 'name: e\nconda_file: x\nimage: y', 'environment'],
    ['deploy.yml', 'endpoint_name: x\nmodel: y', 'online-deployment'],
    ['conda.yml', 'name: x\ndependencies: []', undefined],
    ['a.yml', '- 1', undefined],
  ]
  it.each(cases)('%s %j', (file, text, kind) => expect(detectKind(parseYaml(text).value, file)).toBe(kind))
})

describe('describeStranger', () => {
  const cases: [string, RegExp | undefined][] = [
    ['name: x\ndependencies: [python]', /conda environment/],
    ['python: 3.8\nbuild_dependencies: []', /MLflow model/],
    ['flavors: {}\nrun_id: x', /MLflow model/],
    ['paths: [{file: x}]', /MLTable/],
    ['inputs: {}\noutputs: {}', /batch endpoint/],
    ['nodes: []', /prompt flow/],
    ['display_name: x\ntags: {}', /changes to a workspace/],
    ['- 1', /list/],
    ['a: 1', undefined],
  ]
  it.each(cases)('%j', (text, says) => {
    const said = describeStranger(parseYaml(text).value)
    if (says) expect(said).toMatch(says)
    else expect(said).toBeUndefined()
  })
})

describe('spelling', () => {
  it('turns names both ways', () => {
    expect([camel('process_count_per_instance'), snake('jobOutputType'), snake('computeId')]).toEqual([
      'processCountPerInstance',
      'job_output_type',
      'compute_id',
    ])
  })
  it('finds the word that was meant, and none where nothing is near', () => {
    expect([nearest('comand', ['command', 'code']), nearest('xyz', ['command']), nearest('', ['a'])]).toEqual([
      'command',
      undefined,
      'a',
    ])
  })
})
