// `laz store move`: the rows of a home go to another database. The program that does it is the server's, which has the
// store; this one asks for it and tells what it says.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { asArray, asNumber, asObject, asString, fail, type JsonObject, LazError } from '@lazurite/spec'
import { textOf } from '../args.ts'
import type { Run } from '../command.ts'
import { isAlive, readServerFile } from '../daemon.ts'
import { serverBundle } from '../launch.ts'

export const move: Run = async (session, args) => {
  const { home } = session
  const to = textOf(args, 'to') ?? session.env.LAZ_STORE
  if (!to) fail('BadArgument', { what: 'Say where to: --to postgres://user:password@host/database, or --to home.' })
  const running = readServerFile(home)
  if (running && isAlive(running.pid)) fail('HomeInUse', { path: home, pid: running.pid })
  // not a word of the command line: everybody on the machine may read those
  const env = { ...session.env, LAZ_STORE: to === 'home' ? '' : to }
  const child = spawn(process.execPath, [serverBundle(), '--home', home, '--move'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text
  })
  const ended = new Promise<number>((done) => child.on('close', (code) => done(code ?? 1)))
  let moved: JsonObject | undefined
  for await (const line of createInterface({ input: child.stdout })) {
    const said = asObject(JSON.parse(line))
    if (said.moved === undefined) {
      if ((asNumber(said.rows) ?? 0) > 0) session.say(`${asString(said.table)}: ${asNumber(said.rows)}`)
    } else moved = asObject(said.moved)
  }
  if ((await ended) !== 0 || moved === undefined) throw failure(complaint)
  const rows = asNumber(moved.rows)
  const lines = [
    `${rows} rows of ${asArray(moved.tables).length} tables are in ${asString(moved.to)}, each compared with what it was.`,
    `The old ones are still in ${asString(moved.kept)}, and nothing uses them.`,
    '',
  ]
  return { value: moved, text: lines.join('\n') }
}

function failure(complaint: string): LazError {
  const [what = '', ...more] = complaint.trimEnd().split('\n')
  const error = new LazError('BadArgument', { what: what || 'The move ended without a word; nothing has changed.' })
  return more.length > 0 ? Object.assign(error, { hint: more.join('\n') }) : error
}
