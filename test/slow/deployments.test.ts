// Deployments as the scripts of their owners make and change them: what a command answered is what callers get from then on.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Lazurite, startLazurite } from './laz.ts'

const script = (word: string) => `def init(): pass\ndef run(data): return "${word}"\n`
const files: Record<string, string> = {
  'code/one.py': script('one'),
  'code/two.py': script('two'),
  'other/one.py': script('three'),
  'sample.json': '{}',
  'deployment.yml': [
    'name: blue',
    'endpoint_name: <my-endpoint>',
    'code_configuration: {code: code, scoring_script: one.py}',
    'environment: azureml:host@latest',
    'instance_type: Standard_DS3_v2',
    'instance_count: 1',
  ].join('\n'),
}

let lazurite: Lazurite
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'laz-deployments-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  lazurite = startLazurite({ env: { LAZ_ENVIRONMENT: 'host' } })
  await said('online-endpoint', 'create', '-n', 'doors')
})
afterAll(async () => {
  await lazurite.laz(['online-endpoint', 'delete', '-n', 'doors', '--yes'])
  lazurite.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function said(...args: string[]): Promise<string> {
  const { code, out, err } = await lazurite.laz(args, { cwd: folder })
  expect(code, `laz ${args.join(' ')}\n${out}${err}`).toBe(0)
  return out.trim()
}

const asked = () => said('online-endpoint', 'invoke', '-n', 'doors', '-r', 'sample.json')

test('a change has reached every caller when its command ends', async () => {
  const mine = ['-f', 'deployment.yml', '--set', 'endpoint_name=doors']
  await said('online-deployment', 'create', ...mine, '--all-traffic')
  expect(await asked()).toBe('"one"')
  const which = ['-e', 'doors', '-n', 'blue']
  await said('online-deployment', 'update', ...which, '--set', 'code_configuration.scoring_script=two.py')
  expect(await asked()).toBe('"two"')
  // the file alone would name another endpoint
  await said('online-deployment', 'update', ...mine, '--set', 'code_configuration.code=other')
  expect(await asked()).toBe('"three"')
})
