// The server as a process: what it writes, how it ends, what it says when it cannot start.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const main = resolve(import.meta.dirname, '../../packages/server/src/main.ts')
let home: string
const started: ChildProcess[] = []
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'laz-process-'))
})
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
  rmSync(home, { recursive: true, force: true, maxRetries: 20 })
})

interface Running {
  child: ChildProcess
  said(): string
  ended: Promise<{ code: number | null; signal: string | null }>
}

function run(words: string[], env: Record<string, string> = {}): Running {
  const node = ['--conditions=source', '--import', 'tsx', main, ...words]
  const child = spawn(process.execPath, node, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  started.push(child)
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
  }
  const ended = new Promise<{ code: number | null; signal: string | null }>((done) => {
    child.on('close', (code, signal) => done({ code, signal }))
  })
  return { child, said: () => text, ended }
}

async function until<T>(look: () => T | undefined, what: string): Promise<T> {
  const end = Date.now() + 30_000
  for (;;) {
    const found = look()
    if (found !== undefined) return found
    if (Date.now() > end) throw new Error(`waited too long for ${what}`)
    await new Promise((go) => setTimeout(go, 10))
  }
}

interface Note {
  pid: number
  port: number
  url: string
  token: string
}
const noteOf = (where: string) =>
  until((): Note | undefined => {
    const file = join(where, 'server.json')
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
  }, 'server.json')

describe('the server process', () => {
  test('says where it is, answers there, and takes the note away when it ends', async () => {
    const { child, ended, said } = run(['--home', home, '--port', '0'])
    const note = await noteOf(home)
    expect(note.pid).toBe(child.pid)
    expect(statSync(join(home, 'server.json')).mode & 0o777).toBe(0o600)
    expect((await fetch(`${note.url}/health`)).status).toBe(200)
    const authorized = await fetch(`${note.url}/lazurite/v1/status`, {
      headers: { authorization: `Bearer ${note.token}` },
    })
    expect(authorized.status).toBe(200)
    child.kill('SIGTERM')
    expect(await ended).toEqual({ code: 0, signal: null })
    expect(existsSync(join(home, 'server.json'))).toBe(false)
    expect(said()).not.toContain(note.token)
  })

  test('starts again on the home of one that was killed', async () => {
    const first = run(['--home', home])
    const { port } = await noteOf(home)
    first.child.kill('SIGKILL')
    await first.ended
    const second = run(['--home', home])
    const note = await until(() => {
      const found = JSON.parse(readFileSync(join(home, 'server.json'), 'utf8')) as Note // written by the server
      return found.pid === second.child.pid ? found : undefined
    }, 'the second server')
    expect(note.port).toBe(port)
    second.child.kill('SIGTERM')
    expect((await second.ended).code).toBe(0)
  })

  test.each([
    [['--port', 'many'], 2, /--port must be a whole number/],
    [['--nonsense'], 2, /Usage/],
    [['--host', '0.0.0.0'], 1, /not supported/],
  ])('given %j ends with %i and says why in words', async (words, code, message) => {
    const { ended, said } = run(['--home', home, ...words])
    expect((await ended).code).toBe(code)
    expect(said()).toMatch(message)
    expect(said()).not.toMatch(/^\s+at /m)
  })

  test('a second one on the same home ends with 75, one on the same port with 1, and says what is in the way', async () => {
    run(['--home', home, '--port', '0'])
    const { port } = await noteOf(home)
    const same = run(['--home', home])
    expect((await same.ended).code).toBe(75)
    expect(same.said()).toMatch(/uses the home folder/)
    const other = mkdtempSync(join(tmpdir(), 'laz-process-'))
    const taken = run(['--home', other, '--port', String(port)])
    expect((await taken.ended).code).toBe(1)
    expect(taken.said()).toMatch(new RegExp(`port ${port} is taken`))
    rmSync(other, { recursive: true, force: true, maxRetries: 20 })
    expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200)
  })
})

describe('an ephemeral server', () => {
  test('leaves nothing behind when it is told to end', async () => {
    const { child, ended } = run(['--ephemeral', '--home', join(home, 'gone')])
    const note = await noteOf(join(home, 'gone'))
    expect((await fetch(`${note.url}/health`)).status).toBe(200)
    child.kill('SIGTERM')
    expect((await ended).code).toBe(0)
    expect(readdirSync(home)).toEqual([])
  })

  test('takes its jobs along', async () => {
    const { child, ended } = run(['--ephemeral', '--home', join(home, 'gone')], { LAZ_ENVIRONMENT: 'host' })
    const note = await noteOf(join(home, 'gone'))
    const seconds = `${100_000 + process.pid}`
    const scope =
      '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/lazurite/providers/Microsoft.MachineLearningServices/workspaces/main'
    const properties = {
      jobType: 'Command',
      command: `trap '' TERM; sleep ${seconds}`,
      environmentId: 'azureml:AzureML-sklearn-1.5@latest',
    }
    const answer = await fetch(`${note.url}${scope}/jobs/long`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${note.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ properties }),
    })
    expect(answer.status, await answer.text()).toBe(201)
    await until(() => (sleeping(seconds) ? true : undefined), 'the job')
    child.kill('SIGTERM')
    expect((await ended).code).toBe(0)
    expect(sleeping(seconds)).toBe(false)
    expect(readdirSync(home)).toEqual([])
  })

  test('never takes the home of another', async () => {
    const first = run(['--home', home, '--port', '0'])
    await noteOf(home)
    first.child.kill('SIGTERM')
    await first.ended
    const second = run(['--ephemeral', '--home', home])
    expect((await second.ended).code).toBe(1)
    expect(existsSync(join(home, 'laz.db'))).toBe(true)
  })

  /** Whether a process sleeps for that long, read from the table of processes. */
  function sleeping(seconds: string): boolean {
    const { stdout } = spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    return stdout.split('\n').some((line) => line.trim() === `sleep ${seconds}`)
  }

  test('ends and cleans up by itself when its parent is gone', async () => {
    const parent = spawn('sleep', ['60'])
    const { ended } = run(['--ephemeral', '--home', join(home, 'gone'), '--parent-pid', String(parent.pid)])
    await noteOf(join(home, 'gone'))
    parent.kill('SIGKILL')
    expect((await ended).code).toBe(0)
    expect(readdirSync(home)).toEqual([])
  })
})
