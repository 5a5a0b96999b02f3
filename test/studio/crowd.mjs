// Very many jobs, made of one that ran: its rows are written again and again, under other names, while the server is away.
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')
export const workspace =
  '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/lazurite/providers/' +
  'Microsoft.MachineLearningServices/workspaces/main'
const environmentId = 'azureml://registries/azureml/environments/host/labels/latest'

/** One command job that ran, with a parameter and two metrics. */
export async function firstJob(server, { name, command = 'true', displayName = name }) {
  const properties = {
    jobType: 'Command',
    experimentName: 'crowd',
    displayName,
    command,
    environmentId,
    resources: { instanceCount: 1, properties: { IsLocal: { IsLocal: true } } },
    inputs: {},
    outputs: {},
  }
  const address = `${workspace}/jobs/${name}?api-version=2024-10-01`
  await server.ask(address, { method: 'PUT', body: JSON.stringify({ properties }) })
  const until = Date.now() + 180_000
  for (;;) {
    const { status } = (await server.ask(address)).properties
    if (status === 'Completed') return
    if (['Failed', 'Canceled'].includes(status) || Date.now() > until) throw new Error(`${name} is ${status}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** Sends points of a run as MLflow does. */
export function logBatch(server, body) {
  return server.ask('/api/2.0/mlflow/runs/log-batch', { method: 'POST', body: JSON.stringify(body) })
}

const words = ['resnet', 'bert', 'lightgbm', 'unet', 'gpt', 'kmeans', 'prophet', 'catboost']
const states = ['Completed', 'Completed', 'Completed', 'Failed', 'Completed', 'Canceled', 'Completed']

/** What the copy of a number is called; `title` is what people read. */
export const nameOf = (i) => `crowd_${String(i).padStart(6, '0')}`
const titleOf = (i) => (i === 31 ? 'needle in the hay' : `train-${words[i % words.length]}-${i}`)

/** Copies of the job `from`, numbered; the server is away meanwhile. */
export async function multiply(server, { from, first, last }) {
  await server.run('down')
  const { DatabaseSync } = createRequire(join(root, 'packages/store/package.json'))('@photostructure/sqlite')
  const db = new DatabaseSync(join(server.home, 'laz.db'))
  try {
    db.exec('BEGIN')
    write(db, { from, first, last })
    db.exec('COMMIT')
  } finally {
    db.close()
  }
  await server.run('up')
}

function write(db, { from, first, last }) {
  const row = db.prepare("SELECT * FROM resources WHERE kind = 'job' AND name = ?").get(from)
  const run = db.prepare('SELECT * FROM runs WHERE run_id = ?').get(from)
  const of = (table) => db.prepare(`SELECT * FROM ${table} WHERE rid = ?`).all(run.rid)
  const facts = [
    ...of('run_params').map((one) => ['run_params', one]),
    ...of('run_tags').map((one) => ['run_tags', one]),
  ]
  const series = of('series')
  const tails = series.map(({ sid }) => db.prepare('SELECT * FROM tail WHERE sid = ?').all(sid))
  const put = inserter(db)
  const props = JSON.parse(row.props)
  for (let i = first; i <= last; i++) {
    const at = new Date(Date.parse(row.created_at) - (last - i) * 1000).toISOString()
    const { id, ...more } = row
    const text = JSON.stringify({ ...props, displayName: titleOf(i) })
    put('resources', {
      ...more,
      name: nameOf(i),
      props: text,
      state: states[i % states.length],
      created_at: at,
      modified_at: at,
    })
    const rid = put('runs', { ...run, rid: undefined, run_id: nameOf(i), name: titleOf(i) })
    for (const [table, fact] of facts) put(table, { ...fact, rid })
    series.forEach((one, at) => {
      const value = Math.exp(-(i % 97) / 40)
      const sid = put('series', { ...one, sid: undefined, rid, value, min: value, max: value })
      for (const point of tails[at]) put('tail', { ...point, sid, value })
    })
  }
}

/** Writes one row, and answers its number; what is undefined numbers itself. */
function inserter(db) {
  const known = new Map()
  return (table, row) => {
    const entries = Object.entries(row).filter(([, value]) => value !== undefined)
    let statement = known.get(table)
    if (!statement) {
      const names = entries.map(([name]) => name).join(', ')
      statement = db.prepare(`INSERT INTO ${table} (${names}) VALUES (${entries.map(() => '?').join(', ')})`)
      known.set(table, statement)
    }
    return statement.run(...entries.map(([, value]) => value)).lastInsertRowid
  }
}
