// `laz validate` and the official client on the same files: what one refuses the other refuses. LAZ_TEST_PYTHON names a
// Python that has azure-ai-ml. A file whose first line says `# stricter:` is refused here alone, one with `# laxer:`
// there alone; it says why.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { documents, kindByName, kinds, validateYaml } from '@lazurite/spec'
import { parseYaml } from '@lazurite/spec/yaml'
import { beforeAll, describe, expect, it } from 'vitest'

const python = process.env.LAZ_TEST_PYTHON
const folder = join(import.meta.dirname, 'validate')
const script = join(import.meta.dirname, 'validate.py')

/** Files are named by their kind: job.no-command.yml. Others are what they refer to. */
const cases = readdirSync(folder).flatMap((file): [string, string][] => {
  const [kind = '', , ending] = file.split('.')
  return ending === 'yml' && kindByName(kind) ? [[file, kind]] : []
})

const read = (path: string) => readFileSync(resolve(folder, path), 'utf8')
const isFile = (path: string) => existsSync(resolve(folder, path)) && statSync(resolve(folder, path)).isFile()
const eyes = {
  include: (path: string) => (isFile(path) ? parseYaml(read(path), { file: path }) : undefined),
  exists: (path: string) => {
    if (!existsSync(resolve(folder, path))) return 'nothing' as const
    return isFile(path) ? ('file' as const) : ('folder' as const)
  },
}

interface Verdict {
  path: string
  refused: boolean
  why?: string
}

if (python) describe('verdicts', () => compare(python))
else if (process.env.CI === 'true')
  it('verdicts', () => expect.fail('LAZ_TEST_PYTHON must name a Python with azure-ai-ml'))
else it.skip('verdicts (skipped: LAZ_TEST_PYTHON names no Python that has azure-ai-ml)')

function compare(interpreter: string): void {
  const theirs = new Map<string, Verdict>()
  beforeAll(() => {
    const input = cases.map(([file, kind]) => `${kind} ${join(folder, file)}`).join('\n')
    const run = spawnSync(interpreter, [script], { input, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
    expect(run.status, run.stderr).toBe(0)
    for (const line of run.stdout.trim().split('\n')) {
      const verdict = JSON.parse(line) as Verdict
      theirs.set(verdict.path, verdict)
    }
  })
  it('there are cases of every kind a file can describe', () => {
    const asked = new Set(cases.map(([, kind]) => kind))
    // a code version and what clouds need around a workspace have no files in the official client
    const without = ['code', 'outbound-rule', 'private-endpoint-connection']
    const missing = [...kinds, ...documents].filter(({ name }) => !asked.has(name) && !without.includes(name))
    expect(missing.map(({ name }) => name)).toEqual([])
  })
  it.each(cases)('%s', (file, kind) => {
    const text = read(file)
    const issues = validateYaml(kind, parseYaml(text), eyes).filter((i) => i.severity !== 'warning')
    const ours = issues.map((i) => `${i.file ?? file}:${i.line}:${i.column} ${i.path.join('.')}: ${i.message}`)
    const verdict = theirs.get(join(folder, file))
    const marker = /^# (stricter|laxer): ./.exec(text)?.[1]
    expect(verdict, 'the official client said nothing').toBeDefined()
    if (marker === 'stricter') expect([verdict?.refused, ours.length > 0]).toEqual([false, true])
    else if (marker === 'laxer') expect([verdict?.refused, ours]).toEqual([true, []])
    else if (verdict?.refused) expect(ours, `the official client refuses: ${verdict.why}`).not.toEqual([])
    else expect(ours, 'the official client accepts').toEqual([])
    for (const issue of issues) expect([issue.line, issue.column], issue.message).not.toContain(undefined)
  })
}
