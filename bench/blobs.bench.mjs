// Bytes through the storage face: one big file and many small ones, up and down, beside Azurite (the same official client)
// and beside nginx (the same plain requests), each with its memory.
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { Readable } from 'node:stream'
import { AnonymousCredential, ContainerClient, newPipeline, StorageSharedKeyCredential } from '@azure/storage-blob'
import { root } from '../tools/setup.mjs'
import { call, memoryMb, say, sideBySide, startServer } from './tools.mjs'

const MiB = 1024 * 1024
const bigBytes = 512 * MiB
const smallCount = 2000
const smallBytes = 4096
const lanes = 16
const piece = randomBytes(MiB)
const small = piece.subarray(0, smallBytes)

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}

async function untilOpen(url) {
  for (let left = 100; left > 0; left--) {
    const open = await fetch(url).then(
      () => true,
      () => false,
    )
    if (open) return true
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return false
}

/** The container of Lazurite: for the official client, and for plain requests. */
async function lazurite(server) {
  const path = `${server.workspace}/datastores/workspaceblobstore`
  const { properties } = await call(server, 'GET', path)
  const { sasToken } = await call(server, 'POST', `${path}/listSecrets`, { expireAfterHours: 24 })
  const url = `${server.url}/${properties.accountName}/${properties.containerName}`
  return {
    container: new ContainerClient(`${url}?${sasToken}`, newPipeline(new AnonymousCredential())),
    plain: (name) => `${url}/${name}?${sasToken}`,
    pid: server.pid,
  }
}

/** The same of Azurite; undefined with a line when it is not installed. */
async function azurite(folder) {
  const program = join(root, 'test/clients/js/node_modules/.bin/azurite-blob')
  if (!existsSync(program)) return void say('Azurite is not there: npm install in test/clients/js brings it')
  const port = await freePort()
  const flags = ['--silent', '--skipApiVersionCheck', '--disableTelemetry', '--location', folder]
  const child = spawn(process.execPath, [program, '--blobPort', String(port), ...flags], { stdio: 'ignore' })
  const url = `http://127.0.0.1:${port}/devstoreaccount1`
  if (!(await untilOpen(url))) return void say('Azurite does not answer')
  // The account and key that every Azurite has; its documentation names them.
  const key = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='
  const credential = new StorageSharedKeyCredential('devstoreaccount1', key)
  const container = new ContainerClient(`${url}/bench`, newPipeline(credential))
  await container.create()
  return { container, pid: child.pid, stop: () => child.kill() }
}

/** nginx over a folder, with PUT where it was built with it; undefined with a line when it is not installed. */
async function nginx(folder) {
  const built = spawnSync('nginx', ['-V'], { encoding: 'utf8' })
  if (built.error) return void say('nginx is not there: apt-get install nginx-light brings it')
  const dav = built.stderr.includes('http_dav_module')
  const port = await freePort()
  mkdirSync(join(folder, 'files'))
  mkdirSync(join(folder, 'temp'))
  const temps = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].filter((name) => name !== 'client_body')
  const put = dav ? 'dav_methods PUT; create_full_put_path on;' : ''
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
events {}
http {
  access_log off; sendfile on; client_max_body_size 0; keepalive_requests 1000000;
  client_body_temp_path ${folder}/temp; ${temps.map((name) => `${name}_temp_path ${folder}/temp;`).join(' ')}
  server { listen 127.0.0.1:${port}; root ${folder}/files; ${put} }
}
`,
  )
  // as root it would read and write as somebody else, who may not enter the folder
  const who = process.getuid?.() === 0 ? ['-g', 'user root;'] : []
  const child = spawn('nginx', ['-e', join(folder, 'error.log'), '-c', join(folder, 'nginx.conf'), ...who], {
    stdio: 'ignore',
  })
  if (!(await untilOpen(`http://127.0.0.1:${port}/`))) return void say('nginx does not answer')
  return {
    plain: (name) => `http://127.0.0.1:${port}/${name}`,
    dav,
    worker: () => Number(spawnSync('pgrep', ['-P', String(child.pid)], { encoding: 'utf8' }).stdout.split('\n')[0]),
    stop: () => child.kill('SIGTERM'),
  }
}

const agent = new Agent({ keepAlive: true, maxSockets: lanes })

function plainRequest(method, url, headers, body) {
  return new Promise((resolve, reject) => {
    const out = request(url, { method, headers, agent }, (answer) => {
      let length = 0
      answer.on('data', (part) => {
        length += part.length
      })
      answer.on('end', () =>
        answer.statusCode < 300 ? resolve(length) : reject(new Error(`${method}: ${answer.statusCode}`)),
      )
      answer.on('error', reject)
    })
    out.on('error', reject)
    if (body instanceof Readable) body.pipe(out)
    else out.end(body)
  })
}

function* pieces() {
  for (let at = 0; at < bigBytes; at += MiB) yield piece
}
const bigBody = () => Readable.from(pieces(), { objectMode: false })

