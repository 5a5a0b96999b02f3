// What the checks of a kind may see of the world around a document.
import type { Issue } from './issue.ts'
import type { Json, JsonObject, Path } from './json.ts'

/** One input or output of a component, as far as files tell. */
export interface Port {
  readonly type?: string
  readonly optional?: boolean
  readonly default?: Json
  readonly mode?: string
}
export interface Ports {
  readonly inputs: Readonly<Record<string, Port>>
  readonly outputs: Readonly<Record<string, Port>>
}

export interface Look {
  /** The document stands inside another. */
  readonly inline?: boolean
  /** What is at a local path; undefined = cannot tell. */
  exists?(path: string): 'file' | 'folder' | 'nothing' | undefined
  issue(at: Path, message: string, hint?: string, severity?: Issue['severity']): void
  /** Inputs and outputs of a pipeline node; undefined when its component lives on a server. */
  ports(node: JsonObject): Ports | undefined
  /** The component a node names by its file or holds in place. */
  component(node: JsonObject): { value: JsonObject; look: Look } | undefined
}
