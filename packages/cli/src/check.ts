// A document and the files it refers to, checked without a server.
import { type Issue, validateYaml } from '@lazurite/spec'
import { type Document, placed } from './document.ts'

/** Every problem of the document, in the order of its lines. */
export function checkOffline(document: Document, _cwd: string): Issue[] {
  const issues = placed(validateYaml(document.kind.name, document.doc), document)
  return issues.sort((a, b) => (a.file === b.file ? (a.line ?? 0) - (b.line ?? 0) : 0))
}
