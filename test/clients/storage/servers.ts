// Real storage servers for tests: Azurite for Azure's blobs, the Versity gateway for S3, each on a free port with a
// folder of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const root = resolve(import.meta.dirname, '../../..')
const azuriteScript = join(root, 'test/clients/js/node_modules/azurite/dist/src/blob/main.js')
const gateway = join(root, '.tools/bin/versitygw')

export const hasAzurite = existsSync(azuriteScript)
export const hasGateway = existsSync(gateway)

/** True when a test with that part may run; says why when not, and throws in CI. */
export function needs(part: string, present: boolean): boolean {
  if (present) return true
  const why = `${part} is not installed, so its tests do not run`
  if (process.env.CI === 'true') throw new Error(why)
  console.log(why)
  return false
}

export interface StorageServer {
  /** `127.0.0.1:port` */
  host: string
  folder: string
  pid(): number
  /** Ends the process the hard way. */
  kill(): Promise<void>
  /** Asks it to end, as a service manager would, and waits: what it knew it still knows after `start`. */
  stop(): Promise<void>
  /** Starts it again on the same port and folder. */
  start(): Promise<void>
  close(): Promise<void>
}

/** The account that Azurite is born with. */
export const azuriteAccount = 'devstoreaccount1'
export const azuriteKey = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='

export function startAzurite(): Promise<StorageServer> {
  return startServer('azurite', (port, folder) => ({
    command: process.execPath,
    args: [
      azuriteScript,
      ...['--blobHost', '127.0.0.1', '--blobPort', String(port), '--location', folder],
      ...['--silent', '--skipApiVersionCheck', '--disableTelemetry'],
    ],
    env: {},
  }))
}

export const s3Key = { accessKeyId: 'lazurite-test', secretAccessKey: 'a secret of the test' }

/** Every folder of its folder is a bucket. */
export function startGateway(): Promise<StorageServer> {
  return startServer('gateway', (port, folder) => ({
    command: gateway,
    args: ['--port', `127.0.0.1:${port}`, '--quiet', 'posix', folder],
    env: { ROOT_ACCESS_KEY: s3Key.accessKeyId, ROOT_SECRET_KEY: s3Key.secretAccessKey },
  }))
}

type Describe = (port: number, folder: string) => { command: string; args: string[]; env: Record<string, string> }

async function startServer(name: string, describe: Describe): Promise<StorageServer> {
  const folder = mkdtempSync(join(process.env.LAZ_TEST_FOLDER ?? tmpdir(), `laz-${name}-`))
  mkdirSync(folder, { recursive: true })
  const port = await freePort()
  const { command, args, env } = describe(port, folder)
  let child: ChildProcess
  let ended: Promise<unknown>
  const start = async () => {
    child = spawn(command, args, { stdio: 'ignore', env: { ...process.env, ...env } })
    ended = new Promise((done) => child.once('exit', done))
    await answers(port, child)
  }
  const kill = async () => {
    child.kill('SIGKILL')
    await ended
  }
  // Azurite writes what it knows down every few seconds, and once more when it is asked to end
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
  }
  await start()
  return {
    host: `127.0.0.1:${port}`,
    folder,
    pid: () => child.pid ?? 0,
    kill,
    stop,
    start,
    async close() {
      await kill()
      rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
    },
  }
}

function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer()
    server.on('error', failed)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => done(port))
    })
  })
}

async function answers(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (child.exitCode !== null) throw new Error(`the storage server ended with ${child.exitCode}`)
    const answered = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    )
    if (answered) return
    await sleep(50)
  }
  throw new Error('the storage server did not answer')
}
