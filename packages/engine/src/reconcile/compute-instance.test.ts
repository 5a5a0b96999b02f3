// Real processes: the supervisor, a terminal, scripts. What an instance is must survive the server.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { instanceFolder, readReport } from '../computes/instance-folder.ts'
import { type Bed, commandJob, makeBed, scope } from '../testing/bed.ts'
import { openInstance } from './compute-state.ts'

let bed: Bed
let later = 0
beforeAll(async () => {
  bed = await makeBed({
    settings: { cores: 4, memoryMiB: 8000, sweepMs: 20, graceMs: 2000 },
    clock: { now: () => Date.now() + later },
  })
})
afterAll(async () => {
  for (const { name } of (await bed.store.resources.list({ kind: 'compute', scope })).rows) await remove(name)
  await bed.close()
})

const key = (name: string) => ({ scope, kind: 'compute', name })
const get = async (name: string) => (await bed.store.resources.get(key(name))) ?? expect.fail(`no ${name}`)
const ask = (name: string, what: string) => bed.store.resources.ask(key(name), { [what]: bed.store.clock.now() })
async function make(name: string, properties: object = {}) {
  const props = { computeType: 'ComputeInstance', properties: { vmSize: 'Standard_DS1_v2', ...properties } }
  const { row } = await bed.store.resources.put({
    key: key(name),
    props: JSON.parse(JSON.stringify(props)),
    by: 'ada@example.org',
    state: 'Creating',
    wakeAt: bed.store.clock.now(),
  })
  return row
}
async function until<T>(look: () => Promise<T | undefined | false>, what: string): Promise<T> {
  for (let i = 0; i < 1500; i++) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return expect.fail(`waited too long for ${what}`)
}
const inState = (name: string, state: string) =>
  until(async () => {
    const row = await get(name)
    return row.status.state === state ? row : undefined
  }, `${name} to be ${state}`)
const folderOf = async (name: string) => instanceFolder(bed.home, openInstance(await get(name)))
async function remove(name: string) {
  const { root } = await folderOf(name)
  await bed.store.resources.delete(key(name))
  await until(async () => !existsSync(root), `the folder of ${name} to go`)
}

/** Types a line into a terminal and waits for a text. */
async function type(name: string, line: string, wanted: RegExp): Promise<string> {
  const { socket } = await folderOf(name)
  return new Promise((resolve, reject) => {
    const link = createConnection(socket)
    let text = ''
    link.on('error', reject)
    link.write(`${JSON.stringify({ terminal: 't1', make: true, columns: 80, rows: 24 })}\n`)
    const bytes = Buffer.from(`${line}\n`)
    const head = Buffer.alloc(5)
    head.write('i')
    head.writeUInt32BE(bytes.length, 1)
    link.write(Buffer.concat([head, bytes]))
    link.on('data', (data) => {
      text += data.toString('latin1')
      if (wanted.test(text)) {
        link.destroy()
        resolve(text)
      }
    })
    setTimeout(() => reject(new Error(`never saw ${wanted}: ${text}`)), 10_000).unref()
  })
}

test('created, it runs, with a terminal that begins on the file share', async () => {
  await make('ci')
  const row = await inState('ci', 'Running')
  expect(row.state).toBe('Succeeded')
  expect(row.status.lastOperation).toMatchObject({ operationName: 'Create', operationStatus: 'Succeeded' })
  await type('ci', 'echo $((40+2)) > note.txt; pwd; echo d""one', /done/)
  const { account, fileshare } = bed.workspace.storage
  const file = bed.store.bytes.path(account, fileshare, 'Users/ada/note.txt')
  expect(readFileSync(file, 'utf8')).toBe('42\n')
})

test('its terminal and its processes outlive the server; what is stopped is gone, what is kept is kept', async () => {
  await type('ci', 'export KEPT=yes; sleep 600 & echo "pid=$!"; touch ~/here; echo d""one1', /done1/)
  const { boot } = openInstance(await get('ci'))
  await bed.restart()
  const seen = await type('ci', 'echo KEPT=$KEPT pid=$!; echo d""one2', /done2/)
  expect(seen).toMatch(/KEPT=yes/)
  expect(openInstance(await get('ci')).boot).toBe(boot)
  const pid = Number(/pid=(\d+)/.exec(seen)?.[1])
  expect(existsSync(`/proc/${pid}`)).toBe(true)
  await ask('ci', 'stop')
  const row = await inState('ci', 'Stopped')
  expect(row.status.lastOperation).toMatchObject({ operationName: 'Stop', operationStatus: 'Succeeded' })
  await until(async () => !existsSync(`/proc/${pid}`), 'the process to end')
  await ask('ci', 'start')
  await inState('ci', 'Running')
  expect(existsSync(join((await folderOf('ci')).home, 'here'))).toBe(true)
  await ask('ci', 'start')
  await until(async () => {
    const { lastOperation } = openInstance(await get('ci'))
    return lastOperation.operationName === 'Start' && lastOperation.operationStatus === 'Succeeded'
  }, 'the second start to be answered')
})

test('restarted, it is another boot; killed, it comes back by itself', async () => {
  const before = openInstance(await get('ci')).boot
  await ask('ci', 'restart')
  await until(async () => openInstance(await get('ci')).boot > before, 'the next boot')
  await inState('ci', 'Running')
  const { boot } = openInstance(await get('ci'))
  const pids = readFileSync(join((await folderOf('ci')).boot, 'task', 'pid.main'), 'utf8').split(' ')
  process.kill(-Number(pids[0]), 'SIGKILL')
  await until(async () => openInstance(await get('ci')).boot > boot, 'the boot after the fall')
  await inState('ci', 'Running')
})

