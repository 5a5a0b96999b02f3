/**
 * Sharing as a long-running operation. What is small is done before the answer; what takes longer answers with an address
 * to poll. Operations live as long as the server: one that is lost with it is simply asked for again.
 */
import { randomUUID } from 'node:crypto'
import { fail, type JsonObject } from '@lazurite/spec'
import type { FastifyReply } from 'fastify'
import type { Room } from '../arm/room.ts'
import { readImport, share } from './share.ts'

interface Operation {
  done: boolean
  error?: unknown
  endedAt?: number
}

const keptMs = 3_600_000

export class Imports {
  readonly #operations = new Map<string, Operation>()
  readonly #patienceMs: number

  /** How long an answer waits for what may be done in a moment. */
  constructor(patienceMs = 2_000) {
    this.#patienceMs = patienceMs
  }

  /** Starts to share. Raises what sharing raises, when it does so within a moment. */
  async start(room: Room, body: JsonObject): Promise<FastifyReply> {
    const { kind, ...asked } = await readImport(room, body)
    const operation: Operation = { done: false }
    const work = share(room, kind, asked).then(
      () => this.#end(operation),
      (error: unknown) => this.#end(operation, error),
    )
    const patience = this.#patienceMs
    if (patience > 0) await Promise.race([work, new Promise((resolve) => setTimeout(resolve, patience).unref())])
    if (operation.done) return finished(room, operation)
    this.#forgetOld()
    const id = randomUUID()
    this.#operations.set(id, operation)
    return accepted(room, id)
  }

  /** How far an operation is. Raises what it failed of, ResourceNotFound for one that is not known. */
  poll(room: Room, id: string): FastifyReply {
    const operation = this.#operations.get(id)
    if (!operation) {
      const hint = 'The server may have been restarted; share the asset again, which is harmless when it is there.'
      fail('ResourceNotFound', { kind: 'operation', name: id }, { details: [{ path: [], message: 'unknown', hint }] })
    }
    return operation.done ? finished(room, operation) : accepted(room, id)
  }

  #end(operation: Operation, error?: unknown): void {
    operation.done = true
    operation.endedAt = Date.now()
    if (error !== undefined) operation.error = error
  }

  #forgetOld(): void {
    for (const [id, { endedAt }] of this.#operations) {
      if (endedAt !== undefined && Date.now() - endedAt > keptMs) this.#operations.delete(id)
    }
  }
}

/** The official client takes an empty body for: done, read the asset. */
function finished(room: Room, { error }: Operation): FastifyReply {
  if (error !== undefined) throw error
  return room.reply.code(200).send()
}

function accepted({ reply, origin, workspace }: Room, id: string): FastifyReply {
  return reply
    .code(202)
    .header('location', `${origin}/mferp/managementfrontend${workspace.armId}/importOperations/${id}`)
    .header('retry-after', '1')
    .header('x-ms-retry-after-ms', '500')
    .send()
}
