// What clouds need around a workspace: rules of its network, private endpoints, hosts of capabilities. Kept, shown,
// and without effect on one machine.
import { f } from '../field.ts'
import { defineKind } from '../kind.ts'
import { provisioningStates } from '../status.ts'
import { served } from './common.ts'
import { outboundRules } from './network-wire.ts'

const none = (what: string) => ({
  why: `${what} mean nothing on one machine: they are stored and shown`,
  instead: 'use the firewall of this machine',
})
export const outboundRule = defineKind({
  name: 'outbound-rule',
  plural: 'outbound rules',
  collection: 'outboundRules',
  shape: 'plain',
  scope: 'workspace',
  doc: 'Where a managed network may lead. Stored and shown; without effect here.',
  fields: f.oneOf('type', 'type', outboundRules, { spelling: 'snake' }),
  columns: ['name', 'type', 'destination', 'status'],
  states: provisioningStates,
  lro: true,
  idle: none('rules of a managed network'),
})

export const privateEndpointConnection = defineKind({
  name: 'private-endpoint-connection',
  plural: 'private endpoint connections',
  collection: 'privateEndpointConnections',
  shape: 'plain',
  scope: 'workspace',
  tracked: true,
  doc: 'A private endpoint that asks to reach a workspace. Stored and shown; without effect here.',
  fields: f.object({
    $schema: f.string({ out: true }),
    ...served,
    name: f.required(f.string({ beside: true, doc: 'Its name.' })),
    location: f.string({ beside: true, doc: 'Region; without effect here.' }),
    tags: f.map(f.string(), { beside: true, doc: 'Texts by name.' }),
    private_endpoint: f.object({ id: f.string(), subnet_arm_id: f.string() }, { doc: 'The endpoint: {id}.' }),
    private_link_service_connection_state: f.object(
      {
        status: f.enum(['pending', 'approved', 'rejected', 'disconnected', 'timeout'], {
          map: {
            pending: 'Pending',
            approved: 'Approved',
            rejected: 'Rejected',
            disconnected: 'Disconnected',
            timeout: 'Timeout',
          },
        }),
        description: f.string(),
        actions_required: f.string(),
      },
      { doc: 'Whether it may: {status, description}.' },
    ),
    provisioning_state: f.string({ out: true }),
  }),
  columns: ['name', 'private_link_service_connection_state.status', 'provisioning_state'],
  idle: none('private endpoints'),
})

export const capabilityHost = defineKind({
  name: 'capability-host',
  plural: 'capability hosts',
  collection: 'capabilityHosts',
  shape: 'plain',
  scope: 'workspace',
  doc: 'Which connections the agents of a hub or project use. Stored and shown.',
  fields: f.object({
    $schema: f.string({ out: true }),
    ...served,
    name: f.string({ beside: true, doc: 'Its name.' }),
    description: f.string({ doc: 'Free text.' }),
    capability_host_kind: f.string({ def: 'Agents', doc: 'Agents.' }),
    vector_store_connections: f.list(f.string(), { doc: 'Connections to vector stores.' }),
    ai_services_connections: f.list(f.string(), { doc: 'Connections to AI services.' }),
    storage_connections: f.list(f.string(), { doc: 'Connections to storage.' }),
    thread_storage_connections: f.list(f.string(), { doc: 'Connections to storage of threads.' }),
    provisioning_state: f.string({ out: true }),
  }),
  columns: ['name', 'capability_host_kind', 'provisioning_state'],
  states: provisioningStates,
  lro: true,
  idle: {
    why: 'there are no agents here: capability hosts are stored and shown',
    instead: 'run your own service, and keep its address in a connection',
  },
})
