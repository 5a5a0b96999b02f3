/**
 * The unmodified JavaScript clients over https, with nothing but what `laz connect js` prints. LAZ_TEST_JS=1 says that
 * the packages of test/clients/js are installed; without it the test is skipped, in CI it fails.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lazurite, root, startLazurite } from '../slow/laz.ts'

const installed = process.env.LAZ_TEST_JS === '1'
if (!installed && process.env.CI === 'true') throw new Error('LAZ_TEST_JS=1 must say that test/clients/js is installed')
if (!installed) console.log('https-js: skipped; LAZ_TEST_JS is not 1')

describe.skipIf(!installed)('the JavaScript clients', () => {
  let lazurite: Lazurite
  beforeAll(() => {
    lazurite = startLazurite({ env: { LAZ_ENVIRONMENT: 'host' } })
  })
  afterAll(() => lazurite?.stop())

  const run = (variables: Record<string, string>) => {
    const env = { PATH: process.env.PATH ?? '', HOME: lazurite.home, ...variables }
    return spawnSync(process.execPath, [join(root, 'test/clients/js/https.mjs')], { env, encoding: 'utf8' })
  }

  test('work over https with what laz connect prints, and not without', async () => {
    const variables = await lazurite.json<Record<string, string>>(['connect', 'js'])
    const { url } = (lazurite.server() as unknown as { tls: { url: string } }).tls // written by the server itself
    const { stdout, stderr, status } = run({ ...variables, LAZ_ENDPOINT: url })
    expect(status, stderr).toBe(0)
    expect(JSON.parse(stdout)).toEqual({
      workspaces: ['main'],
      environment: 'python:3.11',
      datastores: ['workspaceartifactstore', 'workspaceblobstore', 'workspacefilestore', 'workspaceworkingdirectory'],
      blob: 'hello',
    })
    const { NODE_EXTRA_CA_CERTS: _, ...untrusting } = variables
    expect(run({ ...untrusting, LAZ_ENDPOINT: url }).stderr).toMatch(
      /certificate|CredentialUnavailable|ManagedIdentity/,
    )
  })
})
