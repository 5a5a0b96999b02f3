/** Types of jobs that the official clients have no word for, and what they are shown as to them. */
import { asString, type JsonObject } from '@lazurite/spec'
import { specOfJob } from './parallel-spec.ts'

/** By lower-case type: the properties that stand in for those of the type's own. */
const disguises: Record<string, (props: JsonObject) => JsonObject> = {
  automltrial: (props) => ({ ...props, jobType: 'Command', command: 'python automl.py' }),
  parallel: ({ parallel: _, ...props }) => {
    const { entryScript, programArguments } = specOfJob({ parallel: _ ?? {} })
    return { ...props, jobType: 'Command', command: `${entryScript} ${programArguments}`.trim() }
  },
}

/** Properties of a job as every client reads them; `own` is what stands beside them for ours when they differ. */
export function shownAs(props: JsonObject): { properties: JsonObject; own?: JsonObject } {
  const type = asString(props.jobType)?.toLowerCase() ?? ''
  const disguise = Object.hasOwn(disguises, type) ? disguises[type] : undefined
  if (!disguise) return { properties: props }
  const properties = disguise(props)
  const hidden = Object.entries(props).filter(([name]) => !Object.hasOwn(properties, name) || name === 'jobType')
  return { properties, own: Object.fromEntries(hidden) }
}
