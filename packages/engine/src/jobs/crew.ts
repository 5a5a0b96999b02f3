/** The processes of a job: how many, where each runs, what each is told, and who starts them. */
import { accessSync, constants, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { asObject, fail, type JsonObject } from '@lazurite/spec'
import { type Crew, crewOf, membersOf } from '../distribute.ts'
import type { Launcher } from '../launchers/launcher.ts'
import { mpi } from '../launchers/mpi.ts'
import { ray } from '../launchers/ray.ts'
import { nodeFolder, type RunFolder } from '../run-folder.ts'
import type { Task } from '../task.ts'
import type { Work } from './type.ts'

const launchers: Partial<Record<Crew['framework'], Launcher>> = { Mpi: mpi, Ray: ray }

/** The crew of a job that has its nodes. Raises NotSupported. */
export function crewOfJob({ status, props }: Pick<Work, 'status' | 'props'>): Crew {
  const found = crewOf(asObject(props.distribution), status.node?.nodes.length ?? 1)
  if ('unsupported' in found) {
    return fail('NotSupported', {
      what: `A distribution of type ${found.unsupported.toLowerCase()}`,
      why: 'this version knows pytorch, tensorflow, mpi and ray',
      instead: 'Use one of these, or start your launcher in the command of a job with one node.',
    })
  }
  return found
}

/** On how many nodes a job runs. */
export function nodesOf({ status }: Pick<Work, 'status'>): number {
  return status.node?.nodes.length ?? 1
}

interface Start {
  folder: RunFolder
  ports: number[]
  /** The rendered command of the job. */
  command: string
  /** Environment that all its processes share. */
  env: Record<string, string>
}

/**
 * What a task is made of: the command of each process, its log and its own variables. Writes the files of a launcher
 * into the folder of the attempt. Raises NotSupported when the launcher is not there.
 */
export function processesOf(work: Work, start: Start): Pick<Task, 'command' | 'processes'> {
  const { folder, ports, env } = start
  const crew = crewOfJob(work)
  const logs = `${folder.artifacts}/user_logs`
  const nodes = Array.from({ length: crew.nodes }, (_, node) => ({
    cwd: nodeFolder(folder, node).wd,
    env: crew.nodes > 1 ? nodeVariables(work, folder, node) : {},
    cores: work.status.node?.cores ?? 1,
    gpus: work.status.node?.gpuCount ?? 0,
  }))
  const launcher = launchers[crew.framework]
  const processes = membersOf(crew, ports).map((member) => ({
    name: member.name,
    logFile: `${logs}/${member.log}`,
    env: { ...member.env, ...nodes[member.node]?.env },
    ...(member.node === 0 ? {} : { cwd: nodeFolder(folder, member.node).wd }),
  }))
  if (!launcher) return { command: start.command, processes }
  if (!crew.ray?.address) needProgram(launcher, crew, env.PATH ?? process.env.PATH ?? '')
  const { command, files } = launcher.launch({ crew, command: start.command, ports, dir: folder.attempt, logs, nodes })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder.attempt, name), text, { mode: 0o600 })
  return { command, processes }
}

function needProgram({ program, instead }: Launcher, { framework }: Crew, path: string): void {
  const there = path.split(delimiter).some((dir) => {
    try {
      accessSync(join(dir, program), constants.X_OK)
      return dir !== ''
    } catch {
      return false
    }
  })
  if (there) return
  const why = `there is no ${program}, neither in its environment nor on this machine`
  fail('NotSupported', { what: `A job with the distribution ${framework.toLowerCase()}`, why, instead })
}

/** What is different on a node of several: its folders, its name, its GPUs. */
function nodeVariables({ status, props }: Work, folder: RunFolder, node: number): Record<string, string> {
  const { wd } = nodeFolder(folder, node)
  const name = `${status.node?.compute ?? 'local'}-${status.node?.nodes[node] ?? node}`
  const each = status.node?.gpuCount ?? 0
  const gpus = (status.node?.gpus ?? []).slice(node * each, (node + 1) * each)
  const context: JsonObject = {
    cluster_name: status.node?.compute ?? 'local',
    readable_cluster_name: status.node?.compute ?? 'local',
    node_id: name,
    vm_id: name,
    run_attempt_count: status.attempt,
    gpu_count: gpus.length,
    vm_size: status.node?.size ?? '',
    vm_priority: 'dedicated',
  }
  const visible = gpus.join(',')
  const own = Object.keys(asObject(props.environmentVariables))
  const variables = {
    AZUREML_CR_EXECUTION_WORKING_DIR_PATH: wd,
    AZUREML_CR_HT_CAP_logs_PATH: `${wd}/logs`,
    AZUREML_CR_HT_CAP_outputs_PATH: `${wd}/outputs`,
    AZUREML_CR_COMPUTE_CONTEXT: JSON.stringify(context),
    AZ_BATCHAI_JOB_WORK_DIR: wd,
    AZ_BATCHAI_GPU_COUNT_FOUND: String(gpus.length),
    AZ_BATCH_NODE_ID: name,
    ...(gpus.length > 0 ? { CUDA_VISIBLE_DEVICES: visible, NVIDIA_VISIBLE_DEVICES: visible } : {}),
  }
  return Object.fromEntries(Object.entries(variables).filter(([key]) => !own.includes(key)))
}
