// The managed network of a workspace: a list of rules in a file, a mapping of them by name on the wire.
import { type Fields, f } from '../field.ts'
import { asArray, asObject, isObject, type JsonObject, setKey } from '../json.ts'
import { served } from './common.ts'

const rule: Fields = {
  $schema: f.string({ out: true }),
  ...served,
  name: f.required(f.string({ beside: true, doc: 'Its name.' })),
  parent_rule_names: f.list(f.string(), { out: true, doc: 'Rules it follows from.' }),
  category: f.string({ out: true, doc: 'required, recommended, user_defined or dependency.' }),
  status: f.string({ out: true, doc: 'Active or Inactive.' }),
}
const kind = (wire: string, destination: Fields[string], more: Fields = {}) => ({
  wire,
  doc: `A rule of type ${wire}.`,
  fields: { ...rule, destination: f.required({ ...destination, doc: 'Where it leads.' }), ...more },
})

export const outboundRules = {
  fqdn: kind('FQDN', f.string()),
  private_endpoint: kind(
    'PrivateEndpoint',
    f.object({
      service_resource_id: f.required(f.string()),
      subresource_target: f.required(f.string()),
      spark_enabled: f.required(f.bool({ inFileOnly: true })),
    }),
    { fqdns: f.list(f.string(), { doc: 'Names it answers to.' }) },
  ),
  service_tag: kind(
    'ServiceTag',
    f.object({
      service_tag: f.required(f.string()),
      protocol: f.required(f.string({ inFileOnly: true })),
      port_ranges: f.required(f.string({ inFileOnly: true })),
      address_prefixes: f.list(f.string()),
    }),
  ),
}

const { $schema: _, id: __, creation_context: ___, ...inList } = rule

/** One of three kinds of rules; in a workspace their names stand in the list. */
export const managedNetwork = f.object(
  {
    isolation_mode: f.enum(['disabled', 'allow_internet_outbound', 'allow_only_approved_outbound'], {
      map: {
        disabled: 'Disabled',
        allow_internet_outbound: 'AllowInternetOutbound',
        allow_only_approved_outbound: 'AllowOnlyApprovedOutbound',
      },
      def: 'Disabled',
      spelling: 'snake',
      doc: 'What may leave.',
    }),
    outbound_rules: f.list(
      f.oneOf(
        'type',
        'type',
        Object.fromEntries(
          Object.entries(outboundRules).map(([word, { fields, ...variant }]) => [
            word,
            { ...variant, fields: { ...fields, ...inList, name: f.required(f.string({ doc: 'Its name.' })) } },
          ]),
        ),
        { spelling: 'snake', otherwise: 'fqdn' },
      ),
      { nullable: true, doc: 'Where it may lead.' },
    ),
    firewall_sku: f.enum(['standard', 'basic'], {
      map: { standard: 'Standard', basic: 'Basic' },
      def: 'Standard',
      doc: 'Kind of firewall.',
    }),
    network_id: f.string({ out: true }),
    status: f.any({ out: true }),
  },
  { doc: 'Managed network. Stored and shown; without effect here.' },
)

/** On the wire the rules have no names inside. */
const wireRules = f.map(
  f.oneOf(
    'type',
    'type',
    Object.fromEntries(
      Object.entries(outboundRules).map(([word, { fields, ...variant }]) => {
        const { name: ____, ...rest }: Fields = fields
        return [word, { ...variant, fields: rest }]
      }),
    ),
  ),
)
const networkFields: Fields = managedNetwork.fields ?? {}
export const managedNetworkWire = f.object({ ...networkFields, outbound_rules: wireRules })

export function networkToWire(written: JsonObject): JsonObject {
  const network = written.managedNetwork
  if (!isObject(network)) return written
  const rules: JsonObject = {}
  for (const item of asArray(network.outboundRules)) {
    const { name, ...rest } = asObject(item)
    if (typeof name === 'string') setKey(rules, name, { category: 'UserDefined', ...rest })
  }
  const named = Array.isArray(network.outboundRules) ? { outboundRules: rules } : {}
  return { ...written, managedNetwork: { ...network, ...named } }
}

export function networkFromWire(props: JsonObject): JsonObject {
  const network = props.managedNetwork
  if (!isObject(network) || !isObject(network.outboundRules)) return props
  const rules = Object.entries(network.outboundRules).map(([name, rest]) => ({ name, ...asObject(rest) }))
  return { ...props, managedNetwork: { ...network, outboundRules: rules } }
}
