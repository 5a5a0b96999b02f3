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
    differences: [],
    left: [],
  }
}

export function reportJson(report: Report): JsonObject {
  return report as unknown as JsonObject // JSON by its declaration
}

const mostShown = 20

export function reportText(report: Report): string {
  const { runs, differences, left } = report
  const sum = runs.new + runs.completed + runs.same
  const lines = [
    `${sum} runs in ${report.experiments} experiments from ${report.from}:`,
    `  ${runs.new} new, ${runs.completed} completed, ${runs.same} here already`,
    `  ${report.params} parameters, ${report.tags} tags, ${report.points} metric values`,
    `  ${report.files} files, ${bytesText(report.sizeBytes)}`,
    `  ${report.models} registered models with ${report.versions} versions, ${report.loggedModels} logged models`,
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
