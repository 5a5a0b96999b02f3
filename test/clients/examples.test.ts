// A folder of examples written for Azure Machine Learning, such as a checkout of Azure/azureml-examples: what the official
// client refuses is refused here and nothing else, and what is accepted comes back from the wire as it went there.
// LAZ_EXAMPLES names the folder (no registry has it, so nothing installs it); LAZ_TEST_PYTHON a Python with azure-ai-ml.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import {
  asObject,
  besideYaml,
  canonWire,
  detectKind,
  isObject,
  type Json,
  type JsonObject,
  kindByName,
  toWire,
  toYaml,
  type ValidateEyes,
  validateYaml,
  type YamlContext,
} from '@lazurite/spec'
import { parseYaml, type YamlDoc } from '@lazurite/spec/yaml'
import { beforeAll, describe, expect, it } from 'vitest'

const root = process.env.LAZ_EXAMPLES
const python = process.env.LAZ_TEST_PYTHON
const script = join(import.meta.dirname, 'validate.py')

/** Refused there for a mistake of the client's own, by what it says as it falls over. */
const theirMistakes = /UnboundLocalError|must be passed a `Schema`/

interface Example {
  file: string
  kind: string
  doc: YamlDoc
}

if (root) examplesIn(resolve(root))
else readBackCases()

/** Without a folder the files that name every key of their kind are read back, so that something is. */
function readBackCases(): void {
  console.log('examples: skipped; LAZ_EXAMPLES names no folder of them. Our own files are read back alone')
  const folder = join(import.meta.dirname, 'validate')
  const files = readdirSync(folder).filter((file) =>
    /^(online|batch|connection|datastore|environment)[^.]*\.every-key.*\.yml$/.test(file),
  )
  it.each(files)('%s', (file) => {
    const doc = parseYaml(readFileSync(join(folder, file), 'utf8'), { file })
    const { first, again } = walkTwice({ file: join(folder, file), kind: file.split('.')[0] ?? '', doc })
    expect(again).toEqual(first)
  })
}

function examplesIn(folder: string): void {
  const examples = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort() : []
  const found = examples.flatMap((path) => readExample(join(folder, path)) ?? [])
  const accepted = found.filter(({ file, kind, doc }) => refusals(kind, doc, file).length === 0)
  const name = ({ file }: Example) => relative(folder, file)

  it('the folder has examples, and most are accepted', () => {
    expect(found.length, folder).toBeGreaterThan(0)
    expect(accepted.length).toBeGreaterThan(found.length / 2)
  })
  describe('from the wire and back', () => {
    it.each(accepted.map((example): [string, Example] => [name(example), example]))('%s', (_, example) => {
      const { first, again } = walkTwice(example)
      expect(again).toEqual(first)
    })
  })
  if (python) compareVerdicts(python, found, name)
  else it.skip('verdicts (skipped: LAZ_TEST_PYTHON names no Python that has azure-ai-ml)')
}

/** A YAML file that says by its `$schema` what it is, and is no template. */
function readExample(file: string): Example | undefined {
  if (!/\.ya?ml$/.test(file) || !statSync(file).isFile()) return undefined
  const text = readFileSync(file, 'utf8')
  if (!/^\$schema:/m.test(text) || /\{\{\s*[A-Z_]+\s*\}\}/.test(text)) return undefined
  const doc = parseYaml(text, { file })
  const kind = doc.issues.length > 0 ? undefined : detectKind(doc.value, file)
  return kind === undefined ? undefined : { file, kind, doc }
}

function eyesFrom(file: string): Required<ValidateEyes> {
  const at = (path: string) => resolve(dirname(file), path)
  const isFile = (path: string) => existsSync(at(path)) && statSync(at(path)).isFile()
  return {
    include: (path) => (isFile(path) ? parseYaml(readFileSync(at(path), 'utf8'), { file: path }) : undefined),
    exists: (path) => (existsSync(at(path)) ? (isFile(path) ? 'file' : 'folder') : 'nothing'),
  }
}

function refusals(kind: string, doc: YamlDoc, file: string): string[] {
  const issues = validateYaml(kind, doc, eyesFrom(file)).filter((i) => i.severity !== 'warning')
  return issues.map((i) => `${i.line}:${i.column} ${i.path.join('.')}: ${i.message}`)
}

/** To the wire, to YAML and to the wire again: by what is printed, what stands beside it, and the secrets that never are. */
function walkTwice({ file, kind, doc }: Example): { first: Json; again: Json } {
  const beside: JsonObject = {}
  const first = written(kind, doc.value, {
    issues: [],
    beside,
    include: eyesFrom(file).include,
    numberText: doc.numberText,
    isDate: doc.isDate,
  })
  const source = asObject(doc.value)
  const back: JsonObject = { ...besideYaml(kind, beside), ...toYaml(kind, first) }
  const fields = Object.entries(asTables(kind)).filter(([, field]) => field.beside)
  for (const [key] of fields) if (back[key] === undefined && source[key] !== undefined) back[key] = source[key]
  return { first, again: written(kind, withSecrets(source, back), { issues: [], beside: {} }) }
}

function asTables(kind: string): Readonly<Record<string, { beside?: boolean }>> {
  const table = kindByName(kind)?.fields
  const variants = Object.values(table?.variants ?? {}).map((variant) => ({
    ...variant.fields,
    ...variant.whole?.fields,
  }))
  return Object.assign({}, table?.fields, ...variants)
}

/** `_source` says which program made a component; nothing else differs by who writes. */
function written(kind: string, yaml: Json, ctx: YamlContext): JsonObject {
  let count = 0
  const register = () => `azureml:registered:${++count}`
  const wire = canonWire(kind, toWire(kind, yaml ?? {}, { ...ctx, register, text: (path) => path }))
  return asObject(JSON.parse(JSON.stringify(wire, (key, value) => (key === '_source' ? undefined : value))))
}

const secretKeys =
  /^(admin_password|password|pat|client_secret|account_key|sas_token|secret_access_key|key|api_key|certificate)$/

function withSecrets(source: JsonObject, back: JsonObject): JsonObject {
  const out = { ...back }
  for (const [key, value] of Object.entries(source)) {
    if (secretKeys.test(key) && out[key] === undefined) out[key] = value
    else if (isObject(value) && (isObject(out[key]) || key === 'credentials'))
      out[key] = withSecrets(value, asObject(out[key]))
  }
  return out
}

interface Verdict {
  path: string
  refused: boolean
  why?: string
}

function compareVerdicts(interpreter: string, found: Example[], name: (example: Example) => string): void {
  const theirs = new Map<string, Verdict>()
  describe('verdicts', () => {
    beforeAll(() => {
      const input = found.map(({ file, kind }) => `${kind} ${file}`).join('\n')
      const run = spawnSync(interpreter, [script], { input, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
      expect(run.status, run.stderr).toBe(0)
      for (const line of run.stdout.trim().split('\n')) {
        const verdict = JSON.parse(line) as Verdict // what validate.py prints
        theirs.set(verdict.path, verdict)
      }
    })
    it.each(found.map((example): [string, Example] => [name(example), example]))('%s', (_, { file, kind, doc }) => {
      const verdict = theirs.get(file)
      expect(verdict, 'the official client said nothing').toBeDefined()
      const ours = refusals(kind, doc, file)
      if (theirMistakes.test(verdict?.why ?? '')) return
      if (verdict?.refused) expect(ours, `the official client refuses: ${verdict.why}`).not.toEqual([])
      else expect(ours, 'the official client accepts').toEqual([])
    })
  })
}
