// Online endpoints: what the front adds to an inference server, beside nginx; one scikit-learn model behind an endpoint and
// behind the servers of others; from a deployment to its first answer; and 100,000 rows in a batch beside a plain loop.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { at, lanes, latencies, rates } from './endpoints/load.mjs'
import { layEcho, layOut, row, rows } from './endpoints/programs.mjs'
import { deploy, lazDo, nginx, others, startOther, stop } from './endpoints/servers.mjs'
import { call, median, peer, say, startServer, timed } from './tools.mjs'

const sklearn = 'scikit-learn==1.7.2'
/** Of a later one the server of MLflow 3.5 knows nothing. */
const web = ['fastapi==0.115.12', 'starlette==0.46.2']
const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

async function overhead(folder, { name, about, served }, rounds) {
  const proxy = await nginx(folder, served.alone.port)
  const doors = {
    alone: served.alone,
    lazurite: served.door,
    ...(proxy && { nginx: { ...served.alone, port: proxy.port } }),
  }
  try {
    const times = await latencies(doors, rounds)
    const calls = await rates(doors, rounds)
    const added = (which, share) => at(times[which], share) - at(times.alone, share)
    const p50 = added('lazurite', 0.5)
    const p99 = added('lazurite', 0.99)
    const through = {
      name: `throughput through the endpoint, ${about}`,
      group: 'endpoints',
      unit: 'calls/s',
      lazurite: calls.lazurite,
    }
    const latency = {
      name,
      group: 'endpoints',
      unit: 'ms added at p50',
      lazurite: p50,
      goal: 'p50 ≤ 1, p99 ≤ 5',
      p50_ms: p50,
      p99_ms: p99,
      alone_p50_ms: at(times.alone, 0.5),
      server: about,
    }
    return [
      proxy
        ? { ...latency, peer_name: 'nginx', peer: added('nginx', 0.5), ratio: p50 / added('nginx', 0.5), nginx_p99_ms: added('nginx', 0.99) }
        : { ...latency, peer_name: 'nginx', missing: true },
      { ...through, peer_name: 'the server alone', peer: calls.alone, ratio: calls.lazurite / calls.alone },
      proxy
        ? { ...through, peer_name: 'nginx', peer: calls.nginx, ratio: calls.lazurite / calls.nginx }
        : { ...through, peer_name: 'nginx', missing: true },
    ] // biome-ignore format: a row a line
  } finally {
    proxy?.child.kill()
  }
}

/** One model behind several servers: milliseconds a call, calls a second, the first answer, memory. */
async function models(folder, { served, bins }, rounds) {
  const running = {}
  const all = others(folder, bins)
  try {
    for (const [name, one] of Object.entries(all)) {
      say(`${name} …`)
      const it = await startOther(one)
      if (it) running[name] = it
    }
    const doors = {
      lazurite: served.door,
      ...Object.fromEntries(Object.entries(running).map(([name, { door }]) => [name, door])),
    }
    const times = await latencies(doors, rounds)
    const calls = await rates(doors, rounds)
    const figures = (name) => ({
      ms: at(times[name], 0.5),
      calls: calls[name],
      cold: name === 'lazurite' ? served.coldMs : running[name].coldMs,
      mb: name === 'lazurite' ? served.mb : running[name].mb,
    })
    const mine = figures('lazurite')
    const kinds = [
      ['a scikit-learn model, one caller', 'ms', 'ms'],
      [`the same, ${lanes} callers`, 'calls/s', 'calls'],
      ['from deploying it to the first answer', 'ms', 'cold'],
      ['memory of a replica', 'MB', 'mb'],
    ]
    return kinds.flatMap(([label, unit, key]) =>
      Object.keys(all).map((name) => ({
        name: label,
        group: 'endpoints',
        unit,
        lazurite: mine[key],
        peer_name: name,
        ...(running[name] ? { peer: figures(name)[key], ratio: mine[key] / figures(name)[key] } : { missing: true }),
      })),
    )
  } finally {
    for (const { end } of Object.values(running)) end()
  }
}

