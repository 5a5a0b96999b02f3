import { describe, expect, it } from 'vitest'
import { fillTemplate, parseTemplate, refsOf, soleRef } from './template.ts'

const values: Record<string, string> = { 'inputs.x': '1', 'inputs.g.y': 'two words', 'outputs.o': '/out', name: 'job1' }
const fill = (text: string) => fillTemplate(text, (path) => values[path.join('.')])

describe('fillTemplate', () => {
  const cases: [string, string, string[][]][] = [
    ['python a.py --x ${{inputs.x}}', 'python a.py --x 1', []],
    ['${{ inputs.x }}/iris.csv', '1/iris.csv', []],
    ['${{inputs.g.y}}', 'two words', []],
    ['a $[[--x ${{inputs.x}}]] b', 'a --x 1 b', []],
    ['a $[[--z ${{inputs.z}}]] b', 'a  b', []],
    ['$[[--x ${{inputs.x}} --z ${{inputs.z}}]]', '', []],
    ['a $[[inputs.registered_model_name]] b', 'a inputs.registered_model_name b', []],
    ['${{inputs.z}}', '${{inputs.z}}', [['inputs', 'z']]],
    ['$[[ unclosed ${{inputs.x}}', '$[[ unclosed 1', []],
    ['${{ }} ${{a b}} ${{', '${{ }} ${{a b}} ${{', []],
    ['$HOME {x} $$ ]] }}', '$HOME {x} $$ ]] }}', []],
    ['azureml/${{name}}/${{outputs.o}}', 'azureml/job1//out', []],
    ['line\n${{inputs.x}}\n', 'line\n1\n', []],
  ]
  it.each(cases)('%j', (text, filled, missing) => expect(fill(text)).toEqual({ text: filled, missing }))
})

it('lists references with whether they are optional', () => {
  expect(refsOf('${{inputs.a}} $[[${{inputs.b}}]] ${{parent.jobs.n.outputs.o}}')).toEqual([
    { path: ['inputs', 'a'], optional: false },
    { path: ['inputs', 'b'], optional: true },
    { path: ['parent', 'jobs', 'n', 'outputs', 'o'], optional: false },
  ])
})

it('knows a text that is one expression', () => {
  expect([soleRef('${{parent.inputs.x}}'), soleRef(' ${{ a.b }} '), soleRef('x${{a}}'), soleRef('a')]).toEqual([
    ['parent', 'inputs', 'x'],
    ['a', 'b'],
    undefined,
    undefined,
  ])
})

it('reads long texts in linear time', () => {
  const started = performance.now()
  parseTemplate('$[[${{'.repeat(50_000))
  parseTemplate('${{a}}'.repeat(50_000))
  expect(performance.now() - started).toBeLessThan(2000)
})
