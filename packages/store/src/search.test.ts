import { describe, expect, it } from 'vitest'
import { like } from './match.ts'
import { type Clause, parseFilter, parseOrder, registeredModelGrammar, runGrammar } from './search.ts'

const one = (entity: Clause['entity'], key: string, op: Clause['op'], value: Clause['value']) => [
  { entity, key, op, value },
]

describe('parseFilter', () => {
  const right: [string, Clause[]][] = [
    ['metrics.acc > 0.5', one('metric', 'acc', '>', 0.5)],
    ['metric.acc>=-1e3', one('metric', 'acc', '>=', -1000)],
    ['metrics.`val loss` != 1', one('metric', 'val loss', '!=', 1)],
    ['metrics."a/b:c" < 2', one('metric', 'a/b:c', '<', 2)],
    ['metrics.a.b.c = 2', one('metric', 'a.b.c', '=', 2)],
    ["parameters.lr = '0.1'", one('param', 'lr', '=', '0.1')],
    ['params.lr LIKE "0%"', one('param', 'lr', 'LIKE', '0%')],
    ["param.lr ilike 'A_'", one('param', 'lr', 'ILIKE', 'A_')],
    ['params.text = \'say "hi"\'', one('param', 'text', '=', 'say "hi"')],
    ['params.lr IS NULL', one('param', 'lr', 'IS NULL', undefined)],
    ['tags.x is not null', one('tag', 'x', 'IS NOT NULL', undefined)],
    ["tags.mlflow.source.name = 'a.py'", one('tag', 'mlflow.source.name', '=', 'a.py')],
    ["status = 'RUNNING'", one('attribute', 'status', '=', 'RUNNING')],
    ["attr.run_id IN ('Aa','b')", one('attribute', 'run_id', 'IN', ['Aa', 'b'])],
    ["run_id NOT IN ('a')", one('attribute', 'run_id', 'NOT IN', ['a'])],
    ["`run name` = 'r'", one('attribute', 'run_name', '=', 'r')],
    ["run.`run name` = 'r'", one('attribute', 'run_name', '=', 'r')],
    ['created > 5', one('attribute', 'start_time', '>', 5)],
    ["dataset.name = 'd'", one('dataset', 'name', '=', 'd')],
    ["datasets.context IN ('train', 'test')", one('dataset', 'context', 'IN', ['train', 'test'])],
    ['metrics.a > 1 AND', one('metric', 'a', '>', 1)],
    ['', []],
    ['  ', []],
  ]
  it.each(right)('reads %s', (text, clauses) => {
    expect(parseFilter(text, runGrammar)).toEqual(clauses)
  })

  it('joins comparisons by AND in any case', () => {
    const clauses = parseFilter("metrics.a > 1 and params.b = 'x' AND tags.c != 'y'", runGrammar)
    expect(clauses.map((c) => `${c.entity}.${c.key}${c.op}`)).toEqual(['metric.a>', 'param.b=', 'tag.c!='])
  })

  const wrong: [string, RegExp][] = [
    ["metrics.a > 1 OR status = 'x'", /Invalid clause\(s\) in filter string: 'OR'/],
    ['metrics.a BETWEEN 1 AND 2', /Invalid clause\(s\) in filter string: 'BETWEEN'/],
    ['NOT metrics.a > 1', /'NOT'/],
    ['(metrics.a > 1)', /'\('/],
    ['metrics.a > 1; metrics.b > 2', /';'/],
    ['metrics.a == 1', /operator '=='/],
    ['metrics.a <> 1', /operator '<>'/],
    ["metrics.a = '1'", /numeric value/],
    ['metrics.a LIKE 1', /it is a number/],
    ['params.a = 1', /quoted string value/],
    ["params.a < '1'", /it is a text/],
    ["params.a IN ('x')", /comparison with a list/],
    ["run_name IN ('x')", /comparison with a list/],
    ["run_id IN ('x'", /parenthesis/],
    ['run_id IN (1)', /quoted string/],
    ["nonsense.a = 'x'", /entity type 'nonsense'/],
    ["nonsense = 'x'", /attribute key 'nonsense'/],
    ["attribute.nonsense = 'x'", /attribute key 'nonsense'/],
    ["datasets.nonsense = 'x'", /dataset key/],
    ["__proto__.a = 'x'", /entity type/],
    ["constructor = 'x'", /attribute key/],
    ['metrics.a >', /value is missing/],
    ['metrics.a', /comparison is missing/],
    ["tags.a = 'x", /Could not be parsed/],
    ['status IS NULL', /it is a text/],
  ]
  it.each(wrong)('refuses %s', (text, message) => {
    expect(() => parseFilter(text, runGrammar)).toThrow(message)
  })

  it('knows what each kind of thing may be asked', () => {
    const clause = "name LIKE 'a%' AND tag.`mlflow.prompt.is_prompt` != 'true'"
    expect(parseFilter(clause, registeredModelGrammar)).toHaveLength(2)
    expect(() => parseFilter('metrics.a > 1', registeredModelGrammar)).toThrow(/entity type/)
    expect(() => parseFilter('tags.a IS NULL', registeredModelGrammar)).toThrow(/operator/)
  })

  it('stays quick on hostile text', () => {
    const started = performance.now()
    for (const text of [
      `${' '.repeat(40_000)}x`,
      `metrics.${'a'.repeat(49_000)}`,
      '"'.repeat(49_999),
      `${'a.'.repeat(24_000)}!`,
    ]) {
      expect(() => parseFilter(text, runGrammar)).toThrow()
    }
    expect(() => parseFilter('x'.repeat(60_000), runGrammar)).toThrow(/longer than/)
    expect(performance.now() - started).toBeLessThan(2000)
  })
})

describe('parseOrder', () => {
  it('reads fields with and without direction', () => {
    expect(parseOrder(['metrics.a DESC', 'start_time', 'run name asc', 'params.`x y`'], runGrammar)).toEqual([
      { entity: 'metric', key: 'a', ascending: false },
      { entity: 'attribute', key: 'start_time', ascending: true },
      { entity: 'attribute', key: 'run_name', ascending: true },
      { entity: 'param', key: 'x y', ascending: true },
    ])
  })

  it.each(['metrics.a NULLS LAST', 'nonsense', 'datasets.name', '', 'metrics.a; DROP'])('refuses %s', (order) => {
    expect(() => parseOrder([order], runGrammar)).toThrow()
  })

  it('refuses the same field twice', () => {
    expect(() => parseOrder(['metrics.a', 'metric.a DESC'], runGrammar)).toThrow(/duplicate/)
  })
})

describe('like', () => {
  it.each([
    ['abc', 'a%', true],
    ['abc', '_b_', true],
    ['abc', '%c', true],
    ['abc', '%b%', true],
    ['abc', 'A%', false],
    ['abc', 'ab', false],
    ['', '%', true],
    ['', '_', false],
    ['a*c', 'a*c', true],
    ['xay', '%a', false],
  ])('%s LIKE %s is %s', (text, pattern, right) => {
    expect(like(text, pattern)).toBe(right)
  })

  it('does not blow up on many wildcards', () => {
    expect(like('a'.repeat(5000), `${'%a'.repeat(50)}%b`)).toBe(false)
  })
})

it('a number of many digits takes no longer to refuse than to read', () => {
  const startedAt = performance.now()
  expect(() => parseFilter(`metrics.a > ${'1'.repeat(45_000)}e`, runGrammar)).toThrow(/numeric/)
  expect(performance.now() - startedAt).toBeLessThan(300)
})
