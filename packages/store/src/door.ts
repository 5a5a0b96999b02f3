// What the door to SQL is on every engine: reads wait for a transaction in flight, writes take their turn, the query
// builder speaks through the same statements.
import { fail, LazError } from '@lazurite/spec'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import type { Tables, Words } from './migrations.ts'
import type { Sql, SqlValue, Statements } from './sql.ts'
import type { Turns } from './turns.ts'

export type Engine = 'sqlite' | 'postgres'

export interface DoorParts {
  engine: Engine
  words: Words
  turns: Turns
  /** Statements outside of any transaction. */
  direct: Omit<Statements, 'query'>
  /** Called when a transaction is asked for. */
  stir?(): void
  close(): Promise<void>
}

/** The door over an engine. */
export function doorOver({ engine, words, turns, direct, stir, close }: DoorParts): Sql {
  const outside: Omit<Statements, 'query'> = {
    get: <R extends object>(text: string, values?: readonly SqlValue[]) => {
      const act = () => direct.get<R>(text, values)
      return turns.busy ? turns.whenFree(act) : act()
    },
    all: <R extends object>(text: string, values?: readonly SqlValue[]) => {
      const act = () => direct.all<R>(text, values)
      return turns.busy ? turns.whenFree(act) : act()
    },
    run: (text, values) => (turns.busy ? turns.transaction((tx) => tx.run(text, values)) : direct.run(text, values)),
    runMany: (text, rows) => turns.transaction((tx) => tx.runMany(text, rows)),
  }
  return {
    ...outside,
    engine,
    words,
    query: kyselyOver(outside, engine),
    transaction(body) {
      stir?.()
      return turns.transaction(body)
    },
    close,
  }
}

/** Raises BadArgument for text with NUL. */
export function checkValues(values: readonly SqlValue[]): readonly SqlValue[] {
  for (const value of values) {
    if (typeof value === 'string' && value.includes('\0'))
      fail('BadArgument', { what: 'Text must not hold the character NUL.' })
  }
  return values
}

/** The query builder over statements. */
export function kyselyOver(statements: Pick<Statements, 'all' | 'run'>, engine: Engine): Kysely<Tables> {
  const connection: DatabaseConnection = {
    async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
      const values = query.parameters as SqlValue[] // Kysely hands on what it was given; the column types of Tables allow no more
      if (/^\s*(select|with)\b|\breturning\b/i.test(query.sql)) {
        return { rows: (await statements.all(query.sql, values)) as R[] } // the row type follows from the query
      }
      return { rows: [], numAffectedRows: BigInt(await statements.run(query.sql, values)) }
    },
    streamQuery: () =>
      fail('NotSupported', { what: 'Streaming a query', why: 'rows come in pages', instead: 'Ask for pages by key.' }),
  }
  const ownTransaction = () =>
    Promise.reject(
      new LazError('NotSupported', {
        what: 'A transaction of the query builder',
        why: 'the door has its own',
        instead: 'Use sql.transaction.',
      }),
    )
  const driver: Driver = {
    init: async () => {},
    acquireConnection: async () => connection,
    beginTransaction: ownTransaction,
    commitTransaction: ownTransaction,
    rollbackTransaction: ownTransaction,
    releaseConnection: async () => {},
    destroy: async () => {},
  }
  const dialects = {
    sqlite: [SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler],
    postgres: [PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler],
  } as const
  const [Adapter, Introspector, Compiler] = dialects[engine]
  return new Kysely<Tables>({
    dialect: {
      createAdapter: () => new Adapter(),
      createDriver: () => driver,
      createIntrospector: (db) => new Introspector(db),
      createQueryCompiler: () => new Compiler(),
    },
  })
}
