// A draft on its way to the server: files sent, parts registered, and the page of what came of it.
import {
  ChildOperations,
  type Lazurite,
  PlainOperations,
  type Served,
  type WriteOptions,
  type YamlFile,
} from '@lazurite/client'
import { asString, fail, type JsonObject, type Kind } from '@lazurite/spec'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation } from 'wouter'
import type { Draft } from './draft.ts'
import { itemPath } from './kind-places.ts'
import { type ItemKey, operationsOf, told, useClient } from './kinds.ts'
import { openSession } from './session.ts'

/** What a page is told by the form that led to it. */
export interface Arrival {
  warnings: string[]
}

/** What the server warned of as it took what this page shows. */
export function arrivalOf(state: unknown): string[] {
  const { warnings } = (state ?? {}) as Partial<Arrival> // written by us, or by nobody
  return Array.isArray(warnings) ? [...new Set(warnings.map(String))] : []
}

export interface Creating {
  busy: boolean
  progress: { what: string; sentBytes: number; totalBytes: number } | undefined
  error: unknown
  create(): Promise<void>
}

/** Verbs of one kind that make it in their own way. */
interface Maker {
  createOrUpdate(document: YamlFile, options: WriteOptions): Promise<Served>
}

/** Kinds that have a way of their own: a job gets a name. */
const own: Record<string, ((client: Lazurite) => Maker) | undefined> = { job: (client) => client.jobs }

/** What is there is changed by what differs alone: secrets, which nobody is shown, stay as they are. */
function changing(client: Lazurite, kind: Kind, { name, parent }: ItemKey): Maker {
  const operations = operationsOf(client, kind)
  return {
    createOrUpdate: (file, options) => {
      // an update takes files as a creation does; its type speaks of documents alone
      const wanted = () => file as unknown as JsonObject
      if (operations instanceof ChildOperations) return operations.update(parent ?? '', name, wanted, options)
      if (operations instanceof PlainOperations) return operations.update(name, wanted, options)
      return operations.createOrUpdate(file, options)
    },
  }
}

export function useCreating(
  kind: Kind,
  draft: Draft,
  how: { registry?: string | undefined; by?: Maker; edits?: ItemKey | undefined } = {},
): Creating {
  const { registry, by, edits } = how
  const client = useClient(registry)
  const queries = useQueryClient()
  const [, go] = useLocation()
  const [busy, setBusy] = useState(false)
  const [progress, setProgress] = useState<Creating['progress']>()
  const [error, setError] = useState<unknown>()
  const create = async () => {
    setBusy(true)
    setError(undefined)
    const warnings: string[] = []
    try {
      const operations: Maker =
        by ?? (edits ? changing(client, kind, edits) : (own[kind.name]?.(client) ?? operationsOf(client, kind)))
      const made = await told(
        operations.createOrUpdate(draft.file(), {
          progress: (what, sentBytes, totalBytes) => setProgress({ what, sentBytes, totalBytes }),
          warn: ({ path, message }) => warnings.push(path.length > 0 ? `${path.join('.')}: ${message}` : message),
        }),
      )
      draft.forget()
      // the session knows the workspaces
      if (kind.scope === 'resourceGroup') await openSession()
      await queries.invalidateQueries({ queryKey: [kind.name] })
      const parent = asString((made as unknown as JsonObject).endpoint_name) // a document is JSON
      const page = itemPath(kind.name, {
        name: made.name ?? fail('InternalError'),
        version: made.version,
        parent,
        registry,
      })
      go(page, { state: { warnings } satisfies Arrival })
    } catch (problem) {
      setError(problem)
    } finally {
      setBusy(false)
      setProgress(undefined)
    }
  }
  return { busy, progress, error, create }
}
