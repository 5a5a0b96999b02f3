/**
 * A Ray cluster for the time of the job: a head on the first node and a worker on each of the others, all on this
 * machine; the command runs on the head's node and finds the cluster by `RAY_ADDRESS`. Should a part of the cluster end
 * before the command, the job fails; when the command ends, the cluster does. With an address given, none is started.
 */
import { quoteShell } from '../computes/wrapper.ts'
import type { Launch, Launched, Launcher } from './launcher.ts'

export const ray: Launcher = {
  program: 'ray',
  instead: 'Add ray to the pip packages of the environment, e.g. "ray[default]".',
  launch,
}

const patienceSeconds = 120

function launch({ crew, command, ports, dir, logs, nodes }: Launch): Launched {
  const { address, port, includeDashboard, dashboardPort, headArguments, workerArguments } = crew.ray ?? {}
  const run = `bash ${quoteShell(`${dir}/ray-command.sh`)}`
  const files = { 'ray-command.sh': `${command}\n` }
  if (address !== undefined) return { files, command: `export RAY_ADDRESS=${quoteShell(address)}\n${run}` }
  const [free = 6379, freeDashboard = 8265] = ports
  const at = `127.0.0.1:${port ?? free}`
  const dashboard = includeDashboard
    ? `--include-dashboard=true --dashboard-host=127.0.0.1 --dashboard-port=${dashboardPort ?? freeDashboard}`
    : '--include-dashboard=false'
  const parts = nodes.map(({ cwd, env, cores, gpus }, node) => {
    const share = `--num-cpus=${Math.max(1, Math.floor(cores))} --num-gpus=${gpus} --disable-usage-stats --block`
    const words =
      node === 0
        ? `--head --node-ip-address=127.0.0.1 --port=${port ?? free} ${dashboard} --temp-dir="$tmp" ${share} ${headArguments ?? ''}`
        : `--address=${at} --node-ip-address=127.0.0.1 ${share} ${workerArguments ?? ''}`
    const log = quoteShell(`${logs}/ray_${node === 0 ? 'head' : `worker_${node}`}.txt`)
    const exports = Object.entries(env).map(([name, value]) => `export ${name}=${quoteShell(value)}; `)
    return `( cd ${quoteShell(cwd)} || exit 126; ${exports.join('')}exec ray start ${words} ) >> ${log} 2>&1 &
parts="$parts $!"
${node === 0 ? waiting : ''}`
  })
  const workers = nodes.slice(1).map((_, index) => quoteShell(`${logs}/ray_worker_${index + 1}.txt`))
  const text = `# paths of sockets must be short
tmp=$(mktemp -d /tmp/laz-ray-XXXXXX) || exit 70
parts= main=
end() {
  for part in $parts; do kill "$part"; done 2> /dev/null
  for part in $parts; do wait "$part"; done 2> /dev/null
  rm -rf "$tmp"
}
trap end EXIT
trap 'exit 143' TERM
head=${quoteShell(`${logs}/ray_head.txt`)}
# who does not know the token is not let in, where this version of Ray can tell
export RAY_AUTH_MODE=token RAY_AUTH_TOKEN=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \\n')
${parts.join('\n')}
export RAY_ADDRESS=${at}
${joining(workers)}${run} & main=$!
while :; do
  wait -n
  if ! kill -0 "$main" 2> /dev/null; then wait "$main"; exit $?; fi
  for part in $parts; do
    if ! kill -0 "$part" 2> /dev/null; then
      echo "A part of the Ray cluster ended before the command; its log is beside this one: ray_head.txt, ray_worker_<n>.txt." >&2
      kill "$main"
      exit 1
    fi
  done
done
`
  return { files: { ...files, 'ray-cluster.sh': text }, command: `exec bash ${quoteShell(`${dir}/ray-cluster.sh`)}` }
}

/** What `ray start --block` writes when its part of the cluster is up. */
const up = 'Ray runtime started'

/** Until the head is up. */
const waiting = `began=$SECONDS
until grep -qs '${up}' "$head"; do
  if [ $((SECONDS - began)) -ge ${patienceSeconds} ] || ! kill -0 $parts 2> /dev/null; then
    echo "The Ray cluster did not start; see ray_head.txt beside this log." >&2
    exit 1
  fi
  sleep 0.2
done
`

/** Until the workers are; one that is not in time is not waited for. */
function joining(logs: string[]): string {
  if (logs.length === 0) return ''
  return `for log in ${logs.join(' ')}; do
  until grep -qs '${up}' "$log" || [ $((SECONDS - began)) -ge ${patienceSeconds} ]; do sleep 0.2; done
done
`
}
