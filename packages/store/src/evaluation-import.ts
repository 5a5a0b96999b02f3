/**
 * Evaluation datasets as they were somewhere else: with ids, times and who made what. What is older than what is here
 * changes nothing, so each may be sent again.
 */
import type { EvaluationDataset } from './evaluation-datasets.ts'
import { type EvaluationRecord, hashOf } from './evaluation-records.ts'
import { digestOf, mustFindDataset } from './evaluation-rows.ts'
import { type ExactMap, printExact } from './exact-json.ts'
import type { Tx } from './sql.ts'

export interface BroughtDataset extends Omit<EvaluationDataset, 'digest' | 'madeBy'> {
  digest?: string
  experimentIds: readonly string[]
}

/** What is not said otherwise is JSON. */
export type BroughtRecord = Omit<EvaluationRecord, 'inputs'> & { inputs: ExactMap }

export async function bringDataset(tx: Tx, scope: string, d: BroughtDataset): Promise<void> {
  await tx.run(
    `INSERT INTO evaluation_datasets (scope, dataset_id, name, digest, created_at, updated_at, created_by, updated_by,
       fields, profile) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (scope, dataset_id) DO UPDATE SET name = excluded.name, digest = excluded.digest,
       updated_at = excluded.updated_at, updated_by = excluded.updated_by, fields = excluded.fields,
       profile = excluded.profile WHERE excluded.updated_at > evaluation_datasets.updated_at`,
    [
      ...[scope, d.datasetId, d.name, d.digest ?? digestOf(d.name, d.updatedAt), d.createdAt, d.updatedAt],
      ...[d.createdBy ?? null, d.updatedBy ?? null, d.schema ?? null, d.profile ?? null],
    ],
  )
  const { did } = await mustFindDataset(tx, scope, d.datasetId)
  await tx.runMany(
    `INSERT INTO evaluation_tags (did, name, value) VALUES (?, ?, ?)
     ON CONFLICT (did, name) DO UPDATE SET value = excluded.value`,
    Object.entries(d.tags).map(([key, value]) => [did, key, value]),
  )
  await tx.runMany(
    'INSERT INTO evaluation_experiments (did, experiment_id) VALUES (?, ?) ON CONFLICT DO NOTHING',
    d.experimentIds.map((id) => [did, id]),
  )
}

export async function bringRecords(
  tx: Tx,
  o: { scope: string; datasetId: string },
  records: readonly BroughtRecord[],
): Promise<void> {
  const { did } = await mustFindDataset(tx, o.scope, o.datasetId)
  await tx.runMany(
    `INSERT INTO evaluation_records (did, record_id, input_hash, created_at, updated_at, created_by, updated_by, inputs,
       outputs, expectations, tags, source, source_type, source_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (did, input_hash) DO UPDATE SET updated_at = excluded.updated_at, updated_by = excluded.updated_by,
       outputs = excluded.outputs, expectations = excluded.expectations, tags = excluded.tags,
       source = excluded.source, source_type = excluded.source_type, source_id = excluded.source_id
     WHERE excluded.updated_at > evaluation_records.updated_at`,
    records.map((r) => [
      ...[did, r.recordId, hashOf(r.inputs), r.createdAt, r.updatedAt, r.createdBy ?? null, r.updatedBy ?? null],
      ...[printExact(r.inputs), r.outputs ?? null, r.expectations ?? null, r.tags],
      ...[r.source ?? null, r.sourceType ?? null, r.sourceId ?? null],
    ]),
  )
}
