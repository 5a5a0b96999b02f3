// A store and an engine in a process of their own, to be killed. Arguments: home, name of the job, file with its wire
// properties, and optionally `before:3` or `after:3`, to die before or after the third decision of the loop is written.
// Puts the job if it is not there yet; says `ready` when the engine goes, `final` when the job is.
import { readFileSync } from 'node:fs'
import { startEngine } from '@lazurite/engine'
import { isFinal } from '@lazurite/spec'
import { openStore } from '@lazurite/store'

const [home = '', name = '', file = '', death = ''] = process.argv.slice(2)
const workspace = { subscription: 's', resourceGroup: 'g', workspace: 'w' }
const key = { scope: 's/g/w', kind: 'job', name }

const store = await openStore({ home })
const [when, number] = death.split(':')
const { apply } = store.leases
let decisions = 0
store.leases.apply = async (...decision) => {
  const last = ++decisions === Number(number)
  if (last && when === 'before') process.kill(process.pid, 'SIGKILL')
  const written = await apply(...decision)
  if (last && when === 'after') process.kill(process.pid, 'SIGKILL')
  return written
}
const engine = await startEngine({
  store,
  settings: { environment: 'host', graceMs: 500, cores: 3 },
  log: {
    debug() {},
    info() {},
    warn: (facts, text) => process.stderr.write(`warn ${text} ${JSON.stringify(facts)}\n`),
    error: (facts, text) => process.stderr.write(`error ${text} ${JSON.stringify(facts)}\n`),
  },
  baseUrl: () => 'http://127.0.0.1:9',
  tokenFor: () => 'token',
})
await engine.ensureWorkspace(workspace, 'tester')
const props = JSON.parse(readFileSync(file, 'utf8'))
await store.resources.put({ key, props, by: 'tester', state: 'NotStarted', wakeAt: 0, keepExisting: true })
process.stdout.write('ready\n')

const look = async () => {
  const row = await store.resources.get(key)
  if (row && isFinal(row.state)) process.stdout.write('final\n')
}
store.changes.subscribe((change) => {
  if (change.name === name) void look()
})
await look()
