// `npm run bench -- NAME [--json] [--rounds N]`: one benchmark, medians and ratios measured side by side in one run.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { bundle, install, root } from '../tools/setup.mjs'

const args = process.argv.slice(2)
const json = args.includes('--json')
const roundsAt = args.indexOf('--rounds')
const names = readdirSync(join(root, 'bench'))
  .filter((file) => file.endsWith('.bench.mjs'))
  .map((file) => file.slice(0, -'.bench.mjs'.length))
const name = args.find((arg, at) => !arg.startsWith('--') && (roundsAt < 0 || at !== roundsAt + 1))

if (!name || !names.includes(name)) {
  console.error(`usage: npm run bench -- NAME [--json] [--rounds N]\n  NAME is one of ${names.join(', ')}`)
  process.exit(2)
}

/** What the figures were measured on; figures of two machines are never compared. */
function machine() {
  const [cpu] = cpus()
  const kernel = execFileSync('uname', ['-sr'], { encoding: 'utf8' }).trim()
  return {
    cpu: cpu?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memory_gib: Math.round(totalmem() / 2 ** 30),
    kernel,
    node: process.version,
  }
}

/** Figures with as many digits as they deserve. */
const show = (value) => (value === undefined ? '–' : Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2))

function print(rows) {
  const head = ['name', 'unit', 'lazurite', 'peer', 'peer name', 'ratio', 'goal', 'more']
  const known = new Set(['name', 'group', 'unit', 'lazurite', 'peer', 'peer_name', 'ratio', 'goal', 'missing'])
  const lines = rows.map((row) => [
    row.name,
    row.unit,
    show(row.lazurite),
    row.missing ? 'missing' : show(row.peer),
    row.peer_name ?? '',
    show(row.ratio),
    row.goal ?? '',
    Object.entries(row)
      .filter(([key]) => !known.has(key))
      .map(([key, value]) => `${key}=${typeof value === 'number' ? show(value) : value}`)
      .join(' '),
  ])
  const widths = head.map((title, at) => Math.max(title.length, ...lines.map((line) => line[at].length)))
  for (const line of [head, ...lines])
    console.log(
      line
        .map((cell, at) => cell.padEnd(widths[at]))
        .join('  ')
        .trimEnd(),
    )
}

if (json) process.env.LAZ_BENCH_QUIET = '1'
if (!existsSync(join(root, 'node_modules'))) install()
if (!process.env.LAZ_BENCH_LAZ) bundle()
const { measure } = await import(`./${name}.bench.mjs`)
const rounds = roundsAt < 0 ? undefined : Number(args[roundsAt + 1])
const rows = await measure({ rounds })
if (json) console.log(JSON.stringify({ machine: machine(), rows }))
else {
  const { cpu, cores, memory_gib, kernel, node } = machine()
  console.log(`\n${cpu}, ${cores} cores, ${memory_gib} GiB, ${kernel}, Node ${node}; medians of one run\n`)
  print(rows)
}
