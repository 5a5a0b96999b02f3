// A problem found in a document. Documents are judged whole: checks collect issues, they never throw.
import type { Path } from './json.ts'

export interface Issue {
  /** Keys and indices from the root of the document to the offending value. */
  path: Path
  message: string
  /** How to mend it. */
  hint?: string
  /** 1-based; present when the document came from a YAML file. */
  line?: number
  column?: number
  /** The file, when it is not the document that was asked about. */
  file?: string
  /** Absent means error. */
  severity?: 'error' | 'warning'
}

/** Issues that forbid going on. */
export function errorsOf(issues: readonly Issue[]): Issue[] {
  return issues.filter((i) => i.severity !== 'warning')
}
