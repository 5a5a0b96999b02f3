// What every kind declares. Shared code asks these tables and never a kind's name.

import type { Style } from './codec.ts'
import type { Field } from './field.ts'
import type { Issue } from './issue.ts'
import type { JsonObject } from './json.ts'
import type { Look } from './look.ts'
import type { StateTable } from './status.ts'

/** What stands in an immutable mapping beside the content. */
export interface Aside {
  /** May move on a version that exists. */
  readonly labels: readonly string[]
  /** Added by whoever shows or sends it; neither compared nor taken over. */
  readonly echoes: readonly string[]
}

export interface Kind {
  readonly name: string
  /** What a list of them is called in help and pages. */
  readonly plural: string
  /** ARM path segment, canonical spelling: 'jobs'. */
  readonly collection: string
  /** versioned = container and versions; { under } = child of another collection. */
  readonly shape: 'plain' | 'versioned' | { readonly under: string }
  /** Where it lives; `registry` = in registries alone. */
  readonly scope: 'workspace' | 'resourceGroup' | 'registry'
  /** It may live in a registry as well. */
  readonly registry?: boolean
  /** location, tags, identity, sku and kind stand beside its properties in the envelope. */
  readonly tracked?: boolean
  /** A file describes it, but its rows, if it has any, are of another kind; `envelope` = what their `kind` says. */
  readonly document?: { readonly of: string; readonly envelope?: string }
  /** Stored, versioned and listed, and nothing moves it yet: what its actions answer and its create warns of. */
  readonly idle?: { readonly why: string; readonly instead: string }
  readonly doc: string
  /** The YAML file's keys: one table, or one per word of a discriminator. */
  readonly fields: Field
  /** The wire properties, where they are more than the same table in another spelling. */
  readonly wire?: Field
  /** How the wire spells the table: 'arm' unless told. */
  readonly style?: Style
  /** Last touches of the walk to the wire: what one key cannot say alone. */
  toProps?(written: JsonObject, yaml: JsonObject): JsonObject
  /** The inverse, before the walk back. */
  fromProps?(props: JsonObject): JsonObject
  /** Dotted YAML names that a table of them shows. */
  readonly columns: readonly string[]
  /** Names of the state machine its `state` column follows. */
  readonly states?: StateTable
  /** POST actions of the ARM face by canonical spelling. */
  readonly actions?: Readonly<Record<string, 'POST'>>
  /** Answers its writes as long-running operations. */
  readonly lro?: boolean
  /** Paths into the wire properties that hold secrets; sealed on write, never returned. */
  readonly secrets?: readonly (readonly string[])[]
  /** Has a reconciler. */
  readonly moves?: boolean
  /** Wire paths compared when an existing version is PUT again. */
  readonly immutable?: readonly string[]
  /** Names inside an immutable mapping that are none of its content. */
  readonly aside?: Readonly<Record<string, Aside>>
  /** What a file must hold beyond its table: things that depend on each other. */
  checkYaml?(yaml: JsonObject, look: Look): void
  /** Checks of the wire properties that a table cannot say. */
  check?(props: JsonObject): Issue[]
  /** Puts in what the service fills when the caller left it out. */
  prepare?(props: JsonObject): JsonObject
}

/** Declares a kind; only gives the literal its type. */
export function defineKind(kind: Kind): Kind {
  return kind
}
