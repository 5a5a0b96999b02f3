import { describe, expect, it } from 'vitest'
import { checkGraph } from './checks/graph.ts'
import { check, job, pipeline, refusals } from './golden.ts'
import { parseYaml } from './yaml.ts'

describe('places', () => {
  it('names line and column of every problem at once, in order', () => {
    const text = 'command: echo\nenvironment: azureml:e:1\ntags:\n  a: 1\ninputs:\n  x: null\ncomand: y\n'
    expect(check('job', text).map((i) => [i.path.join('.'), i.line, i.column])).toEqual([
      ['tags.a', 4, 3],
      ['inputs.x', 6, 3],
      ['comand', 7, 1],
    ])
  })
  it('suggests the name that was meant', () => {
    expect(check('job', `${job}comand: y`)[0]?.hint).toBe('did you mean command?')
    expect(check('job', `${job}inputs: {a: {path: x, type: uri_foldr}}`)[0]?.hint).toBe('did you mean uri_folder?')
  })
  it('puts a missing key at the mapping it is missing from', () => {
    expect(check('job', 'type: command\nenvironment: azureml:e:1\n')[0]).toMatchObject({
      path: ['command'],
      line: 1,
      column: 1,
    })
  })
  it('puts a problem of a component at its place in its own file', () => {
    const issues = check('job', `${pipeline}jobs:\n  a:\n    component: ./wrong-key.yml\n    comment: 1\n`)
    expect(issues).toEqual([
      expect.objectContaining({ path: ['jobs', 'a', 'comment'], line: 6, column: 5 }),
      expect.objectContaining({ file: 'wrong-key.yml', path: ['environment', 'imagee'], line: 5, column: 3 }),
    ])
  })
  it('reports a broken file once, with its place', () => {
    expect(check('job', 'a: [1')).toEqual([expect.objectContaining({ line: 1 })])
    expect(check('job', '- 1')).toEqual([
      expect.objectContaining({ message: expect.stringContaining('must be a mapping'), line: 1 }),
    ])
  })
})

describe('what no run survives', () => {
  const cycle = `${pipeline}jobs:\n  a: {component: azureml:c:1, inputs: {x: '\${{parent.jobs.b.outputs.o}}'}}\n  b: {component: azureml:c:1, inputs: {x: '\${{parent.jobs.a.outputs.o}}'}}\n`
  it('a cycle is a warning here, since the official client lets it through', () => {
    expect(check('job', cycle)).toEqual([
      expect.objectContaining({
        severity: 'warning',
        message: expect.stringContaining('wait for each other'),
        line: 4,
      }),
    ])
  })
  it('sweeps that no server takes are warned about, with their lines', () => {
    const text = [
      'type: sweep',
      'trial: {command: "x ${{search_space.b}}", environment: azureml:e:1}',
      'sampling_algorithm: grid',
      'search_space:',
      '  a: {type: uniform, min_value: 0, max_value: 1}',
      '  c: {type: choice, values: []}',
      'objective: {goal: minimize, primary_metric: m}',
      'limits:',
      '  max_total_trials: 10000',
    ]
    const found = check('job', text.join('\n'))
    expect(found.map((i) => [i.path.join('.'), i.line, i.severity])).toEqual([
      ['trial.command', 2, 'warning'],
      ['search_space.a', 5, 'warning'],
      ['search_space.c', 6, 'warning'],
      ['limits.max_total_trials', 9, 'warning'],
    ])
  })
  it('and a refusal where pipelines are admitted', () => {
    const { value } = parseYaml(cycle)
    expect(checkGraph(value as never)).toEqual([
      expect.objectContaining({ path: ['jobs', 'a'], message: expect.stringContaining('a → b → a') }),
    ])
    const self = {
      jobs: { a: { inputs: { x: { job_input_type: 'literal', value: '${{parent.jobs.a.outputs.o}}' } } } },
    }
    expect(checkGraph(self)[0]?.message).toMatch(/waits for itself/)
    expect(checkGraph({ jobs: { a: { inputs: { x: '${{parent.jobs.zz.outputs.o}}' } } } })[0]?.message).toMatch(
      /does not exist/,
    )
  })
  it('long chains and wide graphs are judged without recursion', () => {
    const jobs = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, i) => [`n${i}`, { inputs: { x: `\${{parent.jobs.n${i + 1}.outputs.o}}` } }]),
    )
    expect(checkGraph({ jobs }).map((i) => i.message)).toEqual([expect.stringContaining("waits for 'n20000'")])
  })
  it('a component that includes itself ends', () => {
    const messages = check('job', `${pipeline}jobs: {a: {type: pipeline, component: ./itself.yml}}`).map(
      (i) => i.message,
    )
    expect(messages.join()).toMatch(/include itself/)
  })
  it('a key nobody knows beside a component is warned about', () => {
    expect(
      check('job', `${pipeline}jobs: {a: {component: azureml:c:1, compte: x, display_name: d, tags: {a: b}}}`),
    ).toEqual([
      expect.objectContaining({ severity: 'warning', path: ['jobs', 'a', 'compte'], hint: 'did you mean compute?' }),
    ])
  })
  it('an input with blanks inside its braces is warned about', () => {
    expect(check('job', 'command: echo ${{ inputs.z }}\nenvironment: azureml:e:1')).toEqual([
      expect.objectContaining({ severity: 'warning', message: expect.stringContaining("'z'") }),
    ])
  })
})

describe('hostile files', () => {
  it('keys that objects inherit are keys like others', () => {
    const text = `${job}inputs: {__proto__: 1, constructor: 2, toString: 3, hasOwnProperty: 4}\ntags: {__proto__: x, constructor: y}\n__proto__: {a: 1}\n`
    expect(check('job', text).map((i) => i.path)).toEqual([['__proto__']])
    expect(({} as Record<string, unknown>).a).toBeUndefined()
    const nodes = `${pipeline}inputs: {constructor: 1}\njobs: {constructor: {component: azureml:c:1, inputs: {x: '\${{parent.inputs.constructor}}'}}, a: {component: azureml:c:1, inputs: {x: '\${{parent.jobs.constructor.outputs.o}}', y: '\${{parent.inputs.toString}}'}}}`
    expect(check('job', nodes).map((i) => i.message)).toEqual([expect.stringContaining('${{parent.inputs.toString}}')])
  })
  it('types that objects inherit are no types', () => {
    expect(refusals('job', `${job}type: constructor`)).not.toEqual([])
    expect(refusals('job', `${pipeline}jobs: {a: {type: __proto__}}`)).not.toEqual([])
  })
  it('a thousand problems are enough', () => {
    const text = `${job}${Array.from({ length: 5000 }, (_, i) => `k${i}: 1`).join('\n')}`
    expect(check('job', text).length).toBeLessThanOrEqual(1000)
  })
  it('unknown kinds are said to be unknown', () =>
    expect(check('nonsense', 'a: 1')[0]?.message).toMatch(/no kind named/))
})
