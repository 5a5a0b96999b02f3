import { describe, expect, it } from 'vitest'
import type { Json } from './json.ts'
import { parseYaml, printYaml } from './yaml.ts'

const read = (text: string) => parseYaml(text).value
const problem = (text: string) => parseYaml(text).issues[0]

describe('plain scalars mean what PyYAML makes of them', () => {
  const cases: [string, Json, string?][] = [
    ['1e-3', '1e-3'],
    ['2e5', '2e5'],
    ['1.5e3', '1.5e3'],
    ['1.5e+3', 1500, '1500.0'],
    ['1.0', 1, '1.0'],
    ['0.10', 0.1, '0.1'],
    ['.5', 0.5, '0.5'],
    ['1.', 1, '1.0'],
    ['1e+16', '1e+16'],
    ['1.0e+16', 1e16, '1e+16'],
    ['0.00001', 0.00001, '1e-05'],
    ['123456789012345678901234567890', 123456789012345680000000000000, '123456789012345678901234567890'],
    ['.inf', Number.POSITIVE_INFINITY, 'inf'],
    ['-.Inf', Number.NEGATIVE_INFINITY, '-inf'],
    ['.', '.'],
    ['..', '..'],
    ['yes', true],
    ['Off', false],
    ['y', 'y'],
    ['oN', 'oN'],
    ['012', 10, '10'],
    ['08', '08'],
    ['0o7', '0o7'],
    ['0x1F', 31, '31'],
    ['0b101', 5, '5'],
    ['1_000', 1000, '1000'],
    ['1:30', 90, '90'],
    ['-1:30', -90, '-90'],
    ['1:30.5', 90.5, '90.5'],
    ['-0', 0, '0'],
    ['+12', 12, '12'],
    ['~', null],
    ['Null', null],
    ['nULL', 'nULL'],
    ['', null],
    ['1.2.3', '1.2.3'],
    ['"1"', '1'],
    ["'yes'", 'yes'],
    ['!!str 12', '12'],
    ['!!int "12"', 12, '12'],
    ['!!float 3', 3, '3.0'],
    ['a: b'.replace(': ', ':'), 'a:b'],
  ]
  it.each(cases)('%s', (text, value, python) => {
    const doc = parseYaml(`k: ${text}`)
    expect(doc.issues).toEqual([])
    expect(doc.value).toEqual({ k: value })
    if (python !== undefined) expect(doc.numberText(['k'])).toBe(python)
  })
  it('keeps dates as texts and tells them apart', () => {
    const doc = parseYaml('a: 2022-01-01\nb: "2022-01-01"\nc: 2001-12-14t21:59:43.10-05:00')
    expect(doc.value).toEqual({ a: '2022-01-01', b: '2022-01-01', c: '2001-12-14t21:59:43.10-05:00' })
    expect([doc.isDate(['a']), doc.isDate(['b']), doc.isDate(['c'])]).toEqual([true, false, true])
  })
})

describe('structure', () => {
  it('lets the last of equal keys win', () => expect(read('a: 1\na: 2')).toEqual({ a: 2 }))
  it('reads an empty file as nothing', () =>
    expect([read(''), read('# only\n'), read('---\n')]).toEqual([null, null, null]))
  it('skips a byte order mark', () => expect(read('\uFEFFa: 1')).toEqual({ a: 1 }))
  it('follows aliases and merges', () => {
    const text = 'x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}\nz:\n  <<: [*x, {c: 4, a: 9}]\n  d: *x'
    expect(read(text)).toEqual({
      x: { a: 1, b: 2 },
      y: { a: 1, b: 3 },
      z: { c: 4, a: 1, b: 2, d: { a: 1, b: 2 } },
    })
  })
  it('spells keys that are no texts as Python does', () => {
    expect(read('2: a\ntrue: b\n~: c')).toEqual({ 2: 'a', True: 'b', None: 'c' })
  })
  it('gives a block scalar at the end no line break the file does not have', () => {
    expect(read('a: |\n  x')).toEqual({ a: 'x' })
    expect(read('a: |\n  x\n')).toEqual({ a: 'x\n' })
  })
  it('reads quoted scalars whose lines stand left of their parent', () => {
    const doc = parseYaml('a:\n  - b: "one\ntwo\n\n three"\n    c: 1\n')
    expect(doc.value).toEqual({ a: [{ b: 'one two\nthree', c: 1 }] })
    expect(doc.position(['a', 0, 'c'])).toEqual({ line: 6, column: 5 })
  })
  it('holds hostile keys without touching a prototype', () => {
    const value = read('__proto__: {polluted: 1}\nconstructor: {prototype: {polluted: 1}}\ntoString: 1')
    expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor', 'toString'])
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  })
})

