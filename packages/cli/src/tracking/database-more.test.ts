import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { databaseSource } from './database-source.ts'
import { sqliteRows } from './rows.ts'
import { OutOfReach, type Source } from './source.ts'

const script = `
import sqlite3, sys
base = sqlite3.connect(sys.argv[1])
base.executescript("""
create table experiments (experiment_id integer, name text, lifecycle_stage text);
create table runs (run_uuid text);
create table trace_info (request_id text, experiment_id integer, timestamp_ms integer, execution_time_ms integer,
  status text, trace_name text, session_id text, input_tokens integer, total_cost real);
create table trace_tags (key text, value text, request_id text);
create table trace_request_metadata (key text, value text, request_id text);
create table assessments (assessment_id text, trace_id text, name text, assessment_type text, value text, error text,
  created_timestamp integer, last_updated_timestamp integer, source_type text, source_id text, valid integer,
  overrides text, rationale text, span_id text, assessment_metadata text);
create table spans (trace_id text, span_id text, content text);
create table evaluation_datasets (dataset_id text, name text, created_time integer, last_update_time integer);
create table evaluation_dataset_records (dataset_record_id text, dataset_id text, inputs text, outputs text,
  expectations text, tags text, source text, source_id text, source_type text, created_time integer,
  last_update_time integer, created_by text, last_updated_by text);
create table registered_models (name text, description text);
create table registered_model_tags (name text, key text, value text);
insert into experiments values (1, 'one', 'active');
insert into trace_info values ('tr-1', 1, 1500, 1250, 'OK', 'named', 's1', 7, 0.5), ('tr-2', 1, 1, null, 'IN_PROGRESS', null, null, null, null);
insert into trace_tags values ('mlflow.trace.spansLocation', 'ARCHIVE_REPO', 'tr-1'),
  ('mlflow.linkedPrompts', '[{"name": "p", "version": "2"}]', 'tr-1'), ('mlflow.linkedPrompts', 'odd', 'tr-2');
insert into trace_request_metadata values ('mlflow.user', 'it''s', 'tr-1');
insert into assessments values ('a-1', 'tr-1', 'good', 'feedback', 'true', null, 5, 6, 'HUMAN', 'ann', 0, null, null, null,
  '{"k": 1}'), ('a-2', 'tr-1', 'want', 'expectation', '{"n": 1.0}', null, 5, 6, 'CODE', null, 1, 'a-1', 'why', 's', null);
insert into evaluation_datasets values ('d-1', 'set', 5, 6);
insert into evaluation_dataset_records values ('dr-1', 'd-1', '{"n": 1.0}', '{"mlflow_wrapped": [1.0, "x"]}', null, '{}', null,
  null, null, 5, 6, 'ann', null);
insert into registered_models values ('greeting', null), ('net', null);
insert into registered_model_tags values ('greeting', 'mlflow.prompt.is_prompt', 'true');
""")
base.commit()
`

let folder: string
let source: Source
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'laz-more-'))
  const path = join(folder, 'mlflow.db')
  execFileSync('python3', ['-c', script, path])
  const tables = "SELECT name FROM sqlite_master WHERE type = 'table'"
  source = await databaseSource(sqliteRows(path, process.env), { what: path, root: undefined, cwd: folder, tables })
})
afterAll(async () => {
  await source.close()
  rmSync(folder, { recursive: true, force: true })
})

async function all<T>(things: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const thing of things) found.push(thing)
  return found
}

test('traces with what newer databases keep in columns; archived spans are out of reach', async () => {
  const [one, two] = await all(source.traces({ id: '1', name: 'one', deleted: false, tags: {} }))
  expect(one).toMatchObject({
    id: 'tr-1',
    hasSpans: true,
    prompts: ['p/2'],
    info: {
      request_time: '1970-01-01T00:00:01.500Z',
      execution_duration: '1.250s',
      state: 'OK',
      tags: { 'mlflow.traceName': 'named' },
      trace_metadata: {
        'mlflow.user': "it's",
        'mlflow.trace.session': 's1',
        'mlflow.trace.tokenUsage': '{"input_tokens": 7}',
        'mlflow.trace.cost': '{"total_cost": 0.5}',
      },
    },
  })
  expect(one?.info.assessments).toEqual([
    {
      assessment_id: 'a-1',
      assessment_name: 'good',
      source: { source_type: 'HUMAN', source_id: 'ann' },
      create_time: '1970-01-01T00:00:00.005Z',
      last_update_time: '1970-01-01T00:00:00.006Z',
      feedback: { value: true },
      metadata: { k: '1' },
      valid: false,
    },
    expect.objectContaining({
      expectation: { serialized_value: { serialization_format: 'JSON_FORMAT', value: '{"n": 1.0}' } },
      overrides: 'a-1',
      rationale: 'why',
      span_id: 's',
      valid: true,
    }),
  ])
  expect(two).toMatchObject({ hasSpans: false, prompts: [], info: { state: 'IN_PROGRESS' } })
  expect(two?.info).not.toHaveProperty('execution_duration')
  if (one) await expect(source.spans(one)).rejects.toThrow(OutOfReach)
})

test('records as the JSON they are; outputs without their wrapping', async () => {
  const [set] = await all(source.evaluations())
  expect(set).toMatchObject({ id: 'd-1', name: 'set', createdAt: 5, updatedAt: 6, experimentIds: [] })
  const [text = ''] = set ? await all(source.records(set)) : []
  expect(text).toContain('"inputs": {"n": 1.0}')
  expect(text).toContain('"outputs": [1.0, "x"]')
  expect(JSON.parse(text)).toMatchObject([{ dataset_record_id: 'dr-1', created_by: 'ann', source: null }])
})

test('prompts are no models here, and are counted', async () => {
  expect((await all(source.registered())).map(({ name }) => name)).toEqual(['net'])
  expect(await source.left()).toEqual(['1 prompts'])
  expect(await all(source.webhooks())).toEqual([])
})
