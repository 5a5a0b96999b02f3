// Where a verb works: in the workspace, in the registry that --registry-name names, below the endpoint that -e names.
import { Collection, type Lazurite, type Which } from '@lazurite/client'
import { asString, fail, type JsonObject, type Kind } from '@lazurite/spec'
import { type Args, isSet, textOf } from './args.ts'
import type { Session } from './session.ts'
import { UsageError } from './usage.ts'

/** The kind a verb was called for; every caller has one. */
export function kindOf(session: Session): Kind {
  return session.kind ?? fail('BadArgument', { what: 'This verb needs a kind.' })
}

/** The resources that the verb's words speak of. Raises ResourceNotFound for a registry that is not there. */
export async function collectionOf(session: Session, args: Args, client?: Lazurite): Promise<Collection> {
  const kind = kindOf(session)
  const server = client ?? (await session.client())
  const registry = textOf(args, 'registry-name')
  const all = (registry === undefined ? server : server.inRegistry(registry)).of(kind.document?.of ?? kind.name)
  return isSet(args, 'no-wait') ? new Collection(all.kind, impatient(server, registry)) : all
}

/** The same server for --no-wait: the address that tells when a work has ended is not looked at. */
function impatient(client: Lazurite, registry: string | undefined): ConstructorParameters<typeof Collection>[1] {
  const there = registry === undefined ? client : client.inRegistry(registry)
  const ask: Lazurite['ask'] = async (asked) => {
    const reply = await there.ask(asked)
    const { location: _, 'azure-asyncoperation': __, ...headers } = reply.headers
    return Object.create(reply, { headers: { value: headers } })
  }
  return { workspace: there.workspace, home: there.home, ask }
}

/** What --name, --version, --label and --endpoint-name name. */
export function whichOf(args: Args): Which {
  const name = textOf(args, 'name') ?? ''
  const version = textOf(args, 'version')
  const label = textOf(args, 'label')
  if (version !== undefined && label !== undefined) throw new UsageError('--version and --label cannot both be given')
  return { name, version, label, parent: textOf(args, 'endpoint-name') }
}

/** The same where a file may name it: flags first, then its keys. Raises UsageError when nothing does. */
export function whichOfDocument(kind: Kind, args: Args, yaml: JsonObject): Which {
  const which = whichOf(args)
  const name = which.name || asString(yaml.name)
  if (name === undefined)
    throw new UsageError(`the ${kind.name} has no name`, 'Give one with --name, or the key name in the file.')
  if (typeof kind.shape !== 'object') return { ...which, name }
  const parent = which.parent ?? asString(yaml.endpoint_name)
  if (parent === undefined)
    throw new UsageError(
      `the ${kind.name} has no endpoint`,
      'Give it with --endpoint-name, or the key endpoint_name in the file.',
    )
  return { ...which, name, parent }
}
