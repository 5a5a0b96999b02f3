// Generates docs/reference (kinds, errors, commands) and the SDK's types from the tables. `--check` fails when one is stale.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from './setup.mjs'
import { loadTables } from './tables.mjs'
import { trackingPage } from './tracking-page.mjs'

const contents = `
export { documents, errors, jsonSchema, kinds, openApi } from './packages/spec/src/index.ts'
export { azMl } from './packages/cli/src/az-ml.ts'
export { registry } from './packages/cli/src/commands.ts'
export { helpAll } from './packages/cli/src/help.ts'
export { printDocuments, printOperations } from './packages/client/src/generator/index.ts'`

const cell = (text) =>
  String(text ?? '')
    .replaceAll('|', '\\|')
    .replaceAll('\n', ' ')
const row = (...cells) => `| ${cells.map(cell).join(' | ')} |`

/** One line a field, nested fields indented by their path; arrays and alternatives are named in the type. */
function fieldsOf(schema, path = '', depth = 0) {
  const required = new Set(schema.required ?? [])
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const at = path ? `${path}.${name}` : name
    const type = field.enum
      ? field.enum.map((value) => `\`${value}\``).join(' ')
      : Array.isArray(field.type)
        ? field.type.join(' or ')
        : (field.type ?? (field.oneOf || field.anyOf ? 'one of several' : ''))
    const own = row(
      `\`${at}\``,
      type,
      required.has(name) ? 'yes' : '',
      field.default === undefined ? '' : `\`${JSON.stringify(field.default)}\``,
      field.description,
    )
    return depth < 2 && field.properties ? [own, ...fieldsOf(field, at, depth + 1)] : [own]
  })
}

/** What a table says of its kind besides its keys. */
function factsOf(kind) {
  const where =
    typeof kind.shape === 'object' ? `\`${kind.shape.under}/…/${kind.collection}\`` : `\`${kind.collection}\``
  const envelope = kind.document?.envelope ? `, with \`kind: ${kind.document.envelope}\` in the envelope` : ''
  const lines = [
    kind.doc,
    kind.document ? `A file of its own; what comes of it is a ${kind.document.of}${envelope}.` : `Collection ${where}.`,
  ]
  if (kind.scope === 'registry') lines.push('Lives in registries.')
  else if (kind.registry) lines.push('Lives in workspaces and in registries.')
  const actions = Object.keys(kind.actions ?? {})
  if (actions.length > 0 && !kind.document) lines.push(`Actions: ${actions.map((name) => `\`${name}\``).join(', ')}.`)
  if (kind.idle) lines.push('', `Not here yet: ${kind.idle.why}. Instead: ${kind.idle.instead}.`)
  return lines
}

function kindsPage({ kinds, documents, jsonSchema }) {
  const parts = [
    '# Kinds',
    '',
    'Generated from the tables in `packages/spec/src/kinds`; `npm run docs` writes this page anew.',
    '',
  ]
  for (const kind of [...kinds, ...documents]) {
    const schema = jsonSchema(kind.name)
    parts.push(`## ${kind.name}`, '', ...factsOf(kind), '')
    for (const variant of schema.oneOf ?? schema.anyOf ?? [schema]) {
      if (variant !== schema) parts.push(`### ${variant.title ?? variant.properties?.type?.const ?? kind.name}`, '')
      const fields = fieldsOf(variant)
      if (fields.length > 0)
        parts.push(row('key', 'type', 'required', 'default', 'meaning'), '|---|---|---|---|---|', ...fields, '')
    }
  }
  return parts.join('\n')
}

function errorsPage({ errors }) {
  const parts = [
    '# Errors',
    '',
    'Generated from `packages/spec/src/error-table.ts`; `npm run docs` writes this page anew.',
    '',
  ]
  parts.push(row('code', 'HTTP', 'ARM', 'MLflow', 'Blob', 'message', 'how to mend it'), '|---|---|---|---|---|---|---|')
  for (const [code, { http, arm, mlflow, blob, text, hint }] of Object.entries(errors))
    parts.push(row(`\`${code}\``, http, arm, mlflow, blob, text, hint))
  return `${parts.join('\n')}\n`
}

/** What a create keeps that nothing moves yet. */
function idleOf({ path, kind }) {
  return path.endsWith(' create') && kind?.idle ? [`Stored and shown: ${kind.idle.why}.`] : []
}

