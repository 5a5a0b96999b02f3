import { describe, expect, it } from 'vitest'
import { errors, fail, isLazError, LazError } from './errors.ts'
import { checkName, newJobName } from './names.ts'

describe('the error table', () => {
  it.each(Object.entries(errors))('%s has a status, a word in every dialect and a sentence', (_, row) => {
    expect(row.http).toBeGreaterThanOrEqual(400)
    expect(row.http).toBeLessThan(600)
    for (const word of [row.arm, row.mlflow, row.blob]) expect(word).toMatch(/^[A-Z][A-Za-z0-9_]+$/)
    expect(row.text).toMatch(/[.}]$/)
  })
  it('fills the holes of sentence and hint', () => {
    try {
      fail('ResourceNotFound', { kind: 'job', name: '{name}' }, { target: 'name' })
    } catch (e) {
      expect(isLazError(e)).toBe(true)
      expect(e).toMatchObject({
        code: 'ResourceNotFound',
        http: 404,
        message: 'There is no job named {name}.',
        target: 'name',
      })
    }
  })
  it('shows no hint with an open hole', () => {
    expect(new LazError('NotSupported', { what: 'x', why: 'y' }).hint).toBeUndefined()
    expect(new LazError('NotSupported', { what: 'x', why: 'y', instead: 'use z' }).hint).toBe('use z')
  })
  it('keeps the cause', () => expect(new LazError('InternalError', {}, { cause: 'c' }).cause).toBe('c'))
})

describe('names', () => {
  const good: [string, string][] = [
    ['workspace', 'main'],
    ['compute', 'cpu-cluster'],
    ['compute', 'local'],
    ['job', 'quiet_frog_0123456789'],
    ['environment', 'AzureML-sklearn-1.0'],
  ]
  it.each(good)('%s may be called %s', (kind, name) => expect(checkName(kind, name)).toBeUndefined())
  const bad: [string, string][] = [
    ['workspace', 'ab'],
    ['compute', 'cl-01'],
    ['compute', '1abc'],
    ['job', 'a/b'],
    ['job', '../x'],
    ['job', 'a\u0000b'],
    ['data', 'x'.repeat(256)],
    ['model', ''],
    ['constructor', '?'],
  ]
  it.each(bad)('%s may not be called %j', (kind, name) =>
    expect(checkName(kind, name)?.message).toMatch(/cannot be the name/),
  )
  it('makes job names that are valid and differ', () => {
    let n = 0
    const random = () => {
      n = (n * 1103515245 + 12345) % 2147483648
      return n / 2147483648
    }
    const names = Array.from({ length: 50 }, () => newJobName(random))
    for (const name of names) {
      expect(name).toMatch(/^[a-z]+_[a-z]+_[a-z0-9]{10}$/)
      expect(checkName('job', name)).toBeUndefined()
    }
    expect(new Set(names).size).toBe(50)
  })
})
