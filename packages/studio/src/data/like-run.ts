// The file of a run that is to be made again: without what the first one left behind under its own name.
import { asObject, asString, isObject, type JsonObject } from '@lazurite/spec'

/** What the server and clients write down of a single run: where it is shown, what its folder was. */
const ofOneRun = new Set(['name', 'services', 'properties', 'status', 'parent_job_name'])

/** The output that every job has: its logs and artifacts. */
const everyOutput = 'default'

/** `name` is that of the run the document is of: places that were made for it are left to be made anew. */
export function likeRun(document: JsonObject, name: string): JsonObject {
  const own = Object.entries(document).filter(([key]) => !ofOneRun.has(key))
  const outputs = Object.entries(asObject(document.outputs))
    .filter(([output]) => output !== everyOutput)
    .map(([output, port]) => [output, isObject(port) ? withoutOwnPlace(port, name) : port] as const)
  const { outputs: _, ...rest } = Object.fromEntries(own)
  return { ...rest, ...(outputs.length > 0 ? { outputs: Object.fromEntries(outputs) } : {}) }
}

function withoutOwnPlace(port: JsonObject, name: string): JsonObject {
  const { path, ...rest } = port
  const steps = asString(path)?.split(/[/.]/) ?? []
  return path === undefined || steps.includes(name) ? rest : port
}
