/** A workspace in a temporary home, for tests: the real store, nothing in between. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { armId, datastoreUri, type JsonObject } from '@lazurite/spec'
import { openStore, type Store } from '@lazurite/store'
import type { EngineSettings } from '../context.ts'
import { makeWorkspace, readWorkspace, type Workspace } from '../reconcile/workspace.ts'
import { database } from './database.ts'

export interface Room {
  store: Store
  home: string
  workspace: Workspace
  scope: string
  ctx: { store: Store; home: string; settings: EngineSettings; signal: AbortSignal }
  /** A folder of its own outside the home. */
  scratch(name: string): string
  /** Writes files into the default blob container; returns the URI of the folder. */
  upload(path: string, files: Record<string, string>): string
  /** Absolute path in the default blob container. */
  at(path: string): string
  put(kind: string, name: string, props: JsonObject, version?: string): Promise<string>
  close(): Promise<void>
}

export const settings: EngineSettings = {
  cores: 2,
  memoryMiB: 2048,
  gpus: 0,
  environment: 'auto',
  strict: false,
  graceMs: 500,
  concurrency: 4,
  leaseMs: 30_000,
  sweepMs: 1000,
}

const collections: Record<string, string> = {
  data: 'data',
  model: 'models',
  code: 'codes',
  environment: 'environments',
}

export async function openRoom(): Promise<Room> {
  const top = mkdtempSync(join(tmpdir(), 'laz-room-'))
  const home = join(top, 'home')
  const store = await openStore({ home, ...database(home) })
  const id = { subscription: '00000000-0000-0000-0000-000000000001', resourceGroup: 'Rg', workspace: 'Main' }
  const workspace = readWorkspace(await makeWorkspace(store, id, 'tester'))
  const { account, blobstore } = workspace.storage
  const at = (path: string) => join(store.bytes.folder(account, blobstore), path)
  return {
    store,
    home,
    workspace,
    scope: workspace.scope,
    ctx: { store, home, settings, signal: new AbortController().signal },
    scratch: (name) => {
      const folder = join(top, 'scratch', name)
      mkdirSync(folder, { recursive: true })
      return folder
    },
    at,
    upload(path, files) {
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(at(`${path}/${name}`)), { recursive: true })
        writeFileSync(at(`${path}/${name}`), text)
      }
      return datastoreUri(workspace.id, 'workspaceblobstore', path)
    },
    async put(kind, name, props, version = '1') {
      const versioned = Object.hasOwn(collections, kind)
      await store.resources.put({
        key: { scope: workspace.scope, kind, name, ...(versioned ? { version } : {}) },
        props,
        by: 'tester',
      })
      return armId(workspace.id, collections[kind] ?? `${kind}s`, name, versioned ? version : undefined)
    },
    async close() {
      await store.close()
      rmSync(top, { recursive: true, force: true, maxRetries: 20 })
    },
  }
}
