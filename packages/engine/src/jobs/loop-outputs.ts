/**
 * What a `parallel_for` hands on: data of all iterations as one MLTable that names each of them, values as a list in
 * JSON, in the order of the items.
 */
import { Readable } from 'node:stream'
import { asObject, asString, type Json, type JsonObject } from '@lazurite/spec'
import { bindOutputs, defaultDatastore } from '../bind.ts'
import { locatePlace } from '../datastores/resolve.ts'
import { prefixOf } from '../datastores/storage.ts'
import { register } from './finish.ts'
import type { Node } from './graph.ts'
import { placeOf } from './launch.ts'
import { outputOf } from './pipeline-start.ts'
import { specOfNode } from './spec-of-node.ts'
import type { Loop } from './status.ts'
import { stepOutputs } from './step.ts'
import { readValue, valueTypes } from './step-values.ts'
import type { Work } from './type.ts'

/** Writes the outputs of a loop whose iterations are all complete. Repeating it writes the same. */
export async function gather(
  work: Work,
  { node, body, iterations }: { node: Node; body: Node; iterations: string[] },
): Promise<NonNullable<Loop['outputs']>> {
  const { store } = work.ctx
  const { scope } = work.key
  const spec = await specOfNode(store, scope, body)
  if ('issue' in spec) return {}
  const types = Object.entries(asObject(spec.spec.outputs)).map(([name, raw]): [string, string] => [
    name,
    asString(asObject(raw).type) ?? 'uri_folder',
  ])
  const whole = types.map(([name, type]): [string, JsonObject] => [
    name,
    { type: valueTypes.has(type) ? 'string' : 'mltable' },
  ])
  const wire = stepOutputs(work, node, { ...spec, spec: { outputs: Object.fromEntries(whole) } })
  const { workspace } = await placeOf(work)
  const facts = {
    workspace: workspace.id,
    job: `${work.row.name}/${node.key}`,
    defaultDatastore: await defaultDatastore(store, scope),
  }
  const outputs: NonNullable<Loop['outputs']> = {}
  for (const output of bindOutputs(wire, facts)) {
    const type = types.find(([name]) => name === output.name)?.[1] ?? 'uri_folder'
    const parts = await Promise.all(
      iterations.map(async (iteration) => {
        const unit = `${body.key}.${iteration}`
        return { unit, found: await outputOf(work, unit, output.name) }
      }),
    )
    const place = await locatePlace(store, scope, output.uri)
    if (valueTypes.has(type)) {
      const values: Json[] = []
      for (const { unit, found } of parts) {
        const what = `The output ${output.name} of the step ${unit}`
        values.push(found ? typed(type, await readValue(store, scope, { uri: found.uri, what })) : null)
      }
      await place.storage.write(place.path, Readable.from([JSON.stringify(values)]))
    } else {
      const text = tableOf(parts.flatMap(({ found }) => (found ? [found] : [])))
      await place.storage.write(`${prefixOf(place.path)}MLTable`, Readable.from([text]))
    }
    // two loops of a pipeline may have outputs of the same name
    const name = `${node.key}_${output.name}`
    outputs[output.name] = await register(work, workspace, { ...output, name, uri: place.uri })
  }
  return outputs
}

/** An MLTable of files and folders; JSON is YAML. */
function tableOf(parts: { uri: string; type: string }[]): string {
  const paths = parts.map(({ uri, type }) => ({ [type === 'uri_file' ? 'file' : 'folder']: uri }))
  const lines = paths.map((path) => `  - ${JSON.stringify(path)}`)
  return [
    '$schema: https://azuremlschemas.azureedge.net/latest/MLTable.schema.json',
    'type: mltable',
    'paths:',
    ...lines,
    '',
  ].join('\n')
}

function typed(type: string, text: string): Json {
  if (type === 'boolean') return text.trim().toLowerCase() === 'true'
  if (type === 'string') return text
  const number = Number(text)
  return text.trim() === '' || Number.isNaN(number) ? text : number
}
