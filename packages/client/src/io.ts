// Inputs, outputs and search spaces of jobs, in the language of YAML files, and the words that write them.
import type { JsonObject } from '@lazurite/spec'
import type { Wire } from './wiring.ts'

/** What data or a model is. */
export type AssetType = 'uri_file' | 'uri_folder' | 'mltable' | 'custom_model' | 'mlflow_model' | 'triton_model'

/** How an input comes to the job. */
export type InputMode = 'ro_mount' | 'download' | 'direct' | 'eval_mount' | 'eval_download'

/** How an output leaves the job. */
export type OutputMode = 'rw_mount' | 'mount' | 'upload' | 'direct'

/** Data or a model that goes into a job. */
export interface DataInput<T extends AssetType = AssetType> {
  /** What it is; a folder when absent. */
  type?: T
  /** Local path, `azureml:<name>:<version>`, datastore URI, or a web address. */
  path?: string
  /** How it comes: read-only mount when absent. */
  mode?: InputMode
  path_on_compute?: string
  /** Datastore that a local path is uploaded to. */
  datastore?: string
}

/** A value in a mapping of its own. */
export interface ValueInput {
  value: string | number | boolean
}

/** What a job's input may be given: a value, data, or what another step leaves behind. */
export type JobInput = string | number | boolean | DataInput | ValueInput | Wire

/** Something a job leaves behind. */
export interface DataOutput<T extends AssetType = AssetType> {
  /** What is written; a folder when absent. */
  type?: T
  /** How it leaves the node. */
  mode?: OutputMode
  /** Where it goes: a datastore URI, expressions allowed. */
  path?: string
  /** Registers it under this name when the job completes. */
  name?: string
  /** Version it is registered as; the next one when absent. */
  version?: string
}

/** What a job's output may be declared as; null is a folder. */
export type JobOutput = DataOutput | string | null

/** An asset written where it is used: it needs no name. */
export type Inline<T> = Omit<T, 'name'> & { name?: string }

/**
 * Data or a model for a job.
 * @example Input({ type: 'uri_file', path: './numbers.csv' })
 */
export function Input<const T extends AssetType = 'uri_folder'>(input: DataInput<T>): DataInput<T> {
  return { ...input }
}

/**
 * What a job leaves behind.
 * @example Output({ type: 'mlflow_model', name: 'iris' })
 */
export function Output<const T extends AssetType = 'uri_folder'>(output: DataOutput<T> = {}): DataOutput<T> {
  return { ...output }
}

/** Values of one parameter of a sweep. */
export type Space =
  | { type: 'choice'; values: (string | number | boolean | JsonObject)[] }
  | { type: 'uniform' | 'loguniform'; min_value: number; max_value: number }
  | { type: 'quniform' | 'qloguniform'; min_value: number; max_value: number; q: number }
  | { type: 'normal' | 'lognormal'; mu: number; sigma: number }
  | { type: 'qnormal' | 'qlognormal'; mu: number; sigma: number; q: number }
  | { type: 'randint'; upper: number }

/** One of these values. */
export function choice(...values: (string | number | boolean)[]): Space {
  return { type: 'choice', values }
}

/** Any number from `min` to `max`, all alike. */
export function uniform(min: number, max: number): Space {
  return { type: 'uniform', min_value: min, max_value: max }
}

/** exp(x), with x from `min` to `max`, all alike. */
export function logUniform(min: number, max: number): Space {
  return { type: 'loguniform', min_value: min, max_value: max }
}

/** As uniform, rounded to multiples of `q`. */
export function qUniform(min: number, max: number, q: number): Space {
  return { type: 'quniform', min_value: min, max_value: max, q }
}

/** As logUniform, rounded to multiples of `q`. */
export function qLogUniform(min: number, max: number, q: number): Space {
  return { type: 'qloguniform', min_value: min, max_value: max, q }
}

/** The bell around `mu`. */
export function normal(mu: number, sigma: number): Space {
  return { type: 'normal', mu, sigma }
}

/** exp(x), with x from the bell around `mu`. */
export function logNormal(mu: number, sigma: number): Space {
  return { type: 'lognormal', mu, sigma }
}

/** As normal, rounded to multiples of `q`. */
export function qNormal(mu: number, sigma: number, q: number): Space {
  return { type: 'qnormal', mu, sigma, q }
}

/** As logNormal, rounded to multiples of `q`. */
export function qLogNormal(mu: number, sigma: number, q: number): Space {
  return { type: 'qlognormal', mu, sigma, q }
}

/** A whole number from 0 to below `upper`. */
export function randInt(upper: number): Space {
  return { type: 'randint', upper }
}
