// The server's own life: up, down.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultWorkspace } from '@lazurite/client'
import { fail, type JsonObject } from '@lazurite/spec'
import { type Args, isSet, textOf, wholeOf } from '../args.ts'
import type { Run } from '../command.ts'
import { isAlive, readServerFile, type ServerFile, stopServer } from '../daemon.ts'
import { makeHome, serverBundle, startServer } from '../launch.ts'
import { tint } from '../paint.ts'
import { owningProcess } from '../parent.ts'
import type { Result, Session } from '../session.ts'
import { clientVariables, openTls } from './connect.ts'

export const up: Run = async (session, args) => {
  const port = wholeOf(args, 'port')
  const words = tlsWords(args)
  if (isSet(args, 'ephemeral')) {
    if (isSet(args, 'store'))
      fail('BadArgument', { what: 'An ephemeral server has no database elsewhere: it leaves nothing behind.' })
    return ephemeral(session, words, port)
  }
  const { home } = session
  const store = textOf(args, 'store')
  // not a word of the server's command line: everybody on the machine may read those
  const env = store === undefined ? session.env : { ...session.env, LAZ_STORE: store }
  const running = readServerFile(home)
  if (running && isAlive(running.pid)) {
    if (store !== undefined || (port !== undefined && port !== 0 && port !== running.port))
      fail('HomeInUse', { path: home, pid: running.pid })
    const server = words.length > 0 ? await openTls(session, wholeOf(args, 'tls-port')) : running
    return announce(session, server, 'is running already')
  }
  if (isSet(args, 'foreground')) return foreground({ ...session, env }, words, port)
  return announce(session, await startServer({ home, env, port, words }), 'is running')
}

/** What the server is told about https. */
function tlsWords(args: Args): string[] {
  const port = wholeOf(args, 'tls-port')
  if (port !== undefined) return ['--tls', '--tls-port', String(port)]
  return isSet(args, 'tls') ? ['--tls'] : []
}

function announce(session: Session, server: ServerFile, verb: string): Result {
  const { home } = session
  const label = (text: string) => tint(session.out, 'dim', text.padEnd(8))
  const lines = [
    `${tint(session.out, 'bold', 'Lazurite')} ${verb}.`,
    `  ${label('address')} ${server.url}`,
    ...(server.tls ? [`  ${label('https')} ${server.tls.url}`, `  ${label('trust')} ${server.tls.ca}`] : []),
    `  ${label('home')} ${home}`,
    `  ${label('process')} ${server.pid}`,
    `  ${label('stop it')} laz down`,
    ...(server.tls ? [`  ${label('clients')} eval "$(laz connect)"`] : []),
  ]
  const { url, pid, tls } = server
  return { text: `${lines.join('\n')}\n`, value: { url, port: server.port, pid, home, ...(tls ? { tls } : {}) } }
}

async function ephemeral(session: Session, tls: string[], port: number | undefined): Promise<Result> {
  const home = mkdtempSync(join(tmpdir(), 'lazurite-'))
  const parent = owningProcess()
  const server = await startServer({
    home,
    env: session.env,
    port: port ?? 0,
    words: ['--ephemeral', ...tls, ...(parent === undefined ? [] : ['--parent-pid', String(parent)])],
  })
  const variables = variablesOf(home, server)
  const quote = (text: string) => `'${text.replace(/'/g, "'\\''")}'`
  const text = Object.entries(variables).map(([key, word]) => `export ${key}=${quote(word)}\n`)
  return { text: text.join(''), value: variables as JsonObject }
}

/** What points `laz` and the official clients at this server. */
function variablesOf(home: string, server: ServerFile): Record<string, string> {
  const { url, token } = server
  return { LAZ_HOME: home, LAZ_URL: url, LAZ_TOKEN: token, ...clientVariables(server, defaultWorkspace) }
}

/** The server as our child, its log on this terminal, until Ctrl-C. */
async function foreground(session: Session, tls: string[], port: number | undefined): Promise<Result> {
  makeHome(session.home)
  const words = [
    serverBundle(),
    '--home',
    session.home,
    ...(port === undefined ? [] : ['--port', String(port)]),
    ...tls,
  ]
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
  const serving = join(session.home, 'serving')
  const deployments = existsSync(serving) ? readdirSync(serving).length : 0
  if (stopped && deployments > 0)
    session.say('Deployments keep running: their endpoints answer again after `laz up`, and deleting them ends them.')
  return {}
}
