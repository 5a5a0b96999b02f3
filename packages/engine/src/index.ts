export type { EngineContext, EngineSettings, Log } from './context.ts'
export { type JobError, type JobNode, type JobStatus, type Phase, readJobStatus } from './jobs/status.ts'
export { makeWorkspace, readWorkspace, type Workspace, workspaceOf } from './reconcile/workspace.ts'
