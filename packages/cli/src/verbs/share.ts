// A version of the workspace, copied to a registry.
import type { JsonObject } from '@lazurite/spec'
import { textOf } from '../args.ts'
import type { Run } from '../command.ts'
import { versionsOf } from './labels.ts'

export const share: Run = async (session, args) => {
  const [name = '', version = '', registry = ''] = ['name', 'version', 'registry-name'].map((flag) =>
    textOf(args, flag),
  )
  const as = { name: textOf(args, 'share-with-name') ?? name, version: textOf(args, 'share-with-version') ?? version }
  const copy = await (await versionsOf(session)).share(name, version, registry, as)
  // a document is what a YAML file holds
  return { value: copy as unknown as JsonObject }
}
