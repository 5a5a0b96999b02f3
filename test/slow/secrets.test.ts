// Credentials of every form go in; what keeps, says, runs and shows afterwards holds none of them in clear.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isObject, kindByName } from '@lazurite/spec'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Lazurite, startLazurite, workspace } from './laz.ts'
import { makeCanaries } from './secrets/canaries.ts'
import { brokenFilesOf, filesOf, type Written } from './secrets/files.ts'
import { authWords, type Form, formsOf, spoiledOf } from './secrets/forms.ts'

const marker = 'not-a-secret-marker'
const canaries = makeCanaries()
const forms: Form[] = formsOf(canaries)
const version = 'api-version=2024-10-01'
/** What was said to somebody who did not ask for a secret by name: [by what, text]. */
const heard: [string, string][] = []
let lazurite: Lazurite
let folder: string

beforeAll(async () => {
  lazurite = startLazurite({ env: { LAZ_LOG_LEVEL: 'debug' } })
  folder = mkdtempSync(join(tmpdir(), 'laz-secrets-'))
  await lazurite.json(['job', 'list'])
})

afterAll(() => {
  lazurite.stop()
  rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
})

const at = (path: string, query = version) => `${workspace}/${path}?${query}`

async function say(method: string, path: string, body?: unknown) {
  const answer = await lazurite.http(method, path, body)
  heard.push([`${method} ${path}: ${answer.status}`, answer.body])
  return answer
}

/** Where a canary stands in what was heard since the last look. */
function leaks(): string[] {
  return heard.splice(0).flatMap(([by, text]) => canaries.findIn(text).map((found) => `${by}: ${found}`))
}

async function cli({ 0: command, 1: name, 2: text }: Written) {
  writeFileSync(join(folder, name), text)
  const answer = await lazurite.laz([...command, '-f', join(folder, name), '--debug', '-o', 'json'])
  heard.push([`laz ${command.join(' ')} ${name}`, answer.out + answer.err])
  return answer
}

/** The changes so far, as a client that reads from the start gets them. */
async function feed(): Promise<string> {
  const { url, token } = lazurite.server()
  const stop = new AbortController()
  const headers = { authorization: `Bearer ${token}` }
  const answer = await fetch(`${url}/lazurite/v1/events?since=0`, { headers, signal: stop.signal })
  let text = ''
  setTimeout(() => stop.abort(), 1500)
  try {
    for await (const part of answer.body ?? []) text += Buffer.from(part).toString('utf8')
  } catch {
    // it ends only because we hang up
  }
  return text
}

test('the ways in that are tried are all that the table of connections knows', () => {
  const wire = kindByName('connection')?.wire
  const field = wire?.t === 'object' ? wire.fields?.auth_type : undefined
  const words = (field?.values ?? []).map((word) => field?.map?.[word] ?? word)
  expect(words.length).toBeGreaterThan(9)
  expect(Object.keys(authWords(makeCanaries())).sort()).toEqual([...words].sort())
})

test('every form registers, and no answer repeats a secret', async () => {
  for (const { path, body } of forms) {
    const { status, body: answer } = await say('PUT', at(path), body)
    expect([path, status, answer]).toEqual([path, expect.toSatisfy((s) => s === 200 || s === 201), answer])
  }
  expect(leaks()).toEqual([])
})

test('the command line registers them from files, and neither prints nor traces one', async () => {
  for (const written of filesOf(canaries)) {
    const { code, err } = await cli(written)
    expect([written[1], code, err]).toEqual([written[1], 0, err])
  }
  for (const written of brokenFilesOf(canaries))
    expect([written[1], (await cli(written)).code]).not.toEqual([written[1], 0])
  for (const word of ['datastore', 'connection', 'compute', 'online-endpoint', 'batch-endpoint']) {
    const answer = await lazurite.laz([word, 'list', '--debug', '-o', 'json'])
    heard.push([`laz ${word} list`, answer.out + answer.err])
    expect(answer.code).toBe(0)
  }
  expect(leaks()).toEqual([])
})

test('a body with a secret in the wrong place is refused or kept without it, and never repeated', async () => {
  const refused: string[] = []
  for (const [path, body] of spoiledOf(canaries, forms)) {
    const { status } = await say('PUT', at(path), body)
    expect([path, status]).toEqual([path, expect.toSatisfy((s) => s < 500)])
    if (status >= 400) refused.push(path)
    await say('GET', at(path))
    await say('PATCH', at(path), body)
  }
  expect(refused.length).toBeGreaterThan(20)
  const { url, token } = lazurite.server()
  const half = `{"properties": {"credentials": {"secrets": {"key": "${canaries.make('half a body')}" oops`
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const answer = await fetch(url + at('datastores/half'), { method: 'PUT', headers, body: half })
  expect(answer.status).toBe(400)
  heard.push(['half a body', await answer.text()])
  expect(leaks()).toEqual([])
})

