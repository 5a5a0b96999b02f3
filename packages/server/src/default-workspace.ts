import type { WorkspaceId } from '@lazurite/spec'

/** The workspace that a server makes at its first start, and that is meant where none is named. */
export const defaultWorkspace: WorkspaceId = {
  subscription: '00000000-0000-0000-0000-000000000001',
  resourceGroup: 'lazurite',
  workspace: 'main',
}
