/**
 * The unmodified Azure command line, pointed here by what `laz connect az` prints and a shell evaluates. LAZ_TEST_AZ
 * names the program; without it the test is skipped, in CI it fails.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lazurite, startLazurite, workspace } from '../slow/laz.ts'

const az = process.env.LAZ_TEST_AZ
if (!az && process.env.CI === 'true') throw new Error('LAZ_TEST_AZ must name the program az')
if (!az) console.log('az: skipped; LAZ_TEST_AZ names no program')

describe.skipIf(!az)('az', () => {
  let lazurite: Lazurite
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'laz-az-'))
    lazurite = startLazurite({ env: { LAZ_ENVIRONMENT: 'host' } })
  })
  afterAll(() => {
    lazurite?.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
  })

  /** Runs a script in a shell that has evaluated what was printed. */
  async function shell(script: string): Promise<{ out: string; err: string; code: number | null }> {
    const printed = (await lazurite.laz(['connect', 'az'])).out
    const [variables, logins] = [/^export .*$/gm, /^az .*$/gm].map((line) => (printed.match(line) ?? []).join('\n'))
    const env = {
      PATH: `${dirname(az ?? '')}:${process.env.PATH}`,
      HOME: folder,
      AZURE_CONFIG_DIR: join(folder, 'azure'),
      AZURE_CORE_COLLECT_TELEMETRY: '0',
    }
    const text = [variables, script.replace('LOGIN', logins ?? '')].join('\n')
    const { stdout, stderr, status } = spawnSync('bash', ['-euc', text], { env, encoding: 'utf8' })
    return { out: stdout, err: stderr, code: status }
  }

  test('logs in as the managed identity, and reads subscription, group and workspace', async () => {
    const at = `"\${ARM_CLOUD_METADATA_URL%/metadata*}${workspace}?api-version=2024-04-01"`
    const { out, err, code } = await shell(
      `LOGIN
      az account show --query '[environmentName, name, user.name]' -o tsv
      az group show -n lazurite --query location -o tsv
      az account get-access-token --query tokenType -o tsv
      az rest --method get --url ${at} --query name -o tsv`,
    )
    expect(code, err).toBe(0)
    expect(out.trim().split('\n')).toEqual([
      'Lazurite',
      'Lazurite',
      'systemAssignedIdentity',
      'local',
      'Bearer',
      'main',
    ])
  })

  test('logs in with the identity secret, under adfs and under any tenant; not with another', async () => {
    const login = (secret: string, tenant: string) =>
      `az login --service-principal -u me -p ${secret} --tenant ${tenant} --query '[0].tenantId' -o tsv`
    const guid = '72f988bf-86f1-41af-91ab-2d7cd011db47'
    const refused = await shell(`az cloud set -n Lazurite; ${login('wrong', 'adfs')}`)
    expect([refused.code === 0, refused.err]).toEqual([false, expect.stringContaining('identity secret')])
    const right = await shell(`${login('"$IDENTITY_HEADER"', 'adfs')}; az config set core.instance_discovery=false
      ${login('"$IDENTITY_HEADER"', guid)}`)
    expect(right.out.trim().split('\n'), right.err).toEqual(['adfs', guid])
  })
})
