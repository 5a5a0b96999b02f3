/**
 * Assets that nobody ever named: the code, components and environments that a client made of a file's inline parts, and
 * outputs that a job did not register. They go with the last thing that uses them.
 */
import type { Key, Row, Store } from '@lazurite/store'
import { assetsNamed, keyText, textsOf } from './texts.ts'

/** Containers of inline assets; their versions are hashes. */
const shared = new Set(['CliV2AnonymousEnvironment', 'CliV2AnonymousModel', 'azureml_anonymous'])
const madeUp = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12,}$/i

function isAnonymous({ kind, name, props, version }: Row): boolean {
  if (version === '') return false
  return props.isAnonymous === true || shared.has(name) || (kind === 'code' && madeUp.test(name))
}

/** The text by which everything that uses it is found. */
function tokenOf({ name, version }: Row): string {
  return shared.has(name) ? version : name
}

/** `chosen`, and the anonymous assets that only `leaving` and what goes with it use. */
export async function addOrphans(store: Store, leaving: readonly Row[], chosen: readonly Row[]): Promise<Row[]> {
  const gone = new Map<string, Row>(leaving.map((row) => [keyText(row), row]))
  const added: Row[] = [...chosen]
  const candidates = new Map<string, Row>()
  const known = new Set<string>()
  for (let from: readonly Row[] = leaving; from.length > 0; ) {
    for (const key of [...from.flatMap(assetsNamed), ...(await writtenBy(store, from))])
      await consider(store, key, { candidates, known })
    const open = [...candidates.values()].filter((row) => !gone.has(keyText(row)))
    if (open.length === 0) break
    const namers = await store.erasing.naming([...new Set(open.map(tokenOf))])
    const staying = namers.filter((namer) => !gone.has(keyText(namer))).map(readNamer)
    const free = open.filter((row) => !staying.some((namer) => uses(namer, row)))
    for (const row of free) gone.set(keyText(row), row)
    added.push(...free)
    from = free
  }
  return [...added, ...(await emptied(store, added, gone))]
}

/** Containers that were made for one version, and have none any more. */
async function emptied(store: Store, added: readonly Row[], gone: ReadonlyMap<string, Row>): Promise<Row[]> {
  const found = new Map<string, Row>()
  for (const { scope, kind, name, ...row } of added) {
    if (shared.has(name) || !isAnonymous({ scope, kind, name, ...row })) continue
    const { rows } = await store.resources.list({ scope, kind, name, versions: true, archived: 'all' })
    const container = await store.resources.get({ scope, kind, name })
    if (container && rows.every((each) => gone.has(keyText(each)))) found.set(keyText(container), container)
  }
  return [...found.values()]
}

/** Assets whose rows the jobs wrote. */
async function writtenBy(store: Store, rows: readonly Row[]): Promise<Key[]> {
  const keys: Key[] = []
  for (const { kind, scope, name } of rows) {
    if (kind !== 'job') continue
    const uses = await store.lineage.ofJob(scope, name)
    keys.push(...uses.filter(({ direction }) => direction === 'written').map(({ asset }) => asset))
  }
  return keys
}

async function consider(
  store: Store,
  key: Key,
  { candidates, known }: { candidates: Map<string, Row>; known: Set<string> },
): Promise<void> {
  const text = keyText(key)
  if (known.has(text)) return
  known.add(text)
  const row = await store.resources.get(key)
  if (row && isAnonymous(row)) candidates.set(text, row)
}

interface Namer {
  row: Row
  /** All its texts. */
  text: string
}

function readNamer(row: Row): Namer {
  return { row, text: [...textsOf(row.props, textsOf(row.status))].join('\n') }
}

function uses({ row, text }: Namer, asset: Row): boolean {
  if (row.id === asset.id) return false
  const isContainer = row.kind === asset.kind && row.name === asset.name && row.version === ''
  return !isContainer && text.includes(tokenOf(asset))
}
