import { type Resource, readResource } from '@lazurite/client'
import { kindByName } from '@lazurite/spec'
import { describe, expect, test } from 'vitest'
import { brief, describe as describeResource, instantOf, shownOf } from './describe.ts'

const workspace = '/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/w'
const systemData = { createdAt: '2025-01-01T00:00:00.0000000+00:00', createdBy: 'you', createdByType: 'User' }

function kindOf(name: string) {
  const kind = kindByName(name)
  if (!kind) throw new Error(name)
  return kind
}

function resource(body: Record<string, unknown>): Resource {
  // the body stands for JSON from the wire
  return readResource({ systemData, type: 'x', etag: 'e', ...body } as Parameters<typeof readResource>[0])
}

describe('a resource in the words of a YAML file', () => {
  test('a version has the name of its asset, not of its version', () => {
    const model = resource({
      id: `${workspace}/models/m/versions/3`,
      name: '3',
      properties: { modelType: 'custom_model', modelUri: 'azureml://datastores/d/paths/p', tags: { a: 'b' } },
    })
    expect(describeResource(kindOf('model'), model)).toMatchObject({
      name: 'm',
      version: '3',
      type: 'custom_model',
      path: 'azureml://datastores/d/paths/p',
      tags: { a: 'b' },
      creation_context: { created_at: systemData.createdAt, created_by: 'you', created_by_type: 'User' },
    })
  })

  test('a container shows its latest version, nothing of the envelope leaks', () => {
    const shown = describeResource(
      kindOf('model'),
      resource({ id: `${workspace}/models/m`, name: 'm', properties: { latestVersion: '7', nextVersion: '8' } }),
    )
    expect(shown).toMatchObject({ name: 'm', latest_version: '7' })
    expect(Object.keys(shown)).not.toEqual(expect.arrayContaining(['type']))
    expect(shown).not.toHaveProperty('etag')
    expect(shown).not.toHaveProperty('systemData')
  })

  test('facts of a run are shown for one job and left out of lists', () => {
    const job = resource({
      id: `${workspace}/jobs/j`,
      name: 'j',
      properties: { jobType: 'Command', command: 'ls', status: 'Running' },
      lazurite: { attempt: 1 },
    })
    expect(describeResource(kindOf('job'), job)).toMatchObject({
      status: 'Running',
      type: 'command',
      lazurite: { attempt: 1 },
    })
    expect(brief(kindOf('job'), job)).not.toHaveProperty('lazurite')
  })

  test('the columns of a table', () => {
    const now = Date.parse('2025-01-01T02:00:00Z')
    const job = brief(
      kindOf('job'),
      resource({
        id: `${workspace}/jobs/j`,
        name: 'j',
        properties: { jobType: 'Pipeline', status: 'Failed', displayName: 'd', experimentName: 'e' },
      }),
    )
    const cells = Object.fromEntries(shownOf(kindOf('job'), now).map((column) => [column.title, column.of(job)]))
    expect(cells).toMatchObject({ name: 'j', status: 'Failed', type: 'pipeline', created: '2h ago' })
  })
})

test('instants come as numbers and as text', () => {
  expect([instantOf(5), instantOf('1970-01-01T00:00:00.005Z'), instantOf(null), instantOf('soon')]).toEqual([
    5,
    5,
    undefined,
    undefined,
  ])
})
