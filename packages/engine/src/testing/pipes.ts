/** Pipelines, components and codes as tests write them. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { JsonObject } from '@lazurite/spec'
import { hashFolder } from '../snapshot.ts'
import { type Bed, scope } from './bed.ts'

/** A node of a pipeline that runs a command with the Python of the machine. */
export function node(command: string, more: JsonObject = {}): JsonObject {
  return { type: 'command', command, environment: 'azureml:host@latest', ...more }
}

export function pipelineJob(jobs: JsonObject, more: JsonObject = {}): JsonObject {
  return {
    jobType: 'Pipeline',
    displayName: 'a pipeline',
    experimentName: 'pipes',
    settings: { default_compute: 'local' },
    inputs: {},
    outputs: {},
    jobs,
    ...more,
  }
}

/** A version of an asset, as a face would have put it. */
export async function putAsset(bed: Bed, kind: string, name: string, props: JsonObject, version = '1'): Promise<void> {
  await bed.store.resources.put({ key: { scope, kind, name, version }, props, by: 'tester' })
}

/** Lays files down as a registered code and answers how it is referred to. */
export async function putCode(bed: Bed, name: string, files: Record<string, string>): Promise<string> {
  const { account, blobstore } = bed.workspace.storage
  const folder = bed.store.bytes.path(account, blobstore, `codes/${name}`)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  const { hash } = await hashFolder(folder)
  const properties = { hash_sha256: hash, hash_version: '202208' }
  await putAsset(bed, 'code', name, {
    codeUri: `azureml://datastores/workspaceblobstore/paths/codes/${name}`,
    properties,
  })
  return `azureml:${name}:1`
}
