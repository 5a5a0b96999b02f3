// What Spark needs to start: settings that must be there, and fit each other.
import { asObject, isObject, type Json, type JsonObject, type Path } from '../json.ts'
import type { Look } from '../look.ts'

const mandatory = [
  'spark.driver.cores',
  'spark.driver.memory',
  'spark.executor.cores',
  'spark.executor.memory',
  'spark.executor.instances',
]

/** Checks the settings, place and delivery modes of a Spark job. */
export function checkSpark(job: JsonObject, place: Path, look: Look): void {
  checkConf(asObject(job.conf), [...place, 'conf'], look)
  checkEntry(job, place, look)
  if ((job.compute === undefined) === (job.resources === undefined)) {
    look.issue([...place, 'resources'], 'give either compute or resources, not both and not neither')
  }
  if (isObject(job.entry) && job.entry.class_name !== undefined) {
    look.issue([...place, 'entry'], 'a Scala class cannot be the entry', 'write {file: <script>.py}')
  }
  for (const side of ['inputs', 'outputs'] as const) {
    for (const [name, v] of Object.entries(asObject(job[side]))) {
      if (!isObject(v) || v.value !== undefined) continue
      if (typeof v.mode === 'string' && v.mode.toLowerCase() === 'direct') continue
      look.issue([...place, side, name], 'must have mode: direct in a Spark job')
    }
  }
}

function checkConf(conf: JsonObject, place: Path, look: Look): void {
  const dynamic = conf['spark.dynamicAllocation.enabled']
  const on = dynamic === true || String(dynamic).toLowerCase() === 'true'
  const needed = on
    ? [...mandatory, 'spark.dynamicAllocation.minExecutors', 'spark.dynamicAllocation.maxExecutors']
    : mandatory
  const missing = needed.filter((key) => isNothing(conf[key]))
  if (missing.length > 0)
    look.issue(place, `${missing.join(', ')} ${missing.length > 1 ? 'are mandatory fields.' : 'is a mandatory field.'}`)
}

function isNothing(v: Json | undefined): boolean {
  if (v === undefined || v === null || v === '') return true
  return typeof v === 'object' && Object.keys(v).length === 0
}

function checkEntry(job: JsonObject, place: Path, look: Look): void {
  const { file } = asObject(job.entry)
  if (typeof file !== 'string' || typeof job.code !== 'string' || /^[a-z+]+:/i.test(job.code)) return
  if (file === '' || look.exists?.(`${job.code}/${file}`) === 'nothing') {
    look.issue([...place, 'entry', 'file'], `there is no file ${file} in ${job.code}`)
  }
}
