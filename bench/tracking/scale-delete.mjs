// Half of the runs and the long one go: marked by a client, run by run, then erased by `laz run gc`.
import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { laz, say } from '../tools.mjs'
import { idOf } from './fill.mjs'
import { ask } from './load.mjs'
import { inTurn } from './scale-fill.mjs'
import { cpuSeconds } from './servers.mjs'

export async function deleteHalf(server, { runs, longRun }) {
  say('half of the runs are marked as deleted …')
  const half = Math.floor(runs / 2)
  const marked = await inTurn(server, half, (i) => ask(server, 'POST', 'runs/delete', { run_id: idOf(2 * i) }))
  await ask(server, 'POST', 'runs/delete', { run_id: longRun })
  say('laz run gc …')
  const [before, from] = [cpuSeconds(server.pids()), performance.now()]
  await collect(server)
  const cpuMs = ((cpuSeconds(server.pids()) - before) * 1000) / (half + 1)
  return { marked, erased: { cpuMs, seconds: (performance.now() - from) / 1000 } }
}

/** Counted page by page, deleted ones too. */
export async function runsLeft(server) {
  const { experiment } = await ask(server, 'GET', 'experiments/get-by-name?experiment_name=crowd')
  const asked = { experiment_ids: [experiment.experiment_id], max_results: 10_000, run_view_type: 'ALL' }
  let left = 0
  for (let token; ; ) {
    const found = await ask(server, 'POST', 'runs/search', { ...asked, ...(token ? { page_token: token } : {}) })
    left += found.runs?.length ?? 0
    token = found.next_page_token
    if (!token) return left
  }
}

/** The command line as a person runs it. */
function collect(server) {
  const env = { ...process.env, LAZ_HOME: server.home }
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [laz, 'run', 'gc', '--yes'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (output += part))
    child.on('close', (code) => {
      say(output.trim())
      if (code === 0) resolve()
      else reject(new Error(`laz run gc: ${output}`))
    })
  })
}

/** Until the file has had one size for ten seconds; the server gives pages back while nobody asks for anything. */
export async function spaceBack(server) {
  const from = performance.now()
  let [size, since] = [server.files(), from]
  while (performance.now() - since < 10_000) {
    await sleep(500)
    const now = server.files()
    if (now !== size) [size, since] = [now, performance.now()]
  }
  return { bytes: size, seconds: (since - from) / 1000 }
}
