// `laz up --tls` and `laz connect`, as a user has them: processes, restarts, a shell that evaluates what was printed.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lazurite, startLazurite } from './laz.ts'

interface Note {
  pid: number
  url: string
  token: string
  identitySecret: string
  tls?: { url: string; port: number; ca: string; bundle: string }
}

const bare = { REQUESTS_CA_BUNDLE: '', SSL_CERT_FILE: '', NODE_EXTRA_CA_CERTS: '', AZURE_CLIENT_ID: '' }
const noteOf = (home: string) => JSON.parse(readFileSync(join(home, 'server.json'), 'utf8')) as Note
const variables = (text: string) =>
  Object.fromEntries([...text.matchAll(/^export (\w+)='(.*)'$/gm)].map((m) => [m[1] ?? '', m[2] ?? '']))

function get(url: string, ca: string, headers: Record<string, string> = {}): Promise<{ status: number; body: string }> {
  return new Promise((done, fail) => {
    const call = request(url, { ca: readFileSync(ca), headers, agent: false }, (answer) => {
      let body = ''
      answer.setEncoding('utf8').on('data', (text) => {
        body += text
      })
      answer.on('end', () => done({ status: answer.statusCode ?? 0, body }))
    })
    call.on('error', fail).end()
  })
}

describe('https', () => {
  let server: Lazurite
  beforeAll(() => {
    server = startLazurite({ env: { LAZ_ENVIRONMENT: 'host', ...bare } })
  })
  afterAll(() => server?.stop())

  test('is off until it is asked for; then it is on beside http, and after every restart and kill', async () => {
    expect((await server.laz(['up'])).code).toBe(0)
    expect(noteOf(server.home).tls).toBeUndefined()
    expect(existsSync(join(server.home, 'tls'))).toBe(false)
    const { pid } = noteOf(server.home)
    const up = await server.laz(['up', '--tls'])
    expect(up.out).toMatch(/is running already[\s\S]*https +https:\/\/localhost:\d+[\s\S]*laz connect/)
    const first = noteOf(server.home)
    const { tls } = first
    expect(first.pid, 'without a restart').toBe(pid)
    expect(tls).toMatchObject({ url: `https://localhost:${tls?.port}`, ca: join(server.home, 'tls/ca.pem') })
    expect((await get(`${tls?.url}/health`, tls?.ca ?? '')).status).toBe(200)
    const authority = readFileSync(tls?.ca ?? '', 'utf8')
    await server.laz(['down'])
    await server.laz(['workspace', 'list'])
    expect(noteOf(server.home).tls, 'after a start by any command').toEqual(tls)
    process.kill(noteOf(server.home).pid, 'SIGKILL')
    await server.laz(['workspace', 'list'])
    expect(noteOf(server.home).tls, 'after a kill').toEqual(tls)
    expect(readFileSync(tls?.ca ?? '', 'utf8')).toBe(authority)
    expect((await get(`${tls?.url}/health`, tls?.ca ?? '')).status).toBe(200)
    for (const name of ['ca.key', 'server.key'])
      expect(statSync(join(server.home, 'tls', name)).mode & 0o777).toBe(0o600)
  })

  test('is reached by laz itself when Node is told of the authority, and says how when it is not', async () => {
    const { tls, token } = noteOf(server.home)
    const env = { LAZ_URL: tls?.url ?? '', LAZ_TOKEN: token }
    const show = ['workspace', 'show', '--query', 'name', '-o', 'tsv']
    expect(await server.laz(show, { env: { ...env, NODE_EXTRA_CA_CERTS: tls?.ca ?? '' } })).toMatchObject({
      out: 'main\n',
    })
    const stranger = await server.laz(show, { env })
    expect(stranger.code).not.toBe(0)
    expect(stranger.err).toMatch(/certificate of https:\/\/localhost:\d+ is not trusted[\s\S]*NODE_EXTRA_CA_CERTS/)
    expect(stranger.err).not.toMatch(/\n\s+at /)
  })

  test('with a damaged authority is refused with the file and the way out, and http goes on', async () => {
    const file = join(server.home, 'tls/ca.pem')
    const good = readFileSync(file, 'utf8')
    await server.laz(['down'])
    writeFileSync(file, 'rubbish')
    const asked = await server.laz(['up', '--tls'])
    expect(asked.code).not.toBe(0)
    expect(asked.err).toMatch(/tls\/ca\.pem cannot be used: it is damaged[\s\S]*laz connect/)
    expect((await server.laz(['workspace', 'list'])).code).toBe(0)
    expect((await server.laz(['connect'])).err).toMatch(/it is damaged/)
    await server.laz(['down'])
    writeFileSync(file, good)
    expect((await server.laz(['up', '--tls'])).code).toBe(0)
  })
})

