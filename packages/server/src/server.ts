/**
 * From a home folder to a listening server and back: store, engine, application, in that order up and in the opposite
 * order down, so that nothing accepts a request that nobody could keep.
 */
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { type Engine, startEngine } from '@lazurite/engine'
import { fail, type WorkspaceId } from '@lazurite/spec'
import { openStore, type Store } from '@lazurite/store'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { buildApp } from './app.ts'
import { readConfig } from './config.ts'
import { makeSigner, type Signer } from './signer.ts'

export interface ServerOptions {
  home: string
  /** 0 takes a free port; absent, the setting or a free one. */
  port?: number
  host?: '127.0.0.1'
  log: FastifyBaseLogger
  /** Where LAZ_* settings are read from; default the process's environment. */
  env?: NodeJS.ProcessEnv
}

export interface Server {
  url: string
  token: string
  port: number
  app: FastifyInstance
  store: Store
  engine: Engine
  sign: Signer
  /** Ends streams, waits for answers under way, stops the engine, closes the store. Safe to call twice. */
  close(): Promise<void>
}

export const defaultWorkspace: WorkspaceId = {
  subscription: '00000000-0000-0000-0000-000000000001',
  resourceGroup: 'lazurite',
  workspace: 'main',
}

/**
 * Starts a server on a home folder. Raises HomeInUse, DatabaseCorrupt, PortInUse, or BadArgument for a wrong setting; what was opened
 * before the failure is closed again.
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { home, log } = options
  mkdirSync(home, { recursive: true, mode: 0o700 })
  chmodSync(home, 0o700)
  const settings = readConfig(home, options.env ?? process.env)
  const token = ownerToken(home)
  const store = await openStore({ home })
  const undo: (() => Promise<unknown>)[] = [() => store.close()]
  const closing = new AbortController()
  let url = ''
  const baseUrl = () => url
  try {
    const sign = makeSigner(store.secrets.key(), () => store.clock.now())
    const tokenFor = (scope: string, job: string, expiresAt: number) =>
      sign.token({ audience: 'lazurite', expiresAt, bearer: { run: `${scope}|${job}` }, name: job })
    const engine = await startEngine({ store, settings: settings.engine, log, baseUrl, tokenFor })
    undo.unshift(() => engine.stop())
    const ownerName = nameOfOwner()
    await engine.ensureWorkspace(defaultWorkspace, ownerName)
    const app = await buildApp({
      store,
      engine,
      log,
      sign,
      baseUrl,
      settings,
      ownerToken: token,
      ownerName,
      closing: closing.signal,
    })
    undo.unshift(() => app.close())
    const port = await listen(app, options.port ?? settings.port ?? 0)
    url = `http://127.0.0.1:${port}`
    const close = onceOnly(async () => {
      closing.abort()
      for (const step of undo) await step()
    })
    return { url, token, port, app, store, engine, sign, close }
  } catch (error) {
    for (const step of undo) await step().catch(() => undefined)
    throw error
  }
}

async function listen(app: FastifyInstance, port: number): Promise<number> {
  try {
    await app.listen({ host: '127.0.0.1', port })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code // errors of listen carry a code
    if (code === 'EADDRINUSE') fail('PortInUse', { port }, { cause: error })
    if (code === 'EACCES') fail('BadArgument', { what: `This user may not open port ${port}.` }, { cause: error })
    throw error
  }
  const address = app.server.address()
  return typeof address === 'object' && address ? address.port : port
}

/** The owner's token: made at the first start, readable by the owner of the home alone. */
function ownerToken(home: string): string {
  const file = join(home, 'token')
  try {
    const token = readFileSync(file, 'utf8').trim()
    if (token.length >= 32) {
      chmodSync(file, 0o600)
      return token
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error // fs errors carry a code
  }
  const token = randomBytes(32).toString('base64url')
  writeFileSync(file, `${token}\n`, { mode: 0o600 })
  chmodSync(file, 0o600)
  return token
}

function nameOfOwner(): string {
  try {
    return userInfo().username
  } catch {
    return 'owner' // a uid without a passwd entry, as in many containers
  }
}

function onceOnly(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => {
    done ??= work()
    return done
  }
}
