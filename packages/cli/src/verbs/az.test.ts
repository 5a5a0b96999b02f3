import { expect, test } from 'vitest'
import { azCommand } from './az.ts'

const path = (line: string) => azCommand(line.split(' ')).command.path

test('what is asked around az ml is answered, and what else az takes is left out', () => {
  const { command, rest } = azCommand('account show --query id -o tsv --sdk-auth true'.split(' '))
  expect(command.path).toBe('az account show')
  expect(rest).toEqual(['--query', 'id', '-o', 'tsv'])
  expect(path('group show -n g')).toBe('az group show')
  expect(path('--version')).toBe('az version')
})

test('signing in and choosing is nothing to do', async () => {
  for (const line of ['login --identity', 'account set -s x', 'extension add -n ml -y', 'config set a=b'])
    expect(azCommand(line.split(' ')).command.refused, line).toBeUndefined()
})

test('services of Azure are refused by name', () => {
  const { command } = azCommand(['storage', 'blob', 'upload', '-f', 'x'])
  expect(command.path).toBe('az storage blob')
  expect(command.refused?.[0]).toContain('not here')
  const { command: scale } = azCommand(['monitor', 'autoscale', 'create', '--name', 'x'])
  expect(scale.refused?.[1]).toContain('scale_settings')
  expect(() => azCommand([])).toThrow('needs a command')
  expect(() => azCommand(['-h'])).toThrow('needs a command')
})
