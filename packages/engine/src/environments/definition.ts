/** What an environment reference stands for: a row of a workspace or registry, a curated name, or the machine's Python. */
import { asObject, asString, type JsonObject, parseRef, parseUri } from '@lazurite/spec'
import type { Store } from '@lazurite/store'
import { findAsset, refuseMissing } from '../lookup.ts'
import { isSystemScope } from '../system-registry.ts'
import { type Curated, curatedOf } from './curated.ts'

export interface Definition {
  /** As people know it. */
  name: string
  curated?: Curated
  image?: string
  condaFile?: string
  /** Path of the Dockerfile in its build context. */
  dockerfile?: string
  windows?: boolean
}

/** Raises ResourceNotFound for what does not exist. */
export async function defineEnvironment(
  store: Store,
  scope: string,
  environmentId: string | undefined,
): Promise<Definition> {
  if (environmentId === undefined || environmentId === '') return { name: 'host', curated: curatedOf('host') }
  const text = environmentId.trim()
  const found = await findAsset(store, scope, text, 'environments')
  if ('row' in found) {
    const { row } = found
    if (isSystemScope(row.scope)) return { name: row.name, curated: curatedOf(row.name) }
    return readRow(`${row.name}:${row.version}`, row.props)
  }
  const name = nameOf(text)
  if (name?.toLowerCase() === 'host') return { name, curated: curatedOf(name) }
  return refuseMissing(found, 'environment', name ?? text)
}

function nameOf(text: string): string | undefined {
  const ref = parseRef(text, 'environments')
  if (ref) return ref.name
  const uri = parseUri(text, 'environments')
  return uri.form === 'asset' ? uri.name : undefined
}

function readRow(name: string, props: JsonObject): Definition {
  const definition: Definition = { name: name.replace(/^CliV2AnonymousEnvironment:(.{8}).*$/, 'of this job ($1)') }
  const [image, condaFile] = [asString(props.image), asString(props.condaFile)]
  const build = asObject(props.build)
  if (image) definition.image = image
  if (condaFile) definition.condaFile = condaFile
  if (asString(build.contextUri)) definition.dockerfile = asString(build.dockerfilePath) ?? 'Dockerfile'
  if (/^windows$/i.test(asString(props.osType) ?? '')) definition.windows = true
  return definition
}

/** The Python an image is known to bring, from its name: `python:3.11`, `minimal-py312-inference`. */
export function pythonOfImage(image: string): string | undefined {
  const official = /(?:^|\/)python:(3(?:\.\d+){0,2})/.exec(image)?.[1]
  if (official !== undefined) return official.includes('.') ? official : undefined
  const [, major, minor] = /(?:^|[-_/])py(3)(\d{1,2})(?=[-_:]|$)/.exec(image) ?? []
  return major === undefined ? undefined : `${major}.${minor}`
}
