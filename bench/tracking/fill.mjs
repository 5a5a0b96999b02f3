// The same runs in both: written through our store while no server has it, and into the tables of the other.

export const scope = '00000000-0000-0000-0000-000000000001/lazurite/main'
export const began = 1_760_000_000_000

/** Ten metrics, ten params, five tags; the same for a number, whoever asks. */
export const idOf = (i) => i.toString(16).padStart(32, '0')
const metricOf = (i, k) => ((Math.imul(i + 1, 2654435761 + k * 40503) >>> 0) / 2 ** 32) * (k + 1)

export function factsOf(i) {
  return {
    params: Object.fromEntries(Array.from({ length: 10 }, (_, k) => [`param_${k}`, `value ${(i * (k + 3)) % 97}`])),
    metrics: Array.from({ length: 10 }, (_, k) => ({ key: `metric_${k}`, value: metricOf(i, k), step: 0, timestamp: began + i * 1000 + k })), // biome-ignore format: one line
    tags: Object.fromEntries(Array.from({ length: 5 }, (_, k) => [`tag_${k}`, `word ${(i * (k + 7)) % 31}`])),
  }
}

/** Runs `from` to `to` of an experiment, ended. */
export async function fillOurs(store, { experiment, from, to }) {
  const one = async (i) => {
    const { params, metrics, tags } = factsOf(i)
    const runId = idOf(i)
    const startTime = began + i * 1000
    await store.runs.create(scope, { runId, experimentId: experiment, name: `run-${i}`, user: 'bench', startTime, tags, params }) // biome-ignore format: one line
    await store.series.append(scope, runId, metrics)
    await store.runs.update(scope, runId, { status: 'FINISHED', endTime: startTime + 500 })
  }
  for (let at = from; at < to; at += 64) {
    await Promise.all(Array.from({ length: Math.min(64, to - at) }, (_, k) => one(at + k)))
  }
}

/** The program that writes the same into MLflow's tables, of SQLite or PostgreSQL: `place experiment from to`. */
export const theirFill = `import ctypes, sqlite3, sys
place, experiment, first, end = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
began = ${began}
if place.startswith("postgresql:"):
    import psycopg2, psycopg2.extras
    db = psycopg2.connect(place)
    cursor = db.cursor()
    def ask(text, values=()):
        cursor.execute(text.replace("?", "%s"), values)
        return cursor.fetchall()
    def columns(table):
        return [row[0] for row in ask("SELECT column_name FROM information_schema.columns WHERE table_name = ?", (table,))]
    def write(table, names, rows):
        psycopg2.extras.execute_values(cursor, f"INSERT INTO {table} ({', '.join(names)}) VALUES %s",
            [[row[n] for n in names] for row in rows], page_size=1000)
else:
    db = sqlite3.connect(place)
    def ask(text, values=()):
        return db.execute(text, values).fetchall()
    def columns(table):
        return [row[1] for row in ask(f"PRAGMA table_info({table})")]
    def write(table, names, rows):
        db.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(':' + n for n in names)})", rows)
root = ask("SELECT artifact_location FROM experiments WHERE experiment_id = ?", (experiment,))[0][0]
def metric(i, k):
    return (((i + 1) * (2654435761 + k * 40503)) % 2**32) / 2**32 * (k + 1)
def put(table, rows):
    write(table, [name for name in columns(table) if name in rows[0]], rows)
for at in range(first, end, 2000):
    some = range(at, min(end, at + 2000))
    put("runs", [dict(run_uuid=f"{i:032x}", name=f"run-{i}", source_type="UNKNOWN", source_name="", entry_point_name="",
        user_id="bench", status="FINISHED", start_time=began + i * 1000, end_time=began + i * 1000 + 500,
        source_version="", lifecycle_stage="active", artifact_uri=f"{root}/{i:032x}/artifacts",
        experiment_id=experiment) for i in some])
    put("params", [dict(run_uuid=f"{i:032x}", key=f"param_{k}", value=f"value {i * (k + 3) % 97}") for i in some for k in range(10)])
    put("tags", [dict(run_uuid=f"{i:032x}", key=f"tag_{k}", value=f"word {i * (k + 7) % 31}") for i in some for k in range(5)]
        + [dict(run_uuid=f"{i:032x}", key="mlflow.runName", value=f"run-{i}") for i in some])
    points = [dict(run_uuid=f"{i:032x}", key=f"metric_{k}", value=metric(i, k), timestamp=began + i * 1000 + k, step=0,
        is_nan=False) for i in some for k in range(10)]
    put("metrics", points)
    put("latest_metrics", points)
db.commit()
if place.startswith("postgresql:"):
    db.autocommit = True
    cursor.execute("VACUUM ANALYZE")
`
