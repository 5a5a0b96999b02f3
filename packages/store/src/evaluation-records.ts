/**
 * The records of evaluation datasets. Two records with the same inputs are one: the second adds its expectations and
 * tags to the first and replaces its outputs. What a record holds is kept as the JSON it came as, numbers included.
 */
import { createHash, randomUUID } from 'node:crypto'
import type { Clock } from './clock.ts'
import { digestOf, type EvaluationDatasetRow, mustFindDataset } from './evaluation-rows.ts'
import { type Exact, type ExactMap, exactType, parseExact, printExact } from './exact-json.ts'
import { holes, type Sql, type Tx } from './sql.ts'

export interface NewEvaluationRecord {
  inputs: ExactMap
  /** Null takes outputs away; left out they stay, and are an empty mapping in a new record. */
  outputs?: Exact
  expectations?: ExactMap
  tags?: ExactMap
  source?: { type: string; data: ExactMap }
}

/** Everything it holds is JSON. */
export interface EvaluationRecord {
  recordId: string
  inputs: string
  outputs?: string
  expectations?: string
  tags: string
  source?: string
  sourceType?: string
  sourceId?: string
  /** Epoch ms. */
  createdAt: number
  updatedAt: number
  createdBy?: string
  updatedBy?: string
}

export interface EvaluationRecords {
  /** All or none. Raises EvaluationDatasetNotFound. */
  mergeRecords(
    scope: string,
    datasetId: string,
    records: readonly NewEvaluationRecord[],
  ): Promise<{ inserted: number; updated: number }>
  /** In the order they came in; a page ends early when it is large. None for a dataset that is not there. */
  records(
    scope: string,
    datasetId: string,
    o: { max: number; after?: number },
  ): Promise<{ records: EvaluationRecord[]; next?: number }>
  /** Answers how many went. */
  deleteRecords(scope: string, datasetId: string, recordIds: readonly string[]): Promise<number>
}

interface RecordRow {
  rid: number
  record_id: string
  input_hash: string
  created_at: number
  updated_at: number
  created_by: string | null
  updated_by: string | null
  inputs: string
  outputs: string | null
  expectations: string | null
  tags: string
  source: string | null
  source_type: string | null
  source_id: string | null
}

const userTag = 'mlflow.user'
const batch = 400
const pageRows = 100
/** Of one page, in characters. */
const pageSize = 32 * 1024 * 1024

/** Opens this part of the drawer. */
export function openEvaluationRecords(sql: Sql, clock: Clock): EvaluationRecords {
  return {
    mergeRecords: (scope, datasetId, records) =>
      sql.transaction(async (tx) =>
        merge(tx, await mustFindDataset(tx, scope, datasetId), { records, now: clock.now() }),
      ),
    records: (scope, datasetId, o) => page(sql, { scope, datasetId, ...o }),
    deleteRecords: (scope, datasetId, ids) =>
      sql.transaction(async (tx) => {
        const these = 'SELECT did FROM evaluation_datasets WHERE scope = ? AND dataset_id = ?'
        let gone = 0
        for (let at = 0; at < ids.length; at += batch) {
          const some = ids.slice(at, at + batch)
          gone += await tx.run(
            `DELETE FROM evaluation_records WHERE did IN (${these}) AND record_id IN (${holes(some.length)})`,
            [scope, datasetId, ...some],
          )
        }
        if (gone > 0) await writeProfile(tx, (await mustFindDataset(tx, scope, datasetId)).did, 'null')
        return gone
      }),
  }
}

