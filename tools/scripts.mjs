// Writes docs/reference/az-scripts.md: every `az ml` command line of the shell scripts in a checkout of azureml-examples,
// read by the table of `laz`. Nothing in it is written by hand.
//   node tools/scripts.mjs --examples FOLDER
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { judgeScripts } from './compat/scripts.mjs'
import { root } from './setup.mjs'
import { loadTables } from './tables.mjs'

const contents = `
export { parseArgs } from './packages/cli/src/args.ts'
export { flagsOf } from './packages/cli/src/flags.ts'
export { findCommand } from './packages/cli/src/run.ts'`

const words = ['parses', 'refused by name', 'not understood']
const cell = (text) => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ').replaceAll('<', '&lt;')
const row = (...cells) => `| ${cells.map(cell).join(' | ')} |`

function page(rows, commit) {
  const count = (own, word) => own.filter((one) => one.verdict === word).length
  const paths = [...new Set(rows.map((one) => one.path))].sort(
    (a, b) => rows.filter((one) => one.path === b).length - rows.filter((one) => one.path === a).length,
  )
  const strange = rows.filter((one) => one.verdict === 'not understood')
  return [
    '# Every az ml command of the example scripts',
    '',
    `Each \`az ml\` command line in the shell scripts below \`cli/\` of azureml-examples at commit \`${commit.slice(0, 10)}\`, its`,
    'words read by the table of `laz`. Nothing is run. Written by `node tools/scripts.mjs --examples FOLDER`.',
    '',
    `${rows.length} commands in ${new Set(rows.map((one) => one.script)).size} scripts: ` +
      `${words.map((word) => `${count(rows, word)} ${word}`).join(', ')}.`,
    '',
    row('command', 'uses', ...words),
    '|---|---:|---:|---:|---:|',
    ...paths.map((path) => {
      const own = rows.filter((one) => one.path === path)
      return row(`\`${path}\``, own.length, ...words.map((word) => count(own, word) || ''))
    }),
    '',
    ...(strange.length === 0
      ? []
      : [
          '## What is not understood',
          '',
          row('script', 'command', 'why'),
          '|---|---|---|',
          ...strange.map((one) => row(`\`${one.script}:${one.line}\``, `\`${one.path}\``, one.reason)),
          '',
        ]),
  ].join('\n')
}

const { values } = parseArgs({ options: { examples: { type: 'string' } } })
if (!values.examples) {
  console.error('say where the examples are: --examples FOLDER')
  process.exit(2)
}
const folder = resolve(values.examples)
const rows = judgeScripts(join(folder, 'cli'), await loadTables(contents))
const commit = execFileSync('git', ['-C', folder, 'rev-parse', 'HEAD'], { encoding: 'utf8' }).trim()
writeFileSync(join(root, 'docs/reference/az-scripts.md'), page(rows, commit))
for (const word of words) console.log(`${word}: ${rows.filter((one) => one.verdict === word).length}`)
