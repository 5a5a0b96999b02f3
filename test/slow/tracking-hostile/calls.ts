// What the tests of hostile MLflow requests share: requests whose paths nobody tidies, and a place to keep what must
// neither be read nor changed.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type Lazurite, workspace } from '../laz.ts'

export const api = `/mlflow/v2.0${workspace}/api/2.0/mlflow`
export const proxy = `/mlflow/v2.0${workspace}/api/2.0/mlflow-artifacts`

export interface Said {
  status: number
  text: string
  headers: Record<string, unknown>
}

export interface Sending {
  body?: unknown
  /** Sent as it is. */
  bytes?: string | Buffer
  /** '' sends none. */
  authorization?: string
  headers?: Record<string, string>
}

/** One request whose path goes out byte by byte as it is written. */
export function sender(lazurite: Lazurite) {
  return (method: string, path: string, o: Sending = {}): Promise<Said> => {
    const { url, token } = lazurite.server()
    const { hostname, port } = new URL(url)
    const body = o.bytes ?? (o.body === undefined ? undefined : JSON.stringify(o.body))
    const authorization = o.authorization ?? `Bearer ${token}`
    const headers = {
      ...(authorization === '' ? {} : { authorization }),
      ...(o.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      ...o.headers,
    }
    return new Promise((done, fail) => {
      const call = request({ hostname, port, method, path, headers }, (answer) => {
        const parts: Buffer[] = []
        answer.on('data', (part: Buffer) => parts.push(part))
        answer.on('error', fail)
        answer.on('end', () =>
          done({
            status: answer.statusCode ?? 0,
            text: Buffer.concat(parts).toString('latin1'),
            headers: answer.headers,
          }),
        )
      })
      call.on('error', fail)
      call.setTimeout(30_000, () => call.destroy(new Error(`no answer to ${method} ${path} in 30 s`)))
      call.end(body)
    })
  }
}

export interface Guarded {
  /** Absolute paths of files that hold `secret`. */
  files: string[]
  secret: string
  /** A digest over all of them and over the home's own secrets. */
  digest(): string
}

/** Files beside, above and outside of the places where artifacts are kept. */
export function guard(home: string, outside: string): Guarded {
  const secret = 'CANARY-3f9c'
  const files = [join(home, 'canary'), join(home, 'storage', 'canary'), join(outside, 'canary')]
  for (const file of files) {
    mkdirSync(join(file, '..'), { recursive: true })
    writeFileSync(file, secret)
  }
  const watched = [...files, join(home, 'token'), join(home, 'key')]
  const digest = () => {
    const hash = createHash('sha256')
    for (const file of watched) hash.update(readFileSync(file))
    return hash.digest('hex')
  }
  return { files, secret, digest }
}

/** A listener on loopback that counts who comes. */
export async function openTrap(): Promise<{ port: number; visits(): number; close(): void }> {
  let visits = 0
  const server = createServer((socket) => {
    visits++
    socket.on('error', () => undefined).destroy()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return { port, visits: () => visits, close: () => void server.close() }
}
