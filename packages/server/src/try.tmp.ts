import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { defaultWorkspace, startServer } from './server.ts'
import { makeLog } from './log.ts'
const home = mkdtempSync('/tmp/laz-try-')
const s = await startServer({ home, log: makeLog('debug', { write(t: string) { if (process.env.V) process.stderr.write(t) } }), env: { LAZ_ENVIRONMENT: 'host' } })
const p = spawn(process.env.LAZ_TEST_PYTHON!, ['/work/main/test/clients/history.py'], { stdio: ['pipe', 'inherit', 'inherit'], env: { ...process.env, ARM_CLOUD_METADATA_URL: `${s.url}/metadata/endpoints?api-version=2019-05-01` } })
p.stdin.end(JSON.stringify({ url: s.url, token: s.sign.token({ audience: 'https://ml.azure.laz.test', expiresAt: Date.now() + 1e8, bearer: { owner: true }, name: 'x' }), ...defaultWorkspace, environment: 'azureml:AzureML-sklearn-1.5@latest' }))
await new Promise((r) => p.on('close', r)); await s.close(); process.exit(0)