async function merge(
  tx: Tx,
  dataset: EvaluationDatasetRow,
  { records, now }: { records: readonly NewEvaluationRecord[]; now: number },
): Promise<{ inserted: number; updated: number }> {
  const { did } = dataset
  const hashed = records.map((record) => ({ record, hash: hashOf(record.inputs) }))
  const known = await rowsOf(
    tx,
    did,
    hashed.map(({ hash }) => hash),
  )
  const fresh = new Map<string, RecordRow>()
  const changed = new Set<RecordRow>()
  let [updated, by]: [number, string | null] = [0, null]
  for (const { record, hash } of hashed) {
    const user = userOf(record.tags)
    if (user !== undefined) by = user
    const row = known.get(hash) ?? fresh.get(hash)
    if (row === undefined) {
      fresh.set(hash, rowFor(record, { hash, now }))
      continue
    }
    updated += 1
    mergeInto(row, record, now)
    if (known.has(hash)) changed.add(row)
  }
  await insert(tx, did, [...fresh.values()])
  await update(tx, [...changed])
  const fields = schemaWith(dataset.fields, records)
  await tx.run('UPDATE evaluation_datasets SET updated_at = ?, updated_by = ?, digest = ?, fields = ? WHERE did = ?', [
    ...[now, by, digestOf(dataset.name, now), fields, did],
  ])
  await writeProfile(tx, did)
  return { inserted: fresh.size, updated }
}

async function rowsOf(tx: Tx, did: number, hashes: readonly string[]): Promise<Map<string, RecordRow>> {
  const found = new Map<string, RecordRow>()
  for (let at = 0; at < hashes.length; at += batch) {
    const some = hashes.slice(at, at + batch)
    const text = `SELECT * FROM evaluation_records WHERE did = ? AND input_hash IN (${holes(some.length)})`
    for (const row of await tx.all<RecordRow>(text, [did, ...some])) found.set(row.input_hash, row)
  }
  return found
}

function rowFor(record: NewEvaluationRecord, { hash, now }: { hash: string; now: number }): RecordRow {
  const { inputs, outputs = new Map(), expectations, tags = new Map(), source } = record
  const by = userOf(record.tags) ?? null
  const sourceId = source?.data.get(source.type === 'TRACE' ? 'trace_id' : 'source_id')
  const wholeSource: ExactMap = new Map<string, Exact>([
    ['source_type', source?.type ?? null],
    ['source_data', source?.data ?? null],
  ])
  return {
    rid: 0,
    record_id: `dr-${randomUUID().replaceAll('-', '')}`,
    input_hash: hash,
    created_at: now,
    updated_at: now,
    created_by: by,
    updated_by: by,
    inputs: printExact(inputs),
    outputs: outputs === null ? null : printExact(outputs),
    expectations: expectations === undefined ? null : printExact(expectations),
    tags: printExact(tags),
    source: source === undefined ? null : printExact(wholeSource),
    source_type: source?.type ?? null,
    source_id: typeof sourceId === 'string' && sourceId !== '' ? sourceId : null,
  }
}

function mergeInto(row: RecordRow, { outputs, expectations, tags }: NewEvaluationRecord, now: number): void {
  if (outputs !== undefined) row.outputs = outputs === null ? null : printExact(outputs)
  if (expectations?.size) row.expectations = printExact(joined(row.expectations, expectations))
  if (tags?.size) row.tags = printExact(joined(row.tags, tags))
  row.updated_at = now
  row.updated_by = userOf(tags) ?? row.updated_by
}

function joined(old: string | null, more: ExactMap): ExactMap {
  return new Map([...mapOf(old), ...more])
}

function mapOf(text: string | null): ExactMap {
  const value = text === null ? undefined : parseExact(text)
  return value instanceof Map ? value : new Map()
}

function userOf(tags: ExactMap | undefined): string | undefined {
  const user = tags?.get(userTag)
  return typeof user === 'string' ? user : undefined
}

/** Records with the same inputs are one. */
export function hashOf(inputs: ExactMap): string {
  return createHash('sha256')
    .update(printExact(inputs, { sorted: true }))
    .digest('hex')
}