test('jobs run on it, as many as it has cores; a stopped one makes them wait, a stop ends them', async () => {
  await bed.put('j1', commandJob('sleep 600', { computeId: 'ci' }))
  await bed.put('j2', commandJob('echo ran', { computeId: 'ci' }))
  await bed.until('j1', ['Running'])
  await ask('ci', 'stop')
  await inState('ci', 'Stopped')
  expect((await bed.until('j1')).state).toBe('Canceled')
  const waits = await bed.job('j2')
  expect([waits.state, waits.facts.waiting]).toEqual(['Queued', expect.stringContaining('a free node of ci')])
  await ask('ci', 'start')
  expect((await bed.until('j2')).state).toBe('Completed')
})

test('scripts run at creation once and at every start; one that fails says why', async () => {
  const { account, fileshare } = bed.workspace.storage
  const put = (path: string, text: string) => {
    const file = bed.store.bytes.path(account, fileshare, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  put('scripts/create.sh', 'echo created $1 >> ~/scripts.txt\n')
  put('scripts/start.sh', 'echo started >> ~/scripts.txt; test ! -e ~/fail || { echo it broke; exit 7; }\n')
  const scripts = {
    creationScript: { scriptSource: 'workspaceStorage', scriptData: 'scripts/create.sh', scriptArguments: 'me' },
    startupScript: { scriptSource: 'workspaceStorage', scriptData: '/scripts/start.sh', timeout: '2m' },
  }
  await make('scripted', { setupScripts: { scripts } })
  await inState('scripted', 'Running')
  await ask('scripted', 'restart')
  await until(async () => openInstance(await get('scripted')).boot === 2, 'the next boot')
  await inState('scripted', 'Running')
  const { home } = await folderOf('scripted')
  expect(readFileSync(join(home, 'scripts.txt'), 'utf8')).toBe('created me\nstarted\nstarted\n')
  writeFileSync(join(home, 'fail'), '')
  await ask('scripted', 'restart')
  const row = await inState('scripted', 'SetupFailed')
  expect(row.status.error).toMatchObject({
    code: 'SetupFailed',
    message: expect.stringMatching(/ended with 7.*it broke/s),
  })
  expect(row.status.lastOperation).toMatchObject({ operationStatus: 'RestartFailed' })
})

test('idle for the time set it stops; use keeps it up', async () => {
  await make('lazy', { idleTimeBeforeShutdown: 'PT15M' })
  await inState('lazy', 'Running')
  const { socket } = await folderOf('lazy')
  const link = createConnection(socket)
  link.write(`${JSON.stringify({ terminal: 'open', make: true })}\n`)
  await until(async () => readReport(await folderOf('lazy'))?.active.includes('terminal open'), 'the terminal to count')
  link.destroy()
  await until(async () => readReport(await folderOf('lazy'))?.active.length === 0, 'the terminal to be left')
  later += 14 * 60_000
  await bed.store.leases.wake(key('lazy'))
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect((await get('lazy')).status.state).toBe('Running')
  later += 2 * 60_000
  await bed.store.leases.wake(key('lazy'))
  const row = await inState('lazy', 'Stopped')
  expect(row.status.lastOperation).toMatchObject({ operationName: 'Stop', operationTrigger: 'IdleShutdown' })
})

test('schedules stop and start it; of what was missed the last counts; a new one has missed nothing', async () => {
  const at = (action: string, expression: string) => ({
    action,
    status: 'Enabled',
    triggerType: 'Cron',
    cron: { expression, startTime: '2020-01-01T00:00:00', timeZone: 'W. Europe Standard Time' },
  })
  const computeStartStop = [
    at('Stop', '0 18 * * *'),
    at('Start', '0 8 * * *'),
    { ...at('Stop', '* * * * *'), status: 'Disabled' },
  ]
  const clock = (hour: number) => {
    const local = new Intl.DateTimeFormat('en', { hour: 'numeric', hour12: false, timeZone: 'Europe/Berlin' })
    const now = Date.now() + later
    const ahead = (hour - (Number(local.format(now)) % 24) + 24) % 24 || 24
    later += ahead * 3_600_000 - (now % 3_600_000) + 60_000
  }
  clock(9)
  await make('timed', { schedules: { computeStartStop } })
  await inState('timed', 'Running')
  clock(18)
  await bed.store.leases.wake(key('timed'))
  const row = await inState('timed', 'Stopped')
  expect(row.status.lastOperation).toMatchObject({ operationName: 'Stop', operationTrigger: 'Schedule' })
  clock(9)
  await bed.store.leases.wake(key('timed'))
  await inState('timed', 'Running')
  // two days nobody looked: the last that was due is a start
  later += 2 * 86_400_000
  const { boot } = openInstance(await get('timed'))
  await bed.store.leases.wake(key('timed'))
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(openInstance(await get('timed'))).toMatchObject({ boot, state: 'Running' })
})

test('what is wrong with it is told at the door, with the place', async () => {
  const admit = (properties: object) =>
    bed.engine.admit('compute', scope, {
      computeType: 'ComputeInstance',
      properties: JSON.parse(JSON.stringify(properties)),
    })
  const bad = { action: 'Stop', triggerType: 'Cron', cron: { expression: '0 25 * * *' } }
  expect(await admit({ schedules: { computeStartStop: [bad] } })).toMatchObject([
    { path: ['properties', 'schedules', 'computeStartStop', 0, 'cron', 'expression'] },
  ])
  expect(await admit({ idleTimeBeforeShutdown: 'soon' })).toMatchObject([
    { path: ['properties', 'idleTimeBeforeShutdown'] },
  ])
  expect(await admit({ customServices: [{ name: 'rstudio' }] })).toMatchObject([{ severity: 'warning' }])
})
