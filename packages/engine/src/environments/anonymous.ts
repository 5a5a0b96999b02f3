/** Environments that nobody named: the same content is the same version of one name, which lists leave out. */
import { createHash } from 'node:crypto'
import type { Store } from '@lazurite/store'

const image = 'mcr.microsoft.com/azureml/minimal-py311-inference:latest'
const name = 'CliV2AnonymousEnvironment'

/** The id of the environment of a conda file, which is registered when it is not there. */
export async function anonymousEnvironment(
  store: Store,
  o: { scope: string; condaFile: string; by: string; description: string },
): Promise<string> {
  const version = createHash('sha256').update(o.condaFile).digest('hex').slice(0, 40)
  await store.resources.put({
    key: { scope: o.scope, kind: 'environment', name, version },
    props: { image, condaFile: o.condaFile, isAnonymous: true, description: o.description },
    by: o.by,
    state: 'Succeeded',
    keepExisting: true,
  })
  return `azureml:${name}:${version}`
}
