// Fields that many kinds share.
import { type Field, type Fields, f } from '../field.ts'

const name = f.string({ beside: true, doc: 'Its name; unique within its workspace.' })
const version = f.string({
  beside: true,
  numbers: true,
  bools: true,
  doc: 'Its version: any text, a number becomes text. Left out, the next whole number is taken.',
})
export const description = f.string({ doc: 'Free text.' })
/** Assets are more patient about tag values than jobs are. */
export const looseTags = f.map(f.string({ loose: true, nullable: true }), {
  def: {},
  doc: 'Texts by name, to find it again.',
})
/** Tags of tracked resources, beside the properties. */
export const besideTags: Field = { ...looseTags, beside: true }
/** Properties of the caller's own. */
export const freeProperties = f.map(f.any({ nullable: true }), { def: {}, doc: 'Values by name that stay with it.' })
const out = (doc: string) => f.string({ out: true, doc })

/** What the server adds to anything. */
export const served: Fields = {
  id: f.string({ out: true, beside: true, doc: 'Its full id.' }),
  creation_context: f.any({ out: true, beside: true, doc: 'Who made and changed it, and when.' }),
}

const autoDelete = f.object({
  condition: f.enum(['created_greater_than', 'last_accessed_greater_than'], { spelling: 'snake' }),
  value: f.string(),
})

/** What every asset file may hold. */
export const asset: Fields = {
  $schema: out('Address of a JSON Schema; read by editors only.'),
  ...served,
  name,
  version,
  description,
  latest_version: f.string({ out: true, beside: true, doc: 'Newest version there is.' }),
  auto_delete_setting: { ...autoDelete, doc: 'When it may be deleted unasked. Stored; nothing is deleted here.' },
}

/** Identity of a workspace or compute. Stored and shown; one machine has no managed identities. */
export const resourceIdentity = f.object(
  {
    type: f.enum(['system_assigned', 'user_assigned', 'none', 'system_assigned,user_assigned'], {
      required: true,
      spelling: 'snake',
      map: {
        system_assigned: 'SystemAssigned',
        user_assigned: 'UserAssigned',
        none: 'None',
        'system_assigned,user_assigned': 'SystemAssigned,UserAssigned',
      },
      doc: 'Kind of identity.',
    }),
    user_assigned_identities: f.list(
      f.object({
        resource_id: f.string(),
        principal_id: f.string({ out: true }),
        client_id: f.string({ out: true }),
      }),
      { doc: 'Identities by resource id.' },
    ),
    principal_id: f.string({ out: true }),
    tenant_id: f.string({ out: true }),
  },
  { beside: true, doc: 'Managed identity. Stored and shown; without effect here.' },
)

export const cron = {
  wire: 'Cron',
  fields: {
    start_time: f.string({ doc: 'ISO 8601 instant of the first time.' }),
    time_zone: f.string({ doc: 'Time zone name.' }),
    expression: f.required(f.string({ doc: 'Five cron fields.' })),
  },
}
const weekDays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']
export const recurrence = {
  wire: 'Recurrence',
  fields: {
    start_time: f.string({ doc: 'ISO 8601 instant of the first time.' }),
    time_zone: f.string({ doc: 'Time zone name.' }),
    frequency: f.required(f.enum(['minute', 'hour', 'day', 'week', 'month'], { doc: 'Unit of the interval.' })),
    interval: f.int({ doc: 'How many of them.' }),
    schedule: f.object({
      week_days: f.union([f.enum(weekDays), f.list(f.enum(weekDays))]),
      hours: f.union([f.int(), f.list(f.int())]),
      minutes: f.union([f.int(), f.list(f.int())]),
    }),
  },
}
