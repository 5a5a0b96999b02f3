export { LazError } from '@lazurite/spec'
export type * from '../../generated/documents.ts'
export { KindOperations } from '../../generated/operations.ts'
export { type BlobEntry, listBlobs, readTail } from '../blobs.ts'
export {
  automl,
  command,
  component,
  environment,
  parallel,
  type SweepOptions,
  schedule,
  spark,
  sweep,
} from '../builders.ts'
export { doWhile, ifElse, parallelFor } from '../control.ts'
export type { DataVerbs } from '../data-verbs.ts'
export type { DatastoreVerbs, StoredFile, UploadOptions } from '../datastore-verbs.ts'
export type { Saved, Served } from '../document.ts'
export type { Downloaded, DownloadOptions } from '../download.ts'
export {
  type BatchCall,
  type BatchEndpointVerbs,
  callsPath,
  type DeploymentLogOptions,
  type EndpointKeys,
  type EndpointToken,
  type FollowOptions,
  type InvokeOptions,
  type LogLines,
  type OnlineDeploymentVerbs,
  type OnlineEndpointVerbs,
  type Scored,
  type Scorer,
} from '../endpoint-verbs.ts'
export { errorOf } from '../envelope.ts'
export type { JobQuery } from '../find-jobs.ts'
export { type FileLike, type Folder, type FolderFile, filesOf, type Include } from '../folder.ts'
export type { Ask, Connection, Reply } from '../http.ts'
export * from '../io.ts'
export type {
  Erased,
  Graph,
  GraphEdge,
  GraphNode,
  GraphPort,
  JobStage,
  Rerun,
  Timeline,
  TimelineOf,
} from '../job-history.ts'
export type {
  Found,
  LogHits,
  LogSearch,
  MetricLine,
  MetricLines,
  MetricQuestion,
  MetricSummary,
  RunSummary,
} from '../job-looks.ts'
export type { JobDownload, JobVerbs, MetricPoint, StreamOptions, Trial, WaitOptions } from '../job-verbs.ts'
export { defaultWorkspace, type LazuriteOptions } from '../lazurite.ts'
export type { ModelVerbs, PackageRequest, Packed } from '../model-verbs.ts'
export {
  type Change as Edit,
  ChildOperations,
  Listing,
  type ListOptions,
  type Operations,
  PlainOperations,
  type WriteOptions,
} from '../operations.ts'
export { itemsOf } from '../pages.ts'
export { type PipelineOptions, pipeline } from '../pipeline.ts'
export type { BlobPlace } from '../place.ts'
export { type Resolved, resolveDocument, type UploadProgress } from '../resolve.ts'
export {
  type Asking,
  apiVersion,
  Collection,
  type Guard,
  type ListQuery,
  type Resource,
  readResource,
  type Which,
} from '../resource.ts'
export type { Explained, ExplainedStep, Planned, PlannedStep, Resume, StepChange, StepEdit } from '../reuse.ts'
export type { Progress } from '../send-folder.ts'
export { type Definition, Step, type StepOptions, type StrictDefinition } from '../steps.ts'
export { type Change, followEvents, followLog, isOver, type LogPart } from '../stream.ts'
export { parseExact, type Span, type SpanEvent, spansOf, type TreeSpan, treeOf } from '../trace-spans.ts'
export { cron, recurrence } from '../triggers.ts'
export type { CodeOptions, CodeUpload, DataOptions, DataUpload, Source, UploadPlan } from '../upload.ts'
export { type Lineage, VersionedOperations } from '../versions.ts'
export { Lazurite, load } from '../web.ts'
export { type Built, Wire } from '../wiring.ts'
export type { Creatable } from '../written.ts'
export { parse, type Source as DocumentSource, YamlFile } from '../yaml-file.ts'