/** From the call of a batch endpoint to the end of its job. */
async function batch(server, folder, python, rounds) {
  writeFileSync(join(folder, 'rows.yml'), 'name: rows\n')
  writeFileSync(
    join(folder, 'rows-first.yml'),
    'name: first\nendpoint_name: rows\ntype: model\nmodel: {path: ./plain}\n' +
      'code_configuration: {code: ./batch, scoring_script: score.py}\nenvironment: azureml:host@latest\n' +
      'compute: azureml:local\nsettings: {mini_batch_size: 10, max_concurrency_per_instance: 2}\n',
  )
  lazDo(server, 'batch-endpoint', 'create', '-f', join(folder, 'rows.yml'))
  lazDo(server, 'batch-deployment', 'create', '-f', join(folder, 'rows-first.yml'), '--set-default')
  lazDo(server, 'data', 'create', '-n', 'rows', '-v', '1', '--type', 'uri_folder', '--path', join(folder, 'rows'))
  const times = { lazurite: [], loop: [] }
  for (let round = 0; round < rounds; round++) {
    const begun = performance.now()
    const job = lazDo(server, 'batch-endpoint', 'invoke', '-n', 'rows', '--input', 'azureml:rows:1', '--query', 'name', '-o', 'tsv').trim() // biome-ignore format: one call
    for (;;) {
      const { properties } = await call(server, 'GET', `${server.workspace}/jobs/${job}?api-version=2024-04-01`)
      if (properties.status === 'Completed') break
      if (['Failed', 'Canceled'].includes(properties.status))
        throw new Error(`the batch job ${job} ended ${properties.status}`)
      await sleep(50)
    }
    times.lazurite.push((performance.now() - begun) / 1000)
    const { allMs, code, output } = await timed(python, [join(folder, 'loop.py'), folder, join(folder, 'loop.csv')])
    if (code !== 0) throw new Error(output)
    times.loop.push(allMs / 1000)
  }
  const [mine, loop] = [median(times.lazurite), median(times.loop)]
  return [
    { name: `a batch of ${rows.toLocaleString('en')} rows in 100 files`, group: 'endpoints', unit: 's', lazurite: mine, peer: loop, peer_name: 'a plain Python loop', ratio: mine / loop },
  ] // biome-ignore format: a row a line
}

export async function measure({ rounds = 3 }) {
  const bin = peer('serving', [sklearn, 'mlflow==3.5.1', 'azureml-inference-server-http==1.5.1', ...web])
  const bins = {
    mlflow: bin,
    bento: peer('bentoml', ['bentoml==1.4.25', sklearn]),
    mlserver: peer('mlserver', ['mlserver==1.7.1', 'mlserver-sklearn==1.7.1', sklearn]),
  }
  const folder = mkdtempSync(join(tmpdir(), 'laz-bench-endpoints-'))
  const { PATH } = process.env
  const code = 'code_configuration: {code: ./echo, scoring_script: score.py}\n'
  const body = JSON.stringify({ data: row })
  const servers = []
  const start = (path) => {
    Object.assign(process.env, { LAZ_ENVIRONMENT: 'host', PATH: path })
    const server = startServer()
    process.env.PATH = PATH
    servers.push(server)
    return server
  }
  try {
    layEcho(folder)
    if (bin) layOut(folder, bin)
    say('the front …')
    const found = []
    const bare = start(PATH)
    const driver = await deploy(bare, folder, { name: 'driver', yaml: code, body })
    const name = bin ? 'proxy-overhead, the server that comes along' : 'proxy-overhead'
    found.push(...(await overhead(folder, { name, about: 'score_driver.py', served: driver }, rounds)))
    const cold = {
      name: 'from deploying a script to the first answer',
      group: 'endpoints',
      unit: 'ms',
      lazurite: driver.coldMs,
    }
    found.push({ ...cold, replica_mb: driver.mb }) // biome-ignore format: one row
    stop(bare, 'driver')
    if (!bin) return found
    const server = start(`${bin}:${PATH}`)
    const infsrv = await deploy(server, folder, { name: 'infsrv', yaml: code, body })
    const about = 'azureml-inference-server-http'
    found.unshift(...(await overhead(folder, { name: 'proxy-overhead', about, served: infsrv }, rounds)))
    const mlflow = { name: 'rows', yaml: 'model: {path: ./mlflow, type: mlflow_model}\n' }
    const served = await deploy(server, folder, { ...mlflow, body: JSON.stringify({ input_data: [row] }) })
    found.push(...(await models(folder, { served, bins }, rounds)))
    stop(server, 'infsrv', 'rows')
    say('a batch …')
    found.push(...(await batch(server, folder, join(bin, 'python3'), rounds)))
    return found
  } finally {
    for (const server of servers) {
      stop(server, 'driver', 'infsrv', 'rows')
      server.stop()
    }
    rmSync(folder, { recursive: true, force: true })
  }
}