async function inLanes(work) {
  let next = 0
  const lane = async () => {
    for (let n = next++; n < smallCount; n = next++) await work(n)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}

const timed = (work) => async () => {
  const started = performance.now()
  await work()
  return performance.now() - started
}

/** What the official client does; the name of a subject tells its files from another's. */
function byClient({ container }) {
  const big = container.getBlockBlobClient('big')
  const one = (n) => container.getBlockBlobClient(`many/${n % 50}/${n}`)
  return {
    bigUp: timed(() => big.uploadStream(bigBody(), 8 * MiB, 4)),
    bigDown: timed(async () => {
      const { readableStreamBody } = await big.download()
      let length = 0
      for await (const part of readableStreamBody) length += part.length
      if (length !== bigBytes) throw new Error(`${length} bytes came back`)
    }),
    manyUp: timed(() => inLanes((n) => one(n).upload(small, smallBytes))),
    manyDown: timed(() => inLanes((n) => one(n).downloadToBuffer(0, smallBytes))),
    list: timed(async () => {
      let found = 0
      for await (const _ of container.listBlobsFlat({ prefix: 'many/' })) found++
      if (found !== smallCount) throw new Error(`${found} blobs are listed`)
    }),
  }
}

/** What any client can do. */
function byRequests({ plain }) {
  const type = { 'x-ms-blob-type': 'BlockBlob' }
  return {
    bigUp: timed(() => plainRequest('PUT', plain('plain'), { ...type, 'content-length': bigBytes }, bigBody())),
    bigDown: timed(() => plainRequest('GET', plain('plain'), {})),
    manyUp: timed(() =>
      inLanes((n) =>
        plainRequest('PUT', plain(`plain-many/${n % 50}/${n}`), { ...type, 'content-length': smallBytes }, small),
      ),
    ),
    manyDown: timed(() => inLanes((n) => plainRequest('GET', plain(`plain-many/${n % 50}/${n}`), {}))),
  }
}

const kinds = [
  ['bigUp', 'one file of 512 MiB up', 'MB/s', (ms) => bigBytes / 1e6 / (ms / 1000)],
  ['bigDown', 'the same down', 'MB/s', (ms) => bigBytes / 1e6 / (ms / 1000)],
  ['manyUp', '2,000 files of 4 KiB up', 'files/s', (ms) => smallCount / (ms / 1000)],
  ['manyDown', 'the same down', 'files/s', (ms) => smallCount / (ms / 1000)],
  ['list', 'the same listed', 'files/s', (ms) => smallCount / (ms / 1000)],
]

/** One table of subjects measured in turn; every round empties nothing, so that files are replaced as in life. */
async function compare(title, subjects, rounds) {
  const [peerName] = Object.keys(subjects).filter((name) => name !== 'lazurite')
  const rows = []
  for (const [key, name, unit, speed] of kinds) {
    const here = Object.fromEntries(
      Object.entries(subjects).flatMap(([who, has]) => (has[key] ? [[who, has[key]]] : [])),
    )
    if (!here.lazurite) continue
    say(`${title}: ${name} …`)
    const ms = await sideBySide(here, rounds)
    const row = { name: `${title}/${name}`, group: 'blobs', unit, lazurite: speed(ms.lazurite), peer_name: peerName }
    rows.push(
      ms[peerName] === undefined
        ? { ...row, missing: true }
        : { ...row, peer: speed(ms[peerName]), ratio: ms[peerName] / ms.lazurite },
    )
  }
  return rows
}

export async function measure({ rounds = 5 }) {
  const folder = mkdtempSync(join(tmpdir(), 'laz-bench-blobs-'))
  for (const name of ['azurite', 'nginx']) mkdirSync(join(folder, name))
  const server = startServer()
  const stops = [() => server.stop()]
  try {
    const ours = await lazurite(server)
    const theirs = await azurite(join(folder, 'azurite'))
    if (theirs) stops.push(theirs.stop)
    const web = await nginx(join(folder, 'nginx'))
    if (web) stops.push(web.stop)
    if (web && !web.dav) placeByHand(join(folder, 'nginx/files'))
    const other = web && byRequests(web)
    const nginxDoes = web && !web.dav ? { bigDown: other.bigDown, manyDown: other.manyDown } : (other ?? {})
    const official = { lazurite: byClient(ours), azurite: theirs ? byClient(theirs) : {} }
    const rows = [
      ...(await compare('official client', official, rounds)),
      ...(await compare('plain requests', { lazurite: byRequests(ours), nginx: nginxDoes }, rounds)),
    ]
    const memory = (field, pid) => (pid ? memoryMb(pid, field) : undefined)
    for (const [name, pid] of Object.entries({ azurite: theirs?.pid, nginx: web?.worker() })) {
      rows.push({
        name: `most memory held, beside ${name}`,
        group: 'blobs',
        unit: 'MB',
        lazurite: memoryMb(ours.pid, 'VmHWM'),
        peer_name: name,
        ...(pid
          ? { peer: memory('VmHWM', pid), ratio: memoryMb(ours.pid, 'VmHWM') / memory('VmHWM', pid) }
          : { missing: true }),
      })
    }
    return rows
  } finally {
    agent.destroy()
    for (const stop of stops.reverse()) stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** An nginx without PUT is handed its files. */
function placeByHand(files) {
  writeFileSync(join(files, 'plain'), Buffer.concat([...pieces()]))
  for (let n = 0; n < smallCount; n++) {
    mkdirSync(join(files, `plain-many/${n % 50}`), { recursive: true })
    writeFileSync(join(files, `plain-many/${n % 50}/${n}`), small)
  }
  if (readdirSync(files).length !== 2) throw new Error('the files of nginx are not there')
}
