// What one command is: its words, its flags, and where the code lies that does it.
import type { Kind } from '@lazurite/spec'
import type { Args, Positional } from './args.ts'
import type { Result, Session } from './session.ts'
import type { Filled } from './surface.ts'

export type Run = (session: Session, args: Args) => Promise<Result>

export interface Command {
  /** What is typed: `job create`, `up`. */
  path: string
  doc: string
  flags: readonly Filled[]
  positionals: readonly Positional[]
  kind?: Kind
  /** Prints a table on a terminal when no format was asked for. */
  lists?: boolean
  /** Works with the server's workspace: takes -g, -w. */
  workspace?: boolean
  load(): Promise<Run>
  /** Known to `az ml`, refused here: why, and what to do instead. */
  refused?: readonly [why: string, instead: string]
  example?: string
}

export interface Group {
  name: string
  doc: string
  commands: readonly Command[]
}

/** A name may stand without --name. */
export const nameWord: Positional = { name: 'name', doc: 'Give the name with --name/-n.' }

export type Shape = Omit<Command, 'path' | 'positionals'> & { positionals?: readonly Positional[] }

/** Puts a command together. */
export function command(path: string, shape: Shape): Command {
  return { positionals: [], ...shape, path }
}

/** All there is, for help and completion. */
export interface Registry {
  groups(): Group[]
  group(name: string): Group | undefined
  roots(): Command[]
}
