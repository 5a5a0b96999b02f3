// Code that is submitted again: a folder of 10,000 files beside 30,000 ignored ones, as it was and with one file changed.
// Beside git, which keeps the same kind of memory of a folder, and beside the official client's own look at it.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../tools/setup.mjs'
import { laz, median, say, startServer, timed } from './tools.mjs'

function lay(folder) {
  say('10,000 files and 30,000 ignored ones …')
  for (let dir = 0; dir < 100; dir++) {
    mkdirSync(join(folder, `d${dir}`), { recursive: true })
    for (let n = 0; n < 100; n++)
      writeFileSync(join(folder, `d${dir}`, `f${n}.py`), `# ${dir} ${n}\n`.padEnd(1200, 'x = 1\n'))
  }
  for (let dir = 0; dir < 300; dir++) {
    mkdirSync(join(folder, 'node_modules', `m${dir}`), { recursive: true })
    for (let n = 0; n < 100; n++) writeFileSync(join(folder, 'node_modules', `m${dir}`, `${n}.js`), '1')
  }
  writeFileSync(join(folder, '.gitignore'), 'node_modules/\n__pycache__/\n')
  const git = (...args) => execFileSync('git', args, { cwd: folder, stdio: 'ignore' })
  git('init', '-q', '--separate-git-dir', join(folder, '..', 'git'))
  git('add', '-A')
}

const python = process.env.LAZ_TEST_PYTHON ?? join(root, '.venv/azure/bin/python')
const official = `
import sys, time
from azure.ai.ml._utils._asset_utils import get_ignore_file, get_object_hash
start = time.perf_counter()
get_object_hash(sys.argv[1], get_ignore_file(sys.argv[1]))
print((time.perf_counter() - start) * 1000)
`

export async function measure({ rounds = 7 }) {
  const folder = mkdtempSync(join(tmpdir(), 'laz-bench-snapshots-'))
  const code = join(folder, 'code')
  const server = startServer()
  try {
    lay(code)
    const create = async () => {
      const ran = await timed(process.execPath, [laz, 'code', 'create', '--path', code], { env: server.env })
      if (ran.code !== 0) throw new Error(`laz code create:\n${ran.output}`)
      return ran.allMs
    }
    say('the first upload …')
    const firstMs = await create()
    const start = async () => (await timed(process.execPath, [laz, '--version'], { env: server.env })).allMs
    const status = async () => (await timed('git', ['status', '--short'], { cwd: code })).allMs
    const figures = { same: [], start: [], git: [], changed: [], gitChanged: [], azure: [] }
    await create()
    for (let round = 0; round < rounds; round++) {
      say(`round ${round + 1} …`)
      figures.start.push(await start())
      figures.same.push(await create())
      figures.git.push(await status())
      // a change and back: the content is known, so that the look alone is measured
      const file = join(code, 'd7/f7.py')
      writeFileSync(file, '# 7 7\n'.padEnd(1200, 'x = 1\n'))
      await new Promise((done) => setTimeout(done, 100))
      figures.changed.push(await create())
      figures.gitChanged.push(await status())
      if (existsSync(python))
        figures.azure.push(Number(execFileSync(python, ['-c', official, code], { encoding: 'utf8' })))
    }
    const net = (values) => median(values) - median(figures.start)
    const row = (name, ours, peer, peerName) => ({
      name,
      group: 'snapshots',
      unit: 'ms',
      lazurite: ours,
      ...(peer === undefined ? { missing: true } : { peer, ratio: ours / peer }),
      peer_name: peerName,
    })
    const azure = figures.azure.length > 0 ? median(figures.azure) : undefined
    return [
      {
        ...row('unchanged', net(figures.same), median(figures.git), 'git status'),
        whole_ms: median(figures.same),
        first_ms: firstMs,
      },
      row('unchanged', net(figures.same), azure, 'azure-ai-ml, its hash alone'),
      row('one file written again', net(figures.changed), median(figures.gitChanged), 'git status'),
      row('one file written again', net(figures.changed), azure, 'azure-ai-ml, its hash alone'),
    ]
  } finally {
    server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
