// A request that a model understands: its own example, else one made of its signature.
import { asArray, asObject, asString, isObject, type Json, type JsonObject, parseYaml } from '@lazurite/spec'
import { ApiError, ask, send } from './api.ts'
import { armUrl, type Resource } from './queries.ts'
import { placeOfUri } from './run.ts'
import { type Port, portsOf } from './signature.ts'

/** What MLflow keeps as an example, in the form that endpoints take. Undefined for what it is not. */
export function fromExample(example: Json): JsonObject | undefined {
  if (Array.isArray(example)) return { input_data: example }
  if (!isObject(example)) return undefined
  const { input_data, dataframe_split, inputs, params, columns, data, index } = example
  const given = params === undefined ? {} : { params }
  if (input_data !== undefined) return example
  if (dataframe_split !== undefined) return { input_data: dataframe_split, ...given }
  if (inputs !== undefined) return { input_data: inputs, ...given }
  if (data === undefined) return { input_data: example }
  return { input_data: { ...(columns === undefined ? {} : { columns, index: index ?? [0] }), data } }
}

/** One row of what the signature names; undefined where it names nothing. */
export function fromSignature(inputs: readonly Port[]): JsonObject | undefined {
  const [first] = inputs
  if (!first) return undefined
  const tensor = /^\w+\[([-\d,]*)\]$/
  const isTensor = tensor.test(first.type)
  if (isTensor && inputs.length === 1) return { input_data: filled(first.type) }
  if (isTensor) return { input_data: Object.fromEntries(inputs.map(({ name, type }) => [name, filled(type)])) }
  const needed = inputs.filter(({ required }) => required)
  const shown = needed.length === 0 ? inputs : needed
  // columns without names are told by their place
  const named = shown.some(({ name }, i) => name !== String(i))
  const row = shown.map(({ type }) => valueOfType(type))
  const columns = shown.map(({ name }) => name)
  return { input_data: named ? { columns, index: [0], data: [row] } : [row] }
}

function valueOfType(type: string): Json {
  const word = type.replaceAll('"', '').toLowerCase()
  if (/^(?:long|integer|int\d*|uint\d*)/.test(word)) return 1
  if (/^(?:double|float)/.test(word)) return 0.5
  if (word.startsWith('bool')) return true
  if (word.startsWith('datetime')) return '2024-01-31T12:00:00'
  return word === 'string' ? 'text' : ''
}

const mostValues = 10_000

/** Zeros in the shape of a tensor; a dimension of any length is one long. */
function filled(type: string): Json {
  const [, word = '', dimensions = ''] = /^(\w+)\[(.*)\]$/.exec(type) ?? []
  const shape = dimensions.split(',').map((length) => Math.max(1, Number(length) || 1))
  if (shape.reduce((all, length) => all * length, 1) > mostValues) return []
  const value = /^(?:str|object)/.test(word) ? 'text' : 0
  return shape.reduceRight<Json>((inner, length) => Array.from({ length }, () => inner), value)
}

interface Folder {
  datastore: string
  path: string
}

async function textAt(own: string, { datastore, path }: Folder, name: string): Promise<string | undefined> {
  const words = new URLSearchParams({ path: `${path.replace(/\/$/, '')}/${name}` })
  try {
    const url = `${own}/datastores/${encodeURIComponent(datastore)}/content?${words}`
    return await (await send(url, { headers: { accept: '*/*' } })).text()
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined
    throw error
  }
}

/** For the model of a deployment, by its id. Raises ApiError; undefined where nothing tells what it takes. */
export async function sampleOfModel(own: string, id: string): Promise<JsonObject | undefined> {
  const model = await ask<Resource>(armUrl(id))
  const place = placeOfUri(asString(model.properties.modelUri as Json))
  const mlmodel = place && (await textAt(own, place, 'MLmodel'))
  if (!place || mlmodel === undefined) return undefined
  const about = asObject(parseYaml(mlmodel).value)
  const kept = asObject(about.saved_input_example_info)
  const names = [kept.serving_input_path, kept.artifact_path].flatMap((name) => asString(name) ?? [])
  for (const name of names) {
    const text = await textAt(own, place, name)
    const example = text === undefined ? undefined : fromExample(readJson(text))
    if (example) return example
  }
  return fromSignature(portsOf(asObject(about.signature).inputs))
}

function readJson(text: string): Json {
  try {
    return JSON.parse(text) as Json // JSON.parse yields JSON
  } catch {
    return null
  }
}

/** Rows of an example, for a word about it. */
export function rowsOf(body: JsonObject): number {
  const data = asObject(body.input_data).data ?? body.input_data
  return asArray(data).length
}
