/**
 * What any backend must do, as scenarios: a new backend's test runs every one that its capabilities claim. They speak through the interface and
 * through the files a task names, nothing else; `reopen` stands for a restart of the server.
 */
import assert from 'node:assert/strict'
import { appendFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Backend, Handle } from './backend.ts'
import { gone, numberIn, type Scenario, until, untilEnd, untilGone, untilLog } from './stand.ts'

const endings: Scenario[] = [
  {
    name: 'exit code 0 is done, with times',
    async run({ run }) {
      const { seen, log } = await run('echo hello; echo oops >&2')
      assert.equal(seen.phase, 'done')
      assert.equal(seen.exitCode, 0)
      assert.equal(seen.cause, 'user')
      assert.equal(seen.signal, undefined)
      assert.equal(log, 'hello\noops\n')
      assert.ok(seen.startedAt !== undefined && seen.endedAt !== undefined && seen.startedAt <= seen.endedAt)
      assert.ok(Math.abs(Date.now() - seen.endedAt) < 60_000)
    },
  },
  {
    name: 'every exit code arrives',
    async run({ run }) {
      for (const code of [1, 2, 42, 126, 127, 255]) assert.equal((await run(`exit ${code}`)).seen.exitCode, code)
    },
  },
  {
    name: 'only the last command of a script counts',
    async run({ run }) {
      const { seen, log } = await run('false\ncd /nowhere\necho still here')
      assert.equal(seen.exitCode, 0)
      assert.match(log, /still here\n$/)
    },
  },
  {
    name: 'a death by signal is named',
    async run({ run }) {
      const killed = (await run('kill -KILL $$')).seen
      assert.deepEqual([killed.phase, killed.signal, killed.cause], ['done', 'SIGKILL', 'user'])
      assert.equal((await run('kill -SEGV $$')).seen.signal, 'SIGSEGV')
    },
  },
  {
    name: 'a missing working directory fails with its name in the log',
    async run({ run, home }) {
      const { seen, log } = await run('echo never', { cwd: join(home, 'nowhere') })
      assert.equal(seen.exitCode, 126)
      assert.match(log, /nowhere/)
      assert.doesNotMatch(log, /never/)
    },
  },
  {
    name: 'the limit ends the command, and says so',
    async run({ run }) {
      const { seen } = await run('echo begun; sleep 60', { timeoutSeconds: 0.2 })
      assert.deepEqual([seen.phase, seen.cause, seen.signal], ['done', 'timeout', 'SIGTERM'])
    },
  },
  {
    name: 'a command that ignores the polite signal gets the hard one',
    async run({ run }) {
      const { seen } = await run("trap '' TERM; while :; do sleep 0.05; done", { timeoutSeconds: 0.1, graceMs: 200 })
      assert.deepEqual([seen.cause, seen.signal], ['timeout', 'SIGKILL'])
    },
  },
]

