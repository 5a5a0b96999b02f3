// What a request of a package is read as, and the texts that go into one.
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { readPackageRequest } from './request.ts'
import { dockerfile, type Manifest, minorOf, readme, startScript } from './texts.ts'

const manifest = (more: Partial<Manifest> = {}): Manifest => ({
  format: 1,
  kind: 'script',
  script: "code/it's.py",
  model: { name: 'm', version: '1', last: 'model' },
  variables: { A: `it's "$HOME" \`x\`` },
  image: 'python:3.11-slim',
  ...more,
})

test.each([
  ['pkg', { name: 'pkg' }],
  ['azureml:pkg:3', { name: 'pkg', version: '3' }],
  ['azureml://locations/l/workspaces/g-1/environments/pkg', { name: 'pkg', workspaceGuid: 'g-1' }],
  [
    'azureml://locations/l/workspaces/g-1/environments/pkg/versions/2',
    { name: 'pkg', version: '2', workspaceGuid: 'g-1' },
  ],
])('the environment that %s names', (targetEnvironmentId, environment) => {
  expect(readPackageRequest({ targetEnvironmentId }).environment).toEqual(environment)
})

test.each([
  [{}, /needs the name of the environment/],
  [{ targetEnvironmentId: 'p', targetEnvironmentVersion: '../1' }, /no version of an environment/],
  [{ targetEnvironmentId: '../../x' }, /needs the name of the environment/],
  [{ targetEnvironmentId: 'p', inferencingServer: { serverType: 'Custom' } }, /inferencing server Custom/],
  [{ targetEnvironmentId: 'p', inputs: [{ inputType: 'UriFile' }] }, /inputs of a package/],
  [{ targetEnvironmentId: 'p', environmentVariables: { 'A=B; rm': 'x' } }, /no name of an environment variable/],
  [
    {
      targetEnvironmentId: 'p',
      inferencingServer: { serverType: 'AzureMLOnline', codeConfiguration: { codeId: 'c' } },
    },
    /code and scoring_script/,
  ],
])('%j is refused', (body, why) => {
  expect(() => readPackageRequest(body)).toThrow(why)
})

test('the Python that a condition names', () => {
  const told = ['3.10', '==3.11.7.*', '=3.9', '>=3.8,<3.11', undefined].map(minorOf)
  expect(told).toEqual(['3.10', '3.11', '3.9', undefined, undefined])
})

test.each(['script', 'mlflow'] as const)('the start script of a %s is one, whatever is in it', (kind) => {
  const text = startScript(manifest({ kind, python: '3.10' }))
  expect(spawnSync('bash', ['-n'], { input: text, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' })
  expect(text).toContain('python3.10')
  const line = text.split('\n').find((each) => each.includes('export A=')) ?? ''
  const { stdout } = spawnSync('bash', ['-c', `${line}\nprintf %s "$A"`], { encoding: 'utf8' })
  expect(stdout).toBe(manifest().variables.A)
})

test('an image of others is written to as root; the reader is told how to start it', () => {
  expect(dockerfile(manifest())).not.toContain('USER')
  expect(dockerfile(manifest({ image: 'example/server' }))).toContain('USER root')
  expect(readme(manifest(), 'pkg:1')).toContain('bash start.sh')
})
