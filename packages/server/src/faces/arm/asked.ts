/** What an action is asked: of which resource, by whom, with what body. */
import { fail, type JsonObject, type Kind } from '@lazurite/spec'
import type { Key, Row } from '@lazurite/store'
import type { FastifyReply } from 'fastify'
import type { Room } from './room.ts'

export interface Asked {
  room: Room
  kind: Kind
  key: Key
  body: JsonObject
  /** The one of the things it lists, where the path names one. */
  of?: string
}

export type Action = (asked: Asked) => Promise<JsonObject | FastifyReply>

/** The resource an action is about. Raises ResourceNotFound, VersionNotFound. */
export async function needed({ room, kind, key }: Pick<Asked, 'room' | 'kind' | 'key'>): Promise<Row> {
  const row = await room.deps.store.resources.get(key)
  if (row) return row
  const { name, version } = key
  return version
    ? fail('VersionNotFound', { kind: kind.name, name, version })
    : fail('ResourceNotFound', { kind: kind.name, name })
}
