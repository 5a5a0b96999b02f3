// A started server with a workspace of its own, for tests that send it requests: asked without a socket, and filled with
// what the requests of others refer to.
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { startServer } from '@lazurite/server'
import { asArray, asObject, asString, type JsonObject } from '@lazurite/spec'

export type Method = 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'

export interface Answer {
  status: number
  body: JsonObject
  text: string
  headers: Record<string, unknown>
}

export interface World {
  server: Awaited<ReturnType<typeof startServer>>
  home: string
  /** Path of the workspace. */
  ws: string
  /** What was written to the log about faults of the server. */
  faults: string[]
  /** Address of a folder of the workspace's storage that holds one script, and the hash of that folder. */
  code: { uri: string; hash: string }
  guid: string
  ask(method: Method, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  end(): Promise<void>
}

const group = '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg'
const ws = `${group}/providers/Microsoft.MachineLearningServices/workspaces/wsp`

/** Starts a server; jobs run on the host's Python, so that none waits for a download. */
export async function openWorld(o: { tls?: boolean } = {}): Promise<World> {
  const home = mkdtempSync(join(tmpdir(), 'laz-world-'))
  const faults: string[] = []
  const note = (...args: unknown[]) => {
    faults.push(args.map(show).join(' '))
  }
  const quiet = { level: 'error', info() {}, error: note, debug() {}, fatal: note, warn() {}, trace() {}, silent() {} }
  const log = { ...quiet, child: () => log } as unknown as Parameters<typeof startServer>[0]['log'] // all a server calls
  const server = await startServer({ home, log, env: { LAZ_ENVIRONMENT: 'host' }, ...o })
  const ask: World['ask'] = async (method, url, body, headers = {}) => {
    const answer = await server.app.inject({
      method,
      url,
      headers: {
        host: `127.0.0.1:${server.port}`,
        authorization: `Bearer ${server.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const json = /json/.test(String(answer.headers['content-type'])) && answer.body !== ''
    const { statusCode: status, headers: sent } = answer
    return { status, text: answer.body, headers: sent, body: json ? asObject(JSON.parse(answer.body)) : {} }
  }
  await made(ask('PUT', ws, { location: 'local', properties: {} }))
  const code = await uploadCode(ask, server)
  const guid = asString(asObject((await ask('GET', ws)).body.properties).workspaceId) ?? ''
  return {
    server,
    home,
    ws,
    faults,
    code,
    guid,
    ask,
    async end() {
      await endReplicas(ask, home)
      await server.close()
      rmSync(home, { recursive: true, force: true, maxRetries: 20 })
    },
  }
}

/** What serves outlives its server: endpoints are deleted before it goes, and their processes are waited for. */
async function endReplicas(ask: World['ask'], home: string): Promise<void> {
  const { value } = (await ask('GET', `${ws}/onlineEndpoints`)).body
  for (const one of asArray(value)) await ask('DELETE', String(asObject(one).id))
  const left = () => existsSync(join(home, 'serving')) && readdirSync(join(home, 'serving')).length > 0
  for (const until = Date.now() + 60_000; left(); ) {
    if (Date.now() > until) throw new Error('replicas are still there a minute after their endpoints were deleted')
    await new Promise((next) => setTimeout(next, 50))
  }
}

function show(what: unknown): string {
  if (what instanceof Error) return what.stack ?? what.message
  const { err, ...rest } = asObject(what as JsonObject) as { err?: unknown } // a note of the log, or a text
  return err instanceof Error ? `${err.stack} ${JSON.stringify(rest)}` : JSON.stringify(what)
}

/** The answer, when it is a good one. */
export async function made(answer: Promise<Answer>): Promise<JsonObject> {
  const { status, body, text } = await answer
  if (status >= 300) throw new Error(`the world cannot be made: ${status} ${text}`)
  return body
}

/** A script that jobs run, and that deployments of either kind take for their scoring script. */
const script = 'print("hello")\n\n\ndef init():\n    pass\n\n\ndef run(given):\n    return given\n'

/** Puts a script where an upload would: a blob is a plain file. */
export async function writeScript(server: World['server'], uri: string): Promise<void> {
  const [account = '', container = '', ...path] = new URL(uri).pathname.split('/').filter((part) => part !== '')
  const file = server.store.bytes.path(account, container, [...path, 'main.py'].join('/'))
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, script)
}

async function uploadCode(ask: World['ask'], server: World['server']): Promise<World['code']> {
  const upload = await made(ask('POST', `${ws}/codes/probe/versions/1/startPendingUpload`, {}))
  const uri = `${asString(asObject(upload.blobReferenceForConsumption).blobUri)}/src`
  await writeScript(server, uri)
  const put = await made(ask('PUT', `${ws}/codes/probe/versions/1`, { properties: { codeUri: uri } }))
  return { uri, hash: String(asObject(asObject(put.properties).properties).hash_sha256) }
}

const environment = 'azureml:AzureML-sklearn-1.5@latest'
const image = { image: 'ubuntu:24.04' }
const makers: Record<string, (w: World) => JsonObject> = {
  computes: () => ({
    location: 'local',
    properties: {
      computeType: 'AmlCompute',
      properties: { vmSize: 'STANDARD_DS1_V2', scaleSettings: { minNodeCount: 0, maxNodeCount: 2 } },
    },
  }),
  codes: (w) => ({ properties: { codeUri: w.code.uri } }),
  environments: () => ({ properties: image }),
  data: () => ({ properties: { dataType: 'uri_folder', dataUri: 'https://example.com/data/' } }),
  models: () => ({ properties: { modelType: 'custom_model', modelUri: 'https://example.com/model' } }),
}

/** Makes what a text refers to by ARM id and what is not there yet. */
export async function makeReferred(w: World, text: string): Promise<void> {
  for (const [, path = '', collection = ''] of text.matchAll(
    /\{WS\}(\/(codes|environments|data|models)\/[\w.-]+\/versions\/[\w.-]+|\/(?:computes)\/[\w.:-]+)/g,
  )) {
    const at = path.replace('azureml:', '')
    const maker = makers[collection || 'computes']
    if (!maker || at.endsWith('/serverless') || (await w.ask('GET', `${w.ws}${at}`)).status === 200) continue
    await made(w.ask('PUT', `${w.ws}${at}`, maker(w)))
  }
}

/** Makes the components that the steps of a pipeline refer to, with the ports that the steps use. */
export async function makeComponents(w: World, body: unknown): Promise<void> {
  const properties = asObject(asObject(body as JsonObject).properties)
  const job = { ...properties, ...asObject(asObject(properties.action).jobDefinition) }
  for (const step of Object.values(asObject(job.jobs))) {
    const node = asObject(step)
    const sweep = node.type === 'sweep'
    const id = sweep ? asObject(node.trial).componentId : node.componentId
    const path = /\/components\/.*$/.exec(String(id ?? ''))?.[0]
    if (!path || (await w.ask('GET', `${w.ws}${path}`)).status === 200) continue
    const type = sweep ? 'command' : String(node.type ?? 'command')
    const given = { ...asObject(node.inputs), ...asObject(node.search_space) }
    const types = Object.entries(given).map(([name, input]) => [name, { type: portType(asObject(input), job) }])
    const outputs = Object.keys(asObject(node.outputs)).map((name) => [name, { type: 'uri_folder' }])
    const componentSpec: JsonObject = {
      name: 'azureml_anonymous',
      version: '1',
      type,
      inputs: Object.fromEntries(types),
      outputs: Object.fromEntries(outputs),
      ...(bodies[type] ?? bodies.command),
    }
    await made(w.ask('PUT', `${w.ws}${path}`, { properties: { componentSpec, isAnonymous: true } }))
  }
}

/** What a component declares for an input that a step gives like this. */
function portType(input: JsonObject, job: JsonObject): string {
  if (input.min_value !== undefined) return 'number'
  const bound = /^\$\{\{parent\.(inputs|jobs)\.(\w+)/.exec(asString(input.value) ?? '')
  if (bound?.[1] === 'jobs') return 'path'
  const source = bound ? asObject(asObject(job.inputs)[bound[2] ?? '']) : {}
  const type = asString(input.job_input_type) ?? 'literal'
  const known = bound ? asString(source.jobInputType) : type
  return known === undefined || known === 'literal' ? 'string' : known
}

const bodies: Record<string, JsonObject> = {
  command: { command: 'echo hello', environment },
  pipeline: { jobs: {} },
  parallel: {
    input_data: '${{inputs.d}}',
    task: { type: 'run_function', code: 'azureml:probe:1', entry_script: 'main.py', environment },
  },
  spark: { code: 'azureml:probe:1', entry: { file: 'main.py' }, conf: {} },
}
