/**
 * Assessments of traces: feedback (how good it was), expectations (what it should have been) and references to issues.
 * One may override another, which is then no longer valid until the first is deleted.
 */
import { randomUUID } from 'node:crypto'
import { fail, type Json, type JsonObject } from '@lazurite/spec'
import type { Clock } from './clock.ts'
import { holes, type Sql, type Statements, type Tx } from './sql.ts'
import { mustFindTrace, sessionKey } from './trace-rows.ts'

export type AssessmentKind = 'feedback' | 'expectation' | 'issue'

export interface Assessment {
  /** Made when left out. */
  id?: string
  kind: AssessmentKind
  name: string
  value: Json
  error?: JsonObject
  source: { type: string; id?: string }
  /** Epoch ms; now when left out. */
  createdAt?: number
  updatedAt?: number
  spanId?: string
  rationale?: string
  metadata?: Record<string, string>
  overrides?: string
  /** True unless another one overrides it. */
  valid?: boolean
}

export interface AssessmentChange {
  name?: string
  /** Of the kind the assessment is of. Raises BadArgument otherwise. */
  value?: { kind: AssessmentKind; value: Json; error?: JsonObject }
  rationale?: string
  /** Added to what is there. */
  metadata?: Record<string, string>
}

export interface Assessments {
  /** Raises TraceNotFound; AssessmentNotFound for what it overrides. The same id again changes nothing. */
  assess(scope: string, traceId: string, assessment: Assessment): Promise<Assessment>
  /** Raises TraceNotFound, AssessmentNotFound. */
  assessment(scope: string, traceId: string, id: string): Promise<Assessment>
  changeAssessment(scope: string, traceId: string, o: { id: string; change: AssessmentChange }): Promise<Assessment>
  /** Raises TraceNotFound; fine when there is no such assessment. */
  deleteAssessment(scope: string, traceId: string, id: string): Promise<void>
}

interface AssessmentRow {
  tid: number
  assessment_id: string
  kind: AssessmentKind
  name: string
  value: string
  valid: number
  overrides: string | null
  created_at: number
  updated_at: number
  body: string
}

type Body = Pick<Assessment, 'source' | 'error' | 'spanId' | 'rationale' | 'metadata'>

/** Opens this part of the drawer of traces. */
export function openAssessments(sql: Sql, clock: Clock): Assessments {
  const inTrace = <T>(scope: string, traceId: string, act: (tx: Tx, tid: number) => Promise<T>) =>
    sql.transaction(async (tx) => act(tx, (await mustFindTrace(tx, scope, traceId)).tid))
  return {
    assess: (scope, traceId, assessment) =>
      inTrace(scope, traceId, async (tx, tid) => {
        if (assessment.overrides !== undefined) {
          const hit = await tx.run('UPDATE assessments SET valid = 0 WHERE tid = ? AND assessment_id = ?', [
            tid,
            assessment.overrides,
          ])
          if (hit === 0) fail('AssessmentNotFound', { assessment: assessment.overrides, trace: traceId })
        }
        const id = assessment.id ?? freshId()
        await writeAssessments(tx, { tid, now: clock.now() }, [{ ...assessment, id }])
        return one(tx, { tid, traceId, id })
      }),
    async assessment(scope, traceId, id) {
      const { tid } = await mustFindTrace(sql, scope, traceId)
      return one(sql, { tid, traceId, id })
    },
    changeAssessment: (scope, traceId, { id, change }) =>
      inTrace(scope, traceId, async (tx, tid) => {
        const next = changed(await one(tx, { tid, traceId, id }), change)
        await tx.run(
          `UPDATE assessments SET name = ?, value = ?, number = ?, numeric_value = ?, of_session = ?, updated_at = ?,
             body = ? WHERE tid = ? AND assessment_id = ?`,
          [next.name, JSON.stringify(next.value), ...sumsOf(next), clock.now(), bodyOf(next), tid, id],
        )
        return one(tx, { tid, traceId, id })
      }),
    deleteAssessment: (scope, traceId, id) =>
      inTrace(scope, traceId, async (tx, tid) => {
        const row = await tx.get<AssessmentRow>('SELECT * FROM assessments WHERE tid = ? AND assessment_id = ?', [
          tid,
          id,
        ])
        if (row?.overrides)
          await tx.run('UPDATE assessments SET valid = 1 WHERE tid = ? AND assessment_id = ?', [tid, row.overrides])
        await tx.run('DELETE FROM assessments WHERE tid = ? AND assessment_id = ?', [tid, id])
      }),
  }
}

