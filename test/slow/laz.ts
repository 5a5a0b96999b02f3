// A real server and the real command line, as a user has them: bundled, in processes of their own, in a temporary home.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'

export const root = resolve(import.meta.dirname, '../..')
const bin = join(root, 'packages/cli/bin/laz.cjs')

export interface Answer {
  code: number
  out: string
  err: string
}

export interface Lazurite {
  home: string
  /** Runs `laz …`; never throws. */
  laz(args: string[], o?: { cwd?: string; env?: Record<string, string> }): Promise<Answer>
  /** Runs `laz … -o json` and parses its answer; throws with everything said when it fails. */
  json<T = Record<string, unknown>>(args: string[], o?: { cwd?: string }): Promise<T>
  server(): { url: string; token: string; pid: number }
  /** One request with the owner's token. */
  http(method: string, path: string, body?: unknown): Promise<{ status: number; body: string }>
  stop(): void
}

export const workspace =
  '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/lazurite' +
  '/providers/Microsoft.MachineLearningServices/workspaces/main'

/** LAZ_TEST_POSTGRES=<address> gives every server a schema of its own in that database. */
export function databaseOf(home: string): { LAZ_STORE?: string } {
  const address = process.env.LAZ_TEST_POSTGRES
  return address ? { LAZ_STORE: schemaIn(address, home) } : {}
}

/** A database with a schema for this home. */
export function schemaIn(address: string, home: string): string {
  const url = new URL(address)
  url.searchParams.set('schema', basename(home).toLowerCase().replace(/\W/g, '_'))
  return url.href
}

/** Removes a schema. */
export function dropDatabase(url: string | undefined): void {
  if (url === undefined) return
  const script = `import pg from 'pg'
    const url = new URL(process.env.URL)
    const schema = url.searchParams.get('schema')
    url.searchParams.delete('schema')
    const client = new pg.Client({ connectionString: url.href })
    await client.connect()
    await client.query('SET client_min_messages = error; DROP SCHEMA IF EXISTS ' + schema + ' CASCADE')
    await client.end()`
  const env = { ...process.env, URL: url }
  spawnSync(process.execPath, ['--input-type=module', '-e', script], { cwd: root, env, stdio: 'inherit' })
}

/** Bundles once a run, then starts a server whose home is removed by `stop()`. */
export function startLazurite(o: { env?: Record<string, string> } = {}): Lazurite {
  const bundled = spawnSync(process.execPath, [join(root, 'tools/bundle.mjs'), '--if-stale'], { encoding: 'utf8' })
  if (bundled.status !== 0) throw new Error(`the bundle failed:\n${bundled.stdout}${bundled.stderr}`)
  const home = mkdtempSync(join(tmpdir(), 'laz-slow-'))
  const env = { ...process.env, LAZ_HOME: home, NO_COLOR: '1', ...databaseOf(home), ...o.env }

  const laz: Lazurite['laz'] = (args, options = {}) =>
    new Promise((done, fail) => {
      const child = spawn(process.execPath, [bin, ...args], {
        cwd: options.cwd ?? root,
        env: { ...env, ...options.env },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      let [out, err] = ['', '']
      child.stdout.setEncoding('utf8').on('data', (text) => {
        out += text
      })
      child.stderr.setEncoding('utf8').on('data', (text) => {
        err += text
      })
      child.on('error', fail)
      child.on('close', (code) => done({ code: code ?? -1, out, err }))
    })

  const server = () => JSON.parse(readFileSync(join(home, 'server.json'), 'utf8'))

  return {
    home,
    laz,
    server,
    async json(args, options) {
      const { code, out, err } = await laz([...args, '-o', 'json'], options)
      if (code !== 0) throw new Error(`laz ${args.join(' ')} ended with ${code}\n${out}\n${err}`)
      return JSON.parse(out)
    },
    async http(method, path, body) {
      const { url, token } = server()
      const answer = await fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      return { status: answer.status, body: await answer.text() }
    },
    stop() {
      endReplicas(home, env)
      spawnSync(process.execPath, [bin, 'down'], { env })
      dropDatabase(databaseOf(home).LAZ_STORE)
      rmSync(home, { recursive: true, force: true, maxRetries: 20 })
    },
  }
}

/** Replicas outlive their server: what a test that failed half way left is ended with its endpoints. */
function endReplicas(home: string, env: NodeJS.ProcessEnv): void {
  const left = () => existsSync(join(home, 'serving')) && readdirSync(join(home, 'serving')).length > 0
  if (!left()) return
  const run = (words: string[]) => spawnSync(process.execPath, [bin, ...words], { env, encoding: 'utf8' }).stdout
  const names = run(['online-endpoint', 'list', '--query', '[].name', '-o', 'tsv']).split('\n').filter(Boolean)
  for (const name of names) run(['online-endpoint', 'delete', '-n', name, '--yes'])
  const clock = new Int32Array(new SharedArrayBuffer(4))
  for (let looks = 0; left() && looks < 150; looks++) Atomics.wait(clock, 0, 0, 100)
}
