// Values that must not be readable in the database file: sealed with AES-256-GCM under a key that lives in a file of its
// own, readable by the owner alone.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fail } from '@lazurite/spec'
import { storageError } from './files.ts'
import type { Sql } from './sql.ts'

/** The name under which a secret of a resource is sealed: the row's key and the path of the secret in its properties. */
export function secretName(
  key: { scope: string; kind: string; name: string; version?: string },
  path: readonly string[],
): string {
  return [key.scope, key.kind, key.name, key.version ?? '', path.join('.')].join('|')
}

export interface Secrets {
  /** Seals the value under the name, replacing what was there. */
  seal(name: string, value: string): Promise<void>
  /** Undefined when there is none. Raises SecretUnreadable when the key file is not the one it was sealed with. */
  open(name: string): Promise<string | undefined>
  remove(name: string): Promise<void>
  /** The 32 bytes of the key file; tokens and signed URLs are made with it too. */
  key(): Buffer
}

/** Opens the drawer; makes the key file (mode 0600) when there is none. Raises HomeUnusable for one that is not a key. */
export function openSecrets(home: string, sql: Sql): Secrets {
  const key = readOrMakeKey(join(home, 'key'))
  return {
    async seal(name, value) {
      await sql.run(
        'INSERT INTO secrets (name, sealed) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed',
        [name, sealValue(key, name, value)],
      )
    },
    async open(name) {
      const row = await sql.get<{ sealed: Uint8Array }>('SELECT sealed FROM secrets WHERE name = ?', [name])
      return row === undefined ? undefined : openValue(key, name, row.sealed)
    },
    async remove(name) {
      await sql.run('DELETE FROM secrets WHERE name = ?', [name])
    },
    key: () => key,
  }
}

const keyBytes = 32
const ivBytes = 12
const tagBytes = 16
const format = 1

/** Format byte, iv, tag, ciphertext. The name is sealed along: a value moved under another name does not open. */
function sealValue(key: Buffer, name: string, value: string): Buffer {
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(name))
  const sealed = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()])
  return Buffer.concat([Buffer.of(format), iv, cipher.getAuthTag(), sealed])
}

function openValue(key: Buffer, name: string, sealed: Uint8Array): string {
  const iv = sealed.subarray(1, 1 + ivBytes)
  const tag = sealed.subarray(1 + ivBytes, 1 + ivBytes + tagBytes)
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes })
    decipher.setAAD(Buffer.from(name)).setAuthTag(tag)
    return Buffer.concat([decipher.update(sealed.subarray(1 + ivBytes + tagBytes)), decipher.final()]).toString('utf8')
  } catch (cause) {
    return fail('SecretUnreadable', { name }, { cause })
  }
}

/** Written beside its place and linked into it, so that no reader and no crash ever sees half a key. */
function readOrMakeKey(path: string): Buffer {
  if (!existsSync(path)) {
    const draft = `${path}.${randomBytes(6).toString('hex')}`
    try {
      writeFileSync(draft, randomBytes(keyBytes), { mode: 0o600, flag: 'wx' })
      renameSync(draft, path)
    } catch (error) {
      rmSync(draft, { force: true })
      throw storageError(error, path)
    }
  }
  chmodSync(path, 0o600)
  const key = readFileSync(path)
  if (key.length !== keyBytes) {
    fail('HomeUnusable', { path, why: `it should hold the ${keyBytes} bytes of a key and holds ${key.length}` })
  }
  return key
}
