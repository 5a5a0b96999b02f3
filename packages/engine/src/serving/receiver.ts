/** What writes down the collections of a scoring script: a program beside each replica, started by the replica itself. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonObject } from '@lazurite/spec'
import { quoteShell } from '../computes/wrapper.ts'
import { ownPython } from '../own-python.ts'
import { type Collecting, payloads, type Rolling } from './collect.ts'
import type { ReplicaPlan } from './recipe.ts'

const strftime: Record<Rolling, string> = {
  day: '%Y/%m/%d',
  hour: '%Y/%m/%d/%H',
  minute: '%Y/%m/%d/%H/%M',
}
/** Looks of a tenth of a second at whether it listens. */
const mostLooks = 300

/**
 * The plan with a receiver, when there is something for it to take down. `dir` is the revision's folder; the settings
 * that azureml-ai-monitoring reads are written there.
 */
export function withReceiver(
  plan: ReplicaPlan,
  { collecting, uuid, dir }: { collecting: Collecting | undefined; uuid: string; dir: string },
): ReplicaPlan {
  const sinks = [...(collecting?.sinks ?? [])].filter(([name]) => !payloads.some((one) => one === name.toLowerCase()))
  if (!collecting || sinks.length === 0) return plan
  const folders = Object.fromEntries(sinks.map(([name, { folder, uri }]) => [name, { folder, uri }]))
  const receiver: JsonObject = {
    source: collecting.source,
    rolled: strftime[collecting.rolling],
    collections: folders,
  }
  const shares = sinks.map(([name, { rate }]) => [name, { enabled: true, sampleRatePercentage: rate * 100 }])
  const sdk: JsonObject = { runMode: 'cloud', collections: Object.fromEntries(shares) }
  const [receiverFile, sdkFile] = [join(dir, 'collect-receiver.json'), join(dir, 'collect.json')]
  writeFileSync(receiverFile, JSON.stringify(receiver), { mode: 0o600 })
  writeFileSync(sdkFile, JSON.stringify(sdk), { mode: 0o600 })
  const program = [ownPython('collect_receiver.py'), '--config', receiverFile].map(quoteShell).join(' ')
  const start = [
    'laz_port="$LAZ_REPLICA_DIR/collect.port"',
    `python3 -I ${program} --instance ${uuid.slice(0, 12)}-"$LAZ_REPLICA" --port-file "$laz_port" --parent $$ &`,
    'laz_looks=0',
    `while [ ! -s "$laz_port" ] && [ $laz_looks -lt ${mostLooks} ] && kill -0 $! 2> /dev/null; do sleep 0.1; laz_looks=$((laz_looks + 1)); done`,
    'if [ -s "$laz_port" ]; then export AZUREML_MDC_PORT=$(< "$laz_port"); else echo "Nothing takes down what the script collects." >&2; fi',
  ]
  const env = {
    AZUREML_MDC_ENABLED: 'true',
    AZUREML_MDC_HOST: '127.0.0.1',
    AZUREML_MDC_CONFIG_PATH: sdkFile,
    ...plan.env,
  }
  return { ...plan, command: [...start, plan.command].join('\n'), env }
}
