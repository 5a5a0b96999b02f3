// Our table of commands beside that of `az ml`: every command and flag of theirs is ours too, or is refused by name.
import { describe, expect, test } from 'vitest'
import { type AzFlag, azMl } from './az-ml.ts'
import type { Command } from './command.ts'
import { registry } from './commands.ts'
import { flagsOf } from './flags.ts'

const ours = new Map(registry.groups().flatMap((group) => group.commands.map((c) => [c.path, c] as const)))
const theirs = [...azMl()]

/** Where az asks for less than it needs, and fails later. */
const askedForHere = new Set(['registry delete --name'])

/** What stands in the way of typing their flag at ours. */
function problemOf(command: Command, { name, short, required }: AzFlag): string | undefined {
  const flags = flagsOf(command)
  const own = flags.find((flag) => flag.name === name || flag.also?.includes(name))
  if (!own) return `--${name} is missing`
  if (short !== undefined && own.short !== short) return `--${name} is not -${short}`
  if (own.required && !required && !askedForHere.has(`${command.path} --${name}`))
    return `--${name} is asked for, and optional in az`
  return undefined
}

describe('az ml', () => {
  test('is known whole', () => {
    expect(theirs.length).toBe(171)
    expect(theirs.reduce((sum, [, flags]) => sum + flags.length, 0)).toBeGreaterThan(700)
  })

  test.each(theirs)('%s', (path, flags) => {
    const command = ours.get(path)
    expect(command, `laz ${path} is missing`).toBeDefined()
    if (command) expect(flags.flatMap((flag) => problemOf(command, flag) ?? [])).toEqual([])
  })

  test('unambiguous beginnings of flags stay unambiguous', () => {
    // as the scripts of the examples abbreviate them
    const short: [string, string, string][] = [
      ['online-deployment create', 'endpoint', 'endpoint-name'],
      ['online-endpoint invoke', 'deployment', 'deployment-name'],
      ['batch-deployment create', 'endpoint', 'endpoint-name'],
      ['batch-endpoint invoke', 'f', 'file'],
      ['compute show', 'out', 'output'],
    ]
    for (const [path, beginning, name] of short) {
      const command = ours.get(path)
      if (!command) throw new Error(path)
      const found = flagsOf(command).filter((flag) => flag.name.startsWith(beginning))
      expect(
        found.map((flag) => flag.name),
        `${path} --${beginning}`,
      ).toEqual([name])
    }
  })
})
