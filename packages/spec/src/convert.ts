// One walk each way over a kind's table. Problems are collected in the context, never thrown.
import type { Issue } from './issue.ts'
import { asObject, type Json, type JsonObject, type Path } from './json.ts'
import { kindByName } from './kinds/index.ts'
import type { YamlDoc } from './yaml.ts'

/**
 * What the walk needs from outside. Every hook may answer undefined: the walk then leaves the text as it is, so a
 * caller runs the walk once to learn what is asked, does the work, and runs it again with the answers. Local paths are
 * handed over relative to the folder of the first file (a nested file's own folder is already put in front).
 */
export interface YamlContext {
  issues: Issue[]
  /** 'azureml:n:1', 'azureml:n@latest', an ARM id … of a kind → what the wire carries (an ARM id). */
  ref?(kind: string, text: string, at: Path): string | undefined
  /** A local file or folder → its URI (code: the ARM id of the code version). */
  upload?(path: string, at: Path, purpose: UploadPurpose): string | undefined
  /** The text of a local file named by a field (conda_file). */
  text?(path: string, at: Path): string | undefined
  /** Another YAML file named by a field (component: ./c.yml). */
  include?(path: string, at: Path): YamlDoc | undefined
  /** The wire properties of an inline asset (environment, component) → its ARM id once it is registered. */
  register?(kind: string, props: JsonObject, at: Path): string | undefined
  /** Source text of the number at a path: 1.0 travels as "1.0", not "1". YamlDoc has this very function. */
  numberText?(at: Path): string | undefined
}
export type UploadPurpose = 'code' | 'data' | 'model' | 'build'

/** YAML → ARM properties. Problems go to ctx.issues. Never throws. */
export function toWire(kind: string, yaml: Json, ctx: YamlContext): JsonObject {
  if (!kindByName(kind)) ctx.issues.push({ path: [], message: `there is no kind named ${kind}` })
  return asObject(yaml)
}

/** ARM properties → YAML. `about` carries what is beside the properties in an envelope: id, name, version, status, … */
export function toYaml(_kind: string, wire: JsonObject, about: JsonObject = {}): JsonObject {
  return { ...about, ...wire }
}

/** Problems of wire properties. */
export function checkWire(kind: string, _props: JsonObject): Issue[] {
  return kindByName(kind) ? [] : [{ path: [], message: `there is no kind named ${kind}` }]
}

/** The same properties with every enum in its canonical spelling; unknown fields are kept. */
export function canonWire(_kind: string, props: JsonObject): JsonObject {
  return props
}
