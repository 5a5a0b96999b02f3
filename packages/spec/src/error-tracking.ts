// The errors of tracking, in the sentences MLflow's users know.
import { absent, conflict, type ErrorRow } from './error-words.ts'

export const trackingRows = {
  RunNotFound: { ...absent, text: 'Run with id={run} not found.' },
  RunDeleted: {
    ...conflict,
    http: 400,
    mlflow: 'INVALID_PARAMETER_VALUE',
    text: "The run {run} must be in the 'active' state. Current state is deleted.",
  },
  ExperimentNotFound: { ...absent, text: 'No Experiment with id={experiment} exists.' },
  ExperimentNameNotFound: { ...absent, text: "Could not find experiment with name '{name}'." },
  ExperimentDeleted: {
    ...conflict,
    http: 400,
    mlflow: 'INVALID_PARAMETER_VALUE',
    text: "The experiment {experiment} must be in the 'active' state. Current state is deleted.",
  },
  ExperimentExists: {
    ...conflict,
    text: 'Experiment(name={name}) already exists.',
    hint: 'A deleted experiment keeps its name: restore it, or choose another name.',
  },
  TagNotFound: { ...absent, text: 'No tag with name: {key} in {of} with id {id}.' },
  RegisteredModelNotFound: { ...absent, text: 'Registered Model with name={name} not found.' },
  RegisteredModelExists: { ...conflict, text: 'Registered Model (name={name}) already exists.' },
  ModelVersionNotFound: { ...absent, text: 'Model Version (name={name}, version={version}) not found.' },
  ModelTagNotFound: { ...absent, text: "No tag with key '{key}' in logged model with ID '{model}'." },
  WebhookNotFound: { ...absent, text: 'Webhook with ID {webhook} not found.' },
  LoggedModelNotFound: { ...absent, text: "Logged model with ID '{model}' not found." },
  TraceNotFound: { ...absent, text: "Trace with ID '{trace}' not found." },
  TraceNotComplete: {
    ...absent,
    text: 'Trace with ID {trace} is not fully exported yet, please try again later.',
  },
  TraceTagNotFound: { ...absent, text: "No trace tag with key '{key}' for trace with ID '{trace}'." },
  EvaluationDatasetNotFound: { ...absent, text: "Evaluation dataset with id '{dataset}' not found." },
  EvaluationDatasetAbsent: { ...absent, text: '{what}' },
  AssessmentNotFound: { ...absent, text: "Assessment with ID '{assessment}' not found for trace '{trace}'." },
} as const satisfies Record<string, ErrorRow>
