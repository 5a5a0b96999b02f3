// Model packages and local deployments, by the command line: what is packed starts by itself and answers as its deployment
// does; --local is the server of this machine, whatever LAZ_URL names.
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lazurite, startLazurite, workspace } from './laz.ts'

const score = `
import json, os
def init():
    global weight
    weight = int(open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model", "weight.txt")).read())
def run(data):
    return {"sum": json.loads(data)["n"] + weight, "word": os.environ["WORD"]}
`
const word = `it's "a $word"`
const packageFile = (name: string, more = '') =>
  `base_environment_source: {type: environment_asset, resource_id: azureml:plain:1}\ntarget_environment: ${name}\n` +
  'inferencing_server:\n  type: azureml_online\n  code_configuration: {code: ./code, scoring_script: score.py}\n' +
  `environment_variables:\n  WORD: ${JSON.stringify(word)}\n${more}`
const files: Record<string, string> = {
  'code/score.py': score,
  'model/weight.txt': '40',
  'plain.yml': 'name: plain\nversion: 1\nimage: python:3.11-slim\nconda_file: {dependencies: [python>=3.8]}\n',
  'package.yml': packageFile('weights-pkg'),
  'inputs.yml': packageFile(
    'other-pkg',
    'inputs:\n- {type: uri_file, path: {input_path_type: url, url: "https://x.y/z"}}\n',
  ),
  'triton.yml': 'target_environment: t\ninferencing_server: {type: triton}\n',
  'bare.yml': 'target_environment: t\ninferencing_server: {type: azureml_online}\n',
  'packed.yml':
    'name: blue\nendpoint_name: packed\nenvironment: azureml:weights-pkg@latest\ninstance_type: x\ninstance_count: 1\n',
  'whole.yml':
    'name: whole\nendpoint_name: packed\nmodel: azureml:weights:1\nenvironment: azureml:plain:1\ninstance_type: x\n' +
    'instance_count: 1\ncode_configuration: {code: ./code, scoring_script: score.py}\nenvironment_variables: {WORD: whole}\n',
  'request.json': '{"n": 2}',
}

let server: Lazurite
let folder: string
beforeAll(async () => {
  server = startLazurite({ env: { LAZ_ENVIRONMENT: 'host' } })
  folder = join(server.home, 'mine')
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  await laz('model create -n weights --path model')
  await laz('environment create -f plain.yml')
}, 60_000)
afterAll(() => server?.stop(), 60_000)

async function laz(words: string, env: Record<string, string> = {}): Promise<string> {
  const { code, out, err } = await server.laz(words.split(' '), { cwd: folder, env })
  expect(code, `laz ${words}\n${out}${err}`).toBe(0)
  return out
}

async function refused(words: string): Promise<string> {
  const { code, err } = await server.laz(words.split(' '), { cwd: folder })
  expect(code, words).not.toBe(0)
  return err
}

const freePort = () =>
  new Promise<number>((done) => {
    const taken = createServer().listen(0, '127.0.0.1', () => {
      const { port } = taken.address() as { port: number } // of a server that listens on a port
      taken.close(() => done(port))
    })
  })

async function answerOf(port: number, child: ChildProcess): Promise<unknown> {
  for (const end = Date.now() + 60_000; Date.now() < end && child.exitCode === null; ) {
    const body = { method: 'POST', headers: { 'content-type': 'application/json' }, body: files['request.json'] ?? '' }
    const answer = await fetch(`http://127.0.0.1:${port}/score`, body).catch(() => undefined)
    if (answer?.ok) return answer.json()
    await new Promise((go) => setTimeout(go, 100))
  }
  return undefined
}

