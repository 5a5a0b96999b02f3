import type { JsonObject } from '@lazurite/spec'
import { describe, expect, test } from 'vitest'
import type { Edit } from './args.ts'
import { applyEdits, readSteps } from './edits.ts'

const set = (document: JsonObject, ...words: string[]) => applyEdits(document, [{ how: 'set', words }])
const edit = (document: JsonObject, how: Edit['how'], ...words: string[]) => applyEdits(document, [{ how, words }])

describe('--set', () => {
  test('makes missing levels and leaves the document it was given alone', () => {
    const before = { a: { b: 1 } }
    expect(set(before, 'a.c.d=x', 'e=true', 'f=12', 'g=1.5')).toEqual({
      a: { b: 1, c: { d: 'x' } },
      e: true,
      f: 12,
      g: 1.5,
    })
    expect(before).toEqual({ a: { b: 1 } })
  })

  test('lists by index, from the end, by a key of their items', () => {
    expect(set({ l: [{ n: 'x', v: 1 }, { n: 'y' }] }, 'l[0].v=2', 'l[-1].v=3', 'l[n=x].w=4')).toEqual({
      l: [
        { n: 'x', v: 2, w: 4 },
        { n: 'y', v: 3 },
      ],
    })
    expect(set({}, 'l[0].a=1')).toEqual({ l: [{ a: 1 }] })
    expect(() => set({ l: [] }, 'l[3]=1')).toThrow('the list has 0 items')
    expect(() => set({ l: [{}] }, 'l[n=z].a=1')).toThrow('no item of the list has n=z')
  })

  test('Python words, JSON and an empty value', () => {
    expect(set({}, 'settings.force_rerun=True', 'x=None', 'y=', 'z={"k":[1]}')).toEqual({
      settings: { force_rerun: true },
      x: null,
      y: '',
      z: { k: [1] },
    })
  })

  test('what is text for its reader stays text', () => {
    const edited = set(
      {},
      'tags.n=1',
      'environment_variables.DEBUG=1',
      'inputs.rate=1.0',
      'inputs.data.path=5',
      'properties."a.b"=true',
    )
    expect(edited).toEqual({
      tags: { n: '1' },
      environment_variables: { DEBUG: '1' },
      inputs: { rate: '1.0', data: { path: '5' } },
      properties: { 'a.b': 'true' },
    })
  })

  test('the value may hold = and the key quotes', () => {
    expect(set({}, 'command=python a.py --x=1', `'a.b'.c=d`)).toEqual({
      command: 'python a.py --x=1',
      'a.b': { c: 'd' },
    })
  })

  test('nothing is set below a reference', () => {
    expect(() => set({ environment: 'azureml:e:1' }, 'environment.image=x')).toThrow('refers to something else')
    expect(() => set({}, 'novalue')).toThrow('takes key=value')
  })

  test('a key such as __proto__ is a key', () => {
    const edited = set({}, '__proto__.polluted=1')
    expect(Object.keys(edited)).toEqual(['__proto__'])
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })
})

describe('--add and --remove', () => {
  test('add to lists and maps', () => {
    expect(edit({ l: [1] }, 'add', 'l', '2', 'x')).toEqual({ l: [1, 2, 'x'] })
    expect(edit({ l: [] }, 'add', 'l', 'a=1', 'b=x')).toEqual({ l: [{ a: 1, b: 'x' }] })
    expect(edit({ tags: { a: 'b' } }, 'add', 'tags', 'c=1')).toEqual({ tags: { a: 'b', c: '1' } })
    expect(edit({}, 'add', 'tags', 'c=1')).toEqual({ tags: { c: '1' } })
    expect(edit({}, 'add', 'more', 'x')).toEqual({ more: ['x'] })
  })

  test('remove keys and items', () => {
    expect(edit({ tags: { a: '1', b: '2' } }, 'remove', 'tags.a')).toEqual({ tags: { b: '2' } })
    expect(edit({ l: ['x', 'y'] }, 'remove', 'l', '0')).toEqual({ l: ['y'] })
    expect(() => edit({ tags: { abc: '1' } }, 'remove', 'tags.abd')).toThrow('there is no abd')
    expect(() => edit({ l: [] }, 'remove', 'l', '0')).toThrow('the list has 0 items')
  })

  test('edits follow the order they were typed in', () => {
    const edits: Edit[] = [
      { how: 'set', words: ['tags.a=1'] },
      { how: 'remove', words: ['tags.a'] },
      { how: 'add', words: ['tags', 'b=2'] },
    ]
    expect(applyEdits({}, edits)).toEqual({ tags: { b: '2' } })
  })

  test('--force-string keeps text', () => {
    expect(applyEdits({}, [{ how: 'set', words: ['n=1'] }], { forceString: true })).toEqual({ n: '1' })
  })
})

test('paths', () => {
  expect(readSteps('a.b[0]["c.d"].e[k=v w]')).toEqual(['a', 'b', 0, 'c.d', 'e', { key: 'k', value: 'v w' }])
  expect(() => readSteps('')).toThrow('empty')
  expect(() => readSteps('a[')).toThrow('no path')
})
