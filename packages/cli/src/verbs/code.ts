// Code is its folder: registering it is uploading it, once for the same content.
import { resolve } from 'node:path'
import { asString, isObject } from '@lazurite/spec'
import type { Run } from '../command.ts'
import { readDocument } from '../document.ts'
import { sayPlan } from '../load.ts'
import { progressBar } from '../paint.ts'
import { UsageError } from '../usage.ts'

export const createCode: Run = async (session, args) => {
  const { yaml, base } = readDocument(session, args)
  const path = asString(yaml.path)
  if (path === undefined) throw new UsageError('the code has no path', 'Give the folder with --path.')
  const tags = isObject(yaml.tags)
    ? Object.fromEntries(Object.entries(yaml.tags).map(([k, v]) => [k, String(v)]))
    : undefined
  const bar = progressBar(`Uploading ${path}`)
  const client = await session.client()
  try {
    const done = await client.uploadCode(resolve(base, path), {
      name: asString(yaml.name),
      version: yaml.version === undefined ? undefined : String(yaml.version),
      description: asString(yaml.description),
      tags,
      progress: bar.update,
      planned: (plan) => sayPlan(session, resolve(base, path), plan),
    })
    const value = { id: done.id, hash: done.hash, files: done.files, size_bytes: done.sizeBytes, known: done.known }
    return { value }
  } finally {
    bar.end()
  }
}
