/** What this server can do at all, in the words of the resource provider: read from the kinds' tables. */
import { type JsonObject, type Kind, kinds } from '@lazurite/spec'
import { provider } from './room.ts'

/** Kinds that have rows behind addresses of this face. */
function served(): Kind[] {
  return kinds.filter((kind) => kind.document === undefined)
}

/** `GET /providers/Microsoft.MachineLearningServices/operations`. */
export function listOperations(): JsonObject {
  return { value: served().flatMap((kind) => [...words(kind)].map((word) => printOperation(kind, word))) }
}

const plain = { read: 'Read', write: 'Create or update', delete: 'Delete' } as const

function words(kind: Kind): string[] {
  return [...Object.keys(plain), ...Object.keys(kind.actions ?? {}).map((action) => `${action}/action`)]
}

function printOperation(kind: Kind, word: string): JsonObject {
  const verb = Object.hasOwn(plain, word) ? plain[word as keyof typeof plain] : word.replace(/\/action$/, '') // just checked
  return {
    name: `${provider}/${pathOf(kind)}/${word}`,
    display: {
      provider: 'Lazurite',
      resource: kind.plural,
      operation: `${verb}: ${kind.plural}`,
      description: kind.doc,
    },
    origin: 'user',
    isDataAction: false,
  }
}

function pathOf({ scope, shape, collection }: Kind): string {
  if (scope === 'resourceGroup') return collection
  const under = typeof shape === 'object' ? `${shape.under}/` : ''
  const versions = shape === 'versioned' ? '/versions' : ''
  return `${scope === 'registry' ? 'registries' : 'workspaces'}/${under}${collection}${versions}`
}

/** `GET …/workspaces/{w}/features`: the kinds of things a workspace holds, and of each whether anything acts on it. */
export function listFeaturesOf(base: string): JsonObject {
  const value = served()
    .filter((kind) => kind.scope === 'workspace')
    .map((kind) => ({
      id: `${base}/features/${kind.name}`,
      displayName: kind.plural,
      description: kind.idle ? `${kind.doc} Stored and listed; ${kind.idle.why}.` : kind.doc,
    }))
  return { value, nextLink: null }
}