test('a key that the caller brings is taken and not repeated; keys made here are as secret', async () => {
  const brought = canaries.make('brought key').replace('é', '')
  const path = 'onlineEndpoints/ep-onlineendpoints'
  const body = { keyType: 'Primary', keyValue: brought }
  expect((await say('POST', at(`${path}/regenerateKeys`), body)).status).toBe(200)
  await say('POST', at(`${path}/regenerateKeys`), { keyType: 'Secondary', keyValue: `${canaries.make('bad key')} x` })
  expect(JSON.parse((await lazurite.http('POST', at(`${path}/listKeys`))).body).primaryKey).toBe(brought)
  const form = forms.find((each) => each.path === path)
  if (form?.opens) form.opens.secrets[0] = brought
  await say('PUT', at('onlineEndpoints/ep-made'), { location: 'local', properties: { authMode: 'Key' } })
  const made = JSON.parse((await lazurite.http('POST', at('onlineEndpoints/ep-made/listKeys'))).body)
  canaries.take('made key', made.primaryKey)
  expect(leaks()).toEqual([])
})

test('reading one, lists, and the feed of changes show what there is and no secret', async () => {
  for (const { path } of forms) await say('GET', at(path))
  for (const collection of ['datastores', 'connections', 'computes', 'onlineEndpoints', 'batchEndpoints']) {
    expect((await say('GET', at(collection))).status).toBe(200)
    await say('GET', `/mferp/managementfrontend${at(collection)}`)
  }
  const changes = await feed()
  expect(changes).toMatch(/conn-pat/)
  heard.push(['the feed', changes])
  expect(heard.some(([, text]) => text.includes(marker))).toBe(true)
  expect(leaks()).toEqual([])
})

test('the owner gets them by name; a run, a token for storage and nobody do not; a job sees none around it', async () => {
  const flag = join(folder, 'go')
  const seen = join(folder, 'seen')
  const script = `printf %s "$MLFLOW_TRACKING_TOKEN" > ${folder}/token.part; mv ${folder}/token.part ${folder}/token
while [ ! -e ${flag} ]; do sleep 0.1; done
look() { env; for p in /proc/[0-9]*; do tr '\\0' '\\n' < $p/cmdline; tr '\\0' '\\n' < $p/environ; done 2>/dev/null; }
look; look > ${seen}
true
`
  writeFileSync(
    join(folder, 'job.yml'),
    `command: |\n${script.replace(/^/gm, '  ')}\nenvironment: azureml:host@latest\ncompute: azureml:local\nenvironment_variables:\n  MARK: ${marker}\n`,
  )
  await lazurite.json(['job', 'create', '-f', join(folder, 'job.yml'), '-n', 'looker'])
  await expect.poll(() => existsSync(join(folder, 'token')), { timeout: 60_000 }).toBe(true)
  const run = readFileSync(join(folder, 'token'), 'utf8')
  const { url, identitySecret } = lazurite.server() as { url: string } & Record<string, unknown>
  const given = await fetch(`${url}/msi/token?resource=https://storage.azure.com`, {
    headers: { 'x-identity-header': String(identitySecret) },
  })
  const storage = String(((await given.json()) as Record<string, unknown>).access_token)
  expect(storage.split('.')).toHaveLength(3)
  for (const { path, opens } of forms.filter((form) => form.opens)) {
    const address = at(`${path}/${opens?.action}`)
    for (const [who, token, status] of [
      ['run', run, 403],
      ['storage', storage, 401],
      ['nobody', '', 401],
    ] as const) {
      const headers = token === '' ? {} : { authorization: `Bearer ${token}` }
      const answer = await fetch(url + address, { method: 'POST', headers })
      heard.push([`${who} ${address}`, await answer.text()])
      expect([who, path, answer.status]).toEqual([who, path, status])
    }
    for (const action of [address, address.replace(opens?.action ?? '', (opens?.action ?? '').toLowerCase())]) {
      const { status, body } = await lazurite.http('POST', action)
      expect([path, status, body]).toEqual([path, 200, body])
      const texts = new Set(textsIn(JSON.parse(body)))
      expect([path, opens?.secrets.filter((secret) => !texts.has(secret))]).toEqual([path, []])
    }
  }
  heard.push(['ps', spawnSync('ps', ['axeww', '-o', 'pid,args'], { encoding: 'utf8' }).stdout])
  writeFileSync(flag, '')
  const status = async () => (await lazurite.json<{ status: string }>(['job', 'show', '-n', 'looker'])).status
  await expect.poll(status, { timeout: 60_000 }).toMatch(/Completed|Failed/)
  expect(await status()).toBe('Completed')
  const around = readFileSync(seen, 'utf8')
  expect(around).toContain(marker)
  heard.push(['the job', around])
  expect(leaks()).toEqual([])
})

test('the home of the stopped server holds none of them, in no spelling', async () => {
  await lazurite.laz(['down'])
  const files = readdirSync(lazurite.home, { recursive: true, withFileTypes: true }).filter((file) => file.isFile())
  const found: string[] = []
  const marked: string[] = []
  for (const file of files) {
    const bytes = readFileSync(join(file.parentPath, file.name))
    found.push(...canaries.findIn(bytes).map((what) => `${file.name}: ${what}`))
    if (bytes.includes(marker)) marked.push(file.name)
  }
  // what is no secret is found: in the rows, and in the log of the job
  expect(marked.some((name) => name.startsWith('laz.db'))).toBe(true)
  expect(marked).toContain('std_log.txt')
  expect(files.map((file) => file.name)).toContain('server.log')
  expect(canaries.count()).toBeGreaterThan(60)
  expect(found).toEqual([])
})

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return Array.isArray(value) || isObject(value) ? Object.values(value).flatMap(textsIn) : []
}