describe('positions', () => {
  const doc = parseYaml('a: 1\nb:\n  - x\n  - {y: 2}\nc: &c\n  d: 3\ne: *c\n')
  const cases: [(string | number)[], number, number][] = [
    [[], 1, 1],
    [['a'], 1, 1],
    [['b', 0], 3, 5],
    [['b', 1, 'y'], 4, 6],
    [['c', 'd'], 6, 3],
    [['e'], 7, 1],
    [['e', 'd'], 6, 3],
  ]
  it.each(cases)('%j', (path, line, column) => expect(doc.position(path)).toEqual({ line, column }))
  it('has none for what is not there', () => {
    expect([doc.position(['z']), doc.position(['a', 'b']), doc.position(['b', 7])]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })
})

describe('refusals name their place', () => {
  const cases: [string, RegExp, number, number?][] = [
    ['a: 1\n---\nb: 2', /several YAML documents/, 2],
    ['a: b: c', /not valid YAML/, 1],
    ['a: [1, 2', /not valid YAML/, 1],
    ['a: 1\nb: *nope', /alias \*nope/, 2, 4],
    ['a: !foo b', /constructor for the tag '!foo'/, 1],
    ['a: !!python/object:os.system x', /constructor for the tag/, 1],
    ['&a [*a]', /defines &a by itself/, 1],
    ['a: &x 1\nb: &x 2', /anchor &x twice/, 2],
    ['a: 2022-13-45', /is not a date/, 1, 4],
    ['x: {<<: 3}', /merges/, 1],
    ['? [a]\n: b', /as a key/, 1],
    ['a: =', /constructor/, 1],
    ['a:\n  b: \u0001', /U\+0001/, 2],
    ['%YAML 2.0\n---\na: 1', /YAML 2/, 1],
    ['a: "x', /not valid YAML/, 1],
    ['- a\n - b: c: d', /not valid YAML/, 1],
  ]
  it.each(cases)('%j', (text, message, line, column) => {
    const issue = problem(text)
    expect(issue?.message).toMatch(message)
    expect(issue?.line).toBe(line)
    if (column !== undefined) expect(issue?.column).toBe(column)
    expect(parseYaml(text).value).toBeNull()
  })
})

describe('bounds', () => {
  it('refuses a file that is too large before it reads it', () => {
    expect(problem('a: '.padEnd(2000, 'x'))?.message).toBeUndefined()
    expect(parseYaml('a: '.padEnd(2000, 'x'), { maxBytes: 1000 }).issues[0]?.message).toMatch(/larger than/)
  })
  it('refuses deep nesting, also deeper than the stack', () => {
    expect(parseYaml(`a: ${'['.repeat(30)}${']'.repeat(30)}`, { maxDepth: 20 }).issues[0]?.message).toMatch(
      /nested deeper/,
    )
    expect(problem('['.repeat(50_000))?.message).toMatch(/nested/)
    expect(problem('{a: '.repeat(50_000))?.message).toMatch(/nested/)
  })
  it('refuses aliases that multiply', () => {
    const rows = ['a: &a [x, x, x, x, x, x, x, x, x, x]']
    for (let i = 1; i < 10; i++) {
      const before = String.fromCharCode(96 + i)
      const name = String.fromCharCode(97 + i)
      rows.push(`${name}: &${name} [${Array(10).fill(`*${before}`).join(', ')}]`)
    }
    const started = performance.now()
    expect(problem(rows.join('\n'))?.message).toMatch(/too many values through aliases/)
    expect(performance.now() - started).toBeLessThan(2000)
  })
  it('does not choke on a number of a million digits', () => {
    expect(problem(`a: ${'9'.repeat(1_000_000)}`)?.message).toMatch(/is not an integer/)
  })
})

describe('printYaml', () => {
  const values: Json[] = [
    { a: 1, b: [1, 2, { c: 'x' }], d: {}, e: [], f: null },
    'plain text',
    {
      q: [
        'yes',
        'no',
        '1',
        '1.0',
        '1e-3',
        '012',
        '1:30',
        '~',
        '',
        ' x',
        'x ',
        'a: b',
        '- a',
        '#c',
        'a #b',
        '{a',
        '[a',
        '!t',
        '&a',
        '*a',
        '%',
        '@',
        '`',
        '=',
        '<<',
        '2022-01-01',
        '.5',
        '.',
        'null',
        '0x1F',
        '1_0',
        "it's",
        '"q"',
        'a\tb',
        'é',
        '😀',
        '\u2028',
        '\u0085',
        '\u007f',
        'x\ny',
        'x\n',
        '\nx',
        ' x\ny',
        'x \ny',
        'x\n\n',
        '\u0001',
      ],
    },
    { 'key: with colon': 1, yes: 2, '1': 3, '': 4, __x__: 5, '- k': 6, 'k\nl': 7 },
    [[1, [2]], [], [{}], [{ a: [1] }]],
    { floats: [0.1, 1e21, 1e-7, 123456.789, -0.5, 1e300], ints: [0, -1, 9007199254740991] },
    { command: 'python main.py \\\n  --x ${{inputs.x}}\necho done\n' },
  ]
  it.each(values.map((v): [string, Json] => [JSON.stringify(v).slice(0, 60), v]))('%s reads back', (_, value) => {
    const text = printYaml(value)
    const doc = parseYaml(text)
    expect(doc.issues).toEqual([])
    expect(doc.value).toEqual(value)
  })
  it('looks like what people write', () => {
    expect(printYaml({ type: 'command', tags: { a: 'b' }, list: [{ x: 1, y: 'yes' }], run: 'a\nb\n' })).toBe(
      'type: command\ntags:\n  a: b\nlist:\n  - x: 1\n    y: "yes"\nrun: |\n  a\n  b\n',
    )
  })
})
