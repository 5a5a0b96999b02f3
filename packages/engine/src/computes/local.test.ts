import { existsSync } from 'node:fs'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Backend } from './backend.ts'
import { scenarios, scenariosFor } from './conformance.ts'
import { openBackend } from './index.ts'
import { playScenario, type Scenario, until, untilEnd, untilGone } from './stand.ts'

const open = (home: string): Promise<Backend> => openBackend('local', { home })

describe('local backend: what any backend must do', () => {
  test.each(scenarios.map((s) => [s.name, s] as const))('%s', (_, scenario) => playScenario(scenario, open))
})

test('local backend: nothing of what any backend can do is left out of its conformance', async () => {
  await playScenario(
    {
      name: '',
      run: async ({ backend }) => expect(scenariosFor(backend.capabilities())).toEqual(scenarios),
    },
    open,
  )
})

const play = (run: Scenario['run']) => playScenario({ name: '', run }, open)
const wrapperPid = async (dir: string) => Number((await readFile(join(dir, 'task', 'wrapper'), 'utf8')).split(' ')[0])

describe('local backend: the wrapper', () => {
  test('killed outright: the task is lost and nothing of it stays', () =>
    play(async ({ task, backend, reopen }) => {
      const one = await task('setsid sleep 300 & echo pid=$!; echo me=$$; wait')
      const handle = await backend.start(one)
      const log = await until(async () => {
        const text = await readFile(one.logFile, 'utf8').catch(() => '')
        return text.includes('me=') ? text : undefined
      }, 'the log')
      process.kill(await wrapperPid(one.dir), 'SIGKILL')
      const second = await reopen()
      const seen = await until(async () => {
        const now = (await second.observe([handle])).get(one.id)
        return now?.phase === 'lost' ? now : undefined
      }, 'lost')
      expect(seen.cause).toBe('lost')
      expect(seen.message).toMatch(/wrapper.*killed/)
      for (const pid of log.match(/\d+/g) ?? []) {
        await untilGone(Number(pid))
      }
    }))

  test('a record of another boot is not taken for a running process', () =>
    play(async ({ task, backend }) => {
      const one = await task('sleep 300')
      const handle = await backend.start(one)
      await until(
        async () => ((await backend.observe([handle])).get(one.id)?.phase === 'running' ? true : undefined),
        'it',
      )
      const file = join(one.dir, 'task', 'wrapper')
      const [pid, start] = (await readFile(file, 'utf8')).split(' ')
      await writeFile(file, `${pid} ${start} 00000000-0000-0000-0000-000000000000\n`)
      expect((await backend.observe([handle])).get(one.id)).toMatchObject({ phase: 'lost', message: /restarted/ })
      await writeFile(file, `${pid} 1 ${handle.bootId}\n`)
      expect((await backend.observe([handle])).get(one.id)?.phase).toBe('lost')
    }))

  test('lives in a session of its own and outlives a kill of the group that started it', () =>
    play(async ({ task, backend }) => {
      const one = await task('sleep 0.3; echo survived')
      const handle = await backend.start(one)
      const pid = handle.pid ?? 0
      // the shell that started it has a moment's work before the session is there
      await until(async () => {
        const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? []
        return Number(fields[2]) === pid && Number(fields[3]) === pid ? true : undefined
      }, 'a session of its own')
      await untilEnd(backend, handle)
      expect(await readFile(one.logFile, 'utf8')).toBe('survived\n')
    }))

  test('keeps its folder and the environment file private', () =>
    play(async ({ task, backend }) => {
      const one = await task('sleep 5', { env: { TOKEN: 'S3CR3T-44' } })
      const handle = await backend.start(one)
      expect((await stat(join(one.dir, 'task'))).mode & 0o777).toBe(0o700)
      expect((await stat(join(one.dir, 'task', 'env'))).mode & 0o777).toBe(0o600)
      await backend.stop(handle, 0)
      await untilEnd(backend, handle)
      await backend.clean(handle)
      expect(existsSync(join(one.dir, 'task', 'env'))).toBe(false)
    }))

  test('a crash between the plan and the wrapper is mended by starting again', () =>
    play(async ({ task, backend }) => {
      const one = await task('echo once')
      await mkdir(join(one.dir, 'task'), { recursive: true })
      await writeFile(join(one.dir, 'task', 'plan'), 'half of a pl')
      const handle = await backend.start(one)
      expect((await untilEnd(backend, handle)).exitCode).toBe(0)
      expect(await readFile(one.logFile, 'utf8')).toBe('once\n')
    }))

  test('what passes from the server holds no password', () =>
    play(async ({ task, reopen }) => {
      process.env.HTTPS_PROXY = 'http://user:s3cr3t@proxy.example:3128'
      process.env.NO_PROXY = 'localhost'
      try {
        const backend = await reopen()
        const one = await task('env')
        await untilEnd(backend, await backend.start(one))
        const log = await readFile(one.logFile, 'utf8')
        expect(log).toContain('NO_PROXY=localhost')
        expect(log).not.toContain('s3cr3t')
      } finally {
        delete process.env.HTTPS_PROXY
        delete process.env.NO_PROXY
      }
    }))

  test('runs under any POSIX shell', () =>
    play(async ({ task, backend }) => {
      // the plan of a task that has run, once more by hand with sh
      const one = await task('echo from $0; exit 5')
      await untilEnd(backend, await backend.start(one))
      const { execFile } = await import('node:child_process')
      const { rm } = await import('node:fs/promises')
      const folder = join(one.dir, 'task')
      for (const name of ['lock', 'exit', 'started', 'done.main', 'pid.main', 'wrapper']) await rm(join(folder, name))
      await writeFile(join(folder, 'exit.tmp'), `${' '.repeat(511)}\n`)
      await new Promise((resolve) => execFile('sh', [join(folder, 'wrapper.sh'), folder], resolve))
      expect(JSON.parse(await readFile(join(folder, 'exit'), 'utf8'))).toMatchObject({ exitCode: 5, cause: '' })
      expect(await readFile(one.logFile, 'utf8')).toBe('from bash\nfrom bash\n')
    }))

  test('holds a task to its memory where the kernel lets it, and says so', () =>
    play(async ({ run, backend }) => {
      const script = 'import time;time.sleep(0.3);x=bytearray(400<<20);print(len(x))'
      const { seen, log } = await run(`python3 -c '${script}'`, { memoryMiB: 128 })
      if (backend.capabilities().memoryLimit) {
        expect(seen).toMatchObject({ phase: 'done', cause: 'oom', signal: 'SIGKILL' })
      } else expect([seen.exitCode, log]).toEqual([0, `${400 << 20}\n`])
    }))

  test('says by name what cannot be carried', () =>
    play(async ({ task, backend }) => {
      await expect(backend.start(await task('true', { env: { 'A=B': 'x' } }))).rejects.toThrow(/A=B/)
      await expect(backend.start(await task('true', { env: { BIG: 'x'.repeat(200_000) } }))).rejects.toThrow(/BIG/)
      await expect(backend.start({ ...(await task('true')), id: '../evil' })).rejects.toThrow(/evil/)
    }))
})

test('a backend that is not there is refused with the way out', async () => {
  await expect(openBackend('slurm', { home: '/nowhere' })).rejects.toMatchObject({ code: 'NotSupported' })
})