async function insert(tx: Tx, did: number, rows: readonly RecordRow[]): Promise<void> {
  await tx.runMany(
    `INSERT INTO evaluation_records (did, record_id, input_hash, created_at, updated_at, created_by, updated_by, inputs,
       outputs, expectations, tags, source, source_type, source_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    rows.map((r) => [
      ...[did, r.record_id, r.input_hash, r.created_at, r.updated_at, r.created_by, r.updated_by, r.inputs, r.outputs],
      ...[r.expectations, r.tags, r.source, r.source_type, r.source_id],
    ]),
  )
}

async function update(tx: Tx, rows: readonly RecordRow[]): Promise<void> {
  await tx.runMany(
    'UPDATE evaluation_records SET outputs = ?, expectations = ?, tags = ?, updated_at = ?, updated_by = ? WHERE rid = ?',
    rows.map((r) => [r.outputs, r.expectations, r.tags, r.updated_at, r.updated_by, r.rid]),
  )
}

/** How many records there are; `none` is what is said when there are no more, else it stays as it is. */
async function writeProfile(tx: Tx, did: number, none?: string): Promise<void> {
  const { n } = (await tx.get<{ n: number }>('SELECT count(*) AS n FROM evaluation_records WHERE did = ?', [did])) ?? {
    n: 0,
  }
  const profile = n > 0 ? `{"num_records": ${n}}` : none
  if (profile !== undefined) await tx.run('UPDATE evaluation_datasets SET profile = ? WHERE did = ?', [profile, did])
}

/** Fields keep the type they had first. */
function schemaWith(old: string | null, records: readonly NewEvaluationRecord[]): string | null {
  if (records.length === 0) return old
  const schema = mapOf(old)
  const part = (name: string): Exact => {
    const found = schema.get(name) ?? new Map()
    schema.set(name, found)
    return found
  }
  const note = (name: string, fields: ExactMap | undefined) => {
    const known = part(name)
    if (!(known instanceof Map)) return
    for (const [key, value] of fields ?? []) if (!known.has(key)) known.set(key, exactType(value))
  }
  for (const name of ['inputs', 'outputs', 'expectations']) part(name)
  if (!schema.has('version')) schema.set('version', '1.0')
  for (const { inputs, outputs, expectations } of records) {
    note('inputs', inputs)
    if (outputs instanceof Map) note('outputs', outputs)
    else if (outputs !== undefined && outputs !== null) noteOutput(schema, outputs)
    note('expectations', expectations)
  }
  return printExact(schema)
}

function noteOutput(schema: ExactMap, value: Exact): void {
  const known = schema.get('outputs')
  if (known instanceof Map && known.size === 0) schema.set('outputs', exactType(value))
}

async function page(
  sql: Sql,
  o: { scope: string; datasetId: string; max: number; after?: number },
): Promise<{ records: EvaluationRecord[]; next?: number }> {
  const records: EvaluationRecord[] = []
  let [after, size] = [o.after ?? 0, 0]
  for (;;) {
    const most = Math.min(pageRows, o.max - records.length)
    const rows = await sql.all<RecordRow>(
      `SELECT r.* FROM evaluation_records r JOIN evaluation_datasets d ON d.did = r.did
       WHERE d.scope = ? AND d.dataset_id = ? AND r.rid > ? ORDER BY r.rid LIMIT ?`,
      [o.scope, o.datasetId, after, most + 1],
    )
    for (const row of rows.slice(0, most)) {
      records.push(recordOf(row))
      after = row.rid
      size += row.inputs.length + (row.outputs?.length ?? 0) + (row.expectations?.length ?? 0)
      if (size >= pageSize) break
    }
    if (rows.length <= most && size < pageSize) return { records }
    if (size >= pageSize || records.length >= o.max) return { records, next: after }
  }
}

function recordOf(row: RecordRow): EvaluationRecord {
  return {
    recordId: row.record_id,
    inputs: row.inputs,
    ...(row.outputs === null ? {} : { outputs: row.outputs }),
    ...(row.expectations === null ? {} : { expectations: row.expectations }),
    tags: row.tags,
    ...(row.source === null ? {} : { source: row.source }),
    ...(row.source_type === null ? {} : { sourceType: row.source_type }),
    ...(row.source_id === null ? {} : { sourceId: row.source_id }),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    ...(row.created_by === null ? {} : { createdBy: row.created_by }),
    ...(row.updated_by === null ? {} : { updatedBy: row.updated_by }),
  }
}
