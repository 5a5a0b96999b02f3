/** Assessments of traces: feedback, expectations, references to issues. */
import type { AssessmentChange } from '@lazurite/store'
import { refuse } from './args.ts'
import type { Call, Handler } from './call.ts'
import { readableTrace, writableTrace } from './rights.ts'
import { assessmentWire, readAssessment, readValue, readWords } from './trace-wire.ts'
import { idOf, withOwnId } from './traces.ts'

/** Whoever may read a trace may say what it thinks of it; what others said only its maker takes back. */
export const createAssessment: Handler = async (call) => {
  const assessment = readAssessment(call.args.inside('assessment') ?? call.args.missing('assessment'))
  const { traceId } = await (assessment.overrides === undefined ? readableTrace : writableTrace)(call, idOf(call))
  return wired(traceId, await call.store.traces.assess(call.scope, traceId, withOwnId(traceId, assessment)))
}

function wired(traceId: string, assessment: Parameters<typeof assessmentWire>[0]) {
  return { assessment: assessmentWire(assessment, traceId) }
}

export const getAssessment: Handler = async (call) => {
  const { traceId } = await readableTrace(call, idOf(call))
  return wired(traceId, await call.store.traces.assessment(call.scope, traceId, assessmentIdOf(call)))
}

export const updateAssessment: Handler = async (call) => {
  const args = call.args.inside('assessment') ?? call.args.missing('assessment')
  const change: AssessmentChange = {}
  for (const path of maskOf(call)) {
    if (path === 'assessment_name') change.name = args.needText('assessment_name')
    else if (path === 'rationale') change.rationale = args.text('rationale') ?? ''
    else if (path === 'metadata') change.metadata = readWords(args, 'metadata')
    else if (path === 'feedback' || path === 'expectation') {
      if (change.value) refuse('Cannot specify both `expectation` and `feedback` parameters.')
      change.value = readValue(args) ?? args.missing(path)
    } else refuse(`Invalid update_mask: '${path}' of an assessment cannot be changed.`)
  }
  const { traceId } = await writableTrace(call, idOf(call))
  const id = assessmentIdOf(call)
  return wired(traceId, await call.store.traces.changeAssessment(call.scope, traceId, { id, change }))
}

/** A field mask is one text with names in camel case; some send a mapping with a list. */
function maskOf(call: Call): string[] {
  const raw = call.args.raw('update_mask') ?? call.args.missing('update_mask')
  const paths = typeof raw === 'string' ? raw.split(',') : (call.args.inside('update_mask')?.texts('paths') ?? [])
  return paths.map((path) => path.trim().replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)).filter(Boolean)
}

export const deleteAssessment: Handler = async (call) => {
  const { traceId } = await writableTrace(call, idOf(call))
  await call.store.traces.deleteAssessment(call.scope, traceId, assessmentIdOf(call))
  return undefined
}

function assessmentIdOf(call: Call): string {
  return call.parts[1] ?? call.args.needText('assessment_id')
}
