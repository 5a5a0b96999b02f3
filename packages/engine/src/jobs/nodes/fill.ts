/** Values that a node hands to its job: bindings filled in, keys in the wire's spelling. */
import {
  asNumber,
  asObject,
  asString,
  isObject,
  isoToSeconds,
  type Json,
  type JsonObject,
  secondsToIso,
} from '@lazurite/spec'
import { fillText, type Sources } from '../step-inputs.ts'

/** `limits` of nodes count seconds, those of jobs are durations. */
export function limitsOf(raw: Json | undefined): JsonObject | undefined {
  const limits = asObject(raw)
  const { timeout } = limits
  const text = asString(timeout)
  const seconds = asNumber(timeout) ?? (text === undefined ? undefined : (isoToSeconds(text) ?? Number(text)))
  const retries = limits.max_retries ?? limits.maxRetries
  const said: JsonObject = {
    ...(seconds !== undefined && seconds > 0 ? { timeout: secondsToIso(seconds) } : {}),
    ...(retries === undefined || retries === null ? {} : { maxRetries: retries }),
  }
  return Object.keys(said).length === 0 ? undefined : { jobLimitsType: 'Command', ...said }
}

/** Keys of a component in the spelling of the wire. */
export function camelKeys(raw: Json | undefined): JsonObject | undefined {
  if (!isObject(raw)) return undefined
  return Object.fromEntries(
    Object.entries(raw).map(([key, value]) => [
      key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  )
}

/** Fills every text of a map. */
export async function fillAll(sources: Sources, values: JsonObject): Promise<JsonObject> {
  return asObject(await fillDeep(sources, values))
}

/** Fills `${{parent.…}}` in every text inside a value; `${{inputs.x}}` of the step itself stays for the step. */
export async function fillDeep(sources: Sources, value: Json): Promise<Json> {
  if (typeof value === 'string') return /\$\{\{\s*parent\./.test(value) ? fillText(sources, value) : value
  if (Array.isArray(value)) return Promise.all(value.map((item) => fillDeep(sources, item)))
  if (!isObject(value)) return value
  const entries = await Promise.all(
    Object.entries(value).map(async ([key, item]): Promise<[string, Json]> => [key, await fillDeep(sources, item)]),
  )
  return Object.fromEntries(entries)
}
