// The tables of tracking. Everything hot is keyed by small integers: runs (rid), names (kid) and series (sid) are
// interned once. `series` is at the same time the table of latest values and aggregates, one row a metric of a run;
// `tail` takes new points and makes exact duplicates harmless; `chunks` hold what was sealed.
import type { Words } from './migrations.ts'

/** The step of the migrations that makes them. */
export const trackingStep = {
  name: 'runs, series, logged models',
  up: (w: Words): string[] => [...experimentTables(w), ...runTables(w), ...seriesTables(w), ...loggedModelTables(w)],
}

/** Experiments whose files are in a store of the clients' own say where. */
export const locationStep = {
  name: 'locations of experiments',
  up: () => ['ALTER TABLE experiments ADD COLUMN location TEXT'],
}

/** What very many runs and very long series need: an order by value, runs as they are printed, pictures of pictures. */
export const manyStep = {
  name: 'metrics in order, printed runs, rollups of rollups',
  up: (w: Words): string[] => [
    `ALTER TABLE series ADD COLUMN eid ${w.integer} NOT NULL DEFAULT 0`,
    'UPDATE series SET eid = coalesce((SELECT r.eid FROM runs r WHERE r.rid = series.rid), 0)',
    'DROP INDEX series_by_value',
    'CREATE INDEX series_by_value ON series (eid, kid, nan, value, rid)',
    `CREATE TABLE run_docs (
      rid ${w.integer} PRIMARY KEY, form TEXT NOT NULL, crc ${w.integer} NOT NULL, size ${w.integer} NOT NULL,
      body ${w.bytes} NOT NULL)`,
    // a chunk's own is of level 0 and names it twice; one of a higher level is of all that lie from cid to upto
    `CREATE TABLE rollups (
      pid ${w.serial}, sid ${w.integer} NOT NULL, level ${w.integer} NOT NULL,
      cid ${w.integer} NOT NULL, upto ${w.integer} NOT NULL,
      min_step ${w.integer} NOT NULL, max_step ${w.integer} NOT NULL, buckets ${w.bytes} NOT NULL,
      UNIQUE (sid, level, cid))`,
    'CREATE INDEX rollups_by_step ON rollups (sid, level, max_step, min_step, cid)',
    `INSERT INTO rollups (sid, level, cid, upto, min_step, max_step, buckets)
      SELECT sid, 0, cid, cid, min_step, max_step, rollup FROM chunks`,
    'ALTER TABLE chunks DROP COLUMN rollup',
  ],
}

function experimentTables(w: Words): string[] {
  return [
    `CREATE TABLE experiments (
      eid ${w.serial}, scope TEXT NOT NULL, experiment_id TEXT NOT NULL, name TEXT NOT NULL, lifecycle TEXT NOT NULL,
      created_at ${w.integer} NOT NULL, updated_at ${w.integer} NOT NULL,
      UNIQUE (scope, experiment_id), UNIQUE (scope, name))`,
    `CREATE TABLE experiment_tags (
      eid ${w.integer} NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (eid, name))${w.clustered}`,
  ]
}

function runTables(w: Words): string[] {
  return [
    `CREATE TABLE runs (
      rid ${w.serial}, scope TEXT NOT NULL, run_id TEXT NOT NULL, eid ${w.integer} NOT NULL, name TEXT NOT NULL,
      user_id TEXT NOT NULL, status TEXT NOT NULL, start_time ${w.integer} NOT NULL, end_time ${w.integer},
      lifecycle TEXT NOT NULL, is_job ${w.integer} NOT NULL, made_by TEXT,
      UNIQUE (scope, run_id))`,
    'CREATE INDEX runs_by_age ON runs (eid, lifecycle, start_time DESC, run_id)',
    `CREATE TABLE names (kid ${w.serial}, name TEXT NOT NULL UNIQUE)`,
    `CREATE TABLE run_params (
      rid ${w.integer} NOT NULL, kid ${w.integer} NOT NULL, value TEXT NOT NULL, PRIMARY KEY (rid, kid))${w.clustered}`,
    'CREATE INDEX run_params_by_value ON run_params (kid, substr(value, 1, 200), rid)',
    `CREATE TABLE run_tags (
      rid ${w.integer} NOT NULL, kid ${w.integer} NOT NULL, value TEXT NOT NULL, PRIMARY KEY (rid, kid))${w.clustered}`,
    'CREATE INDEX run_tags_by_value ON run_tags (kid, substr(value, 1, 200), rid)',
    `CREATE TABLE datasets (
      did ${w.serial}, eid ${w.integer} NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL,
      source_type TEXT NOT NULL, source TEXT NOT NULL, fields TEXT, profile TEXT, UNIQUE (eid, name, digest))`,
    `CREATE TABLE run_datasets (
      rid ${w.integer} NOT NULL, did ${w.integer} NOT NULL, tags TEXT NOT NULL, context TEXT NOT NULL, PRIMARY KEY (rid, did))${w.clustered}`,
    `CREATE TABLE run_models (
      rid ${w.integer} NOT NULL, direction TEXT NOT NULL, model_id TEXT NOT NULL, step ${w.integer} NOT NULL,
      PRIMARY KEY (rid, direction, model_id, step))${w.clustered}`,
  ]
}

