// Rows of a database that is nobody's but MLflow's, read by programs that are there: Python for SQLite, psql for
// PostgreSQL. One process answers all questions; each row is a line of JSON, so nothing is ever held whole.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { asObject, fail, type Json, type JsonObject } from '@lazurite/spec'

export interface Rows {
  /** Rows of a SELECT, as they come; to be read to the end. */
  select(text: string): AsyncGenerator<JsonObject>
  close(): Promise<void>
}

const end = '--laz-end--'

/** Opened for reading alone. The file is named in the environment: it may look like an option. */
const readerText = `
import json, os, sqlite3, sys, urllib.parse
base = sqlite3.connect('file:' + urllib.parse.quote(os.environ['LAZ_DATABASE']) + '?mode=ro', uri=True)
base.row_factory = sqlite3.Row
base.text_factory = lambda b: b.decode('utf-8', 'replace')
def plain(value):
    return value.hex() if isinstance(value, bytes) else value
for line in sys.stdin:
    try:
        for row in base.execute(json.loads(line)):
            print(json.dumps({key: plain(row[key]) for key in row.keys()}))
        print('${end}', flush=True)
    except Exception as error:
        print('${end}' + str(error).replace('\\n', ' '), flush=True)
`

export function sqliteRows(path: string, env: NodeJS.ProcessEnv): Rows {
  const python = env.LAZ_PYTHON || 'python3'
  const child = spawn(python, ['-I', '-c', readerText], { env: { ...env, LAZ_DATABASE: path } })
  return rowsOf(child, { program: python, write: (text) => `${JSON.stringify(text)}\n` })
}

/** The password travels in the environment, not where every user of the machine can read it. */
export function postgresRows(address: string, env: NodeJS.ProcessEnv): Rows {
  const url = new URL(address.replace(/^postgresql\+\w+:/, 'postgresql:'))
  const password = decodeURIComponent(url.password)
  url.password = ''
  const words = [
    '--no-psqlrc',
    '--quiet',
    '--tuples-only',
    '--no-align',
    '-v',
    'FETCH_COUNT=5000',
    '-v',
    'ON_ERROR_STOP=1',
  ]
  const child = spawn('psql', [...words, '--no-password', '--dbname', url.href], {
    env: { ...env, ...(password === '' ? {} : { PGPASSWORD: password }), PGCLIENTENCODING: 'UTF8' },
  })
  return rowsOf(child, {
    program: 'psql',
    write: (text) => `SELECT row_to_json(laz) FROM (${text}) laz;\n\\echo ${end}\n`,
  })
}

function rowsOf(child: ChildProcessWithoutNullStreams, o: { program: string; write(text: string): string }): Rows {
  let [said, broken] = ['', '']
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2000)
  })
  child.stdin.on('error', () => {})
  const ended = new Promise<void>((done) => {
    child.on('error', (error) => {
      broken = error.message
      done()
    })
    child.on('close', () => done())
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  let turn: Promise<void> = Promise.resolve()
  const trouble = (why: string) =>
    fail('BadArgument', {
      what: `The database could not be read with ${o.program}: ${why.trim() || broken || 'it ended'}`,
    })
  return {
    async *select(text) {
      // one question at a time: its answer is read to the end before the next is put
      const before = turn
      let free = () => {}
      turn = new Promise((done) => {
        free = done
      })
      await before
      try {
        said = ''
        child.stdin.write(o.write(text))
        for (;;) {
          const { value: line, done } = await lines.next()
          if (done) {
            await ended
            trouble(said)
          }
          if (line.startsWith(end)) {
            if (line !== end) trouble(line.slice(end.length) || said)
            return
          }
          if (line !== '') yield asObject(JSON.parse(line) as Json) // a row of the programs above
        }
      } finally {
        free()
      }
    },
    async close() {
      child.stdin.end()
      child.kill()
      await ended
    },
  }
}
