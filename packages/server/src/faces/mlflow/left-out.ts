/**
 * What MLflow's server has beyond tracking and the registry, and this one has not. It says so by name: without an answer
 * clients would only tell that an address is unknown.
 */
import { fail } from '@lazurite/spec'
import type { Handler } from './call.ts'

interface LeftOut {
  methods: string
  path: string
  handler: Handler
}

const everyMethod = 'GET POST PUT PATCH DELETE'

interface Reason {
  what: string
  why: string
  instead: string
}

const evaluation: Omit<Reason, 'what'> = {
  why: 'evaluation by language models needs a service that this server does not run',
  instead: 'Evaluate in a job and log the results: mlflow.log_feedback, mlflow.log_expectation, mlflow.log_metrics.',
}

/** First parts of addresses below `/api/3.0/mlflow/`. */
const areas: Readonly<Record<string, Reason>> = {
  scorers: { what: 'Registered scorers (scorers/…)', ...evaluation },
  scorer: { what: 'Running scorers on the server (scorer/…)', ...evaluation },
  'label-schemas': { what: 'Label schemas (label-schemas/…)', ...evaluation },
  'review-queues': { what: 'Review queues (review-queues/…)', ...evaluation },
  'prompt-optimization': { what: 'Prompt optimisation (prompt-optimization/…)', ...evaluation },
  issues: {
    what: 'The list of issues (issues/…)',
    why: 'only references to issues are kept, as assessments of traces',
    instead: 'Log a reference: an assessment of the kind `issue`; find its traces by issue.id.',
  },
  gateway: {
    what: 'The AI gateway (gateway/…)',
    why: 'this server hands no requests on to providers of models',
    instead: 'Deploy a model to an online endpoint: laz online-deployment create; or call the provider directly.',
  },
}

/** Answers NotSupported with the reason and the way out. */
export const leftOut: readonly LeftOut[] = Object.entries(areas).flatMap(([area, reason]) => {
  const handler: Handler = async () => fail('NotSupported', { ...reason })
  return [
    { methods: everyMethod, path: area, handler },
    { methods: everyMethod, path: `${area}/{...}`, handler },
  ]
})

/** Only MLflow's own pages ask it, and those are not served here. */
export function refuseGraphql(): never {
  fail('NotSupported', {
    what: 'GraphQL (/graphql)',
    why: 'only MLflow’s own pages ask it, and the Studio is in their place',
    instead: 'Ask runs/get, runs/search and experiments/get: they answer the same.',
  })
}
