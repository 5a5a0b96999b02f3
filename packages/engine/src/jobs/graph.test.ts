import type { JsonObject } from '@lazurite/spec'
import { expect, test } from 'vitest'
import { boundOutput, findCycle, originsOf, readGraph } from './graph.ts'

const after = (jobs: JsonObject) => Object.fromEntries([...readGraph(jobs)].map(([key, node]) => [key, node.after]))

test('a step waits for the steps whose outputs it names, however it is written', () => {
  expect(
    after({
      a: {},
      b: { inputs: { x: '${{parent.jobs.a.outputs.o}}' } },
      c: {
        inputs: {
          x: { job_input_type: 'literal', value: '${{ parent.jobs.a.outputs.o }}' },
          y: { path: '${{jobs.b.outputs.o}}' },
        },
      },
      d: { inputs: { x: '${{parent.inputs.n}}', y: 'pre_${{parent.jobs.b.outputs.p}}_post' } },
    }),
  ).toEqual({ a: [], b: ['a'], c: ['a', 'b'], d: ['b'] })
})

test('an input shared with another step brings its needs, not the step itself', () => {
  expect(
    after({
      a: {},
      b: { inputs: { x: '${{parent.jobs.a.outputs.o}}' } },
      c: { inputs: { y: '${{parent.jobs.b.inputs.x}}' } },
    }),
  ).toEqual({ a: [], b: ['a'], c: ['a'] })
})

test('circles are named in order; a long chain and a diamond are none', () => {
  const need = (...names: string[]) => ({
    inputs: Object.fromEntries(names.map((n, i) => [`x${i}`, `\${{parent.jobs.${n}.outputs.o}}`])),
  })
  expect(findCycle(readGraph({ a: {}, b: need('a', 'd'), c: need('b'), d: need('c') }))).toEqual(['b', 'd', 'c', 'b'])
  expect(findCycle(readGraph({ a: need('a') }))).toEqual(['a', 'a'])
  expect(findCycle(readGraph({ a: {}, b: need('a'), c: need('a'), d: need('b', 'c') }))).toBeUndefined()
  const chain = Object.fromEntries(
    Array.from({ length: 20_000 }, (_, i) => [`s${i}`, i === 0 ? {} : need(`s${i - 1}`)]),
  )
  expect(findCycle(readGraph(chain))).toBeUndefined()
  expect(findCycle(readGraph({ ...chain, s0: need('s19999') }))).toHaveLength(20_001)
})

test('names that objects inherit are names like others', () => {
  expect(after({ constructor: {}, b: { inputs: { x: '${{parent.jobs.constructor.outputs.o}}' } } })).toEqual({
    constructor: [],
    b: ['constructor'],
  })
  expect(after({ b: { inputs: { x: '${{parent.jobs.toString.outputs.o}}' } } })).toEqual({ b: ['toString'] })
})

test('outputs are bound as text, as a literal, or by a path', () => {
  for (const bound of [
    '${{parent.outputs.z}}',
    { type: 'literal', value: '${{parent.outputs.z}}' },
    { path: '${{outputs.z}}', mode: 'upload' },
  ]) {
    expect(boundOutput(bound)).toBe('z')
  }
  expect(boundOutput({ path: 'azureml://datastores/d/paths/p' })).toBeUndefined()
  const graph = readGraph({ a: { outputs: { o: '${{parent.outputs.z}}' } } })
  expect(originsOf(graph, 'z', {})).toEqual([{ node: 'a', output: 'o' }])
  expect(originsOf(graph, 'y', '${{parent.jobs.a.outputs.p}}')).toEqual([{ node: 'a', output: 'p' }])
  expect(originsOf(graph, 'x', {})).toEqual([])
})
