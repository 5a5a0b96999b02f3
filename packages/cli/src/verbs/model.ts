// Models: an MLflow model says in its own MLmodel file what can load it.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Lazurite } from '@lazurite/client'
import { asObject, asString, fail, isObject, type JsonObject, kindByName } from '@lazurite/spec'
import { textOf } from '../args.ts'
import type { Run } from '../command.ts'
import { describe } from '../describe.ts'
import { type Document, readDocument, readYaml, shownPath } from '../document.ts'
import { load } from '../load.ts'
import { collectionOf, whichOf } from '../reach.ts'
import { bring } from './download.ts'
import { createFrom } from './resource.ts'

export const create: Run = async (session, args) => createFrom(session, args, withFlavors(readDocument(session, args)))

/** The document with the flavors of a local MLflow model, where it names none. */
function withFlavors(document: Document): Document {
  const { yaml, base, cwd } = document
  const path = asString(yaml.path)
  const isMlflow = asString(yaml.type)?.toLowerCase() === 'mlflow_model'
  if (!isMlflow || path === undefined || yaml.flavors !== undefined || /^[a-z][a-z0-9+.-]+:/i.test(path))
    return document
  const file = join(resolve(base, path), 'MLmodel')
  if (!existsSync(file)) return document
  const flavors = flavorsOf(asObject(readYaml(file, shownPath(file, cwd)).value))
  const filled = { ...yaml, flavors }
  return { ...document, yaml: filled, doc: { ...document.doc, value: filled } }
}

/** Flavors with their facts as texts. */
function flavorsOf(mlmodel: JsonObject): JsonObject {
  const text = (value: unknown) => (typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value))
  return Object.fromEntries(
    Object.entries(asObject(mlmodel.flavors)).map(([name, facts]) => [
      name,
      isObject(facts)
        ? Object.fromEntries(
            Object.entries(facts)
              .filter(([, value]) => value !== null)
              .map(([key, value]) => [key, text(value)]),
          )
        : {},
    ]),
  )
}

/** Makes a package of a version, and answers the environment that stands for it; --download-path brings its folder. */
export const packageModel: Run = async (session, args) => {
  const client = await session.client()
  const kind = kindByName('model-package') ?? fail('InternalError', {})
  const { properties } = await load(session, client, readDocument(session, args, kind))
  const all = await collectionOf(session, args, client)
  const body = textOf(args, 'registry-name') === undefined ? properties : await intoWorkspace(client, properties)
  const { targetEnvironmentId } = asObject(await all.act(whichOf(args), 'package', body))
  const [, name = '', version = ''] =
    /\/environments\/([^/]+)\/versions\/([^/]+)$/.exec(asString(targetEnvironmentId) ?? '') ?? []
  const environments = client.of('environment')
  const made = await environments.get({ name, version })
  const to = textOf(args, 'download-path')
  const from = asString(asObject(made.properties.properties)['lazurite.package'])
  if (to !== undefined && from !== undefined) await bring(session, client, from, resolve(session.cwd, to))
  else session.say(`The package lies at ${from}`)
  return { value: describe(environments.kind, made) }
}

/** The package of a registry's model comes into the workspace, which is named by its own id. */
async function intoWorkspace(client: Lazurite, request: JsonObject): Promise<JsonObject> {
  const { properties } = await client.of('workspace').get({ name: client.workspace.workspace })
  const text = asString(request.targetEnvironmentId) ?? asString(asObject(request.targetEnvironmentId).name) ?? ''
  const [name = '', version] = text.replace(/^azureml:/, '').split(':')
  const place = `azureml://locations/local/workspaces/${asString(properties.workspaceId)}/environments/${name}`
  return { ...request, targetEnvironmentId: version === undefined ? place : `${place}/versions/${version}` }
}
