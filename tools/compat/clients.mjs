// The page of clients and operations, made of what their suites left behind: the verdicts of single operations
// (verdicts-*.json, written by test/clients/report.ts) and the runner's own report (suites.json).
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { root } from '../setup.mjs'
import { reasonOf } from './verdicts.mjs'

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'))

/** Suites in which we are the client, or files are judged: no operations of an official client against a server. */
const others = ['datastores', 'remote-jobs', 'storage', 'validate', 'examples']
const isClient = ({ name }) => !others.includes(basename(name, '.test.ts'))

/** Runs the suites of the clients into a folder; answers what they left there. */
export function runClients() {
  const folder = mkdtempSync(join(tmpdir(), 'laz-report-'))
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${join(folder, 'suites.json')}`]
    const skipped = others.flatMap((name) => ['--exclude', `test/clients/${name}.test.ts`])
    const env = { ...process.env, LAZ_REPORT: folder, LAZ_TEST_JS: '1' }
    spawnSync('npx', ['vitest', 'run', '--project', 'clients', ...skipped, ...reporters], {
      cwd: root,
      stdio: 'inherit',
      env,
    })
    return readReports(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** `{ programs: [{ client, rows }], suites: [{ client, operation, verdict, reason }], absent: [title] }`. */
export function readReports(folder) {
  const programs = readdirSync(folder)
    .filter((name) => /^verdicts-.*\.json$/.test(name))
    .map((name) => readJson(join(folder, name)))
    .sort((a, b) => a.client.localeCompare(b.client))
  const testResults = readJson(join(folder, 'suites.json')).testResults.filter(isClient)
  const all = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ title, ancestorTitles, status, failureMessages }) => ({
      client: [basename(name, '.test.ts'), ...ancestorTitles].join(' › '),
      operation: title,
      verdict: status === 'passed' ? 'works' : 'differs',
      reason: status === 'passed' ? '' : reasonOf(failureMessages[0]?.split('\n')[0] ?? '', root),
      status,
    })),
  )
  const by = (a, b) => a.client.localeCompare(b.client)
  const absent = all.filter(({ status }) => !['passed', 'failed'].includes(status)).map((one) => one.operation)
  const broken = testResults.filter((one) => one.assertionResults.length === 0).map((one) => basename(one.name))
  return { programs, suites: all.sort(by), absent: [...absent, ...broken] }
}

const pythonPackages = ['azure-ai-ml', 'azureml-mlflow', 'mlflow', 'mlflow-skinny', 'azure-cli']
const question = `
import importlib.metadata as m, json
def version(n):
    try: return m.version(n)
    except m.PackageNotFoundError: return None
print(json.dumps({n: version(n) for n in ${JSON.stringify(pythonPackages)}}))`

/** Which releases the variables LAZ_TEST_… name: `[{ variable, releases }]`. */
function releases() {
  const found = Object.entries(process.env).flatMap(([variable, value]) => {
    if (!/^LAZ_TEST_(PYTHON|AZ|AZUREML|MLFLOW)/.test(variable) || !value) return []
    const python = variable === 'LAZ_TEST_AZ' ? join(value, '../python') : value
    const versions = JSON.parse(execFileSync(python, ['-c', question], { encoding: 'utf8' }))
    const here = Object.entries(versions).filter(([, version]) => version)
    return [{ variable, releases: here.map(([name, version]) => `${name} ${version}`).join(', ') }]
  })
  const packages = join(root, 'test/clients/js/package.json')
  const pins = existsSync(packages) ? Object.entries(readJson(packages).dependencies ?? {}) : []
  const js = pins.map(([name, version]) => `${name} ${version}`).join(', ')
  return [...found.sort((a, b) => a.variable.localeCompare(b.variable)), { variable: 'test/clients/js', releases: js }]
}

const cell = (text = '') => text.replaceAll('|', '\\|').replaceAll('\n', ' ').replaceAll('<', '&lt;')
const row = (...cells) => `| ${cells.map(cell).join(' | ')} |`
const words = ['works', 'refused by name', 'differs']
const totals = (rows) => words.map((word) => String(rows.filter((one) => one.verdict === word).length))

/** Programs whose every operation has a page of its own: a link and the totals are enough here. */
const pages = { '@azure/arm-machinelearning': 'arm-operations.md' }

/** The page as text; nothing in it depends on the machine or the time. */
export function printClients({ programs, suites }) {
  const groups = new Map(suites.map(({ client }) => [client, suites.filter((one) => one.client === client)]))
  return [
    '# Clients and operations',
    '',
    'What each official client was seen to do against a started server, in the run that wrote this page: an operation',
    '*works* when it ended as the client expects and everything that came back was what went in. Written by',
    '`node tools/compat.mjs --clients`; nothing in it is written by hand. The command line has pages of its own:',
    '[every example file](examples.md) and [every `az ml` command of the example scripts](az-scripts.md).',
    '',
    row('chosen by', 'releases'),
    '|---|---|',
    ...releases().map((one) => row(one.variable, one.releases)),
    '',
    row('client', 'operations', ...words),
    '|---|---:|---:|---:|---:|',
    ...programs.map(({ client, rows }) => row(linked(client), String(rows.length), ...totals(rows))),
    ...[...groups].map(([client, rows]) => row(client, String(rows.length), ...totals(rows))),
    '',
    ...programs.filter(({ client }) => !pages[client]).flatMap(({ client, rows }) => table(client, rows)),
    ...[...groups].flatMap(([client, rows]) => table(client, rows)),
  ].join('\n')
}

const linked = (client) => (pages[client] ? `[${client}](${pages[client]})` : client)

function table(client, rows) {
  return [
    `## ${client}`,
    '',
    row('operation', 'verdict', 'reason'),
    '|---|---|---|',
    ...rows.map((one) => row(one.operation, one.verdict, reasonOf(one.reason ?? '', root))),
    '',
  ]
}
