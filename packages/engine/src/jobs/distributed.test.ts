import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { JsonObject } from '@lazurite/spec'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bed, commandJob, makeBed } from '../testing/bed.ts'

let bed: Bed
let path: string

/** Stands in for mpirun: starts the ranks as Open MPI does, ends all when one fails, and answers its code. */
const standIn = `#!/bin/bash
n=$2; shift 2
for ((rank = 0; rank < n; rank++)); do
  OMPI_COMM_WORLD_RANK=$rank OMPI_COMM_WORLD_LOCAL_RANK=$rank setsid "$@" &
  pids+=($!)
done
for ((rank = 0; rank < n; rank++)); do
  wait -n || { code=$?; for pid in "\${pids[@]}"; do kill -- -$pid; done; exit $code; }
done
`

/** Stands in for ray: a part of a cluster that says it is up and stays; one that is told `--brief` soon goes. */
const rayStandIn = `#!/bin/bash
echo "$* token \${#RAY_AUTH_TOKEN}"
sleep 0.3
echo 'Ray runtime started.'
case "$*" in *--brief*) sleep 1; exit 3 ;; esac
exec sleep 600
`

beforeAll(async () => {
  bed = await makeBed()
  const bin = join(bed.home, 'stand-in')
  mkdirSync(bin)
  for (const [name, text] of Object.entries({ mpirun: standIn, ray: rayStandIn })) {
    writeFileSync(join(bin, name), text)
    chmodSync(join(bin, name), 0o755)
  }
  path = `${bin}${delimiter}${process.env.PATH}`
})
afterAll(() => bed.close())

const several = (nodes: number) => ({ resources: { instanceCount: nodes } })

test('every node has a copy of the working folder, and what all of them put into outputs is kept', async () => {
  const command = `pwd > outputs/wd_$AZUREML_CR_NODE_RANK.txt
echo $AZUREML_CR_EXECUTION_WORKING_DIR_PATH >> outputs/wd_$AZUREML_CR_NODE_RANK.txt
echo $AZUREML_CR_NODE_RANK > outputs/same.txt; [ ! -e mine ] && touch mine; sleep 0.2; echo "of $AZUREML_NODE_COUNT"`
  await bed.put('nodes', commandJob(command, several(2)))
  expect((await bed.until('nodes')).state).toBe('Completed')
  const folders = await Promise.all([0, 1].map((node) => bed.artifact('nodes', `outputs/wd_${node}.txt`)))
  const [first, second] = folders.map((text) => text.trim().split('\n'))
  expect(first?.[0]).toBe(first?.[1])
  expect(second?.[0]).toBe(second?.[1])
  expect(first?.[0]).not.toBe(second?.[0])
  // of files of one name, the first node's
  expect(await bed.artifact('nodes', 'outputs/same.txt')).toBe('0\n')
  expect(await bed.artifact('nodes', 'user_logs/std_log_process_1.txt')).toBe('of 2\n')
})

test('mpi: ranks know themselves, have a log each and the folder of their node', async () => {
  const command = `echo "$OMPI_COMM_WORLD_RANK $OMPI_COMM_WORLD_SIZE $OMPI_COMM_WORLD_LOCAL_RANK $OMPI_COMM_WORLD_LOCAL_SIZE \\
$AZUREML_CR_NODE_RANK $AZUREML_PROCESS_NAME \${PWD##*/}"`
  const distribution = { distributionType: 'Mpi', processCountPerInstance: 2 }
  await bed.put('mpi', commandJob(command, { ...several(2), distribution, environmentVariables: { PATH: path } }))
  expect((await bed.until('mpi')).state).toBe('Completed')
  const logs = [0, 1, 2, 3].map((rank) => bed.artifact('mpi', `user_logs/std_log_process_${rank}.txt`))
  expect(await Promise.all(logs)).toEqual([
    '0 4 0 2 0 rank_0 wd\n',
    '1 4 1 2 0 rank_1 wd\n',
    '2 4 0 2 1 rank_2 wd-1\n',
    '3 4 1 2 1 rank_3 wd-1\n',
  ])
  expect(await bed.artifact('mpi', 'user_logs/mpi_log.txt')).toBe('')
})

