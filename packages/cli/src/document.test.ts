import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kindByName } from '@lazurite/spec'
import { afterAll, describe, expect, test } from 'vitest'
import { parseArgs } from './args.ts'
import { envelopeOf, fill, plainWire } from './document.ts'
import { surfaceOf } from './surfaces.ts'

const root = mkdtempSync(join(tmpdir(), 'laz-document-'))
afterAll(() => rmSync(root, { recursive: true, force: true, maxRetries: 20 }))

/** The document that the flags of a verb make of `before`. */
function filled(noun: string, verb: 'create' | 'update', words: string[], before = {}) {
  const flags = surfaceOf(noun)[verb] ?? []
  return fill(before, parseArgs(words, flags), { flags, cwd: root })
}

describe('flags fill the document', () => {
  test('shares in one word or in several are numbers', () => {
    const one = filled('online-endpoint', 'update', ['--traffic', 'blue=90 green=10'])
    expect(one).toEqual({ traffic: { blue: 90, green: 10 } })
    expect(filled('online-endpoint', 'update', ['-r', 'blue=90', 'green=10'])).toEqual(one)
    expect(() => filled('online-endpoint', 'update', ['--traffic', 'blue=most'])).toThrow('whole number, not most')
    expect(() => filled('online-endpoint', 'update', ['--traffic', 'blue'])).toThrow('key=value')
  })

  test('identities become mappings, switches truth, plain lists stay', () => {
    expect(
      filled('compute', 'create', ['--user-assigned-identities', '/a', '/b', '--identity-type', 'UserAssigned']),
    ).toEqual({
      identity: { type: 'UserAssigned', user_assigned_identities: [{ resource_id: '/a' }, { resource_id: '/b' }] },
    })
    expect(filled('compute', 'create', ['--enable-node-public-ip', 'false'])).toEqual({ enable_node_public_ip: false })
    expect(filled('capability-host', 'create', ['-a', 'x', 'y'])).toEqual({ ai_services_connections: ['x', 'y'] })
  })

  test('a flag may name a YAML file whose content is meant', () => {
    writeFileSync(join(root, 'm.yml'), 'schedule: {type: recurrence, interval: 3}\n')
    expect(filled('feature-set', 'create', ['-m', 'm.yml'])).toEqual({
      materialization_settings: { schedule: { type: 'recurrence', interval: 3 } },
    })
  })
})

describe('envelopes', () => {
  const endpoint = kindByName('online-endpoint')
  if (!endpoint) throw new Error('no such kind')

  test('tags and identity stand beside the properties', () => {
    const yaml = { name: 'x', auth_mode: 'key', tags: { a: 'b' }, location: 'here' }
    expect(plainWire(endpoint, yaml, yaml)).toMatchObject({
      properties: { authMode: 'Key' },
      tags: { a: 'b' },
      location: 'here',
    })
    expect(envelopeOf({ name: 'x', version: '1', tags: {}, sku: { capacity: 2 } })).toEqual({
      tags: {},
      sku: { capacity: 2 },
    })
  })

  test('only what an edit breaks is its problem', () => {
    const broken = { name: 'x', auth_mode: 'nonsense' }
    expect(() => plainWire(endpoint, { ...broken, description: 'd' }, broken)).not.toThrow()
    expect(() => plainWire(endpoint, broken, { name: 'x' })).toThrow('not valid')
  })
})
