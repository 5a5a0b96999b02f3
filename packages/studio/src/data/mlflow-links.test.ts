import { expect, test } from 'vitest'
import { fromMlflowHash } from './mlflow-links.ts'

test.each([
  ['#/experiments', '/experiments'],
  ['#/experiments/0', '/experiments/0'],
  ['#/experiments/7/runs/abc', '/jobs/abc'],
  ['#/experiments/7/runs/abc/artifacts', '/jobs/abc'],
  ['#/experiments/7/traces', '/experiments/7?tab=traces'],
  ['#/experiments/7/traces?selectedEvaluationId=tr-1', '/traces/tr-1'],
  ['#/models', '/models'],
  ['#/models/a%20b', '/models/a%20b'],
  ['#/models/birds/versions/3', '/models/birds/3'],
  ['#main', undefined],
  ['', undefined],
])('%s leads to %s', (hash, page) => {
  expect(fromMlflowHash(hash)).toBe(page)
})
