import { parseYaml } from '@lazurite/spec'
import { expect, test } from 'vitest'
import { setInYaml } from './edit-yaml.ts'

const text = `# a job
name: one # its name
command: >-
  python a.py
  --lr 1

# where it runs
compute: azureml:cpu
inputs:
  lr: 0.1 # rate
  data:
    type: uri_file # one file
    path: azureml:d:1
tags: {a: x, b: y}
list:
- 1
- 2
`

test('a scalar is set and everything else stays as it was', () => {
  expect(setInYaml(text, ['name'], 'two')).toBe(text.replace('name: one', 'name: two'))
  expect(setInYaml(text, ['inputs', 'lr'], 0.5)).toBe(text.replace('lr: 0.1', 'lr: 0.5'))
  expect(setInYaml(text, ['inputs', 'data', 'path'], 'azureml:d:2')).toBe(text.replace('d:1', 'd:2'))
})

test('a text of several lines is taken out whole, and comments before the next key stay', () => {
  const after = setInYaml(text, ['command'], 'echo')
  expect(after).toContain('command: echo\n\n# where it runs\ncompute')
})

test('keys come and go', () => {
  expect(setInYaml(text, ['compute'], undefined)).not.toContain('azureml:cpu')
  expect(setInYaml(text, ['inputs', 'n'], 3)).toContain('    path: azureml:d:1\n  n: 3\ntags')
  expect(setInYaml(text, ['description'], 'x')).toBe(`${text}description: x\n`)
  expect(parseYaml(setInYaml(text, ['resources', 'instance_count'], 2)).value).toMatchObject({
    resources: { instance_count: 2 },
  })
  expect(setInYaml('', ['name'], 'a')).toBe('name: a\n')
  expect(setInYaml('# only a remark\n', ['name'], 'a')).toBe('# only a remark\nname: a\n')
})

test('what stands in braces or in a list is printed anew with the key that holds it', () => {
  expect(setInYaml(text, ['tags', 'a'], 'z')).toBe(text.replace('tags: {a: x, b: y}', 'tags:\n  a: z\n  b: y'))
  expect(parseYaml(setInYaml(text, ['list', 1], 5)).value).toMatchObject({ list: [1, 5] })
  expect(parseYaml(setInYaml(text, ['list', 0], undefined)).value).toMatchObject({ list: [2] })
})

test('a mapping without keys stays a mapping', () => {
  const one = 'name: a\ninputs:\n  lr: 1\n'
  expect(setInYaml(one, ['inputs', 'lr'], undefined)).toBe('name: a\ninputs: {}\n')
  expect(parseYaml(setInYaml(setInYaml(one, ['inputs', 'lr'], undefined), ['inputs', 'x'], 2)).value).toEqual({
    name: 'a',
    inputs: { x: 2 },
  })
})

test('a text that is not YAML is left alone', () => {
  expect(setInYaml('a: [1\nb: 2', ['b'], 3)).toBe('a: [1\nb: 2')
})
