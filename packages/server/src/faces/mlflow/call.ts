/** One request to the MLflow face: what it asks, of which workspace, by whom. */

import { type Workspace, workspaceOf } from '@lazurite/engine'
import type { Json, JsonObject } from '@lazurite/spec'
import type { Packed, RunHead, Store } from '@lazurite/store'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FaceDeps } from '../../app.ts'
import type { Caller } from '../../caller.ts'
import type { Args } from './args.ts'

export interface Call {
  deps: FaceDeps
  store: Store
  request: FastifyRequest
  reply: FastifyReply
  caller: Caller
  /** Of the workspace: `sub/group/workspace`, lower case. */
  scope: string
  args: Args
  /** The parts of the address an endpoint leaves open, in order. */
  parts: readonly string[]
}

/** A body that is JSON already, with numbers no double can hold. */
export class JsonText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** A body that is JSON already, packed piece by piece: it is sent as it is to who takes gzip. */
export class PackedJson {
  readonly parts: readonly Packed[]

  constructor(parts: readonly Packed[]) {
    this.parts = parts
  }
}

/** Answers the body of a 200; undefined says `{}`. */
export type Handler = (call: Call) => Promise<JsonObject | JsonText | PackedJson | undefined>

/** The workspace of a call. Raises ResourceNotFound. */
export function workspaceOfCall(call: Call): Promise<Workspace> {
  return workspaceOf(call.store, call.scope)
}

/** Who tells jobs of the tags of their runs. */
export function tellerOf({ store, scope, caller }: Call): { store: Store; scope: string; by: string } {
  return { store, scope, by: caller.name }
}

/** Leaves out what is undefined and what is an empty list, as protobuf's JSON does. */
export function compact(fields: Record<string, Json | undefined>): JsonObject {
  const kept = Object.entries(fields).filter(
    ([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0),
  )
  return Object.fromEntries(kept) as JsonObject // undefined values are gone
}

/** Key-value pairs as MLflow lists them. */
export function pairs(words: Record<string, string>): JsonObject[] {
  return Object.entries(words).map(([key, value]) => ({ key, value }))
}

/** Whether this run is the caller's own: its job's, or one it made. */
export function isOwnRun(caller: Caller, run: Pick<RunHead, 'runId' | 'madeBy'>): boolean {
  return (
    caller.kind === 'owner' ||
    run.runId === caller.run?.job ||
    (run.madeBy !== undefined && run.madeBy === caller.run?.job)
  )
}
