// Jobs of several processes on a real server: the examples as they stand, an MPI from the package index, kill -9 of the
// server in the middle.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Lazurite, root, startLazurite } from './laz.ts'

let server: Lazurite
let folder: string

beforeAll(async () => {
  server = startLazurite()
  folder = mkdtempSync(join(tmpdir(), 'laz-distributed-'))
  const made = await server.laz(['compute', 'create', '-f', 'examples/distributed/compute.yml'])
  expect(made.code, made.err).toBe(0)
})
afterAll(() => {
  server?.stop()
  rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
})

/** The logs of the user's processes, by name, and the files of `outputs`. */
async function keptOf(job: string): Promise<{ logs: Record<string, string>; outputs: string[] }> {
  const path = join(folder, job)
  const { code, err } = await server.laz(['job', 'download', '-n', job, '-p', path])
  expect(code, err).toBe(0)
  const logs = join(path, 'artifacts/user_logs')
  const outputs = join(path, 'artifacts/outputs')
  return {
    logs: Object.fromEntries(readdirSync(logs).map((name) => [name, readFileSync(join(logs, name), 'utf8')])),
    outputs: existsSync(outputs) ? readdirSync(outputs).sort() : [],
  }
}

test('ranks on two nodes', async () => {
  const { code, out, err } = await server.laz([
    'job',
    'create',
    '-f',
    'examples/distributed/pytorch.yml',
    '-n',
    'ranks',
    '--stream',
  ])
  expect(code, err).toBe(0)
  expect(out).toContain('RANK=0')
  const { logs } = await keptOf('ranks')
  expect(Object.keys(logs).sort()).toEqual([0, 1, 2, 3].map((rank) => `std_log_process_${rank}.txt`))
})

test('MPI of the environment, from the package index', { timeout: 400_000 }, async () => {
  const example = join(root, 'examples/distributed/mpi.yml')
  const made = await server.laz(['job', 'create', '-f', example, '-n', 'mpi', '--stream'])
  expect(made.code, made.out + made.err).toBe(0)
  expect((await keptOf('mpi')).logs).toEqual({
    'mpi_log.txt': expect.any(String),
    ...Object.fromEntries(
      [0, 1, 2, 3].map((rank) => [`std_log_process_${rank}.txt`, `rank ${rank} of 4: the ranks add up to 6\n`]),
    ),
  })
  const set =
    'command=python -c "from mpi4py import MPI; import os, time; MPI.COMM_WORLD.rank == 2 and os._exit(9); time.sleep(300)"'
  const fails = await server.laz(['job', 'create', '-f', example, '-n', 'mpi-fails', '--set', set, '--stream'])
  expect(fails.code).not.toBe(0)
  expect(fails.out + fails.err).toMatch(/status code 9.*std_log_process_2\.txt/s)
})

test('kill -9 of the server while they run: the same end, each once', { timeout: 120_000 }, async () => {
  const witness = join(folder, 'witness')
  const job = `$schema: x/commandJob.schema.json
command: echo $RANK >> ${witness}; for i in 1 2 3 4 5 6 7 8; do echo "line $i"; sleep 0.5; done; touch outputs/$RANK
environment: azureml:host@latest
compute: azureml:two-nodes
resources: {instance_count: 2}
distribution: {type: pytorch, process_count_per_instance: 2}
`
  writeFileSync(join(folder, 'job.yml'), job)
  expect((await server.laz(['job', 'create', '-f', join(folder, 'job.yml'), '-n', 'killed'])).code).toBe(0)
  for (let kill = 0; kill < 4; kill++) {
    await sleep(500 + Math.random() * 500)
    process.kill(server.server().pid, 'SIGKILL')
    await server.laz(['job', 'show', '-n', 'killed'])
  }
  expect((await server.laz(['job', 'stream', '-n', 'killed'])).code).toBe(0)
  expect(readFileSync(witness, 'utf8').trim().split('\n').sort()).toEqual(['0', '1', '2', '3'])
  const { logs, outputs } = await keptOf('killed')
  const lines = Array.from({ length: 8 }, (_, i) => `line ${i + 1}\n`).join('')
  expect(Object.values(logs)).toEqual([lines, lines, lines, lines])
  expect(outputs).toEqual(['0', '1', '2', '3'])
})
