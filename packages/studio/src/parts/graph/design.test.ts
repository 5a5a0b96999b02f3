import type { JsonObject } from '@lazurite/spec'
import { describe, expect, test } from 'vitest'
import { setInYaml } from '../../data/edit-yaml.ts'
import {
  addStep,
  asWritten,
  type Change,
  closesCircle,
  componentIn,
  connect,
  drawingOf,
  freshKey,
  removeStep,
  renameStep,
  valueFor,
} from './design.ts'

const pipeline = (): JsonObject => ({
  type: 'pipeline',
  inputs: { flowers: { type: 'uri_file', path: 'azureml:flowers:1' }, epochs: 3 },
  outputs: { model: { type: 'custom_model' } },
  jobs: {
    prep: { type: 'command', component: 'azureml:prep:2', inputs: { raw: '${{parent.inputs.flowers}}' } },
    train: {
      type: 'command',
      component: 'azureml:train@latest',
      inputs: {
        rows: { type: 'uri_folder', path: '${{parent.jobs.prep.outputs.rows}}' },
        n: '${{parent.inputs.epochs}}',
      },
      outputs: { model: '${{parent.outputs.model}}' },
    },
    alone: { command: 'echo', environment: 'azureml:host@latest' },
  },
})

describe('a drawing of what is written', () => {
  test('has steps, data and outputs, and what connects them', () => {
    const { nodes, edges } = drawingOf(pipeline())
    expect(nodes.map(({ id, kind }) => `${id} ${kind}`)).toEqual([
      ':in/flowers input',
      'prep command',
      'train command',
      'alone command',
      ':out/model output',
    ])
    expect(edges.map(({ from, fromPort, to, toPort }) => `${from}.${fromPort} ${to}.${toPort}`)).toEqual([
      ':in/flowers. prep.raw',
      'prep.rows train.rows',
      'train.model :out/model.',
    ])
    expect(nodes[2]?.component).toEqual({ name: 'train', version: 'latest' })
  })

  test('conditions and loops are connected to what they decide about', () => {
    const { nodes, edges } = drawingOf({
      jobs: {
        a: { command: 'x' },
        asks: {
          type: 'if_else',
          condition: '${{parent.jobs.a.outputs.flag}}',
          true_block: ['${{parent.jobs.yes}}'],
          false_block: '${{parent.jobs.no}}',
        },
        yes: {},
        no: {},
        each: { type: 'parallel_for', items: '[{}]', body: '${{parent.jobs.a}}' },
        again: { type: 'do_while', body: '${{parent.jobs.yes}}', condition: 'more' },
      },
    })
    expect(nodes[1]?.kind).toBe('if_else')
    expect(edges.map(({ from, to, kind }) => `${from}>${to} ${kind}`)).toEqual([
      'a>asks data',
      'asks>yes branch',
      'asks>no branch',
      'each>a loop',
      'yes>again loop',
    ])
  })

  test('components are found by short names and by ids', () => {
    const id = 'azureml:/subscriptions/s/resourceGroups/g/providers/p/workspaces/w/components/train/versions/7'
    expect(componentIn({ component: id })).toEqual({ name: 'train', version: '7' })
    expect(componentIn({ component: 'azureml:train' })).toEqual({ name: 'train', version: 'latest' })
    for (const component of ['./train.yml', '', 7, { type: 'command' }])
      expect(componentIn({ component })).toBeUndefined()
  })

  test('of what is no pipeline yet is empty, and never fails', () => {
    for (const jobs of [undefined, null, [], 'x', { a: null, b: [1], c: { inputs: 'x' } }] as const)
      expect(() => drawingOf({ jobs } as unknown as JsonObject)).not.toThrow()
    expect(drawingOf({}).nodes).toEqual([])
  })
})

