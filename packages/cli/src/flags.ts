// One list of flags for whoever reads them: the parser, the help, completion.
import type { Command } from './command.ts'
import { type Filled, globalFlags, workspaceFlags } from './surface.ts'

/** Every flag a command takes: its own, the workspace's, those of every command. */
export function flagsOf(command: Command): Filled[] {
  const all = [...command.flags, ...(command.workspace ? workspaceFlags : []), ...globalFlags]
  return all.filter((flag, i) => all.findIndex((other) => other.name === flag.name) === i)
}