test('mpi: the first rank to fail ends the others, and its log is quoted', async () => {
  const command = 'if [ $OMPI_COMM_WORLD_RANK = 1 ]; then echo "no gradient"; exit 7; fi; sleep 60'
  const distribution = { distributionType: 'Mpi', processCountPerInstance: 3 }
  const began = Date.now()
  await bed.put('mpi-fails', commandJob(command, { distribution, environmentVariables: { PATH: path } }))
  const job = await bed.until('mpi-fails')
  expect(Date.now() - began).toBeLessThan(15_000)
  expect(job.state).toBe('Failed')
  expect(job.facts.exitCode).toBe(7)
  expect(job.facts.error?.message).toContain('std_log_process_1.txt')
  expect(job.facts.error?.message).toContain('no gradient')
})

const rayJob = (command: string, distribution: JsonObject) =>
  commandJob(command, {
    ...several(2),
    distribution: { distributionType: 'Ray', ...distribution },
    environmentVariables: { PATH: path },
  })

test('ray: the command runs once, when the cluster is up, and the cluster ends with it', async () => {
  const command = 'echo "$RAY_ADDRESS"; cp "${AZUREML_CR_HT_CAP_user_logs_PATH}"/ray_*.txt outputs/; exit 4'
  await bed.put(
    'ray',
    rayJob(command, { dashboardPort: 8265, includeDashboard: true, workerNodeAdditionalArgs: '--more' }),
  )
  const job = await bed.until('ray')
  expect(job.facts.exitCode).toBe(4)
  const address = (await bed.artifact('ray', 'user_logs/std_log.txt')).trim()
  expect(address).toMatch(/^127\.0\.0\.1:\d+$/)
  const [head, worker] = await Promise.all(
    ['head', 'worker_1'].map((part) => bed.artifact('ray', `outputs/ray_${part}.txt`)),
  )
  expect(head).toMatch(/^start --head .*--dashboard-port=8265 .*--block token 64\nRay runtime started/)
  expect(worker).toMatch(new RegExp(`^start --address=${address} .*--more token 64\\nRay runtime started`))
})

test('ray: a part of the cluster that ends early ends the job', async () => {
  await bed.put('ray-falls', rayJob('sleep 60', { workerNodeAdditionalArgs: '--brief' }))
  const job = await bed.until('ray-falls')
  expect(job.state).toBe('Failed')
  expect(job.facts.error?.message).toContain('A part of the Ray cluster ended before the command')
})

test('ray: a cluster that is there already is talked to, and none is started', async () => {
  const distribution = { distributionType: 'Ray', address: '192.0.2.7:6379' }
  await bed.put('ray-there', commandJob('echo "$RAY_ADDRESS"', { distribution }))
  expect((await bed.until('ray-there')).state).toBe('Completed')
  expect(await bed.artifact('ray-there', 'user_logs/std_log.txt')).toBe('192.0.2.7:6379\n')
})

test.each(['Mpi', 'Ray'])('%s without its launcher is refused by name', async (distributionType) => {
  const bash = join(bed.home, 'only-bash')
  mkdirSync(bash, { recursive: true })
  const name = `no-${distributionType.toLowerCase()}`
  await bed.put(name, commandJob('true', { distribution: { distributionType }, environmentVariables: { PATH: bash } }))
  const job = await bed.until(name)
  expect(job.state).toBe('Failed')
  expect(job.facts.error).toMatchObject({
    code: 'NotSupported',
    message: expect.stringMatching(/distribution (mpi|ray).*there is no (mpirun|ray)/s),
    hint: expect.stringContaining('environment'),
  })
})
