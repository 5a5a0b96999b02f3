// How the driver cuts an input, without a job around it: one Python process answers for all cases.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { JsonObject } from '@lazurite/spec'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ownPython } from '../own-python.ts'

/** Reads cases as a list, answers what each mini-batch holds, or the refusal. */
const asker = `
import json, os, sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
from lazurite_parallel import table, worker
from lazurite_parallel.batches import batches
from lazurite_parallel.settings import Refused, Settings
table.pandas = lambda: None  # rows as dictionaries, whatever this Python has
def plain(value):
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)
def content(settings, batch):
    if batch["kind"] == "files":
        return [os.path.basename(path) for path in batch["files"]]
    if batch["kind"] == "lines":
        return worker.load_lines(batch)
    return [{k: plain(v) for k, v in row.items()} for row in table.load_rows(table.read_plan(settings), batch)]
answers = []
for number, case in enumerate(json.load(sys.stdin)):
    scratch = os.path.join(sys.argv[2], str(number))
    os.makedirs(scratch)
    try:
        settings = Settings(dict(case, script="s.py", logs=scratch, scratch=scratch))
        answers.append([[batch.get("keys"), content(settings, batch)] for batch in batches(settings)])
    except Refused as error:
        answers.append(str(error))
print(json.dumps(answers))
`

type Answer = [JsonObject | null, (string | JsonObject)[]][] | string

let folder: string
const cases: JsonObject[] = []
let answers: Answer[] = []

function put(files: Record<string, string | Buffer>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
}

/** Asks for a case; the answer is there when the tests run. */
function ask(data: () => JsonObject, more: JsonObject = {}): () => Answer {
  const at = asked.push(() => ({ data: data(), ...more })) - 1
  return () => answers[at] ?? 'no answer'
}
const asked: (() => JsonObject)[] = []

const filesIn = (name: string) => () => ({ kind: 'files', root: join(folder, name) })
const table =
  (names: string[], more: JsonObject = {}, steps: JsonObject[] = []) =>
  () => ({
    kind: 'table',
    reader: { name: 'read_delimited', options: {}, ...more },
    steps,
    files: names.map((name) => ({ path: join(folder, name), name, extracted: [] })),
  })
const jsonLines = { name: 'read_json_lines' }

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'laz-cut-'))
  put({
    'few/a': 'x'.repeat(700),
    'few/b': 'x'.repeat(300),
    'few/c': 'x'.repeat(300),
    'few/d/e': '',
    'keyed/Store=1/a': '',
    'keyed/Store=1/b': '',
    'keyed/Store=2/c': '',
    'text/t.txt': 'a\nb\r\nc\n\ne',
    't.csv': 'n,word,at\n1,one,2024-01-02\n2,two,2024-01-02T10:00:00+02:00\n3,"th,ree",\n',
    'u.csv': 'n,word,at\n4,four,2024-01-05\n',
    'odd.csv': `n,m\n${Array.from({ length: 300 }, (_, i) => `${i},1`).join('\n')}\nmany,2.5\n`,
    'lines.csv': 'n,text\n1,"first\nsecond"\n2,plain\n3,"a ""quoted""\nword"\n',
    'bare.csv': '1;x\n2;y\n',
    'bom.csv': '\ufeffname,name\na,b\n',
    'j.jsonl': '{"a": 1}\n{"a": 2, "b": [1]}\n\nnonsense\n{"a": 3}\n',
    'wide.csv': Buffer.from('\ufeffn,word\n1,é\n2,è\n', 'utf16le'),
    'empty.csv': '',
    'headonly.csv': 'n,word,at\n',
  })
  for (const one of asked) cases.push(one())
  const scratch = join(folder, 'scratch')
  const o = { input: JSON.stringify(cases), encoding: 'utf8' as const }
  const { stdout, stderr } = spawnSync('python3', ['-c', asker, dirname(ownPython('parallel.py')), scratch], o)
  expect(stderr).toBe('')
  answers = JSON.parse(stdout)
})
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20 }))

const contents = (answer: Answer) => (typeof answer === 'string' ? answer : answer.map(([, what]) => what))
const cells = (answer: Answer, column: string) =>
  typeof answer === 'string' ? answer : answer.map(([, rows]) => rows.map((row) => (row as JsonObject)[column]))

describe('files', () => {
  const counted = ask(filesIn('few'), { miniBatchSize: '3' })
  const sized = ask(filesIn('few'), { miniBatchSize: '1kb' })
  const usual = ask(filesIn('few'))
  const one = ask(filesIn('few/a'), { miniBatchSize: '5' })
  test('by count, folders included, and by size', () => {
    expect(contents(counted())).toEqual([['a', 'b', 'c'], ['e']])
    expect(contents(sized())).toEqual([
      ['a', 'b'],
      ['c', 'e'],
    ])
    expect(contents(usual())).toEqual([['a'], ['b'], ['c'], ['e']])
    expect(contents(one())).toEqual([['a']])
  })

  const lines = ask(filesIn('text'), { arguments: '--mini_batch_rows 2' })
  test('by lines', () => expect(contents(lines())).toEqual([['a', 'b'], ['c', ''], ['e']]))

  const keyed = ask(filesIn('keyed'), { partitionKeys: ['Store'] })
  const none = ask(filesIn('few'), { partitionKeys: ['Store'] })
  const empty = ask(() => ({ kind: 'files', files: [] }))
  test('by what their paths say', () => {
    expect(keyed()).toEqual([
      [{ Store: '1' }, ['a', 'b']],
      [{ Store: '2' }, ['c']],
    ])
    expect(none()).toContain('says nothing of the partition key Store')
    expect(empty()).toContain('holds no files')
  })
})

