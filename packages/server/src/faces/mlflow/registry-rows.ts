/**
 * The model registry is the workspace's model assets: a registered model is the container row, its versions are the
 * version rows, tags and description are theirs. Only what ARM has no word for (the run behind a version, the
 * source as it was given) is kept beside them.
 */
import { asObject, asString, fail, isLazError, type JsonObject } from '@lazurite/spec'
import type { Key, Lookup, Row, Use } from '@lazurite/store'
import { type Call, compact, pairs } from './call.ts'
import { inTurn } from './turn.ts'

export const kind = 'model'
const tries = 8

/** Text values of a mapping; other values are shown as JSON. */
function wordsIn(value: unknown): Record<string, string> {
  const entries = Object.entries(asObject(value)).map(([key, v]) => [
    key,
    typeof v === 'string' ? v : JSON.stringify(v),
  ])
  return Object.fromEntries(entries)
}

/** The row of a registered model. Raises ResourceNotFound in MLflow's words. */
export async function needModel(call: Call, name: string): Promise<Row> {
  const row = await call.store.resources.get({ scope: call.scope, kind, name })
  return row ?? fail('RegisteredModelNotFound', { name })
}

export async function needVersion(call: Call, name: string, version: string): Promise<Row> {
  if (!/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,254}$/.test(version))
    fail('BadArgument', { what: `Parameter 'version' must be an integer, got '${version.slice(0, 100)}'.` })
  const row = await call.store.resources.get({ scope: call.scope, kind, name, version })
  if (row) return row
  if (!/^\d+$/.test(version)) fail('BadArgument', { what: `Parameter 'version' must be an integer, got '${version}'.` })
  return fail('ModelVersionNotFound', { name, version })
}

/** Changes the properties of a row, again when somebody at another door was faster. */
export async function changeRow(
  call: Call,
  find: () => Promise<Row>,
  change: (props: JsonObject) => JsonObject,
): Promise<Row> {
  const { scope, kind: of, name, version } = await find()
  const key = { scope, kind: of, name, version }
  return inTurn(call, `${of} ${name} ${version}`, async () => {
    for (let left = tries; ; left -= 1) {
      const row = await find()
      try {
        const put = { key, props: change(row.props), by: call.caller.name, ifMatch: row.etag }
        return (await call.store.resources.put(put)).row
      } catch (error) {
        if (!isLazError(error) || error.code !== 'PreconditionFailed' || left === 0) throw error
      }
    }
  })
}

/** Writes a version under the next free number, again when somebody at another door was faster. */
export async function putVersion(call: Call, name: string, props: JsonObject): Promise<Row> {
  const { resources } = call.store
  for (let left = tries; ; left -= 1) {
    const key = { scope: call.scope, kind, name, version: await resources.nextVersion(call.scope, kind, name) }
    try {
      const uses = usesOf(call.scope, key, asString(props.jobName))
      return (await resources.put({ key, props, by: call.caller.name, ifNoneMatch: '*', uses })).row
    } catch (error) {
      if (!isLazError(error) || error.code !== 'PreconditionFailed' || left === 0) throw error
    }
  }
}

/** A version made of what a run logged is something that the run wrote. */
function usesOf(scope: string, key: Required<Key>, run: string | undefined): Use[] {
  return run === undefined ? [] : [{ asset: key, job: { scope, name: run }, direction: 'written', as: 'artifacts' }]
}

/** Sets and removes tags. */
export function withTag(props: JsonObject, key: string, value: string | undefined): JsonObject {
  const rest = Object.entries(asObject(props.tags)).filter(([name]) => name !== key)
  return { ...props, tags: Object.fromEntries(value === undefined ? rest : [...rest, [key, value]]) }
}

/** An alias of a model is what Azure ML calls a label of it: one word, in both worlds. */
export function withAlias(props: JsonObject, alias: string, version: string | undefined): JsonObject {
  const rest = Object.entries(asObject(props.labels)).filter(([name]) => name !== alias)
  return { ...props, labels: Object.fromEntries(version === undefined ? rest : [...rest, [alias, version]]) }
}

export function aliasesOf(model: Row): [string, string][] {
  return Object.entries(wordsIn(model.props.labels))
}

/** All versions of one model or of all, oldest first; those of anonymous models are no part of the registry. */
export async function versionsOf(call: Call, name?: string): Promise<Row[]> {
  const { rows } = await call.store.resources.list({
    scope: call.scope,
    kind,
    versions: true,
    ...(name === undefined ? {} : { name }),
  })
  return rows.filter((row) => row.props.isAnonymous !== true)
}

