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
  /** Known to `az ml`, refused here once its flags are read: why, and what to do instead. */
  refused?: Refusal
  example?: string
}

export type Refusal = readonly [why: string, instead: string]

export interface Group {
  name: string
  doc: string
  commands: readonly Command[]
  /** Names of the groups below it: `workspace outbound-rule`. */
  groups?: readonly string[]
}

/** Verbs by group; a verb of the same name takes the place of the general one. */
export type Groups = Readonly<Record<string, (kind: Kind | undefined) => Command[]>>

/** A name may stand without --name. */
export const nameWord: Positional = { name: 'name', doc: 'Give the name with --name/-n.' }

export type Shape = Omit<Command, 'path' | 'positionals'> & { positionals?: readonly Positional[] }

/** Puts a command together. */
export function command(path: string, shape: Shape): Command {
  return { positionals: [], ...shape, path }
}

/** A command that is known and not served: its flags are read, and it is refused by name. */
export function refusal(path: string, doc: string, flags: readonly Filled[], refused: Refusal): Command {
  const load = async (): Promise<Run> => () => refuseCommand(`laz ${path}`, refused)
  return command(path, { doc, flags, refused, load, workspace: true, positionals: [nameWord] })
}

/** Raises NotSupported for what is known by name and not done here. */
export async function refuseCommand(what: string, [why, instead]: Refusal): Promise<never> {
  const { fail } = await import('@lazurite/spec')
  return fail('NotSupported', { what, why, instead })
}

/** All there is, for help and completion. */
export interface Registry {
  groups(): Group[]
  group(name: string): Group | undefined
  roots(): Command[]
}
