// Experiments: what jobs and runs are filed under.
import { asArray, asObject, asString, fail, type JsonObject } from '@lazurite/spec'
import { textOf } from '../args.ts'
import type { Run } from '../command.ts'
import { agoText } from '../paint.ts'
import type { Session } from '../session.ts'

async function experiments(session: Session): Promise<JsonObject[]> {
  const client = await session.client()
  const home = client
    .of('job')
    .path()
    .replace(/\/jobs$/, '')
  const path = `/mlflow/v1.0${home}/api/2.0/mlflow/experiments/search`
  const found: JsonObject[] = []
  for (let token: string | undefined; ; ) {
    const body = { max_results: 1000, view_type: 'ALL', ...(token === undefined ? {} : { page_token: token }) }
    const page = asObject(await (await client.ask({ method: 'POST', path, body })).json())
    found.push(...asArray(page.experiments).map(asObject).map(shownAs))
    token = asString(page.next_page_token)
    if (!token) return found
  }
}

function shownAs(one: JsonObject): JsonObject {
  const at = (value: unknown) => new Date(Number(value ?? 0)).toISOString()
  return {
    name: one.name ?? '',
    id: one.experiment_id ?? '',
    lifecycle: one.lifecycle_stage ?? '',
    created_at: at(one.creation_time),
    last_updated_at: at(one.last_update_time),
    tags: Object.fromEntries(
      asArray(one.tags)
        .map(asObject)
        .map((tag) => [String(tag.key), tag.value ?? '']),
    ),
  }
}

export const list: Run = async (session) => {
  const value = await experiments(session)
  const text = (key: string) => (row: JsonObject) => String(row[key] ?? '')
  return {
    value,
    shown: [
      { title: 'name', of: text('name') },
      { title: 'id', of: text('id') },
      { title: 'lifecycle', of: text('lifecycle') },
      { title: 'updated', of: (row) => agoText(String(row.last_updated_at), session.now()) },
    ],
  }
}

export const show: Run = async (session, args) => {
  const name = textOf(args, 'name') ?? ''
  const found = (await experiments(session)).find((one) => one.name === name || one.id === name)
  return { value: found ?? fail('ResourceNotFound', { kind: 'experiment', name }) }
}
