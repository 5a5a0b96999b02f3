/**
 * Scoring scripts behind an endpoint, served by the unmodified azureml-inference-server-http and by our own driver: what
 * callers get is the same. LAZ_TEST_INFERENCE names a Python with azureml-inference-server-http and inference-schema.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { type Lazurite, startLazurite } from '../slow/laz.ts'

const files: Record<string, string> = {
  'code/plain.py': `
import json, logging, os
def init():
    global weight
    with open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model", "weight.txt")) as file: weight = int(file.read())
def run(raw_data):
    asked = json.loads(raw_data)
    logging.info("asked for %s", asked)
    return {"scored": [weight * each for each in asked["data"]]} if "data" in asked else "nothing"
`,
  'code/raw.py': `
from azureml.contrib.services.aml_request import AMLRequest, rawhttp
from azureml.contrib.services.aml_response import AMLResponse
def init(): pass
@rawhttp
def run(request: AMLRequest):
    if request.method == "GET": return AMLResponse("asked for " + request.args.get("word", "nothing"), 200)
    if request.headers.get("Content-Type", "").startswith("multipart/"):
        found = [[each.filename, len(each.read())] for each in request.files.getlist("file[]")]
        return {"files": found, "word": request.form.get("word")}
    return AMLResponse(request.get_data()[::-1], 201, {"Content-Type": "image/x", "X-Told": "yes"})
`,
  'code/decorated.py': `
import numpy
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from inference_schema.schema_decorators import input_schema, output_schema
def init(): pass
@input_schema(param_name="data", param_type=NumpyParameterType(numpy.array([[1, 2]])))
@output_schema(output_type=StandardPythonParameterType({"sums": [3]}))
def run(data): return {"sums": data.sum(axis=1).tolist()}
`,
  'model/weight.txt': '7',
}

const deployment = (name: string) => `
name: ${name}
endpoint_name: scripts
model: {path: model}
code_configuration: {code: code, scoring_script: ${name}.py}
environment: azureml:host@latest
instance_type: Standard_DS3_v2
instance_count: 1
`

interface Asked {
  deployment: string
  path?: string
  method?: string
  body?: string | Uint8Array<ArrayBuffer> | FormData
  headers?: Record<string, string>
}

function form(): FormData {
  const made = new FormData()
  for (const size of [3, 5]) made.append('file[]', new Blob(['x'.repeat(size)]), `${size}.bin`)
  made.append('word', 'ß')
  return made
}

const json = { 'content-type': 'application/json' }
const calls: Record<string, Asked> = {
  numbers: { deployment: 'plain', body: '{"data": [1, 2.5]}', headers: json },
  text: { deployment: 'plain', body: '{}', headers: json },
  'an exception': { deployment: 'plain', body: 'no JSON', headers: json },
  'bytes that are no text': { deployment: 'plain', body: new Uint8Array([0xff, 0xfe]), headers: json },
  'an unknown method': { deployment: 'plain', method: 'DELETE' },
  'its description': { deployment: 'plain', path: '/swagger.json', method: 'GET' },
  'its newer description': { deployment: 'plain', path: '/swagger.json?version=3', method: 'GET' },
  bytes: { deployment: 'raw', body: new Uint8Array([1, 2, 255]) },
  'a form': { deployment: 'raw', body: form() },
  'a query': { deployment: 'raw', path: '/score?word=this', method: 'GET' },
}

/** What a caller gets that depends on whoever serves the script. */
const telling = ['content-type', 'x-told', 'azureml-model-deployment', 'ms-azureml-model-error-statuscode']

async function ask(address: string, key: string, asked: Asked) {
  const { deployment: name, path = '/score', method = 'POST', body, headers } = asked
  const sent = { authorization: `Bearer ${key}`, 'azureml-model-deployment': name, ...headers }
  const answer = await fetch(address.replace(/\/score$/, path), { method, headers: sent, body: body ?? null })
  const bytes = Buffer.from(await answer.arrayBuffer())
  const shown = telling.map((header) => [header, answer.headers.get(header)])
  return { status: answer.status, body: bytes.toString('latin1'), ...Object.fromEntries(shown) }
}