describe('a model package', () => {
  test('is a folder whose start script serves the model', async () => {
    const made = JSON.parse(await laz('model package -n weights -v 1 -f package.yml --download-path out -o json'))
    expect(made).toMatchObject({ name: 'weights-pkg', version: '1', description: 'A package of the model weights:1' })
    const out = join(folder, 'out')
    expect(readdirSync(out).sort()).toEqual(
      expect.arrayContaining(['Dockerfile', 'README.md', 'code', 'conda.yaml', 'package.json', 'requirements.txt']),
    )
    expect(readdirSync(join(server.home, 'packages'))).toEqual([])
    const port = await freePort()
    const env = { PATH: process.env.PATH ?? '', PORT: String(port) }
    // a process group of its own: the script becomes the server, and nothing of it is left
    const child = spawn('bash', [join(out, 'start.sh')], { env, cwd: '/', stdio: 'ignore' })
    try {
      expect(await answerOf(port, child)).toEqual({ sum: 42, word })
    } finally {
      child.kill()
    }
  }, 90_000)

  test('is an environment that a deployment needs nothing beside', async () => {
    await laz('online-endpoint create -n packed')
    await laz('online-deployment create -f packed.yml --all-traffic')
    expect(JSON.parse(await laz('online-endpoint invoke -n packed -r request.json'))).toEqual({ sum: 42, word })
    expect(await laz('online-endpoint invoke -n packed -r request.json --query sum -o tsv')).toBe('42\n')
    expect(await refused('online-endpoint invoke -n packed -r absent.json')).toContain('absent.json')
  }, 60_000)

  test('is made of a deployment that asks for one', async () => {
    await laz('online-deployment create -f whole.yml --package-model')
    const shown = JSON.parse(await laz('online-deployment show -n whole -e packed -o json'))
    expect(shown.environment).toContain('packaged-env')
    expect([shown.model, shown.code_configuration]).toEqual([undefined, undefined])
    const called = await laz('online-endpoint invoke -n packed -d whole -r request.json')
    expect(JSON.parse(called)).toEqual({ sum: 42, word: 'whole' })
  }, 60_000)

  test('gets the next version, and one that is there is refused', async () => {
    const post = (target: string) =>
      server.http('POST', `${workspace}/models/weights/versions/1/package?api-version=2023-08-01-preview`, {
        targetEnvironmentId: target,
        baseEnvironmentSource: { baseEnvironmentSourceType: 'EnvironmentAsset', resourceId: 'azureml:plain:1' },
        inferencingServer: {
          serverType: 'AzureMLOnline',
          codeConfiguration: { codeId: codeId(), scoringScript: 'score.py' },
        },
      })
    const codeId = () => listed[0] ?? ''
    const { body } = await server.http('GET', `${workspace}/codes?api-version=2023-04-01`)
    const [container] = JSON.parse(body).value
    const listed = [`${container.id}/versions/1`]
    const second = await post('weights-pkg')
    expect(second.status, second.body).toBe(200)
    expect(JSON.parse(second.body)).toMatchObject({
      buildState: 'Succeeded',
      targetEnvironmentId: expect.stringMatching(
        /^azureml:\/\/locations\/\w+\/workspaces\/[\w-]+\/environments\/weights-pkg\/versions\/2$/,
      ),
    })
    expect((await post('azureml:weights-pkg:1')).status).toBe(409)
    expect((await post('../x')).status).toBe(400)
    const several = await Promise.all(['at-once', 'at-once', 'at-once'].map(post))
    const versions = several.map(({ body }) => JSON.parse(body).targetEnvironmentId.split('/').at(-1))
    expect(versions.sort()).toEqual(['1', '2', '3'])
  })

  test('goes with its environment', async () => {
    const path = `${workspace}/environments/at-once/versions/2?api-version=2024-04-01`
    const { properties } = JSON.parse((await server.http('GET', path)).body)
    const uri = String(properties.properties['lazurite.package'])
    const below = uri.slice(uri.indexOf('/paths/') + 7)
    const named = () => readdirSync(join(server.home, 'storage'), { recursive: true }).map(String)
    const held = () => named().filter((name) => name.includes(below.replace(/\/$/, '')))
    expect(held().length).toBeGreaterThan(5)
    expect((await server.http('DELETE', path)).status).toBe(200)
    expect(held()).toEqual([])
    expect(named().some((name) => name.includes('packages/at-once/1-'))).toBe(true)
  })

  test('of what cannot be packed is refused by name', async () => {
    expect(await refused('model package -n weights -v 1 -f triton.yml')).toMatch(
      /inferencing server Triton.*azureml_online/s,
    )
    expect(await refused('model package -n weights -v 1 -f inputs.yml')).toMatch(/inputs of a package/)
    expect(await refused('model package -n weights -v 1 -f bare.yml')).toMatch(/custom_model.*code_configuration/s)
    expect(await refused('model package -n absent -v 1 -f package.yml')).toMatch(/absent/)
    writeFileSync(join(folder, 'gone.yml'), packageFile('gone').replace('score.py', 'gone.py'))
    expect(await refused('model package -n weights -v 1 -f gone.yml')).toMatch(/scoring script gone.py/)
  })

  test('of a model in a registry comes into the workspace', async () => {
    writeFileSync(
      join(folder, 'registry.yml'),
      'name: shelf\nlocation: here\nreplication_locations: [{location: here}]\n',
    )
    await laz('registry create -f registry.yml')
    await laz('model share -n weights -v 1 --registry-name shelf')
    writeFileSync(join(folder, 'shared.yml'), packageFile('shared-pkg'))
    const made = JSON.parse(await laz('model package -n weights -v 1 --registry-name shelf -f shared.yml -o json'))
    expect(made).toMatchObject({ name: 'shared-pkg', version: '1' })
  })

  test('is built into an image where a container engine answers', async () => {
    // stands in for docker: says what it was asked, and looks at what it was given
    const tools = join(folder, 'tools')
    mkdirSync(tools)
    const asked = join(folder, 'docker.log')
    const text = `#!/bin/sh\necho "$@" >>${asked}\n[ "$1" = build ] && cp "$4/Dockerfile" ${asked}.file\nexit 0\n`
    writeFileSync(join(tools, 'docker'), text)
    chmodSync(join(tools, 'docker'), 0o755)
    const PATH = `${tools}:${process.env.PATH}`
    const other = startLazurite({ env: { LAZ_ENVIRONMENT: 'host', PATH } })
    try {
      const run = (words: string) => other.laz(words.split(' '), { cwd: folder })
      for (const words of ['model create -n weights --path model', 'environment create -f plain.yml'])
        expect(await run(words)).toMatchObject({ code: 0 })
      expect(await run('model package -n weights -v 1 -f package.yml')).toMatchObject({ code: 0 })
      expect(readFileSync(asked, 'utf8')).toMatch(/^build --tag weights-pkg:1 \//m)
      expect(readFileSync(`${asked}.file`, 'utf8')).toContain('FROM python:3.11-slim')
      const path = `${workspace}/environments/weights-pkg/versions/1?api-version=2024-04-01`
      const { properties } = JSON.parse((await other.http('GET', path)).body)
      expect(properties.properties).toMatchObject({ 'lazurite.image': 'weights-pkg:1' })
    } finally {
      other.stop()
    }
  }, 60_000)
})

describe('--local', () => {
  // nothing answers there
  const elsewhere = { LAZ_URL: 'http://127.0.0.1:9', LAZ_TOKEN: 'none', AZURE_DEFAULTS_WORKSPACE: 'theirs' }

  test('is the server of this machine; the endpoint comes with the deployment, and gets its calls', async () => {
    const made = 'online-deployment create -f local.yml --local'
    writeFileSync(
      join(folder, 'local.yml'),
      (files['whole.yml'] ?? '').replace('endpoint_name: packed', 'endpoint_name: near'),
    )
    const { code, err } = await server.laz(made.split(' '), { cwd: folder, env: elsewhere })
    expect(code, err).toBe(0)
    expect(err).toContain('The endpoint near was not there')
    const called = await laz('online-endpoint invoke -n near -r request.json --local', elsewhere)
    expect(JSON.parse(called)).toEqual({ sum: 42, word: 'whole' })
    expect(await laz('online-deployment get-logs -n whole -e near --local', elsewhere)).toContain('POST /score 200')
    const names = await laz('online-endpoint list --local --query [].name -o tsv', elsewhere)
    expect(names.split('\n')).toContain('near')
    await laz('online-endpoint delete -n near --local --yes', elsewhere)
    expect(existsSync(join(server.home, 'server.json'))).toBe(true)
  }, 60_000)
})
