export { checkGraph, dependenciesOf } from './checks/graph.ts'
export { distributionArguments } from './codecs/io.ts'
export { anonymousComponent, asAnonymous, wrapSpec } from './component-spec.ts'
export type { UploadPurpose, YamlContext } from './context.ts'
export { besideYaml, canonWire, checkWire, toWire, toYaml } from './convert.ts'
export type { Cron } from './cron.ts'
export { parseCron } from './cron.ts'
export { describeStranger, detectKind } from './detect.ts'
export type { ErrorCode, ErrorRow, FailExtra } from './errors.ts'
export { errors, fail, isLazError, LazError } from './errors.ts'
export type { Field, Fields, FieldType, Variant } from './field.ts'
export { camel, f, nearest, snake } from './field.ts'
export type { ArmId, Ref, Uri, WorkspaceId } from './ids.ts'
export {
  armId,
  canonCollection,
  datastoreUri,
  parseArmId,
  parseRef,
  parseUri,
  printArmId,
  printUri,
  scopeOf,
  storageOf,
  workspaceArmId,
} from './ids.ts'
export type { Issue } from './issue.ts'
export { errorsOf } from './issue.ts'
export type { Json, JsonObject, Path } from './json.ts'
export {
  asArray,
  asNumber,
  asObject,
  asString,
  at,
  isObject,
  own,
  sameJson,
  setKey,
  stableStringify,
} from './json.ts'
export type { Kind } from './kind.ts'
export { collectionName } from './kinds/data-collector.ts'
export { documents, kindByCollection, kindByName, kinds } from './kinds/index.ts'
export { inLanes } from './lanes.ts'
export { checkName, newJobName } from './names.ts'
export type { OpenApiOptions } from './openapi.ts'
export { openApi } from './openapi.ts'
export { parsePythonJson, pythonFloat, pythonStr } from './python.ts'
export { jsonSchema } from './schema.ts'
export type { JobState, MlflowStatus, ProvisioningState, StateRow, StateTable } from './status.ts'
export {
  canCancel,
  canMove,
  historyStatus,
  isFinal,
  jobStates,
  mlflowStatus,
  move,
  provisioningStates,
} from './status.ts'
export type { Template, TemplatePart } from './template.ts'
export { fillTemplate, parseTemplate, refsOf, soleRef } from './template.ts'
export { isoNow, isoToSeconds, secondsToIso } from './time.ts'
export type { ValidateEyes } from './validate.ts'
export { validateYaml } from './validate.ts'
export { parseYaml, type YamlDoc } from './yaml.ts'
export { printYaml } from './yaml-print.ts'
