// Rules of a workspace's managed network: stored and listed, without effect on one machine.
import { asString, type JsonObject } from '@lazurite/spec'
import { type Args, isSet, textOf, listOf as wordsOf } from '../args.ts'
import { checkOffline } from '../check.ts'
import type { Run } from '../command.ts'
import { describe, sayWarnings } from '../describe.ts'
import { readDocument, refuseOrWarn } from '../document.ts'
import { kindOf } from '../reach.ts'
import { UsageError } from '../usage.ts'
import { confirm, list as listAny } from './resource.ts'

export const list: Run = listAny

const ruleOf = (args: Args) => ({ name: textOf(args, 'rule') ?? '' })

export const show: Run = async (session, args) => {
  const kind = kindOf(session)
  return { value: describe(kind, await (await session.client()).of(kind.name).get(ruleOf(args))) }
}

export const remove: Run = async (session, args) => {
  const { name } = ruleOf(args)
  await confirm(session, args, `Remove the rule ${name}?`)
  await (await session.client()).of(kindOf(session).name).delete({ name })
  return {}
}

/** What the destination of each type cannot do without. */
const needed: Readonly<Record<string, readonly string[]>> = {
  fqdn: ['destination'],
  service_tag: ['service-tag', 'protocol', 'port-ranges'],
  private_endpoint: ['service-resource-id', 'subresource-target'],
}

function checkDestination(args: Args): void {
  const type = textOf(args, 'type') ?? ''
  const missing = (needed[type] ?? []).filter((flag) => textOf(args, flag) === undefined)
  if (missing.length > 0)
    throw new UsageError(`a rule of type ${type} needs ${missing.map((flag) => `--${flag}`).join(', ')}`)
}

/** The destination as a file spells it, from the flags of its type. */
function destinationOf(args: Args): JsonObject | string {
  const type = textOf(args, 'type')
  if (type === 'fqdn') return textOf(args, 'destination') ?? ''
  const some = (key: string, flag: string) =>
    textOf(args, flag) === undefined ? {} : { [key]: textOf(args, flag) ?? '' }
  const words = (key: string, flag: string) => (wordsOf(args, flag).length === 0 ? {} : { [key]: wordsOf(args, flag) })
  return type === 'service_tag'
    ? {
        ...some('service_tag', 'service-tag'),
        ...some('protocol', 'protocol'),
        ...some('port_ranges', 'port-ranges'),
        ...words('address_prefixes', 'address-prefixes'),
      }
    : {
        ...some('service_resource_id', 'service-resource-id'),
        ...some('subresource_target', 'subresource-target'),
        ...(args.values.has('spark-enabled') ? { spark_enabled: isSet(args, 'spark-enabled') } : {}),
      }
}

export const set: Run = async (session, args) => {
  const kind = kindOf(session)
  const { name } = ruleOf(args)
  checkDestination(args)
  const written = readDocument(session, args)
  const fqdns = wordsOf(args, 'fqdns')
  const yaml = {
    ...written.yaml,
    name,
    type: asString(textOf(args, 'type')) ?? '',
    destination: destinationOf(args),
    ...(fqdns.length === 0 ? {} : { fqdns }),
  }
  const document = { ...written, yaml, doc: { ...written.doc, value: yaml } }
  refuseOrWarn(session, kind, checkOffline(document))
  const { load } = await import('../load.ts')
  const client = await session.client()
  const { properties } = await load(session, client, document)
  const made = await client.of(kind.name).put({ name }, properties)
  sayWarnings(session, made)
  return { value: describe(kind, made) }
}
