// A document and the files it refers to, checked without a server.
import { type Issue, validateYaml } from '@lazurite/spec'
import { type Document, placed } from './document.ts'
import { fileHooks } from './files.ts'

/** Every problem of the document and of the files it names, in the order of their lines. */
export function checkOffline(document: Document): Issue[] {
  const { hooks } = fileHooks(document)
  const eyes = { include: (path: string) => hooks.include(path, []), exists: hooks.exists }
  return placed(validateYaml(document.kind.name, document.doc, eyes), document)
}
