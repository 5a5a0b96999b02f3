// What only computes do: start, stop, nodes, sizes, usage.
import { asArray, asObject, asString, type JsonObject } from '@lazurite/spec'
import { isSet, textOf } from '../args.ts'
import type { Run } from '../command.ts'
import { spelt } from '../describe.ts'
import type { Shown } from '../output.ts'
import { collectionOf, kindOf, whichOf } from '../reach.ts'
import { confirm } from './resource.ts'

export const act: Run = async (session, args) => {
  if (!isSet(args, 'no-wait')) {
    await (await collectionOf(session, args)).act(whichOf(args), session.verb)
    return {}
  }
  const client = await session.client()
  const path = client.of(kindOf(session).name).path(whichOf(args))
  await client.ask({ method: 'POST', path: `${path}/${session.verb}?api-version=2023-10-01` })
  return {}
}

export const enableSso: Run = async (session, args) => {
  const client = await session.client()
  const which = { name: textOf(args, 'name') ?? '' }
  await client.of(kindOf(session).name).act(which, 'enableSso', { enableSSO: !isSet(args, 'disable') })
  return {}
}

export const detach: Run = async (session, args) => {
  const name = textOf(args, 'name') ?? ''
  await confirm(session, args, `Detach the compute ${name}?`)
  await (await collectionOf(session, args)).delete({ name }, { underlyingResourceAction: 'Detach' })
  return {}
}

const column = (key: string, title = key.replace(/_/g, ' ')): Shown => ({
  title,
  of: (row) => (row[key] === null || row[key] === undefined ? '' : String(row[key])),
  ...(key.endsWith('state') ? { state: true } : {}),
})

export const listNodes: Run = async (session, args) => {
  const client = await session.client()
  const answer = asObject(await client.of(kindOf(session).name).act({ name: textOf(args, 'name') ?? '' }, 'listNodes'))
  const value = asArray(answer.nodes).map((node) => {
    const { run_id, ...rest } = spelt(asObject(node))
    return { ...rest, current_job_name: run_id ?? null }
  })
  return { value, shown: [column('node_id', 'node'), column('node_state', 'state'), column('current_job_name', 'job')] }
}

async function locationList(
  session: Parameters<Run>[0],
  args: Parameters<Run>[1],
  what: string,
): Promise<JsonObject[]> {
  const client = await session.client()
  const location =
    textOf(args, 'location') ?? session.defaults.location ?? session.env.AZURE_DEFAULTS_LOCATION ?? 'local'
  const path = `/subscriptions/${client.workspace.subscription}/providers/Microsoft.MachineLearningServices/locations/${encodeURIComponent(location)}/${what}?api-version=2023-10-01`
  return asArray(asObject(await (await client.ask({ path })).json()).value).map(asObject)
}

export const listSizes: Run = async (session, args) => {
  const sizes = (await locationList(session, args, 'vmSizes')).map(spelt).map(({ v_cpus, ...size }): JsonObject => {
    // the key as the official client happens to spell vCPUs
    return { ...size, v_cp_us: v_cpus ?? null }
  })
  const wanted = textOf(args, 'type')?.toLowerCase()
  const value =
    wanted === undefined
      ? sizes
      : sizes.filter((size) => asArray(size.supported_compute_types).some((t) => asString(t)?.toLowerCase() === wanted))
  return {
    value,
    shown: [column('name'), column('v_cp_us', 'cores'), column('memory_gb', 'memory GB'), column('gpus')],
  }
}

export const listUsage: Run = async (session, args) => {
  const value = (await locationList(session, args, 'usages')).map(spelt)
  const nameOf = (row: JsonObject) =>
    asString(asObject(row.name).localized_value) ?? asString(asObject(row.name).localizedValue)
  const name: Shown = { title: 'name', of: (row) => nameOf(row) ?? '' }
  return { value, shown: [name, column('current_value', 'in use'), column('limit'), column('unit')] }
}
