// Generates docs/reference from the tables: kinds, errors and commands. `--check` fails when a page is stale.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { root } from './setup.mjs'

/** Loads the source of a package as one module, so that no build is needed first. */
async function load(entry) {
  const outfile = join(root, 'node_modules/.cache', `docs-${entry.replace(/\W/g, '-')}.mjs`)
  await build({
    entryPoints: [join(root, entry)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['source'],
    logLevel: 'error',
  })
  return import(`${pathToFileURL(outfile)}?${Date.now()}`)
}

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

function kindsPage({ kinds, jsonSchema }) {
  const parts = [
    '# Kinds',
    '',
    'Generated from the tables in `packages/spec/src/kinds`; `npm run docs` writes this page anew.',
    '',
  ]
  for (const kind of kinds) {
    const schema = jsonSchema(kind)
    parts.push(`## ${kind.name}`, '', `Collection \`${kind.collection}\`.`, '')
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
    'Generated from `packages/spec/src/errors.ts`; `npm run docs` writes this page anew.',
    '',
  ]
  parts.push(row('code', 'HTTP', 'ARM', 'MLflow', 'Blob', 'message', 'how to mend it'), '|---|---|---|---|---|---|---|')
  for (const [code, { http, arm, mlflow, blob, text, hint }] of Object.entries(errors))
    parts.push(row(`\`${code}\``, http, arm, mlflow, blob, text, hint))
  return `${parts.join('\n')}\n`
}

function commandsPage() {
  const laz = (...args) =>
    execFileSync(process.execPath, [join(root, 'packages/cli/bin/laz.cjs'), ...args], {
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1', COLUMNS: '110' },
    })
  const { groups } = JSON.parse(laz('help', '--all', '-o', 'json'))
  const parts = [
    '# Commands',
    '',
    'Generated from the command table of `laz`; `npm run docs` writes this page anew.',
    '',
  ]
  for (const { name, help } of groups) parts.push(`## laz ${name}`, '', '```', help.trimEnd(), '```', '')
  return parts.join('\n')
}

const spec = await load('packages/spec/src/index.ts')
const pages = { 'kinds.md': kindsPage(spec), 'errors.md': errorsPage(spec), 'commands.md': commandsPage() }
const folder = join(root, 'docs/reference')
mkdirSync(folder, { recursive: true })
const stale = Object.entries(pages).filter(
  ([name, text]) => !existsSync(join(folder, name)) || readFileSync(join(folder, name), 'utf8') !== text,
)
if (process.argv.includes('--check')) {
  for (const [name] of stale) console.error(`docs/reference/${name} is stale: npm run docs`)
  process.exitCode = stale.length > 0 ? 1 : 0
} else for (const [name, text] of stale) writeFileSync(join(folder, name), text)
