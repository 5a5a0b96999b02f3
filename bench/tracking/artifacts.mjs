// Files through the artifact proxy.
import { ask, cost, send } from './load.mjs'

const sizes = { '10 KB': 10_000, '1 MB': 1_000_000, '64 MB': 64_000_000 }

export async function artifacts({ mine, other }) {
  const found = new Map()
  for (const server of [mine, other].filter(Boolean)) {
    await server.up()
    const { run } = await ask(server, 'POST', 'runs/create', { experiment_id: '0', start_time: 1 })
    const folder = run.info.artifact_uri.replace('mlflow-artifacts:/', '/api/2.0/mlflow-artifacts/artifacts/')
    for (const [size, bytes] of Object.entries(sizes)) {
      const body = Buffer.alloc(bytes, 'lazurite and mlflow ')
      const type = 'application/octet-stream'
      const put = (s, i) => send(s, 'PUT', `${folder}/${bytes}/${Math.abs(i % 20)}.bin`, body, type)
      const get = (s) => send(s, 'GET', `${folder}/${bytes}/1.bin`)
      const budget = { seconds: 1, warm: 0.5, most: 500 }
      found.set(`${server.name} upload ${size}`, await cost(server, put, budget))
      found.set(`${server.name} download ${size}`, await cost(server, get, budget))
    }
    await server.down()
  }
  return Object.keys(sizes).flatMap((size) =>
    ['upload', 'download'].map((what) => {
      const [a, b] = ['lazurite', 'mlflow'].map((who) => found.get(`${who} ${what} ${size}`))
      return { name: `artifact ${what}, ${size}`, group: 'artifact', unit: 'cpu-ms', lazurite: a.cpuMs, peer: b?.cpuMs, wall_ms: a.wallMs, peer_wall_ms: b?.wallMs } // biome-ignore format: one line
    }),
  )
}