async function deploy(lazurite: Lazurite, folder: string, names: string[]) {
  await lazurite.json(['online-endpoint', 'create', '-n', 'scripts'])
  for (const name of names) {
    writeFileSync(join(folder, `${name}.yml`), deployment(name))
    const made = ['online-deployment', 'create', '-f', `${name}.yml`]
    expect(await lazurite.json(made, { cwd: folder })).toMatchObject({ provisioning_state: 'Succeeded' })
  }
  const { scoring_uri: address } = await lazurite.json<Record<string, string>>([
    'online-endpoint',
    'show',
    '-n',
    'scripts',
  ])
  const keys = ['online-endpoint', 'get-credentials', '-n', 'scripts']
  const { primaryKey: key } = await lazurite.json<Record<string, string>>(keys)
  return { address: address ?? '', key: key ?? '' }
}

/** Of what each says in words of its own, what programs read of it. */
function plain({ body, ...rest }: Awaited<ReturnType<typeof ask>>) {
  if (!body.startsWith('{"')) return { body, ...rest }
  const { message, swagger, openapi, paths, ...told } = JSON.parse(body)
  if (message !== undefined) return { ...rest, body: Object.keys(JSON.parse(body)) }
  if (paths === undefined) return { body, ...rest }
  const operations = Object.entries<Record<string, { operationId: string; responses: object }>>(paths).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([method, { operationId, responses }]) => [
        path,
        method,
        operationId,
        Object.keys(responses),
      ]),
  )
  const schemas = told.definitions ?? told.components.schemas
  return { ...rest, body: [swagger ?? openapi, told.info.title, operations, schemas] }
}

/** What the calls are answered, with the packages that a Python brings. */
async function answersWith(python: string | undefined, names: string[], log: RegExp) {
  const folder = mkdtempSync(join(tmpdir(), 'laz-scripts-'))
  const path = python === undefined ? {} : { PATH: `${dirname(python)}:${process.env.PATH}` }
  const lazurite = startLazurite({ env: { LAZ_ENVIRONMENT: 'host', ...path } })
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
    const { address, key } = await deploy(lazurite, folder, names)
    const logs = ['online-deployment', 'get-logs', '-e', 'scripts', '-n', 'plain', '--container', 'storage-initializer']
    expect((await lazurite.laz(logs)).out).toMatch(log)
    const found: Record<string, unknown> = {}
    for (const [what, asked] of Object.entries(calls)) found[what] = plain(await ask(address, key, asked))
    const told = names.includes('decorated')
      ? [
          await ask(address, key, { deployment: 'decorated', body: '{"data": [[3, 4]]}', headers: json }),
          await ask(address, key, { deployment: 'decorated', path: '/swagger.json', method: 'GET' }),
        ]
      : []
    return { found, told: told.map(({ status, body }) => [status, JSON.parse(body)]) }
  } finally {
    // replicas outlive their server
    await lazurite.laz(['online-endpoint', 'delete', '-n', 'scripts', '--yes'])
    lazurite.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
  }
}

const python = process.env.LAZ_TEST_INFERENCE
if (!python && process.env.CI) throw new Error('LAZ_TEST_INFERENCE names no Python')

test.skipIf(!python)(
  'a script is served alike by azureml-inference-server-http and without it',
  async () => {
    const names = ['plain', 'raw']
    const theirs = await answersWith(python, [...names, 'decorated'], /served by azureml-inference-server-http \d/)
    const ours = await answersWith(undefined, names, /score_driver\.py serves the script/)
    expect(ours.found).toEqual(theirs.found)
    expect(theirs.found).toMatchObject({
      numbers: { status: 200, body: '{"scored": [7, 17.5]}' },
      'an exception': { status: 424, 'ms-azureml-model-error-statuscode': '500' },
      bytes: { status: 201, body: '\u00ff\u0002\u0001', 'x-told': 'yes' },
    })
    const [scored, described] = theirs.told
    expect(scored).toEqual([200, { sums: [7] }])
    const input = { ServiceInput: { type: 'object', properties: { data: { type: 'array' } } } }
    expect(described).toMatchObject([200, { swagger: '2.0', definitions: input }])
  },
  300_000,
)