/** Each command of `az ml` beside ours: what is served, what is refused and why, which flags. */
function azMlPage({ azMl, registry }) {
  const ours = new Map(registry.groups().flatMap((group) => group.commands.map((c) => [c.path, c])))
  const rows = [...azMl()].map(([path, flags]) => {
    const command = ours.get(path)
    const refused = (command?.flags ?? []).filter(
      (flag) => flag.refused && flags.some(({ name }) => name === flag.name),
    )
    const words = command?.refused
      ? `refused: ${command.refused[0]}. ${command.refused[1]}`
      : command
        ? [...refused.map((flag) => `\`--${flag.name}\` is refused: ${flag.refused[0]}.`), ...idleOf(command)].join(' ')
        : 'not understood'
    return {
      served: command && !command.refused,
      line: row(`\`az ml ${path}\``, `\`laz ${path}\``, flags.length, words),
    }
  })
  const theirs = new Set([...azMl().keys()])
  const more = [...registry.roots(), ...ours.values()].filter((c) => !c.refused && !theirs.has(c.path))
  return [
    '# From az ml to laz',
    '',
    'Generated from the command table of `laz` and the list of `az ml` in `packages/cli/src/az-ml.ts`; `npm run docs`',
    'writes this page anew, and a test holds one against the other, flag by flag.',
    '',
    `${rows.length} commands: ${rows.filter((one) => one.served).length} served, the others refused by name.`,
    '',
    row('in the cloud', 'here', 'flags', ''),
    '|---|---|---:|---|',
    ...rows.map((one) => one.line),
    '',
    '## What only laz has',
    '',
    row('command', 'what it does'),
    '|---|---|',
    ...more.map((c) => row(`\`laz ${c.path}\``, c.doc)),
    '',
  ].join('\n')
}

function commandsPage({ helpAll, registry }) {
  const { groups } = helpAll({ out: { colour: false, tty: false, width: 110 } }, registry).value
  const parts = [
    '# Commands',
    '',
    'Generated from the command table of `laz`; `npm run docs` writes this page anew.',
    '',
  ]
  for (const { name, help } of groups) parts.push(`## ${`laz ${name}`.trim()}`, '', '```', help.trimEnd(), '```', '')
  return parts.join('\n')
}

/** The house's format and order of imports, on text that has no file yet. */
function format(name, input) {
  const words = ['biome', 'check', '--write', `--stdin-file-path=${name}`]
  const { status, stdout, stderr } = spawnSync('npx', words, { cwd: root, input, encoding: 'utf8', maxBuffer: 2 ** 26 })
  if (status !== 0) throw new Error(`${name} cannot be formatted: ${stderr}`)
  return stdout
}

/** Files of data, read by programs: one line a path, a schema, a kind. */
function data(value, depth = 3) {
  if (depth === 0 || value === null || typeof value !== 'object' || Array.isArray(value)) return JSON.stringify(value)
  const entries = Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}: ${data(inner, depth - 1)}`)
  return `{\n${entries.join(',\n')}\n}`
}

const tables = await loadTables(contents)
const sdk = 'packages/client/generated'
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const schemas = Object.fromEntries(
  [...tables.kinds, ...tables.documents].map(({ name }) => [name, tables.jsonSchema(name)]),
)
const pages = {
  'docs/reference/kinds.md': kindsPage(tables),
  'docs/reference/errors.md': errorsPage(tables),
  'docs/reference/openapi.json': `${data(tables.openApi({ version }))}\n`,
  'docs/reference/schemas.json': `${data(schemas, 1)}\n`,
  'docs/reference/az-ml.md': azMlPage(tables),
  'docs/reference/commands.md': commandsPage(tables),
  'docs/reference/mlflow.md': trackingPage(root),
  [`${sdk}/documents.ts`]: format(`${sdk}/documents.ts`, tables.printDocuments()),
  [`${sdk}/operations.ts`]: format(`${sdk}/operations.ts`, tables.printOperations()),
}
const stale = Object.entries(pages).filter(
  ([name, text]) => !existsSync(join(root, name)) || readFileSync(join(root, name), 'utf8') !== text,
)
if (process.argv.includes('--check')) {
  for (const [name] of stale) console.error(`${name} is stale: npm run docs`)
  process.exitCode = stale.length > 0 ? 1 : 0
} else
  for (const [name, text] of stale) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