describe('laz connect', () => {
  let server: Lazurite
  beforeAll(() => {
    server = startLazurite({ env: { LAZ_ENVIRONMENT: 'host', ...bare } })
  })
  afterAll(() => server?.stop())

  test('starts what it needs and prints variables that a shell takes over', async () => {
    const { code, out, err } = await server.laz(['connect'])
    expect(code, err).toBe(0)
    const { tls, identitySecret, token } = noteOf(server.home)
    expect(variables(out)).toMatchObject({
      ARM_CLOUD_METADATA_URL: `${tls?.url}/metadata/endpoints?api-version=2019-05-01`,
      REGISTRY_DISCOVERY_ENDPOINT_URL: `${tls?.url}/`,
      REQUESTS_CA_BUNDLE: tls?.bundle,
      SSL_CERT_FILE: tls?.bundle,
      NODE_EXTRA_CA_CERTS: tls?.ca,
      IDENTITY_ENDPOINT: `${tls?.url}/msi/token`,
      IDENTITY_HEADER: identitySecret,
      MSI_SECRET: identitySecret,
      MLFLOW_TRACKING_TOKEN: token,
      AZURE_DEFAULTS_WORKSPACE: 'main',
    })
    const script = `${out}\nprintenv IDENTITY_HEADER; printenv MLFLOW_TRACKING_URI`
    const shell = spawnSync('bash', ['-eu', '-c', script], { encoding: 'utf8' })
    expect(shell.stdout.split('\n')).toEqual([
      identitySecret,
      expect.stringMatching(/^https:\/\/localhost.*\/main$/),
      '',
    ])
    const answer = await get(`${variables(out).IDENTITY_ENDPOINT}?resource=https://ml.azure.com`, tls?.ca ?? '', {
      'x-identity-header': identitySecret,
    })
    expect(JSON.parse(answer.body)).toMatchObject({ token_type: 'Bearer' })
  })

  test.each([
    ['python', 'REQUESTS_CA_BUNDLE', 'MLFLOW_TRACKING_URI'],
    ['az', 'SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS'],
    ['js', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'],
    ['mlflow', 'MLFLOW_TRACKING_TOKEN', 'IDENTITY_HEADER'],
    ['azureml-mlflow', 'IDENTITY_HEADER', 'MLFLOW_TRACKING_TOKEN'],
  ])('for %s says what it reads and nothing else', async (client, has, lacks) => {
    const found = Object.keys(variables((await server.laz(['connect', client])).out))
    expect(found).toContain(has)
    expect(found).not.toContain(lacks)
  })

  test('writes lines for an env file, and JSON', async () => {
    const lines = (await server.laz(['connect', 'env'])).out.trimEnd().split('\n')
    expect(lines.every((line) => /^[A-Z_]+=[^'"]+$/.test(line))).toBe(true)
    expect(await server.json(['connect'])).toEqual(variables((await server.laz(['connect'])).out))
  })

  test('names the clients it knows, the variables in its way, and a server that is not its own', async () => {
    const unknown = await server.laz(['connect', 'fortran'])
    expect([unknown.code !== 0, unknown.err]).toEqual([true, expect.stringMatching(/no client called fortran.*python/)])
    const rival = await server.laz(['connect'], { env: { AZURE_CLIENT_ID: 'x' } })
    expect(rival.err).toMatch(/AZURE_CLIENT_ID is set/)
    const elsewhere = await server.laz(['connect'], { env: { LAZ_URL: 'http://127.0.0.1:1' } })
    expect([elsewhere.code !== 0, elsewhere.err]).toEqual([true, expect.stringMatching(/127\.0\.0\.1:1/)])
  })

  test('leaves the way to this machine past a proxy', async () => {
    const { out } = await server.laz(['connect', 'python'], {
      env: { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'a.example' },
    })
    expect(variables(out).NO_PROXY).toBe('a.example,localhost,127.0.0.1')
  })

  test('tells of authorities that the bundle has not', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'laz-company-'))
    const file = join(folder, 'company.pem')
    writeFileSync(file, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')
    expect((await server.laz(['connect'], { env: { SSL_CERT_FILE: file } })).err).toMatch(
      /SSL_CERT_FILE is .*company\.pem/,
    )
    const { tls } = noteOf(server.home)
    expect((await server.laz(['connect'], { env: { SSL_CERT_FILE: tls?.bundle ?? '' } })).err).toBe('')
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
  })

  test('an ephemeral server prints the same, over https when it is asked', async () => {
    const { out } = await server.laz(['up', '--ephemeral', '--tls'])
    const env = variables(out)
    expect(env.ARM_CLOUD_METADATA_URL).toMatch(/^https:\/\/localhost:/)
    expect((await get(env.ARM_CLOUD_METADATA_URL ?? '', env.NODE_EXTRA_CA_CERTS ?? '')).status).toBe(200)
    await server.laz(['down'], { env })
  })
})
