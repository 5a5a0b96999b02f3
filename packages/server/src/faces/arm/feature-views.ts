/** The features of a feature set, read from the specification that was uploaded with it. */
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { asArray, asObject, asString, fail, type Json, type JsonObject, parseYaml } from '@lazurite/spec'
import type { Row } from '@lazurite/store'
import { type Asked, needed } from './asked.ts'
import { placeOf } from './place.ts'

const specFile = 'FeatureSetSpec.yaml'
const largestSpecBytes = 4 * 1024 * 1024

/** Every feature, or the one that is asked for. Raises NotSupported where the specification is not kept here. */
export async function listFeatures(asked: Asked): Promise<JsonObject> {
  const row = await needed(asked)
  const features = asArray(asObject(await specOf(asked, row)).features).map(asObject)
  const shown = features.map((feature) => print(asked, row, feature))
  if (asked.of !== undefined) {
    const one = shown.find((feature) => feature.name === asked.of)
    return one ?? fail('ResourceNotFound', { kind: 'feature', name: asked.of.slice(0, 60) })
  }
  const { query } = asked.room
  const name = query.get('featureName')
  const description = query.get('description')?.toLowerCase()
  const kept = shown.filter((feature) => {
    const text = String(asObject(feature.properties).description ?? '').toLowerCase()
    return (name === undefined || feature.name === name) && (description === undefined || text.includes(description))
  })
  return { value: kept, nextLink: null }
}

async function specOf({ room, key }: Asked, row: Row): Promise<Json> {
  const uri = asString(asObject(row.props.specification).path) ?? ''
  const place = await placeOf(room, uri)
  if (!place) {
    fail('NotSupported', {
      what: `Listing the features of ${key.name}`,
      why: 'its specification is not kept in the storage of this workspace',
      instead: `Upload the folder that holds ${specFile} and register the feature set with that.`,
    })
  }
  const folder = room.deps.store.bytes.path(place.account, place.container, place.path)
  const text = await readSmall(join(folder, specFile))
  if (text === undefined) fail('FileNotFound', { path: `${place.path}/${specFile}` })
  const { value, issues } = parseYaml(text)
  const first = issues.find((issue) => issue.severity !== 'warning')
  if (first) fail('InvalidYaml', { why: `${specFile}: ${first.message}` })
  return value
}

async function readSmall(path: string): Promise<string | undefined> {
  const file = await open(path).catch(() => undefined)
  if (!file) return undefined
  try {
    const { size } = await file.stat()
    if (size > largestSpecBytes) fail('TooLarge', { what: specFile, limit: `${largestSpecBytes} bytes` })
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

function print({ room, kind }: Asked, row: Row, feature: JsonObject): JsonObject {
  const name = asString(feature.name) ?? ''
  return {
    id: `${room.base}/${kind.collection}/${row.name}/versions/${row.version}/features/${name}`,
    name,
    type: `${room.type}/${kind.collection}/versions/features`,
    properties: {
      featureName: name,
      dataType: asString(feature.type) ?? null,
      description: asString(feature.description) ?? null,
      tags: asObject(feature.tags),
      properties: {},
    },
  }
}
