import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
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

beforeAll(async () => {
  bed = await makeBed()
  const bin = join(bed.home, 'stand-in')
  mkdirSync(bin)
  writeFileSync(join(bin, 'mpirun'), standIn)
  chmodSync(join(bin, 'mpirun'), 0o755)
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