const contents: Scenario[] = [
  {
    name: 'ten megabytes of output are all there, in order',
    async run({ run }) {
      const { log, seen } = await run(`for i in 0 1 2 3 4 5 6 7 8 9; do head -c 1048576 /dev/zero | tr '\\0' $i; done`)
      assert.equal(seen.exitCode, 0)
      assert.equal(log.length, 10 * 1_048_576)
      assert.equal(log, [...'0123456789'].map((digit) => digit.repeat(1_048_576)).join(''))
    },
  },
  {
    name: 'output is appended to what the log already holds',
    async run({ task, backend }) {
      const one = await task('echo second')
      await rm(one.logFile, { force: true })
      await appendFile(one.logFile, 'first\n')
      await untilEnd(backend, await backend.start(one))
      assert.equal(await readFile(one.logFile, 'utf8'), 'first\nsecond\n')
    },
  },
  {
    name: 'any value of an environment variable arrives whole',
    async run({ run }) {
      const env = {
        LINES: 'a\nb\n\nc\n',
        QUOTES: `it's "quoted" $HOME \`id\` \\ $(id) 'x'`,
        BLANKS: '  two  words ',
        UNICODE: 'größe ✓ 数',
        EMPTY: '',
        BIG: 'x'.repeat(100_000),
        'dotted.name-1': 'odd',
      }
      const { log } = await run(`python3 -c 'import os,json;print(json.dumps(dict(os.environ)))'`, { env })
      const seen = JSON.parse(log)
      for (const [name, value] of Object.entries(env)) assert.equal(seen[name], value, name)
    },
  },
  {
    name: 'the environment is clean: nothing of the server leaks',
    async run({ run }) {
      process.env.LAZ_TEST_SECRET = 'do not tell'
      const { log, task } = await run('env; test -d "$TMPDIR" && test -w "$TMPDIR" && echo tmp-ok; command -v python')
      delete process.env.LAZ_TEST_SECRET
      assert.doesNotMatch(log, /do not tell|laz_\w+=/)
      assert.match(log, /^PATH=/m)
      assert.match(log, /^HOME=/m)
      assert.match(log, /^LANG=/m)
      assert.match(log, /tmp-ok/)
      assert.ok(log.includes(`LAZ_TASK_ID=${task.id}\n`))
      assert.match(log, /\/python\n$/)
    },
  },
  {
    name: 'no value of the environment shows in the process list',
    async run({ run }) {
      const { log } = await run('ps axww -o args; cat /proc/$PPID/cmdline | tr "\\0" " "', {
        env: { TOKEN: 'S3CR3T-42' },
      })
      assert.doesNotMatch(log, /S3CR3T-42/)
    },
  },
  {
    name: 'a variable whose name looks like an option is a variable',
    async run({ run }) {
      const names = ['-u', '--split-string', '-C/nowhere']
      const env = Object.fromEntries(names.map((name) => [name, 'touch canary']))
      const { log } = await run(`python3 -c 'import os; print(*sorted(n for n in os.environ if n[0] == "-"))'; ls`, {
        env,
      })
      assert.equal(log, `${[...names].sort().join(' ')}\n`)
    },
  },
  {
    name: 'unicode, blanks and quotes in paths and commands',
    async run({ task, backend, home }) {
      const dir = join(home, "größe ✓ it's", 'a b')
      const cwd = join(dir, 'w d')
      await mkdir(cwd, { recursive: true })
      const one = await task(`echo "it's ✓"; pwd`, { dir, cwd, logFile: join(dir, 'lo g', 'std log.txt') })
      await untilEnd(backend, await backend.start(one))
      assert.equal(await readFile(one.logFile, 'utf8'), `it's ✓\n${cwd}\n`)
    },
  },
  {
    name: 'a very long command runs',
    async run({ run }) {
      const { log } = await run(`: ${'x'.repeat(300_000)}\necho done`)
      assert.equal(log, 'done\n')
    },
  },
  {
    name: 'a job can be interrupted from inside',
    async run({ run }) {
      const script =
        'import os,signal\ntry:\n os.kill(os.getpid(),signal.SIGINT)\nexcept KeyboardInterrupt:\n print("caught")'
      assert.equal((await run(`python3 -c '${script}'`)).log, 'caught\n')
    },
  },
]

