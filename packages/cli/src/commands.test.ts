import { describe, expect, test } from 'vitest'
import { registry } from './commands.ts'
import { nextWords } from './completion.ts'
import { flagsOf } from './flags.ts'
import { helpText } from './help.ts'
import { widthOf } from './paint.ts'

const everything = [...registry.roots(), ...registry.groups().flatMap((group) => group.commands)]

describe('the table of commands', () => {
  test.each(everything.map((c) => [c.path, c] as const))(
    '%s: flags are told apart, by name and by letter',
    (_, command) => {
      const flags = flagsOf(command)
      const letters = flags.flatMap((f) => f.short ?? [])
      expect(new Set(letters).size).toBe(letters.length)
      for (const flag of flags) {
        expect(flag.name).toMatch(/^[a-z][a-z0-9-]+$/)
        expect(flag.doc, flag.name).toMatch(/[.…]$/)
        expect(flag.takes === 'edit', flag.name).toBe(['set', 'add', 'remove'].includes(flag.name))
      }
    },
  )

  test('every command leads to code that can be loaded', async () => {
    for (const command of everything) expect(typeof (await command.load()), command.path).toBe('function')
  })

  test('a refused verb says why and what to do instead', () => {
    for (const { path, refused } of everything) {
      if (refused)
        expect(
          refused.every((text) => text.length > 15),
          path,
        ).toBe(true)
    }
  })
})

describe('help', () => {
  const screen = { colour: false, tty: true, width: 80 }
  test.each(
    [undefined, ...registry.groups(), ...everything].map(
      (about) => [about && 'path' in about ? about.path : (about?.name ?? 'laz'), about] as const,
    ),
  )('%s fits in 80 columns', (_, about) => {
    const lines = helpText(registry, about, screen).split('\n')
    expect(lines.filter((line) => widthOf(line) > 80)).toEqual([])
  })
})

describe('completion', () => {
  test('words, then verbs, then flags, then the choices of a flag', () => {
    expect(nextWords([], registry)).toEqual(expect.arrayContaining(['job', 'validate', '--version']))
    expect(nextWords(['model'], registry)).toContain('download')
    expect(nextWords(['data'], registry)).not.toContain('mount')
    expect(nextWords(['workspace'], registry)).toContain('outbound-rule')
    expect(nextWords(['workspace', 'outbound-rule'], registry)).toEqual(['list', 'show', 'set', 'remove'])
    expect(nextWords(['workspace', 'outbound-rule', 'show'], registry)).toContain('--rule')
    expect(nextWords(['job', 'create'], registry)).toContain('--stream')
    expect(nextWords(['job', 'create', '--stream'], registry)).not.toContain('--stream')
    expect(nextWords(['data', 'create', '-t'], registry)).toEqual(['uri_file', 'uri_folder', 'mltable'])
    expect(nextWords(['job', 'create', '-f'], registry)).toEqual([])
  })
})
