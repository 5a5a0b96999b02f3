// A version of the workspace, copied to a registry.

import { Collection } from '@lazurite/client'
import { asString } from '@lazurite/spec'
import { textOf } from '../args.ts'
import type { Run } from '../command.ts'
import { describe } from '../describe.ts'
import { kindOf, registryOf } from '../reach.ts'

export const share: Run = async (session, args) => {
  const kind = kindOf(session)
  const client = await session.client()
  const name = textOf(args, 'name') ?? ''
  const version = textOf(args, 'version') ?? ''
  const registry = await registryOf(client, textOf(args, 'registry-name') ?? '')
  const [workspace] = await Promise.all([
    client.of('workspace').get({ name: client.workspace.workspace }),
    client.of(kind.name).get({ name, version }),
  ])
  const location = asString(workspace.rest.location) ?? 'local'
  const workspaceId = asString(workspace.properties.workspaceId) ?? ''
  const destinationName = textOf(args, 'share-with-name') ?? name
  const destinationVersion = textOf(args, 'share-with-version') ?? version
  const sourceAssetId = `azureml://locations/${location}/workspaces/${workspaceId}/${kind.collection}/${name}/versions/${version}`
  const properties = { referenceType: 'Id', destinationName, destinationVersion, sourceAssetId }
  await client.ask({
    method: 'POST',
    path: `${registry.home}/import?api-version=2021-10-01-dataplanepreview`,
    body: { properties },
  })
  const copy = await new Collection(kind, registry).get({ name: destinationName, version: destinationVersion })
  return { value: describe(kind, copy) }
}
