// What became of an import: how much there was, how much of it is here now, and where the two differ.
import type { JsonObject } from '@lazurite/spec'
import { bytesText } from '../paint.ts'

export interface Report {
  from: string
  experiments: number
  /** Runs that were not here, that were here in part, and that were here already. */
  runs: { new: number; completed: number; same: number }
  params: number
  tags: number
  points: number
  files: number
  sizeBytes: number
  loggedModels: number
  models: number
  versions: number
  /** As for runs. */
  traces: { new: number; completed: number; same: number }
  spans: number
  assessments: number
  /** Evaluation datasets, and what is in them. */
  evaluations: number
  records: number
  webhooks: number
  /** Counts that differ between there and here, and what could not be brought. */
  differences: { of: string; what: string; there?: number; here?: number }[]
  /** In words: what is not brought along at all. */
  left: string[]
}

export function emptyReport(from: string): Report {
  return {
    from,
    experiments: 0,
    runs: { new: 0, completed: 0, same: 0 },
    params: 0,
    tags: 0,
    points: 0,
    files: 0,
    sizeBytes: 0,
    loggedModels: 0,
    models: 0,
    versions: 0,
    traces: { new: 0, completed: 0, same: 0 },
    spans: 0,
    assessments: 0,
    evaluations: 0,
    records: 0,
    webhooks: 0,
    differences: [],
    left: [],
  }
}

export function reportJson(report: Report): JsonObject {
  return report as unknown as JsonObject // JSON by its declaration
}

const mostShown = 20
const offText = 'Secrets are never told, so those that are new are off: give each its secret and turn it on.'

const sum3 = (counts: Report['runs']) => counts.new + counts.completed + counts.same

export function reportText(report: Report): string {
  const { runs, traces, differences, left } = report
  const sum = sum3(runs)
  const lines = [
    `${sum} runs in ${report.experiments} experiments from ${report.from}:`,
    `  ${runs.new} new, ${runs.completed} completed, ${runs.same} here already`,
    `  ${report.params} parameters, ${report.tags} tags, ${report.points} metric values`,
    `  ${report.files} files, ${bytesText(report.sizeBytes)}`,
    `  ${report.models} registered models with ${report.versions} versions, ${report.loggedModels} logged models`,
    ...(sum3(traces) > 0
      ? [
          `  ${sum3(traces)} traces (${traces.new} new, ${traces.completed} completed, ${traces.same} here already)`,
          `  ${report.spans} spans, ${report.assessments} assessments`,
        ]
      : []),
    ...(report.evaluations > 0 ? [`  ${report.evaluations} evaluation datasets with ${report.records} records`] : []),
    ...(report.webhooks > 0 ? [`  ${report.webhooks} webhooks. ${offText}`] : []),
    ...(left.length > 0 ? [`Not brought along: ${left.join('; ')}.`] : []),
    differences.length === 0 ? 'All counts agree.' : `${differences.length} differences:`,
    ...differences.slice(0, mostShown).map(differenceText),
    ...(differences.length > mostShown ? [`  … and ${differences.length - mostShown} more (-o json shows all)`] : []),
  ]
  return `${lines.join('\n')}\n`
}

function differenceText({ of, what, there, here }: Report['differences'][number]): string {
  return there === undefined ? `  ${of}: ${what}` : `  ${of}: ${what}: ${there} there, ${here ?? 0} here`
}
