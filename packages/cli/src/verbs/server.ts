// The server's own life: up, down.
import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultWorkspace } from '@lazurite/client'
import { fail, type JsonObject, workspaceArmId } from '@lazurite/spec'
import { isSet, wholeOf } from '../args.ts'
import type { Run } from '../command.ts'
import { isAlive, readServerFile, type ServerFile, stopServer } from '../daemon.ts'
import { makeHome, serverBundle, startServer } from '../launch.ts'
import { tint } from '../paint.ts'
import { owningProcess } from '../parent.ts'
import type { Result, Session } from '../session.ts'

export const up: Run = async (session, args) => {
  const port = wholeOf(args, 'port')
  if (isSet(args, 'ephemeral')) return ephemeral(session, port)
  const { home, env } = session
  const running = readServerFile(home)
  if (running && isAlive(running.pid)) {
    if (port !== undefined && port !== 0 && port !== running.port) fail('HomeInUse', { path: home, pid: running.pid })
    return announce(session, running, 'is running already')
  }
  if (isSet(args, 'foreground')) return foreground(session, port)
  return announce(session, await startServer({ home, env, port }), 'is running')
}

function announce(session: Session, server: ServerFile, verb: string): Result {
  const { home } = session
  const label = (text: string) => tint(session.out, 'dim', text.padEnd(8))
  const lines = [
    `${tint(session.out, 'bold', 'Lazurite')} ${verb}.`,
    `  ${label('address')} ${server.url}`,
    `  ${label('home')} ${home}`,
    `  ${label('process')} ${server.pid}`,
    `  ${label('stop it')} laz down`,
  ]
  return { text: `${lines.join('\n')}\n`, value: { url: server.url, port: server.port, pid: server.pid, home } }
}

async function ephemeral(session: Session, port: number | undefined): Promise<Result> {
  const home = mkdtempSync(join(tmpdir(), 'lazurite-'))
  const parent = owningProcess()
  const server = await startServer({
    home,
    env: session.env,
    port: port ?? 0,
    words: ['--ephemeral', ...(parent === undefined ? [] : ['--parent-pid', String(parent)])],
  })
  const variables = variablesOf(home, server)
  const quote = (text: string) => `'${text.replace(/'/g, "'\\''")}'`
  const text = Object.entries(variables).map(([key, word]) => `export ${key}=${quote(word)}\n`)
  return { text: text.join(''), value: variables as JsonObject }
}

/** What points `laz` and the official clients at this server. */
function variablesOf(home: string, { url, token }: ServerFile): Record<string, string> {
  const { subscription, resourceGroup, workspace } = defaultWorkspace
  return {
    LAZ_HOME: home,
    LAZ_URL: url,
    LAZ_TOKEN: token,
    MLFLOW_TRACKING_URI: `${url}/mlflow/v2.0${workspaceArmId(defaultWorkspace)}`,
    MLFLOW_TRACKING_TOKEN: token,
    ARM_CLOUD_METADATA_URL: `${url}/metadata/endpoints?api-version=2019-05-01`,
    IDENTITY_ENDPOINT: `${url}/msi/token`,
    IDENTITY_HEADER: token,
    AZURE_DEFAULTS_GROUP: resourceGroup,
    AZURE_DEFAULTS_WORKSPACE: workspace,
    AZURE_SUBSCRIPTION_ID: subscription,
    AZUREML_RUN_POLLING_INTERVAL_MIN: '1',
    AZUREML_RUN_POLLING_INTERVAL_MAX: '2',
  }
}

/** The server as our child, its log on this terminal, until Ctrl-C. */
async function foreground(session: Session, port: number | undefined): Promise<Result> {
  makeHome(session.home)
  const words = [serverBundle(), '--home', session.home, ...(port === undefined ? [] : ['--port', String(port)])]
  const child = spawn(process.execPath, words, { stdio: 'inherit', env: session.env })
  const pass = (signal: NodeJS.Signals) => () => void child.kill(signal)
  const [interrupt, terminate] = [pass('SIGINT'), pass('SIGTERM')]
  process.on('SIGINT', interrupt).on('SIGTERM', terminate)
  const code = await new Promise<number>((done) => child.on('exit', (exit) => done(exit ?? 130)))
  process.off('SIGINT', interrupt).off('SIGTERM', terminate)
  return { code }
}

export const down: Run = async (session) => {
  const stopped = await stopServer(session.home)
  session.say(stopped ? 'The server is stopped.' : `No server runs on ${session.home}.`)
  return {}
}