describe('tables', () => {
  const whole = ask(table(['t.csv', 'u.csv']))
  const small = ask(table(['t.csv', 'u.csv']), { miniBatchSize: '20' })
  const rows = ask(table(['t.csv', 'u.csv']), { arguments: '--mini_batch_rows=2' })
  test('are cut at the ends of lines; every row once, none across files', () => {
    expect(whole()).toEqual([
      [
        null,
        [
          { n: 1, word: 'one', at: '2024-01-02 00:00:00' },
          { n: 2, word: 'two', at: '2024-01-02 08:00:00' },
          { n: 3, word: 'th,ree', at: null },
        ],
      ],
      [null, [{ n: 4, word: 'four', at: '2024-01-05 00:00:00' }]],
    ])
    expect(cells(small(), 'n')).toEqual([[1, 2], [3], [4]])
    expect(cells(rows(), 'n')).toEqual([[1, 2], [3], [4]])
  })

  const odd = ask(table(['odd.csv']), { miniBatchSize: '1kb' })
  test('lose no value that does not fit the type of the first rows', () => {
    const n = cells(odd(), 'n') as unknown as (number | string)[][]
    expect(n.flat()).toHaveLength(301)
    expect(n[0]?.[0]).toBe(0)
    expect(n.at(-1)?.at(-1)).toBe('many')
    expect((cells(odd(), 'm') as unknown as number[][]).at(-1)?.at(-1)).toBe(2.5)
  })

  const quoted = ask(table(['lines.csv'], { options: { support_multi_line: true } }), { miniBatchSize: '1' })
  const bare = ask(table(['bare.csv'], { options: { header: 'no_header', delimiter: ';' } }))
  const named = ask(table(['bom.csv'], { options: { include_path_column: true } }))
  const wide = ask(table(['wide.csv'], { options: { encoding: 'utf16' } }), { arguments: '--mini_batch_rows 1' })
  const hollow = ask(table(['empty.csv', 'headonly.csv', 'u.csv']))
  test('of every form', () => {
    expect(cells(quoted(), 'text')).toEqual([['first\nsecond'], ['plain'], ['a "quoted"\nword']])
    expect(bare()).toEqual([[null, [1, 2].map((n) => ({ Column1: n, Column2: n === 1 ? 'x' : 'y' }))]])
    expect(named()).toEqual([[null, [{ Path: 'bom.csv', name: 'a', name_1: 'b' }]]])
    expect(cells(wide(), 'word')).toEqual([['é'], ['è']])
    expect((cells(hollow(), 'n') as unknown as number[][]).flat()).toEqual([4])
  })

  const dropped = ask(table(['j.jsonl'], { ...jsonLines, options: { invalid_lines: 'drop' } }))
  const strict = ask(table(['j.jsonl'], jsonLines))
  test('of JSON lines', () => {
    expect(dropped()).toEqual([
      [
        null,
        [
          { a: 1, b: null },
          { a: 2, b: '[1]' },
          { a: 3, b: null },
        ],
      ],
    ])
    expect(strict()).toContain('no JSON object')
  })

  const filter = { name: 'filter', argument: 'col("n") > 1 and not (col("at") == None)' }
  const filtered = ask(table(['t.csv', 'u.csv'], {}, [filter]))
  const taken = ask(
    table(['t.csv', 'u.csv'], {}, [
      { name: 'skip', argument: 1 },
      { name: 'take', argument: 2 },
      { name: 'keep_columns', argument: ['n'] },
      { name: 'convert_column_types', argument: [{ columns: ['n'], column_type: 'string' }] },
    ]),
    { arguments: '--mini_batch_rows 1' },
  )
  const bad = ask(table(['t.csv'], {}, [{ name: 'filter', argument: '__import__("os")' }]))
  test('with their steps, in order where that counts', () => {
    expect((cells(filtered(), 'n') as unknown as number[][]).flat()).toEqual([2, 4])
    expect(contents(taken())).toEqual([[{ n: '2' }], [{ n: '3' }]])
    expect(bad()).toContain('not understood')
  })

  const byRows = ask(table(['t.csv', 'u.csv'], {}, [{ name: 'drop_columns', argument: 'word' }]), {
    partitionKeys: ['at'],
  })
  const absent = ask(table(['t.csv']), { partitionKeys: ['shop'] })
  test('by columns of their rows', () => {
    const answer = byRows()
    const found = typeof answer === 'string' ? answer : answer.map(([keys, of]) => [keys, of.length])
    expect(found).toEqual([
      [{ at: '2024-01-02 00:00:00' }, 1],
      [{ at: '2024-01-02 08:00:00' }, 1],
      [{ at: null }, 1],
      [{ at: '2024-01-05 00:00:00' }, 1],
    ])
    expect(absent()).toContain('no column shop')
  })
})

describe('arguments', () => {
  const word = ask(filesIn('few'), { arguments: '--error_threshold lots' })
  const bare = ask(filesIn('few'), { arguments: '--model x --logging_level' })
  const open = ask(filesIn('few'), { arguments: "--name 'half" })
  test('of ours that make no sense are told by name', () => {
    expect(word()).toContain("--error_threshold must be a whole number, not 'lots'")
    expect(bare()).toContain('--logging_level in program_arguments has no value')
    expect(open()).toContain('cannot be split')
  })
})
