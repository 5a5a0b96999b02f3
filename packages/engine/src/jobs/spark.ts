/**
 * A Spark job: `spark-submit` in local mode with the PySpark of the job's own environment, on the cores of its slot; or
 * the `spark-submit` (and the cluster) that the server was told about. Settings go into a file that only the owner can
 * read, as they may hold keys of storage accounts.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { asArray, asObject, asString, type JsonObject } from '@lazurite/spec'
import { bindInputs, pythonText, type Values } from '../bind.ts'
import type { Place, Staged } from './launch.ts'
import { processJob } from './process-job.ts'
import { admitSpark, sparkEnvironment } from './spark-admit.ts'
import { confText, logSettings, propertiesOf, readDefaults, withLog } from './spark-conf.ts'
import { sparkWays } from './spark-ways.ts'
import { quoteWord, wordsOf } from './spark-words.ts'
import type { Work } from './type.ts'

export const spark = processJob({
  jobType: 'Spark',
  admit: admitSpark,
  environment: ({ props, ctx }) => sparkEnvironment(props, ctx.settings),
  ways: sparkWays,
  command,
  dress,
})

const settingsFile = 'spark.conf'
const logFile = 'log4j2.properties'

function command({ props, ctx, status }: Work, staged: Staged): string {
  const { sparkSubmit, sparkMaster } = ctx.settings
  const { literals } = bindInputs(asObject(props.inputs))
  const values = { inputs: { ...staged.inputs, ...literals }, outputs: staged.outputs }
  const lists: [string, string[]][] = [
    ['--py-files', textsOf(props.pyFiles)],
    ['--jars', textsOf(props.jars)],
    ['--files', textsOf(props.files)],
    ['--archives', textsOf(props.archives)],
  ]
  const words = [
    sparkSubmit ?? 'spark-submit',
    ...['--master', sparkMaster ?? `local[${coresOf(status.node, props)}]`],
    ...['--properties-file', `../attempt-${status.attempt}/${settingsFile}`],
    ...lists.flatMap(([option, names]) => (names.length > 0 ? [option, names.join(',')] : [])),
    asString(asObject(props.entry).file) ?? '',
    ...argumentsOf(props, values),
  ]
  return words.map(quoteWord).join(' ')
}

/** `args` cut into words first and filled in afterwards: a path with a space in it stays one word. */
function argumentsOf(props: JsonObject, values: Values): string[] {
  return wordsOf(asString(props.args) ?? '', values)
}

async function dress(work: Work, place: Place, _staged: Staged): Promise<Record<string, string>> {
  const { props, ctx, row, status } = work
  const { settings } = ctx
  const memoryMiB = status.node?.memoryMiB ?? settings.memoryMiB
  const given = Object.fromEntries(
    Object.entries(asObject(props.conf)).map(([key, value]): [string, string] => [key, confText(value)]),
  )
  const { attempt } = place.folder
  const own = settings.sparkSubmit === undefined
  if (own) await writeFile(join(attempt, logFile), logSettings)
  const conf = propertiesOf(own ? withLog(given, join(attempt, logFile)) : given, {
    name: row.name,
    memoryMiB,
    local: settings.sparkMaster === undefined || settings.sparkMaster.startsWith('local'),
  })
  const defaults = own ? '' : await readDefaults(settings.sparkSubmit ?? '', process.env)
  await writeFile(join(attempt, settingsFile), defaults + conf, { mode: 0o600 })
  const java = process.env.JAVA_HOME
  return {
    // the interface of this machine alone: nobody else has business with a driver of one machine
    ...(settings.sparkMaster === undefined ? { SPARK_LOCAL_IP: '127.0.0.1' } : {}),
    SPARK_LOCAL_DIRS: join(place.folder.root, 'spark'),
    ...(java ? { JAVA_HOME: java } : {}),
  }
}

/** As many tasks at once as the executors would run, but no more than the slot has cores. */
function coresOf(node: Work['status']['node'], props: JsonObject): number {
  const conf = asObject(props.conf)
  const number = (key: string) => Math.max(1, Math.floor(Number(pythonText(conf[key] ?? 1)) || 1))
  const dynamic = /^true$/i.test(pythonText(conf['spark.dynamicAllocation.enabled'] ?? 'false'))
  const executors = number(dynamic ? 'spark.dynamicAllocation.maxExecutors' : 'spark.executor.instances')
  const most = Math.max(1, Math.floor(node?.cores ?? 1))
  return Math.min(most, number('spark.executor.cores') * executors)
}

function textsOf(value: JsonObject[string] | undefined): string[] {
  return asArray(value).flatMap((text) => asString(text)?.trim() || [])
}
