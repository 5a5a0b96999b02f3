/** The tables of evaluation datasets, and what the files about them share. */
import { createHash } from 'node:crypto'
import { fail } from '@lazurite/spec'
import type { Words } from './migrations.ts'
import type { SqlValue, Statements, Tx } from './sql.ts'

/** The step of the migrations that makes the tables. */
export const evaluationStep = {
  name: 'evaluation datasets',
  up: (w: Words): string[] => [
    `CREATE TABLE evaluation_datasets (
      did ${w.serial}, scope TEXT NOT NULL, dataset_id TEXT NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL,
      created_at ${w.integer} NOT NULL, updated_at ${w.integer} NOT NULL, created_by TEXT, updated_by TEXT,
      fields TEXT, profile TEXT, made_by TEXT, UNIQUE (scope, dataset_id))`,
    `CREATE TABLE evaluation_tags (
      did ${w.integer} NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (did, name))${w.clustered}`,
    `CREATE TABLE evaluation_experiments (
      lid ${w.serial}, did ${w.integer} NOT NULL, experiment_id TEXT NOT NULL, UNIQUE (did, experiment_id))`,
    'CREATE INDEX evaluation_experiments_by_id ON evaluation_experiments (experiment_id, did)',
    `CREATE TABLE evaluation_records (
      rid ${w.serial}, did ${w.integer} NOT NULL, record_id TEXT NOT NULL, input_hash TEXT NOT NULL,
      created_at ${w.integer} NOT NULL, updated_at ${w.integer} NOT NULL, created_by TEXT, updated_by TEXT,
      inputs TEXT NOT NULL, outputs TEXT, expectations TEXT, tags TEXT NOT NULL, source TEXT, source_type TEXT,
      source_id TEXT, UNIQUE (did, input_hash))`,
    'CREATE INDEX evaluation_records_by_dataset ON evaluation_records (did, rid)',
    'CREATE INDEX evaluation_records_by_id ON evaluation_records (record_id)',
  ],
}

export interface EvaluationDatasetRow {
  did: number
  dataset_id: string
  name: string
  digest: string
  created_at: number
  updated_at: number
  created_by: string | null
  updated_by: string | null
  fields: string | null
  profile: string | null
  made_by: string | null
}

/** Of a dataset as it was at that time (epoch ms). */
export function digestOf(name: string, at: number): string {
  return createHash('sha256').update(`${name}:${at}`).digest('hex').slice(0, 8)
}

export function findDataset(
  s: Statements,
  scope: string,
  datasetId: string,
): Promise<EvaluationDatasetRow | undefined> {
  return s.get<EvaluationDatasetRow>('SELECT * FROM evaluation_datasets WHERE scope = ? AND dataset_id = ?', [
    scope,
    datasetId,
  ])
}

/** Raises EvaluationDatasetNotFound. */
export async function mustFindDataset(s: Statements, scope: string, datasetId: string): Promise<EvaluationDatasetRow> {
  return (await findDataset(s, scope, datasetId)) ?? fail('EvaluationDatasetNotFound', { dataset: datasetId })
}

/** Takes datasets away with all that hangs on them; the condition is on their own columns. */
export async function eraseDatasets(tx: Tx, condition: string, values: readonly SqlValue[]): Promise<void> {
  const these = `SELECT did FROM evaluation_datasets WHERE ${condition}`
  for (const table of ['evaluation_records', 'evaluation_tags', 'evaluation_experiments'])
    await tx.run(`DELETE FROM ${table} WHERE did IN (${these})`, values)
  await tx.run(`DELETE FROM evaluation_datasets WHERE ${condition}`, values)
}