describe('what is done to it', () => {
  test('a step gets a key that nobody has', () => {
    expect(freshKey({ a: 1, a_2: 1 }, 'a')).toBe('a_3')
    expect(freshKey({}, '1 odd-name')).toBe('_1_odd_name')
    expect(addStep(pipeline(), { name: 'prep', version: '3', type: 'command' })).toEqual({
      key: 'prep_2',
      changes: [[['jobs', 'prep_2'], { type: 'command', component: 'azureml:prep:3' }]],
    })
  })

  test('steps are connected by ports, to data and to outputs', () => {
    expect(connect({ node: 'a', port: 'o' }, { node: 'b', port: 'i' })).toEqual([
      [['jobs', 'b', 'inputs', 'i'], '${{parent.jobs.a.outputs.o}}'],
    ])
    expect(connect({ node: ':in/x', port: '' }, { node: 'b', port: 'i' })[0]?.[1]).toBe('${{parent.inputs.x}}')
    expect(connect({ node: 'a', port: 'o' }, { node: ':out/z', port: '' })).toEqual([
      [['jobs', 'a', 'outputs', 'o'], '${{parent.outputs.z}}'],
    ])
  })

  test('a connection that closes a circle is seen', () => {
    const drawing = drawingOf(pipeline())
    expect(closesCircle(drawing, 'train', 'prep')).toBe(true)
    expect(closesCircle(drawing, 'prep', 'alone')).toBe(false)
    expect(closesCircle(drawing, 'prep', 'prep')).toBe(true)
  })

  test('with a step goes what was fed by it', () => {
    expect(removeStep(pipeline(), 'prep')).toEqual([
      [['jobs', 'train', 'inputs', 'rows'], undefined],
      [['jobs', 'prep'], undefined],
    ])
  })

  test('another name is followed by everything that names it, and one that is taken or none is not', () => {
    const [[, jobs] = []] = renameStep(pipeline(), 'prep', 'clean')
    expect(Object.keys(jobs as object)).toEqual(['clean', 'train', 'alone'])
    expect(JSON.stringify(jobs)).toContain('${{parent.jobs.clean.outputs.rows}}')
    for (const name of ['train', 'prep', 'a b', '', '1x']) expect(renameStep(pipeline(), 'prep', name)).toEqual([])
  })

  test('the text stays a text that reads the same', () => {
    const begin = 'type: pipeline # mine\njobs: {}\n'
    const put = (text: string, changes: readonly Change[]) =>
      changes.reduce((now, [path, value]) => setInYaml(now, path, value), text)
    const one = put(begin, addStep({ jobs: {} }, { name: 'a', version: '1', type: 'command' }).changes)
    const two = put(one, addStep({ jobs: { a: {} } }, { name: 'b', version: '1', type: 'command' }).changes)
    const three = put(two, connect({ node: 'a', port: 'o' }, { node: 'b', port: 'i' }))
    expect(three).toContain('# mine')
    expect(three).toContain('i: ${{parent.jobs.a.outputs.o}}')
  })

  test('a pipeline that ran is written as somebody would have', () => {
    const ran = {
      name: 'x',
      type: 'pipeline',
      services: { Studio: {} },
      settings: { default_compute: 'azureml:local', _source: 'YAML.JOB' },
      outputs: {
        default: { type: 'uri_folder', path: 'azureml://datastores/workspaceartifactstore/ExperimentRun/dcid.x' },
        model: { type: 'custom_model' },
      },
      jobs: {},
    }
    expect(asWritten(ran)).toEqual({
      type: 'pipeline',
      settings: { default_compute: 'azureml:local' },
      outputs: { model: { type: 'custom_model' } },
      jobs: {},
    })
    expect(asWritten({ type: 'pipeline', outputs: { default: { type: 'uri_file' } } }).outputs).toHaveProperty(
      'default',
    )
  })

  test('values are what their type says', () => {
    expect(['7', '0.5', 'x', ''].map((text) => valueFor('number', text))).toEqual([7, 0.5, 'x', undefined])
    expect([valueFor('boolean', 'true'), valueFor('boolean', 'false'), valueFor('string', '7')]).toEqual([
      true,
      false,
      '7',
    ])
  })
})
