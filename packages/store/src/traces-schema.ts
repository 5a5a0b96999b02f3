// The tables of traces. `trace_words` holds tags and metadata; the columns `name` and `session` repeat two of them that
// are asked for all the time, the columns of tokens repeat what the metadata say of usage, so that sums need no JSON.
import type { Words } from './migrations.ts'

/** The step of the migrations that makes them. */
export const tracesStep = {
  name: 'traces, spans, assessments',
  up: (w: Words): string[] => [
    `CREATE TABLE traces (
      tid ${w.serial}, scope TEXT NOT NULL, trace_id TEXT NOT NULL, eid ${w.integer} NOT NULL,
      request_time ${w.integer} NOT NULL, duration ${w.integer}, state TEXT NOT NULL, name TEXT, session TEXT,
      client_request_id TEXT, request_preview TEXT, response_preview TEXT,
      finished ${w.integer} NOT NULL, made_by TEXT,
      input_tokens ${w.integer}, output_tokens ${w.integer}, total_tokens ${w.integer},
      cache_read_tokens ${w.integer}, cache_creation_tokens ${w.integer},
      UNIQUE (scope, trace_id))`,
    'CREATE INDEX traces_by_age ON traces (eid, request_time DESC, trace_id)',
    'CREATE INDEX traces_by_session ON traces (eid, session) WHERE session IS NOT NULL',
    `CREATE TABLE trace_words (
      tid ${w.integer} NOT NULL, kind TEXT NOT NULL, kid ${w.integer} NOT NULL, value TEXT NOT NULL,
      PRIMARY KEY (tid, kind, kid))${w.clustered}`,
    'CREATE INDEX trace_words_by_value ON trace_words (kid, kind, substr(value, 1, 200), tid)',
    `CREATE TABLE trace_spans (
      xid ${w.serial}, tid ${w.integer} NOT NULL, span_id TEXT NOT NULL, parent_id TEXT, name TEXT NOT NULL,
      type TEXT, status TEXT NOT NULL, start_us ${w.integer} NOT NULL, latency_ms ${w.integer},
      model TEXT, provider TEXT, input_cost ${w.real}, output_cost ${w.real}, total_cost ${w.real},
      usage TEXT, content TEXT NOT NULL, UNIQUE (tid, span_id))`,
    `CREATE TABLE assessments (
      aid ${w.serial}, tid ${w.integer} NOT NULL, assessment_id TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
      value TEXT NOT NULL, number ${w.real}, numeric_value ${w.integer} NOT NULL, valid ${w.integer} NOT NULL,
      of_session ${w.integer} NOT NULL, overrides TEXT, created_at ${w.integer} NOT NULL,
      updated_at ${w.integer} NOT NULL, body TEXT NOT NULL, UNIQUE (tid, assessment_id))`,
    'CREATE INDEX assessments_by_name ON assessments (name, kind, tid)',
    `CREATE TABLE trace_links (
      kind TEXT NOT NULL, target TEXT NOT NULL, tid ${w.integer} NOT NULL, PRIMARY KEY (kind, target, tid))${w.clustered}`,
    'CREATE INDEX trace_links_by_trace ON trace_links (tid)',
  ],
}
