// The page about the SDK is a program: its snippets, one after the other, are checked by the compiler and run beside the
// files of the example; the examples run too.
import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Lazurite, root, startLazurite } from './laz.ts'

let lazurite: Lazurite
const cwd = mkdtempSync(join(tmpdir(), 'laz-sdk-docs-'))
/** Inside the repository, so that the package is found by its name. */
const program = join(root, `node_modules/.cache/sdk-docs-${process.pid}`)

beforeAll(async () => {
  lazurite = startLazurite()
  await lazurite.json(['job', 'list'])
  cpSync(join(root, 'examples/sdk'), cwd, { recursive: true })
  const page = readFileSync(join(root, 'docs/sdk.md'), 'utf8')
  const snippets = [...page.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map((match) => match[1] ?? '')
  const lines = snippets.join('\n').split('\n')
  const imports = lines.filter((line) => line.startsWith('import '))
  const rest = lines.filter((line) => !line.startsWith('import '))
  mkdirSync(program, { recursive: true })
  writeFileSync(join(program, 'page.mts'), [...imports, ...rest, "console.log('the end')"].join('\n'))
  const settings = { extends: join(root, 'tsconfig.json'), include: ['page.mts'] }
  writeFileSync(join(program, 'tsconfig.json'), JSON.stringify(settings))
})

afterAll(() => {
  lazurite?.stop()
  for (const folder of [cwd, program]) rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
})

function run(words: string[], where = cwd): Promise<{ code: number | null; said: string }> {
  const env = { ...process.env, LAZ_HOME: lazurite.home }
  return new Promise((done) => {
    const child = spawn('npx', words, { cwd: where, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    const hear = (text: Buffer) => {
      said += text.toString()
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.on('close', (code) => done({ code, said }))
  })
}

const tsx = ['--prefix', root, 'tsx', '--conditions=source']

test('the compiler takes the snippets', async () => {
  expect(await run(['--prefix', root, 'tsc', '-p', join(program, 'tsconfig.json')])).toEqual({ code: 0, said: '' })
})

test('the snippets run, one after the other', async () => {
  const { code, said } = await run([...tsx, join(program, 'page.mts')])
  expect(said).toContain('the end')
  expect(said).toContain('42')
  expect(code).toBe(0)
})

test.each([
  ['run.ts', '42.0', 'Completed'],
  ['pipeline.ts', 'sum 42.0', 'Completed'],
  ['endpoint.ts', 'sum: 42', 'blue'],
])('the example %s runs', async (file, answer, end) => {
  const { code, said } = await run([...tsx, join(root, 'examples/sdk', file)], root)
  expect(said).toContain(answer)
  expect(said).toContain(end)
  expect(code).toBe(0)
})
