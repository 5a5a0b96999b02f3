// Writes the compatibility report. What it says was seen in the run that wrote it; no line is written by hand.
//   node tools/compat.mjs --examples FOLDER [--seconds N]   every YAML file of a checkout of azureml-examples
// LAZ_TEST_PYTHON names a Python with azure-ai-ml (its verdict stands beside ours), LAZ_JOB_PYTHON the one jobs run with.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { askExamples } from './compat/examples.mjs'
import { bundle, root } from './setup.mjs'

const page = join(root, 'docs/reference/examples.md')
const words = ['works', 'stored', 'refused by name', 'invalid', 'fails', 'no end in time']

const cell = (text) => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ').replaceAll('<', '&lt;')
const row = (...cells) => `| ${cells.map(cell).join(' | ')} |`
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

function write(rows, commit) {
  const parts = [
    '# Every example file',
    '',
    `Each YAML file below \`cli/\` of azureml-examples at commit \`${commit.slice(0, 10)}\`, unmodified, asked of \`laz\` on one machine`,
    'without GPU and without a container engine. Written by `node tools/compat.mjs --examples FOLDER`; nothing in it is',
    'written by hand.',
    '',
    '- **works**: the command ended with exit code 0; a job ran to *Completed*.',
    '- **stored**: accepted, kept and shown; nothing acts on it yet, and the answer said so.',
    '- **refused by name**: the answer says what is not there, why, and the way out.',
    '- **invalid**: `laz validate` refuses the file; beside it what the official client says.',
    '- **fails**: the command or the job failed, with the first line of why.',
    '',
    ...summary(rows),
    '',
  ]
  for (const kind of new Set(rows.map((one) => one.kind))) {
    parts.push(
      `## ${kind || 'None of ours'}`,
      '',
      row('file', 'laz validate', 'azure-ai-ml', 'verdict', 'reason'),
      '|---|---|---|---|---|',
    )
    for (const one of rows.filter((other) => other.kind === kind))
      parts.push(row(`\`${one.file}\``, one.validate, one.official, one.verdict, one.why))
    parts.push('')
  }
  writeFileSync(page, parts.join('\n'))
}

const { values } = parseArgs({ options: { examples: { type: 'string' }, seconds: { type: 'string', default: '240' } } })
if (!values.examples) {
  console.error('say where the examples are: --examples FOLDER')
  process.exit(2)
}
const folder = resolve(values.examples)
bundle()
const rows = await askExamples(folder, {
  python: process.env.LAZ_TEST_PYTHON,
  jobSeconds: Number(values.seconds),
  note: (line) => console.log(line),
})
write(rows, execFileSync('git', ['-C', folder, 'rev-parse', 'HEAD'], { encoding: 'utf8' }).trim())
for (const word of words) console.log(`${word}: ${count(rows, (one) => one.verdict === word) || 0}`)
