// Models: an MLflow model says in its own MLmodel file what can load it.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { asObject, asString, isObject, type JsonObject } from '@lazurite/spec'
import type { Run } from '../command.ts'
import { type Document, readDocument, readYaml, shownPath } from '../document.ts'
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
