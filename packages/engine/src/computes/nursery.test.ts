import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Nursery } from './nursery.ts'

const program = (name: string) => spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim()

let root: string
let nursery: Nursery
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'laz-nursery-'))
  nursery = new Nursery({ bash: program('bash'), setsid: program('setsid'), env: { PATH: process.env.PATH ?? '' } })
})
afterEach(() => rmSync(root, { recursive: true, force: true, maxRetries: 20 }))

/** A folder whose wrapper writes down who it is: pid, parent, group, session and the signals its programs ignore. */
function folder(name: string): string {
  const path = join(root, name)
  mkdirSync(path)
  const text = `read -r s < "/proc/$$/stat"; set -- "$1" \${s##*) }
ignored=$(grep SigIgn /proc/self/status)
echo "$$ $3 $4 $5 \${ignored##*[!0-9a-f]} $1" > told.tmp; mv told.tmp told\n`
  writeFileSync(join(path, 'wrapper.sh'), text)
  return path
}

async function told(path: string) {
  await expect.poll(() => existsSync(join(path, 'told')), { timeout: 10_000, interval: 5 }).toBe(true)
  const [pid, parent, group, session, ignored, ...words] = readFileSync(join(path, 'told'), 'utf8').trim().split(' ')
  const interrupts = 0b110n
  return {
    pid: Number(pid),
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    deaf: BigInt(`0x${ignored}`) & interrupts,
    folder: words.join(' '),
  }
}

test('answers the pid of each wrapper, which leads a session of its own and hears interrupts', async () => {
  const paths = ['a', 'b c', "d'e\\"].map(folder)
  const pids = await Promise.all(paths.map((path) => nursery.start(path)))
  for (const [n, path] of paths.entries()) {
    const seen = await told(path)
    expect(seen).toMatchObject({ pid: pids[n], group: pids[n], session: pids[n], deaf: 0n, folder: path })
  }
})

test('goes on when its shell was killed', async () => {
  const first = folder('first')
  await nursery.start(first)
  process.kill((await told(first)).parent, 'SIGKILL')
  for (const name of ['second', 'third']) {
    const path = folder(name)
    const pid = await nursery.start(path)
    expect(await told(path)).toMatchObject({ pid, session: pid })
  }
})

test('starts what no line can name, too', async () => {
  const path = folder('two\nlines')
  const pid = await nursery.start(path)
  expect(await told(path)).toMatchObject({ pid, session: pid })
})

test('says why when nothing starts', async () => {
  await expect(nursery.start(join(root, 'nothing'))).rejects.toMatchObject({ code: 'ComputeFailed' })
})
