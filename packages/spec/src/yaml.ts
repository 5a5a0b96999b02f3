// The official client's YAML dialect: PyYAML (YAML 1.1), with line and column for every node.
import type { Issue } from './issue.ts'
import type { Json, Path } from './json.ts'

export interface YamlDoc {
  value: Json
  /** The file it came from, when known. */
  file?: string
  /** 1-based place of the value at a path (of its key, for a value in a mapping); undefined when there is none. */
  position(path: Path): { line: number; column: number } | undefined
  /** Python's str() of the number at a path when its source text matters (1.0, 1_000); undefined otherwise. */
  numberText(path: Path): string | undefined
  issues: Issue[]
}

export interface YamlLimits {
  file?: string
  maxBytes?: number
  maxAliases?: number
  maxDepth?: number
}
