// A document and the files it refers to, checked without a server.
import { checkDocument } from '@lazurite/client'
import type { Issue } from '@lazurite/spec'
import type { Document } from './document.ts'

/** Every problem of the document and of the files it names, in the order of their lines. */
export function checkOffline(document: Document): Issue[] {
  return checkDocument(document.kind, { ...document, yaml: document.yaml, folders: new Map() })
}