function seriesTables(w: Words): string[] {
  return [
    `CREATE TABLE series (
      sid ${w.serial}, rid ${w.integer} NOT NULL, kid ${w.integer} NOT NULL,
      step ${w.integer} NOT NULL, ts ${w.integer} NOT NULL, value ${w.real} NOT NULL, nan ${w.integer} NOT NULL,
      min ${w.real}, min_step ${w.integer}, max ${w.real}, max_step ${w.integer},
      n ${w.integer} NOT NULL, first_ts ${w.integer} NOT NULL,
      tail_n ${w.integer} NOT NULL, sealed_step ${w.integer}, sealed_ts ${w.integer},
      UNIQUE (rid, kid))`,
    'CREATE INDEX series_by_value ON series (kid, value, rid)',
    'CREATE INDEX series_to_seal ON series (tail_n) WHERE tail_n >= 512',
    `CREATE TABLE tail (
      sid ${w.integer} NOT NULL, step ${w.integer} NOT NULL, ts ${w.integer} NOT NULL, value ${w.real} NOT NULL,
      nan ${w.integer} NOT NULL, PRIMARY KEY (sid, step, ts, value, nan))${w.clustered}`,
    `CREATE TABLE chunks (
      cid ${w.serial}, sid ${w.integer} NOT NULL, n ${w.integer} NOT NULL,
      min_step ${w.integer} NOT NULL, max_step ${w.integer} NOT NULL, min_ts ${w.integer} NOT NULL, max_ts ${w.integer} NOT NULL,
      points ${w.bytes} NOT NULL, rollup ${w.bytes} NOT NULL)`,
    'CREATE INDEX chunks_by_time ON chunks (sid, min_ts, cid)',
  ]
}

function loggedModelTables(w: Words): string[] {
  return [
    `CREATE TABLE logged_models (
      mid ${w.serial}, scope TEXT NOT NULL, model_id TEXT NOT NULL, eid ${w.integer} NOT NULL, name TEXT NOT NULL,
      model_type TEXT NOT NULL, source_run_id TEXT NOT NULL, status ${w.integer} NOT NULL, status_message TEXT NOT NULL,
      user_id TEXT NOT NULL, created_at ${w.integer} NOT NULL, updated_at ${w.integer} NOT NULL,
      lifecycle TEXT NOT NULL, folder TEXT NOT NULL, tags TEXT NOT NULL, params TEXT NOT NULL,
      UNIQUE (scope, model_id), UNIQUE (scope, folder))`,
    'CREATE INDEX logged_models_by_age ON logged_models (eid, lifecycle, created_at DESC, mid)',
    `CREATE TABLE model_metrics (
      mid ${w.integer} NOT NULL, kid ${w.integer} NOT NULL, rid ${w.integer} NOT NULL, step ${w.integer} NOT NULL,
      ts ${w.integer} NOT NULL, value ${w.real} NOT NULL, nan ${w.integer} NOT NULL,
      dataset_name TEXT NOT NULL, dataset_digest TEXT NOT NULL,
      PRIMARY KEY (mid, kid, rid, step, ts, value, nan, dataset_name, dataset_digest))${w.clustered}`,
  ]
}
