/** Settings of Spark: what the job says, what one machine makes of it, and how the file they go into is written. */
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Json } from '@lazurite/spec'
import { pythonText } from '../bind.ts'

/** Spark reads `true`, not `True`. */
export function confText(value: Json): string {
  return typeof value === 'boolean' ? String(value) : value === null ? '' : pythonText(value)
}

/**
 * Spark's own log: warnings among what the program prints, all of it where Azure puts what a driver says. Spark 3.3 and
 * later read this format.
 */
export const logSettings = `rootLogger.level = info
rootLogger.appenderRef.console.ref = console
rootLogger.appenderRef.driver.ref = driver
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{yy/MM/dd HH:mm:ss} %p %c{1}: %m%n%ex
appender.console.filter.threshold.type = ThresholdFilter
appender.console.filter.threshold.level = warn
appender.driver.type = File
appender.driver.name = driver
appender.driver.fileName = logs/azureml/driver/stderr
appender.driver.layout.type = PatternLayout
appender.driver.layout.pattern = %d{yy/MM/dd HH:mm:ss} %p %c{1}: %m%n%ex
`

const javaOptions = 'spark.driver.extraJavaOptions'

/** What the job sets, and where Spark's log is set up. */
export function withLog(conf: Record<string, string>, file: string): Record<string, string> {
  return { ...conf, [javaOptions]: `-Dlog4j2.configurationFile=file:${file} ${conf[javaOptions] ?? ''}`.trim() }
}

interface Facts {
  name: string
  /** Memory of the job's slot. */
  memoryMiB: number
  /** Driver and executors are one process. */
  local: boolean
}

/** The text of a properties file. What the job sets goes before everything set here. */
export function propertiesOf(conf: Record<string, string>, { name, memoryMiB, local }: Facts): string {
  const driver: Record<string, string> = local ? { 'spark.driver.memory': `${driverMiB(conf, memoryMiB)}m` } : {}
  const all = {
    'spark.app.name': name,
    'spark.ui.enabled': 'false',
    'spark.ui.showConsoleProgress': 'false',
    ...conf,
    ...driver,
  }
  const lines = Object.entries(all).flatMap(([key, value]) =>
    value === '' ? [] : [`${nameText(key)} ${valueText(value)}`],
  )
  return `${lines.join('\n')}\n`
}

/** Java leaves part of what it is given to others: threads, classes, Python. */
const heapShare = 0.75
const usualMiB = 1024

/** Where the executors live inside the driver, it gets their memory as well, as far as the slot has that much. */
function driverMiB(conf: Record<string, string>, memoryMiB: number): number {
  const executors = Math.max(
    1,
    Number(conf['spark.executor.instances'] ?? conf['spark.dynamicAllocation.minExecutors']) || 1,
  )
  const wanted = mebibytes(conf['spark.driver.memory']) + executors * mebibytes(conf['spark.executor.memory'])
  return Math.max(512, Math.min(wanted, Math.floor(memoryMiB * heapShare)))
}

const units: Record<string, number> = { k: 1 / 1024, m: 1, g: 1024, t: 1024 * 1024 }

/** `2g` → 2048; a number alone counts mebibytes. */
function mebibytes(text: string | undefined): number {
  const [, digits, unit = 'm'] = /^(\d+)\s*([kmgt])?b?$/i.exec(text?.trim() ?? '') ?? []
  return digits === undefined ? usualMiB : Math.ceil(Number(digits) * (units[unit.toLowerCase()] ?? 1))
}

/** Java's property files: a backslash begins an escape, a line ends the value, a space or sign ends the name. */
function nameText(text: string): string {
  return valueText(text).replace(/(?<!\\)[ :=#!]/g, '\\$&')
}

function valueText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replace(/^ /, '\\ ')
}

/** The settings the administrator gave that Spark: a file of one's own takes their place unless they are in it. */
export async function readDefaults(submit: string, env: NodeJS.ProcessEnv): Promise<string> {
  const folder = env.SPARK_CONF_DIR ?? join(env.SPARK_HOME ?? dirname(dirname(submit)), 'conf')
  const text = await readFile(join(folder, 'spark-defaults.conf'), 'utf8').catch(() => '')
  return text === '' ? '' : `${text.trimEnd()}\n`
}