const control: Scenario[] = [
  {
    name: 'started twice, it runs once',
    async run({ task, backend, reopen }) {
      const one = await task('echo ran; sleep 0.2')
      const handles = await Promise.all([backend.start(one), backend.start(one)])
      const later = await (await reopen()).start(one)
      assert.equal(new Set([...handles, later].map((h) => h.taskId)).size, 1)
      await untilEnd(backend, handles[0])
      await backend.start(one)
      await pause(50)
      assert.equal(await readFile(one.logFile, 'utf8'), 'ran\n')
    },
  },
  {
    name: 'stopped: the polite signal first, time to tidy up, and the cause',
    async run({ task, backend }) {
      const one = await task(`trap 'echo tidy; exit 3' TERM; echo ready; while :; do sleep 0.05; done`, {
        graceMs: 5000,
      })
      const handle = await backend.start(one)
      await untilLog(one, 'ready')
      await backend.stop(handle, 5000)
      const seen = await untilEnd(backend, handle)
      assert.deepEqual([seen.phase, seen.cause, seen.exitCode], ['done', 'cancelled', 3])
      assert.match(await readFile(one.logFile, 'utf8'), /tidy/)
    },
  },
  {
    name: 'stopped twice and after the end is no harm; a shorter grace wins',
    async run({ task, backend }) {
      const one = await task(`trap '' TERM; echo ready; while :; do sleep 0.05; done`)
      const handle = await backend.start(one)
      await untilLog(one, 'ready')
      await backend.stop(handle, 60_000)
      await backend.stop(handle, 60_000)
      await backend.stop(handle, 100)
      const seen = await untilEnd(backend, handle)
      assert.deepEqual([seen.cause, seen.signal], ['cancelled', 'SIGKILL'])
      await backend.stop(handle, 100)
      assert.equal((await backend.observe([handle])).get(handle.taskId)?.cause, 'cancelled')
    },
  },
  {
    name: 'stopped in the moment it starts',
    async run({ task, backend }) {
      for (let i = 0; i < 5; i++) {
        const handle = await backend.start(await task('sleep 60'))
        await backend.stop(handle, 500)
        assert.equal((await untilEnd(backend, handle)).cause, 'cancelled')
      }
    },
  },
  {
    name: 'stop ends grandchildren, also those in a session of their own',
    needs: 'stopsEscaped',
    async run({ task, backend }) {
      const one = await task(
        'sleep 300 & echo a=$!; setsid sleep 301 & echo b=$!; (setsid sh -c "sleep 302 & echo c=\\$!; wait" &); sleep 0.2; echo ready; wait',
      )
      const handle = await backend.start(one)
      const log = await untilLog(one, 'ready')
      const pids = ['a', 'b', 'c'].map((name) => numberIn(log, name))
      assert.ok(
        pids.every((pid) => pid > 0 && !gone(pid)),
        log,
      )
      await backend.stop(handle, 500)
      assert.equal((await untilEnd(backend, handle)).cause, 'cancelled')
      for (const pid of pids) await untilGone(pid)
    },
  },
  {
    name: 'what a finished command left behind is ended',
    needs: 'stopsEscaped',
    async run({ task, backend }) {
      const one = await task('sleep 300 & echo a=$!; setsid sleep 301 & echo b=$!; exit 0')
      const handle = await backend.start(one)
      assert.equal((await untilEnd(backend, handle)).exitCode, 0)
      const log = await readFile(one.logFile, 'utf8')
      for (const name of ['a', 'b']) await untilGone(numberIn(log, name))
    },
  },
  {
    name: 'watch wakes at once',
    async run({ task, backend }) {
      const woken: string[] = []
      const unwatch = backend.watch((id) => woken.push(id))
      const one = await task('true')
      const handle = await backend.start(one)
      await until(async () => (woken.includes(one.id) ? true : undefined), 'the wake')
      assert.equal((await backend.observe([handle])).get(one.id)?.phase, 'done')
      unwatch()
      const two = await task('true')
      await untilEnd(backend, await backend.start(two))
      await pause(30)
      assert.ok(!woken.includes(two.id))
    },
  },
]

