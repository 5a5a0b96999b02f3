import { expect, test } from 'vitest'
import { owningProcess } from './parent.ts'

/** Processes from the asking one upwards, each as its words; the last is a child of init. */
function owner(...chain: string[][]): number | undefined {
  const read = (pid: number) => {
    const words = chain[pid - 100]
    return words === undefined ? undefined : { pid, parent: pid - 100 === chain.length - 1 ? 1 : pid + 1, words }
  }
  const found = owningProcess(100, read)
  return found === undefined ? undefined : found - 100
}

const script = ['bash', '-c', 'eval "$(npx laz up --ephemeral)"; npx laz job list']

test('the shell that asked', () => {
  expect(owner(['bash'], ['sshd'])).toBe(0)
  expect(owner(['-zsh'], ['login'])).toBe(0)
})

test('past the subshell of `$(…)`, which is a copy of its shell', () => {
  expect(owner(script, script, ['node', '/usr/bin/vitest'])).toBe(1)
})

test('past npx and the shell it runs commands with, whatever the script above talks about', () => {
  expect(owner(['sh', '-c', 'laz up --ephemeral'], ['npm exec laz up --ephemeral'], script, ['bash'])).toBe(2)
  expect(
    owner(['/bin/sh', '-c', 'laz up'], ['/usr/bin/node', '/usr/lib/npm/bin/npx-cli.js', 'laz', 'up'], script, script, [
      'bash',
    ]),
  ).toBe(3)
})

test('a program that starts it itself is its owner', () => {
  expect(owner(['node', 'tests.js'], ['bash'])).toBe(0)
  expect(owner(['python3', '-m', 'pytest'], ['bash'])).toBe(0)
})

test('nobody but init', () => {
  expect(owner()).toBeUndefined()
})
