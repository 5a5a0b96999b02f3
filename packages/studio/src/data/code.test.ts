import { expect, test } from 'vitest'
import { changedFiles, languageOf } from './code.ts'

const file = (path: string, sha256: string, sizeBytes = 1) => ({ path, sizeBytes, sha256 })

test('files of two snapshots are held against each other, what differs first', () => {
  const before = [file('a.py', '1'), file('b.py', '2'), file('gone.py', '3', 9)]
  const after = [file('a.py', '1'), file('b.py', '4'), file('new.py', '3')]
  expect(changedFiles(before, after)).toEqual([
    { path: 'b.py', is: 'changed', sizeBytes: 1 },
    { path: 'gone.py', is: 'removed', sizeBytes: 9 },
    { path: 'new.py', is: 'added', sizeBytes: 1 },
    { path: 'a.py', is: 'same', sizeBytes: 1 },
  ])
  expect(['x/y.yml', 'a.json', 'm.py', 'Dockerfile'].map(languageOf)).toEqual(['yaml', 'json', 'python', 'text'])
})
