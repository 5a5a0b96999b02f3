/** What the process, the scripts and the applications of a compute instance wrote. */
import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { instanceLogs } from '@lazurite/engine'
import { fail, type JsonObject } from '@lazurite/spec'
import type { ComputeCall } from './call.ts'

const mostBytes = 1024 * 1024

export async function listLogs({ home, row }: ComputeCall): Promise<JsonObject> {
  const folder = instanceLogs(home, row)
  const names = (await readdir(folder).catch((): string[] => [])).filter((name) => name.endsWith('.log')).sort()
  const value = await Promise.all(
    names.map(async (name) => ({ name: name.slice(0, -4), sizeBytes: (await stat(join(folder, name))).size })),
  )
  return { value }
}

/** At most a MiB from `offset`; without one, the end of the log. `next` is where to read on. */
export async function readLog({ home, row, room, params }: ComputeCall): Promise<JsonObject> {
  const name = params.log ?? ''
  const file = join(instanceLogs(home, row), `${name}.log`)
  const handle = /^[a-z][a-z-]{0,40}$/.test(name) ? await open(file).catch(() => undefined) : undefined
  if (!handle) fail('PathNotFound', { path: `the log ${name.slice(0, 60)} of ${row.name}` })
  try {
    const { size } = await handle.stat()
    const asked = room.query.get('offset')
    if (asked !== undefined && !/^\d{1,15}$/.test(asked)) {
      fail('InvalidQueryParameter', { parameter: 'offset', what: 'a whole number is needed' })
    }
    const from = asked === undefined ? Math.max(0, size - mostBytes) : Number(asked)
    const bytes = Buffer.alloc(Math.max(0, Math.min(size - from, mostBytes)))
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, from)
    return { text: bytes.toString('utf8', 0, bytesRead), next: from + bytesRead, sizeBytes: size }
  } finally {
    await handle.close()
  }
}
