// Draws the README's pictures: real commands on a real server, in a pseudo-terminal, as SVG. `npm run pictures`; names
// after it draw those alone: `npm run pictures -- endpoint`.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundle, root } from './setup.mjs'

const columns = 104
const cell = { width: 8.43, height: 19 }
const colours = {
  30: '#6b7280',
  31: '#f87171',
  32: '#4ade80',
  33: '#fbbf24',
  34: '#60a5fa',
  35: '#c084fc',
  36: '#22d3ee',
  90: '#6b7280',
}

const escapeText = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** What is on the screen in the end: lines of runs {text, style}; knows colours, and moving up to draw anew. */
function screen(output) {
  const lines = [[]]
  let row = 0
  let style = {}
  const put = (text) => {
    lines[row] ??= []
    lines[row].push({ text, style: { ...style } })
  }
  for (const [, codes, kind, line, text] of output.matchAll(/\x1b\[([\d;?]*)([A-Za-z])|(\r?\n)|([^\x1b\r\n]+)|\r/g)) {
    if (line) {
      row++
      lines[row] ??= []
    } else if (text) put(text)
    else if (kind === 'A') row = Math.max(0, row - Number(codes || 1))
    else if (kind === 'J') {
      lines.length = row
      lines[row] = []
    } else if (kind === 'K') lines[row] = []
    else if (kind === 'm') {
      for (const code of (codes || '0').split(';').map(Number)) {
        if (code === 0) style = {}
        else if (code === 1) style.bold = true
        else if (code === 2) style.dim = true
        else if (code === 22) style = { ...style, bold: false, dim: false }
        else if (code === 39) style.colour = undefined
        else if (colours[code]) style.colour = colours[code]
      }
    }
  }
  while (lines.length > 0 && lines.at(-1).every((run) => !run.text.trim())) lines.pop()
  return lines
}

/** Lines longer than the terminal go on in the next one, as they do in a terminal. */
function wrap(lines) {
  return lines.flatMap((runs) => {
    const rows = [[]]
    let room = columns
    for (const { text, style } of runs) {
      let rest = text
      while (rest.length > room) {
        rows.at(-1).push({ text: rest.slice(0, room), style })
        rest = rest.slice(room)
        rows.push([])
        room = columns
      }
      rows.at(-1).push({ text: rest, style })
      room -= rest.length
    }
    return rows
  })
}

function draw(title, unwrapped) {
  const lines = wrap(unwrapped)
  const width = Math.ceil(columns * cell.width) + 40
  const height = lines.length * cell.height + 72
  const body = lines.map((runs, at) => {
    const spans = runs.map(({ text, style }) => {
      const attributes = [
        style.colour ? `fill="${style.colour}"` : '',
        style.bold ? 'font-weight="700"' : '',
        style.dim ? 'opacity="0.6"' : '',
      ]
      return `<tspan ${attributes.join(' ').trim()}>${escapeText(text)}</tspan>`
    })
    return `<text x="20" y="${64 + at * cell.height}" xml:space="preserve">${spans.join('')}</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeText(title)}">
<rect width="${width}" height="${height}" rx="10" fill="#0f172a"/>
<circle cx="22" cy="20" r="6" fill="#f87171"/><circle cx="42" cy="20" r="6" fill="#fbbf24"/><circle cx="62" cy="20" r="6" fill="#4ade80"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="#e2e8f0">
${body.join('\n')}
</g>
</svg>
`
}

bundle()
const only = process.argv.slice(2)
const home = mkdtempSync(join(tmpdir(), 'laz-pictures-'))
const folder = join(root, 'docs/pictures')
mkdirSync(folder, { recursive: true })
const bin = join(home, 'bin')
mkdirSync(bin)
writeFileSync(
  join(bin, 'laz'),
  `#!/bin/sh\nexec "${process.execPath}" "${join(root, 'packages/cli/bin/laz.cjs')}" "$@"\n`,
  { mode: 0o755 },
)
const env = {
  ...process.env,
  PATH: `${bin}:${process.env.PATH}`,
  LAZ_HOME: join(home, 'state'),
  TERM: 'xterm-256color',
  NO_COLOR: undefined,
}

/** Runs commands one after another in a terminal; the picture shows each behind a prompt. */
function picture(name, commands, { cwd = root, lines: shown = (lines) => lines } = {}) {
  const all = []
  for (const command of commands) {
    const { stdout } = spawnSync('script', ['-qec', `stty cols ${columns} rows 50; ${command}`, '/dev/null'], {
      cwd,
      env,
      encoding: 'utf8',
    })
    if (all.length > 0) all.push([])
    all.push([
      { text: '$ ', style: { colour: colours[32] } },
      { text: command, style: { bold: true } },
    ])
    // the address and the folder of this very run say nothing to a reader
    const clean = stdout
      .replaceAll(join(home, 'state'), '~/.lazurite')
      .replaceAll(`${root}/`, '')
      .replace(/\?wsid=\S+/g, '?…')
      .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:8787')
    all.push(...shown(screen(clean)))
  }
  if (only.length > 0 && !only.includes(name)) return
  writeFileSync(join(folder, `${name}.svg`), draw(commands.join('; '), all))
  console.log(`docs/pictures/${name}.svg`)
}

try {
  const iris = join(root, 'examples/iris')
  spawnSync('laz', ['up', '--port', '0'], { env })
  picture('run', ['laz job create -f pipeline.yml --stream -n iris'], { cwd: iris })
  picture('list', ['laz job list', 'laz model list', 'laz status'], { cwd: iris })
  writeFileSync(
    join(home, 'job.yml'),
    'comand: python train.py --lr ${{inputs.lr}}\ntype: command\nenvironment: sklearn:1\ninputs:\n  learning-rate: 0.1\ntags:\n  team: 7\n',
  )
  picture('validate', ['laz validate job.yml'], { cwd: home })
  writeFileSync(join(home, 'fails.yml'), 'command: python -c "import torch"\nenvironment: azureml:host@latest\n')
  picture('failure', ['laz job create -f fails.yml --stream -n fails'], { cwd: home })
  spawnSync('laz', ['online-endpoint', 'create', '-f', 'endpoint.yml'], { cwd: iris, env })
  picture(
    'endpoint',
    [
      'laz online-deployment create -f deployment.yml --all-traffic --query lazurite -o yaml',
      'laz online-endpoint invoke -n iris --request-file sample.json --query species -o yaml',
      'laz online-deployment create -f deployment.yml --name green --set instance_count=2 -o none',
      'laz online-endpoint update -n iris --traffic "blue=90 green=10" --query traffic -o yaml',
      'laz online-deployment list -e iris -o table',
    ],
    { cwd: iris },
  )
  spawnSync(
    'laz',
    ['job', 'create', '-f', 'pipeline.yml', '--stream', '-n', 'iris-slow', '--set', 'inputs.learning_rate=0.02'],
    { cwd: iris, env },
  )
  picture('diff', ['laz job diff iris iris-slow'], { cwd: iris })
} finally {
  spawnSync('laz', ['online-endpoint', 'delete', '-n', 'iris', '--yes'], { env })
  const serving = join(home, 'state/serving')
  // replicas outlive their server
  for (let looks = 0; looks < 100 && existsSync(serving) && readdirSync(serving).length > 0; looks++)
    await new Promise((go) => setTimeout(go, 100))
  spawnSync('laz', ['down'], { env })
  rmSync(home, { recursive: true, force: true })
}
