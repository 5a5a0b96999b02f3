/** What the loop writes about a compute instance: one record with a stated shape. */
import { randomUUID } from 'node:crypto'
import { asArray, asNumber, asObject, asString, type JsonObject } from '@lazurite/spec'
import type { Row } from '@lazurite/store'

export type Trigger = 'User' | 'Schedule' | 'IdleShutdown'

export interface Operation {
  operationName: string
  /** ISO 8601. */
  operationTime: string
  operationStatus: string
  operationTrigger: Trigger
}

export interface Instance {
  /** 32 hex digits; names its folder. */
  uuid: string
  /** Counts its starts; each is a task of its own. */
  boot: number
  /** A task of this boot may exist. */
  up: boolean
  /** As Azure names it. */
  state: string
  /** `rest`: it failed, and waits for somebody to start it. */
  want: 'up' | 'down' | 'rest'
  /** It is to go down and come up again. */
  again: boolean
  lastOperation: Operation
  /** Every ask that was ever heard, 0 for none. */
  asksDone: Record<string, number>
  /** Epoch ms up to which the schedules were heard. */
  timesSeen: number
  /** Epoch ms since when it runs; absent while it does not. */
  readyAt?: number
  /** Epoch ms of its last use. */
  lastActive?: number
  /** Times in a row that its process fell over. */
  crashes: number
  applications: { name: string; displayName: string; port: number }[]
  error?: { code: string; message: string }
}

const asks = ['start', 'stop', 'restart'] as const

/** The record of a row; a new one for a row that was never looked at. */
export function openInstance(row: Row): Instance {
  const { status } = row
  const uuid = asString(status.uuid)
  const heard = asObject(status.asksDone)
  const created = Date.parse(row.createdAt) || 0
  const asksDone = Object.fromEntries(asks.map((name) => [name, asNumber(heard[name]) ?? 0]))
  if (uuid === undefined) return newInstance(row, { created, asksDone })
  const operation = asObject(status.lastOperation)
  const [readyAt, lastActive] = [asNumber(status.readyAt), asNumber(status.lastActive)]
  const error = asObject(status.error)
  const { want } = status
  return {
    uuid,
    boot: asNumber(status.boot) ?? 0,
    up: status.up === true,
    state: asString(status.state) ?? 'Unknown',
    want: want === 'down' || want === 'rest' ? want : 'up',
    again: status.again === true,
    lastOperation: {
      operationName: asString(operation.operationName) ?? 'Create',
      operationTime: asString(operation.operationTime) ?? row.createdAt,
      operationStatus: asString(operation.operationStatus) ?? 'InProgress',
      operationTrigger: triggerOf(operation.operationTrigger),
    },
    asksDone,
    timesSeen: asNumber(status.timesSeen) ?? created,
    ...(readyAt === undefined ? {} : { readyAt }),
    ...(lastActive === undefined ? {} : { lastActive }),
    crashes: asNumber(status.crashes) ?? 0,
    applications: asArray(status.applications).map((one) => {
      const { name, displayName, port } = asObject(one)
      return { name: asString(name) ?? '', displayName: asString(displayName) ?? '', port: asNumber(port) ?? 0 }
    }),
    ...(error.message === undefined
      ? {}
      : { error: { code: asString(error.code) ?? '', message: String(error.message) } }),
  }
}

function newInstance(row: Row, o: { created: number; asksDone: Record<string, number> }): Instance {
  return {
    uuid: randomUUID().replaceAll('-', ''),
    boot: 0,
    up: false,
    state: 'Creating',
    want: 'up',
    again: false,
    lastOperation: {
      operationName: 'Create',
      operationTime: row.createdAt,
      operationStatus: 'InProgress',
      operationTrigger: 'User',
    },
    asksDone: o.asksDone,
    timesSeen: o.created,
    crashes: 0,
    applications: [],
  }
}

function triggerOf(word: unknown): Trigger {
  return word === 'Schedule' || word === 'IdleShutdown' ? word : 'User'
}

/** The status as the store keeps it, with what others wrote there. */
export function printInstance(row: Row, it: Instance): JsonObject {
  const { error: _, readyAt: __, lastActive: ___, ...rest } = row.status
  return { ...rest, ...(JSON.parse(JSON.stringify(it)) as JsonObject) } // what went through JSON is JSON
}
