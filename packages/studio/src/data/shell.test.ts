import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { shellWord } from './shell.ts'

test('plain words stay as they are', () => {
  for (const word of ['amber_rat', 'azureml:data@latest', 'metrics.loss', '--name=x', 'a/b,c+d%20'])
    expect(shellWord(word)).toBe(word)
})

test.each(["it's", '$(touch x)', '`id`', 'a;b|c&d>e', '', ' ', '"', '\\', "'\\''", 'two\nlines', '~', '*', '!x'])(
  'a shell reads %j as it was',
  (word) => {
    expect(execFileSync('bash', ['-c', `printf %s ${shellWord(word)}`], { encoding: 'utf8' })).toBe(word)
  },
)