const restarts: Scenario[] = [
  {
    name: 'after a restart the task is found, still running, then ended',
    async run({ task, backend, reopen }) {
      const one = await task('echo ready; while [ ! -e go ]; do sleep 0.02; done; exit 7')
      const handle = await backend.start(one)
      await untilLog(one, 'ready')
      const second = await reopen()
      assert.deepEqual(
        (await second.list()).map((h) => h.taskId),
        [one.id],
      )
      const bare: Handle = { taskId: handle.taskId, backend: handle.backend, dir: handle.dir }
      assert.equal((await second.observe([bare])).get(one.id)?.phase, 'running')
      const woken: string[] = []
      const unwatch = second.watch((id) => woken.push(id))
      await writeFile(join(one.cwd, 'go'), '')
      assert.equal((await untilEnd(second, bare)).exitCode, 7)
      await until(async () => (woken.includes(one.id) ? true : undefined), 'the wake')
      unwatch()
    },
  },
  {
    name: 'a task that ended while nobody looked wakes who comes later',
    async run({ run, reopen }) {
      const { task } = await run('true')
      const woken: string[] = []
      const unwatch = (await reopen()).watch((id) => woken.push(id))
      await until(async () => (woken.includes(task.id) ? true : undefined), 'the wake')
      unwatch()
    },
  },
  {
    name: 'clean forgets the task, keeps its log, and may be repeated',
    async run({ run, backend }) {
      const { task, handle } = await run('echo kept', { env: { TOKEN: 'S3CR3T-43' } })
      await backend.clean(handle)
      await backend.clean(handle)
      assert.deepEqual(await backend.list(), [])
      assert.equal(await readFile(task.logFile, 'utf8'), 'kept\n')
      assert.ok((await stat(task.cwd)).isDirectory())
    },
  },
  {
    name: 'a task never started is unknown',
    async run({ task, backend }) {
      const one = await task('true')
      const handle: Handle = { taskId: one.id, backend: backend.capabilities().name, dir: one.dir }
      assert.equal((await backend.observe([handle])).size, 0)
      await backend.stop(handle, 10)
      await backend.clean(handle)
    },
  },
]

const several: Scenario[] = [
  {
    name: 'several processes: each has its log and its variables, all must succeed',
    async run({ task, backend }) {
      const one = await task('echo rank $RANK of $WORLD')
      const processes = [0, 1, 2].map((rank) => ({
        name: `p${rank}`,
        logFile: join(one.dir, `log-${rank}.txt`),
        env: { RANK: String(rank) },
      }))
      const seen = await untilEnd(backend, await backend.start({ ...one, env: { WORLD: '3' }, processes }))
      assert.equal(seen.exitCode, 0)
      for (const [rank, { logFile }] of processes.entries()) {
        assert.equal(await readFile(logFile, 'utf8'), `rank ${rank} of 3\n`)
      }
    },
  },
  {
    name: 'several processes: one that fails ends the others',
    async run({ task, backend }) {
      const one = await task('if [ $RANK = 1 ]; then sleep 0.1; exit 9; fi; sleep 300')
      const processes = [0, 1, 2].map((rank) => ({
        name: `p${rank}`,
        logFile: join(one.dir, `log-${rank}.txt`),
        env: { RANK: String(rank) },
      }))
      const seen = await untilEnd(backend, await backend.start({ ...one, processes }))
      assert.deepEqual([seen.phase, seen.exitCode, seen.cause], ['done', 9, 'user'])
      assert.match(seen.message ?? '', /p1/)
    },
  },
  {
    name: 'several processes are cancelled together',
    async run({ task, backend }) {
      const one = await task('echo pid=$$; sleep 300')
      const processes = [0, 1].map((rank) => ({ name: `p${rank}`, logFile: join(one.dir, `log-${rank}.txt`), env: {} }))
      const handle = await backend.start({ ...one, processes })
      const logs = await Promise.all(processes.map((p) => untilLog({ ...one, logFile: p.logFile }, '\n')))
      await backend.stop(handle, 500)
      assert.equal((await untilEnd(backend, handle)).cause, 'cancelled')
      for (const log of logs) await untilGone(numberIn(log, 'pid'))
    },
  },
]

/** Every scenario, in the order of what builds on what. */
export const scenarios: Scenario[] = [
  ...endings,
  ...contents,
  ...control,
  ...restarts,
  ...several.map((one): Scenario => ({ ...one, needs: 'multiProcess' })),
]

/** Those a backend must pass, by what it says it is capable of. */
export function scenariosFor(capabilities: ReturnType<Backend['capabilities']>): Scenario[] {
  return scenarios.filter(({ needs }) => needs === undefined || capabilities[needs])
}
