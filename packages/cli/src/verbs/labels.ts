// Labels of an asset: names of one's own for a version, beside `latest`. `azureml:name@label` means it from then on.
import { type Lazurite, VersionedOperations } from '@lazurite/client'
import { type Args, textOf } from '../args.ts'
import type { Run } from '../command.ts'
import type { Shown } from '../output.ts'
import { kindOf } from '../reach.ts'
import type { Session } from '../session.ts'

/** What the client can do with the versions of the kind, in the workspace or in the registry that is named. */
export async function versionsOf(session: Session, args?: Args): Promise<VersionedOperations<object>> {
  const client = await session.client()
  const registry = args && textOf(args, 'registry-name')
  const there: Lazurite = registry === undefined ? client : client.inRegistry(registry)
  return new VersionedOperations<object>(there, kindOf(session).name)
}

const nameOf = (args: Args) => textOf(args, 'name') ?? ''
const labelOf = (args: Args) => textOf(args, 'label') ?? ''
const column = (title: string): Shown => ({ title, of: (row) => String(row[title] ?? '') })

export const list: Run = async (session, args) => {
  const labels = await (await versionsOf(session, args)).labels(nameOf(args))
  const value = Object.entries(labels).map(([label, version]) => ({ label, version }))
  return { value, shown: [column('label'), column('version')] }
}

export const set: Run = async (session, args) => {
  const [name, label, version] = [nameOf(args), labelOf(args), textOf(args, 'version') ?? '']
  await (await versionsOf(session, args)).setLabel(name, label, version)
  return { value: { name, label, version } }
}

export const remove: Run = async (session, args) => {
  await (await versionsOf(session, args)).removeLabel(nameOf(args), labelOf(args))
  return {}
}
