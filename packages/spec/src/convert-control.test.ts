import { describe, expect, it } from 'vitest'
import { toYaml } from './convert.ts'
import { convert } from './golden.ts'
import { asObject } from './json.ts'

const nodes = `
type: pipeline
settings: {default_compute: azureml:cpu}
inputs: {raw: {type: uri_folder, path: azureml:d:1}}
outputs: {all: {type: mltable}}
jobs:
  judge:
    component: {type: command, command: x, environment: azureml:e:1, outputs: {flag: {type: boolean, is_control: true}}}
  choose:
    type: if_else
    condition: \${{parent.jobs.judge.outputs.flag}}
    true_block: \${{parent.jobs.publish}}
    false_block: ['\${{parent.jobs.report}}', '\${{parent.jobs.body}}']
  publish: {type: command, command: x, environment: azureml:e:1}
  report: {type: command, command: x, environment: azureml:e:1}
  body:
    component:
      type: command
      command: x
      environment: azureml:e:1
      inputs: {n: {type: integer}}
      outputs: {n: {type: integer}, more: {type: boolean}}
    inputs: {n: 1}
  again:
    type: do_while
    body: \${{parent.jobs.body}}
    condition: more
    mapping: {n: [n]}
    limits: {max_iteration_count: 7}
  one:
    component:
      type: command
      command: x
      environment: azureml:e:1
      inputs: {x: {type: integer}, d: {type: uri_folder}}
      outputs: {o: {type: uri_folder}}
  each:
    type: parallel_for
    body: \${{parent.jobs.one}}
    items:
      - {x: 1, d: {type: uri_folder, path: azureml:d:1}}
      - {x: 2, d: '\${{parent.inputs.raw}}'}
    max_concurrency: 2
    outputs: {o: '\${{parent.outputs.all}}'}
`

describe('nodes that decide about others', () => {
  it('travel as the official client sends them', () => {
    const { wire, issues } = convert('job', nodes)
    expect(issues).toEqual([])
    const jobs = asObject(wire.jobs)
    expect(jobs.choose).toEqual({
      type: 'if_else',
      condition: '${{parent.jobs.judge.outputs.flag}}',
      true_block: '${{parent.jobs.publish}}',
      false_block: ['${{parent.jobs.report}}', '${{parent.jobs.body}}'],
      _source: 'YAML.JOB',
    })
    expect(jobs.again).toEqual({
      type: 'do_while',
      body: '${{parent.jobs.body}}',
      condition: 'more',
      mapping: { n: ['n'] },
      limits: { max_iteration_count: 7 },
      _source: 'YAML.JOB',
    })
    const { items, ...each } = asObject(jobs.each)
    expect(each).toEqual({
      type: 'parallel_for',
      body: '${{parent.jobs.one}}',
      max_concurrency: 2,
      outputs: { o: { type: 'literal', value: '${{parent.outputs.all}}' } },
      _source: 'YAML.JOB',
    })
    expect(JSON.parse(String(items))).toEqual([
      { x: 1, d: { job_input_type: 'uri_folder', uri: expect.stringContaining('/data/d/versions/1') } },
      { x: 2, d: '${{parent.inputs.raw}}' },
    ])
  })

  it('come back as they were written', () => {
    const { wire } = convert('job', nodes)
    const jobs = asObject(asObject(toYaml('job', wire)).jobs)
    expect(jobs.choose).toMatchObject({ type: 'if_else', condition: '${{parent.jobs.judge.outputs.flag}}' })
    expect(jobs.again).toMatchObject({ type: 'do_while', limits: { max_iteration_count: 7 }, mapping: { n: ['n'] } })
    expect(asObject(jobs.each).items).toMatchObject([{ x: 1, d: { type: 'uri_folder' } }, { x: 2 }])
  })

  it('say what is wrong with them, and where', () => {
    const wrong = nodes
      .replace('true_block: ${{parent.jobs.publish}}', 'true_block: yes_please')
      .replace('limits: {max_iteration_count: 7}', 'limits: {}')
      .replace('body: ${{parent.jobs.one}}', 'bodie: x')
    const { issues } = convert('job', wrong)
    expect(issues.map(({ path }) => path.join('.'))).toEqual(
      expect.arrayContaining([
        'jobs.choose.true_block',
        'jobs.again.limits.max_iteration_count',
        'jobs.each.body',
        'jobs.each.bodie',
      ]),
    )
  })
})
