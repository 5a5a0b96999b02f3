// Services of a job: programs beside it that people connect to. What a type adds to them stands in `properties` on the
// wire, in camel case in every spelling.
import { type Codec, typeWord } from '../codec.ts'
import { asObject, isObject, type Json, type JsonObject, own } from '../json.ts'

/** Keys that only one type of service has. */
const special: Readonly<Record<string, readonly string[]>> = {
  ssh: ['ssh_public_keys'],
  tensor_board: ['log_dir'],
  vs_code: [],
  jupyter_lab: [],
}
const wireKeys = { ssh_public_keys: 'sshPublicKeys', log_dir: 'logDir' } as const

export const service: Codec = {
  write(field, v, w, at) {
    if (!isObject(v)) {
      w.issue(at, `must be a mapping, but is ${typeWord(v)}`)
      return undefined
    }
    const given = own(v, 'type')
    const type = typeof given === 'string' ? given.toLowerCase() : undefined
    const extra = Object.keys(wireKeys).filter((key) => own(v, key) !== undefined)
    const allowed = type === undefined ? ['ssh_public_keys', 'log_dir'] : (special[type] ?? [])
    for (const key of extra) {
      if (!allowed.includes(key)) w.issue([...at, key], `unknown key "${key}" in a service of type ${type}`)
    }
    if (type === undefined && extra.length > 1) w.issue([...at, 'type'], 'is required to tell what service this is')
    const out = w.with({ style: 'spec' }).writeFields({ t: 'object', fields: field.fields ?? {} }, v, at)
    return toWire(out, type === undefined ? guess(extra) : (field.map?.[type] ?? given ?? null), w.style === 'arm')
  },
  read(field, v, r) {
    if (!isObject(v)) return v
    const camel = r.style === 'arm'
    const type = own(v, camel ? 'jobServiceType' : 'job_service_type')
    const word = Object.entries(field.map ?? {}).find(
      ([, wire]) => String(wire).toLowerCase() === String(type).toLowerCase(),
    )
    const { sshPublicKeys, logDir, ...properties } = asObject(v.properties)
    return drop({
      type: word?.[0] ?? type ?? null,
      port: own(v, 'port') ?? null,
      endpoint: own(v, 'endpoint') ?? null,
      status: own(v, 'status') ?? null,
      error_message: own(v, camel ? 'errorMessage' : 'error_message') ?? null,
      nodes: isObject(v.nodes) ? 'all' : null,
      ssh_public_keys: sshPublicKeys ?? null,
      log_dir: logDir ?? null,
      properties: Object.keys(properties).length > 0 ? properties : null,
    })
  },
  canon(_, v, c, at) {
    if (isObject(v)) return drop(v)
    c.issue(at, `must be an object, but is ${typeWord(v)}`)
    return v
  },
  schema: (field, schemaOf) => schemaOf({ t: 'object', fields: field.fields ?? {} }),
}

function guess(extra: string[]): Json {
  if (extra.length === 0) return null
  return extra[0] === 'log_dir' ? 'TensorBoard' : 'SSH'
}

function toWire(out: JsonObject, type: Json, camel: boolean): JsonObject {
  const { type: _, nodes, ssh_public_keys, log_dir, properties, ...rest } = out
  const inner = drop({ ...asObject(properties), sshPublicKeys: ssh_public_keys ?? null, logDir: log_dir ?? null })
  return {
    ...rest,
    ...(type === null ? {} : { [camel ? 'jobServiceType' : 'job_service_type']: type }),
    ...(nodes === undefined ? {} : { nodes: { [camel ? 'nodesValueType' : 'nodes_value_type']: 'All' } }),
    ...(Object.keys(inner).length > 0 ? { properties: inner } : {}),
  }
}

function drop(v: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(v).filter(([, x]) => x !== null))
}