/** As `versionsOf` of all models; an archived model hides its versions, whatever they are themselves. */
export async function shownVersions(call: Call): Promise<Row[]> {
  const { rows } = await call.store.resources.list({ scope: call.scope, kind, archived: 'archived' })
  const hidden = new Set(rows.map(({ name }) => name))
  return (await versionsOf(call)).filter(({ name }) => !hidden.has(name))
}

const ms = (iso: string) => Date.parse(iso)

export function modelWire(
  model: Row,
  versions: readonly Row[],
  o: { aliases: boolean } = { aliases: true },
): JsonObject {
  return compact({
    name: model.name,
    creation_timestamp: ms(model.createdAt),
    last_updated_timestamp: changedAt(model, versions),
    user_id: model.createdBy,
    description: asString(model.props.description) ?? '',
    latest_versions: latestOf(versions).map((v) => versionWire(v)),
    tags: pairs(wordsIn(model.props.tags)),
    aliases: o.aliases ? aliasesOf(model).map(([alias, version]) => ({ alias, version })) : undefined,
  })
}

/** The newest version of each stage. */
export function latestOf(versions: readonly Row[], stages: readonly string[] = []): Row[] {
  const wanted = new Set(stages.map((s) => s.toLowerCase()))
  const byStage = new Map<string, Row>()
  for (const row of versions) byStage.set(stageOf(row), row)
  return [...byStage].filter(([stage]) => wanted.size === 0 || wanted.has(stage.toLowerCase())).map(([, row]) => row)
}

export function stageOf(row: Row): string {
  return asString(row.props.stage) ?? 'None'
}

/** With the container given, the aliases of the version are shown. */
export function versionWire(row: Row, model?: Row): JsonObject {
  const own = asObject(row.props.properties)
  return compact({
    name: row.name,
    version: row.version,
    creation_timestamp: ms(row.createdAt),
    last_updated_timestamp: ms(row.modifiedAt),
    user_id: row.createdBy,
    current_stage: stageOf(row),
    description: asString(row.props.description) ?? '',
    source: sourceOf(row),
    run_id: runOf(row),
    status: 'READY',
    tags: pairs(wordsIn(row.props.tags)),
    run_link: asString(own[fields.runLink]),
    aliases: model
      ? aliasesOf(model)
          .filter(([, v]) => v === row.version)
          .map(([alias]) => alias)
      : undefined,
    model_id: asString(own[fields.modelId]),
  })
}

/** Keys inside a version's `properties` that only this face writes. */
export const fields = { source: 'mlflow.source', modelId: 'mlflow.modelId', runLink: 'mlflow.runLink' } as const

function sourceOf(row: Row): string {
  return asString(asObject(row.props.properties)[fields.source]) ?? asString(row.props.modelUri) ?? ''
}

function runOf(row: Row): string | undefined {
  return asString(row.props.jobName)
}

const promptTag = 'mlflow.prompt.is_prompt'

export function modelLookup(row: Row, versions: readonly Row[] = []): Lookup {
  return lookup(row, new Map<string, string | number | undefined>([['name', row.name]]), changedAt(row, versions))
}

/** A new version is a change of the model. So are a stage and a deletion, which write the model's own row. */
function changedAt(model: Row, versions: readonly Row[]): number {
  return versions.reduce((latest, version) => Math.max(latest, ms(version.createdAt)), ms(model.modifiedAt))
}

export function versionLookup(row: Row): Lookup {
  const number = /^\d+$/.test(row.version) ? Number(row.version) : undefined
  return lookup(
    row,
    new Map<string, string | number | undefined>([
      ['name', row.name],
      ['version_number', number],
      ['run_id', runOf(row) ?? ''],
      ['source_path', sourceOf(row)],
    ]),
  )
}

function lookup(row: Row, attributes: Map<string, string | number | undefined>, changed = ms(row.modifiedAt)): Lookup {
  const tags = wordsIn(row.props.tags)
  attributes.set('creation_timestamp', ms(row.createdAt))
  attributes.set('last_updated_timestamp', changed)
  return (entity, key) => {
    if (entity === 'attribute') return attributes.get(key)
    if (Object.hasOwn(tags, key)) return tags[key]
    // clients ask for "is no prompt" of models that never heard of prompts
    return key === promptTag ? 'false' : undefined
  }
}

export function isPrompt(tags: Record<string, string>): boolean {
  return Object.hasOwn(tags, promptTag) && tags[promptTag] === 'true'
}
