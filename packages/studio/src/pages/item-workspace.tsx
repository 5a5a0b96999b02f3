// What a workspace has beyond its table: the way into it.
import { useSession, workspacePath } from '../data/session.ts'
import type { ActionProps } from './item-specials.tsx'

export function OpenWorkspace({ item }: ActionProps) {
  const session = useSession()
  const parts = /\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\//i.exec(item.row.id)
  const [, subscription = '', resourceGroup = ''] = parts ?? []
  return (
    <a
      href={workspacePath(session, { subscription, resourceGroup, workspace: item.row.name })}
      className="button primary"
    >
      Open
    </a>
  )
}
