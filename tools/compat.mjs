// Writes the compatibility report. What it says was seen in the run that wrote it; no line is written by hand.
//   node tools/compat.mjs --examples FOLDER [--seconds N]   every YAML file of a checkout of azureml-examples
//     --keep job,…                                          rows of these kinds stay on the page as they are
//   node tools/compat.mjs --clients                         runs the suites of the clients, and writes what they saw
//   node tools/compat.mjs --clients --from FOLDER           the same of a run that has been: LAZ_REPORT and suites.json
// LAZ_TEST_PYTHON names a Python with azure-ai-ml (its verdict stands beside ours), LAZ_JOB_PYTHON the one jobs run with.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { printClients, readReports, runClients } from './compat/clients.mjs'
import { askExamples } from './compat/examples.mjs'
import { bundle, root } from './setup.mjs'

const page = join(root, 'docs/reference/examples.md')
const words = [
  'works',
  'stored',
  'refused by name',
  'invalid',
  'to be filled in',
  'lacks files',
  'lacks assets',
  'out of reach',
  'lacks software',
  'no end in time',
  'no command',
  'fails',
]

const cell = (text) => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ').replaceAll('<', '&lt;')
const row = (...cells) => `| ${cells.map(cell).join(' | ')} |`
const kept = (kinds) =>
  readFileSync(page, 'utf8')
    .split('\n## ')
    .filter((part) => kinds.includes(part.slice(0, part.indexOf('\n'))))
    .flatMap((part) => {
      const kind = part.slice(0, part.indexOf('\n'))
      const lines = part.split('\n').filter((line) => line.startsWith('| `'))
      return lines.map((line) => {
        const cells = line.slice(2, -2).split(/(?<!\\) \| /)
        const [file, validate, official, command, verdict, why] = cells.map((text) =>
          text.trim().replaceAll('\\|', '|').replaceAll('&lt;', '<'),
        )
        return { kind, file: file.slice(1, -1), validate, official, command, verdict, why }
      })
    })
const count = (rows, test) => rows.filter(test).length || ''

function summary(rows) {
  const kinds = [...new Set(rows.map((one) => one.kind))]
  const lines = kinds.map((kind) => {
    const own = rows.filter((one) => one.kind === kind)
    const agree = own.filter((one) => one.official !== '' && one.official === one.validate).length
    const asked = own.filter((one) => one.official !== '').length
    return row(
      kind || 'none of ours',
      own.length,
      asked === 0 ? '' : `${agree} of ${asked}`,
      ...words.map((word) => count(own, (one) => one.verdict === word)),
    )
  })
  return [
    row('kind', 'files', 'same verdict as azure-ai-ml', ...words),
    `|---|${'---:|'.repeat(words.length + 2)}`,
    ...lines,
  ]
}

function write(rows, commit, seconds) {
  const parts = [
    '# Every example file',
    '',
    `Each YAML file below \`cli/\` of azureml-examples at commit \`${commit.slice(0, 10)}\`, unmodified, asked of \`laz\` on one machine`,
    'without GPU, container engine and network but a package index, which deployments get their packages from. A cluster',
    'that a file names is made first, a deployment gets an endpoint, and a version that another example took with other',
    'content gets one of its own. Written by `node tools/compat.mjs --examples FOLDER`; nothing in it is written by hand.',
    'What deployments answer to the requests of the examples is told in [Endpoints of the examples](example-endpoints.md).',
    '',
    '- **works**: the command ended with exit code 0, for an online deployment once it was ready; a job ran to *Completed*.',
    '- **stored**: accepted, kept and shown; nothing acts on it yet, and the answer said so.',
    '- **refused by name**: the answer says what is not there, why, and the way out.',
    '- **invalid**: `laz validate` refuses the file; beside it what the official client says.',
    '- **to be filled in**: the file has a place such as `<NAME>` that its reader must fill before it says anything.',
    '- **lacks files**: it names files or data that the checkout does not have; a script or a notebook makes them first.',
    '- **lacks assets**: it names data, components or other assets that no file of the examples makes.',
    '- **out of reach**: it reads from an address in the network; the machine that ran this has none.',
    '- **lacks software**: jobs ran on the machine itself, whose Python lacks a module or which lacks a program that the',
    '  environment of the job would bring.',
    `- **no end in time**: the job was still running after ${seconds} seconds, and was cancelled.`,
    '- **no command**: the file is no document of its own, or names no kind.',
    '- **fails**: the command or the job failed, with the first line of why.',
    '',
    ...summary(rows),
    '',
  ]
  for (const kind of new Set(rows.map((one) => one.kind))) {
    parts.push(
      `## ${kind || 'None of ours'}`,
      '',
      row('file', 'laz validate', 'azure-ai-ml', 'command', 'verdict', 'reason'),
      '|---|---|---|---|---|---|',
    )
    for (const one of rows.filter((other) => other.kind === kind))
      parts.push(row(`\`${one.file}\``, one.validate, one.official, one.command, one.verdict, one.why))
    parts.push('')
  }
  writeFileSync(page, parts.join('\n'))
}

const { values } = parseArgs({
  options: {
    examples: { type: 'string' },
    seconds: { type: 'string', default: '240' },
    keep: { type: 'string', default: '' },
    clients: { type: 'boolean', default: false },
    from: { type: 'string' },
  },
})

async function writeExamples(folder) {
  bundle()
  const keep = values.keep.split(',').filter(Boolean)
  const asked = await askExamples(folder, {
    keep,
    python: process.env.LAZ_TEST_PYTHON,
    jobPython: process.env.LAZ_JOB_PYTHON,
    jobSeconds: Number(values.seconds),
    note: (line) => console.log(line),
  })
  const rows = [...asked, ...kept(keep)].sort((a, b) => a.kind.localeCompare(b.kind) || a.file.localeCompare(b.file))
  const commit = execFileSync('git', ['-C', folder, 'rev-parse', 'HEAD'], { encoding: 'utf8' }).trim()
  write(rows, commit, values.seconds)
  for (const word of words) console.log(`${word}: ${count(rows, (one) => one.verdict === word) || 0}`)
}

/** A page that leaves a client out would say less than it seems to: it is not written. */
function writeClients() {
  if (!values.from) bundle()
  const report = values.from ? readReports(resolve(values.from)) : runClients()
  if (report.absent.length > 0) {
    console.error(`These did not run, so the page is not written:\n${report.absent.join('\n')}`)
    process.exit(1)
  }
  writeFileSync(join(root, 'docs/reference/clients.md'), printClients(report))
}

if (values.clients) writeClients()
else if (values.examples) await writeExamples(resolve(values.examples))
else {
  console.error('say what to ask: --examples FOLDER or --clients')
  process.exit(2)
}
