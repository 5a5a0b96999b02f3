// What Spark needs to start: settings that must be there, and fit each other.
import { asObject, isObject, type JsonObject, type Path } from '../json.ts'
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
  if ((job.compute === undefined) === (job.resources === undefined)) {
    look.issue([...place, 'resources'], 'give either compute or resources, not both and not neither')
  }
  if (isObject(job.entry) && job.entry.class_name !== undefined) {
    look.issue([...place, 'entry'], 'a Scala class cannot be the entry', 'write {file: <script>.py}')
  }
  for (const side of ['inputs', 'outputs'] as const) {
    for (const [name, v] of Object.entries(asObject(job[side]))) {
      if (!isObject(v) || (v.path === undefined && v.type === undefined && side === 'inputs')) continue
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
  const missing = needed.filter((key) => conf[key] === undefined || conf[key] === null)
  if (missing.length > 0)
    look.issue(place, `${missing.join(', ')} ${missing.length > 1 ? 'are mandatory fields.' : 'is a mandatory field.'}`)
}
