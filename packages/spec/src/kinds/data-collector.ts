// Keeping what deployments are asked and answer: the keys of the file, and how they lie on the wire.
import { f } from '../field.ts'
import { asObject, isObject, type Json, type JsonObject } from '../json.ts'
import type { Look } from '../look.ts'

const collection = f.object({
  enabled: f.required(
    f.enum(['true', 'false'], {
      wire: 'dataCollectionMode',
      map: { true: 'Enabled', false: 'Disabled' },
      doc: "'true' or 'false', in quotes.",
    }),
  ),
  data: f.union(
    [
      f.object({ name: f.string(), path: f.string(), version: f.string({ numbers: true }), data_id: f.string() }),
      f.string(),
    ],
    { doc: 'Where it goes: {name, version, path} of a data asset, or the id of one.' },
  ),
  client_id: f.string({ doc: 'Without effect here.' }),
})

export const dataCollector = f.object(
  {
    collections: f.map(collection, { doc: 'What is kept, by name; request and response are taken by payloads.' }),
    rolling_rate: f.enum(['minute', 'hour', 'day'], {
      map: { minute: 'Minute', hour: 'Hour', day: 'Day' },
      doc: 'How often a new file is begun; hour.',
    }),
    sampling_rate: f.number({ doc: 'Share of the calls that are kept, 0 to 1; all when absent.' }),
    request_logging: f.object(
      { capture_headers: f.list(f.string(), { doc: 'Names of headers.' }) },
      { doc: 'What of a call is kept beside its body.' },
    ),
  },
  { doc: 'Keeping what was asked and answered.' },
)

/** The share is one in the file and each collection's own on the wire; an asset that is there is an id. */
export function collectorToWire(written: JsonObject): JsonObject {
  if (!isObject(written.dataCollector)) return written
  const { samplingRate, collections, ...rest } = written.dataCollector
  const share: JsonObject = samplingRate === undefined ? {} : { samplingRate }
  const each = Object.entries(asObject(collections)).map(([name, one]): [string, Json] => {
    if (!isObject(one)) return [name, one]
    const { data, ...more } = one
    const id = isObject(data) ? data.dataId : data
    const place: JsonObject = typeof id === 'string' ? { dataId: id } : data === undefined ? {} : { data }
    return [name, { ...more, ...place, ...share }]
  })
  return { ...written, dataCollector: { ...rest, collections: Object.fromEntries(each) } }
}

export function collectorFromWire(props: JsonObject): JsonObject {
  if (!isObject(props.dataCollector)) return props
  const { collections, ...rest } = props.dataCollector
  let samplingRate = rest.samplingRate
  const each = Object.entries(asObject(collections)).map(([name, one]): [string, Json] => {
    const { dataId, samplingRate: own, data, ...more } = asObject(one)
    samplingRate ??= own
    const place = data ?? dataId
    return [name, { ...more, ...(place === undefined || place === null ? {} : { data: place }) }]
  })
  const share: JsonObject = samplingRate === undefined || samplingRate === null ? {} : { samplingRate }
  return { ...props, dataCollector: { ...rest, ...share, collections: Object.fromEntries(each) } }
}

/** Names become folders. */
export const collectionName = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/

export function checkCollector(yaml: JsonObject, look: Look): void {
  const collector = asObject(yaml.data_collector)
  const share = Number(collector.sampling_rate ?? 1)
  if (share < 0 || share > 1) look.issue(['data_collector', 'sampling_rate'], `${share} is no share: 0 to 1`)
  for (const name of Object.keys(asObject(collector.collections)))
    if (!collectionName.test(name))
      look.issue(['data_collector', 'collections', name], 'cannot be a name here: letters, digits, _, - and . only')
}
