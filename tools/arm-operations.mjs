// Calls every operation of the official client for JavaScript and writes docs/reference/arm-operations.md of it.
import { spawnSync } from 'node:child_process'
import { root } from './setup.mjs'

const args = ['vitest', 'run', '--project', 'clients', 'test/clients/arm-js.test.ts']
const ran = spawnSync('npx', args, { cwd: root, stdio: 'inherit', env: { ...process.env, LAZ_WRITE_PAGES: '1' } })
process.exitCode = ran.status ?? 1