function freshId(): string {
  return `a-${randomUUID().replaceAll('-', '')}`
}

function changed(old: Assessment, change: AssessmentChange): Assessment {
  const { value, metadata, ...rest } = change
  if (value && value.kind !== old.kind) {
    const of = { feedback: 'a Feedback', expectation: 'an Expectation', issue: 'an Issue' }[old.kind]
    fail('BadArgument', { what: `Cannot update ${value.kind} value on ${of} assessment.` })
  }
  const { error: _, ...without } = old
  return {
    ...(value ? without : old),
    ...rest,
    ...(value ? { value: value.value, ...(value.error ? { error: value.error } : {}) } : {}),
    ...(metadata ? { metadata: { ...old.metadata, ...metadata } } : {}),
  }
}

/** Of each, unless there is one of its id. */
export async function writeAssessments(
  tx: Tx,
  o: { tid: number; now: number },
  assessments: readonly Assessment[],
): Promise<void> {
  await tx.runMany(
    `INSERT INTO assessments (tid, assessment_id, kind, name, value, number, numeric_value, of_session, valid, overrides,
       created_at, updated_at, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    assessments.map((a) => [
      o.tid,
      a.id ?? freshId(),
      a.kind,
      a.name,
      JSON.stringify(a.value),
      ...sumsOf(a),
      a.valid === false ? 0 : 1,
      a.overrides ?? null,
      a.createdAt ?? o.now,
      a.updatedAt ?? a.createdAt ?? o.now,
      bodyOf(a),
    ]),
  )
}

/** What sums are made of: the number a value stands for, whether it is one, whether it speaks of a whole session. */
function sumsOf({ value, metadata = {} }: Assessment): [number | null, number, number] {
  const ofSession = Object.hasOwn(metadata, sessionKey) ? 1 : 0
  if (typeof value === 'number') return [value, 1, ofSession]
  if (typeof value === 'boolean') return [value ? 1 : 0, 0, ofSession]
  const word = typeof value === 'string' ? value.trim().toLowerCase() : ''
  return [word === 'yes' ? 1 : word === 'no' ? 0 : null, 0, ofSession]
}

function bodyOf({ source, error, spanId, rationale, metadata }: Assessment): string {
  return JSON.stringify({ source, error, spanId, rationale, metadata })
}

async function one(s: Statements, o: { tid: number; traceId: string; id: string }): Promise<Assessment> {
  const row = await s.get<AssessmentRow>('SELECT * FROM assessments WHERE tid = ? AND assessment_id = ?', [o.tid, o.id])
  return row ? assessmentOf(row) : fail('AssessmentNotFound', { assessment: o.id, trace: o.traceId })
}

/** Of many traces, in order of their making. */
export async function loadAssessments(s: Statements, tids: readonly number[]): Promise<[number, Assessment][]> {
  const rows = await s.all<AssessmentRow>(
    `SELECT * FROM assessments WHERE tid IN (${holes(tids.length)}) ORDER BY created_at, aid`,
    tids,
  )
  return rows.map((row) => [row.tid, assessmentOf(row)])
}

function assessmentOf(row: AssessmentRow): Assessment {
  const body = JSON.parse(row.body) as Body // written above from this shape
  return {
    id: row.assessment_id,
    kind: row.kind,
    name: row.name,
    value: JSON.parse(row.value) as Json, // written above
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    ...(row.overrides === null ? {} : { overrides: row.overrides }),
    valid: row.valid === 1,
    ...body,
  }
}
