/** Registered models and their versions, over the workspace's model assets. */
import { carryOut, planErasure, usersOf } from '@lazurite/engine'
import { asArray, asObject, asString, fail, isLazError, type JsonObject, kindByName } from '@lazurite/spec'
import {
  compare,
  matches,
  modelVersionGrammar,
  parseFilter,
  parseOrder,
  type Row,
  registeredModelGrammar,
  type Sort,
} from '@lazurite/store'
import { refuse, wordsOf } from './args.ts'
import { type Call, compact, type Handler, workspaceOfCall } from './call.ts'
import { pageOf } from './experiments.ts'
import { parseLoosely } from './loose-json.ts'
import { checkModelName, checkRegistryTags } from './names.ts'
import {
  aliasesOf,
  changeRow,
  fields,
  isPrompt,
  kind,
  latestOf,
  modelLookup,
  modelWire,
  needModel,
  needVersion,
  putVersion,
  shownVersions,
  stageOf,
  versionLookup,
  versionsOf,
  versionWire,
  withAlias,
  withTag,
} from './registry-rows.ts'
import { farUri, settleSource } from './registry-source.ts'
import { assertOwner } from './rights.ts'
import { inTurn } from './turn.ts'
import { tellWebhooks } from './webhook-sender.ts'

const registeredTag = 'mlflow.modelVersions'
const stages = ['None', 'Staging', 'Production', 'Archived']

/** What is missing is told in the order MLflow tells it. */
function needNames(call: Call): void {
  call.args.needText('name')
  call.args.needText('version')
}

/** A version the caller may change: the owner any, a run those it registered itself. */
async function writableVersion(call: Call): Promise<Row> {
  const row = await needVersion(call, call.args.needText('name'), call.args.needText('version'))
  if (call.caller.kind !== 'owner' && row.createdBy !== call.caller.name)
    fail('Forbidden', { what: `model ${row.name}:${row.version}` })
  return row
}

export const createModel: Handler = async (call) => {
  const name = call.args.needText('name')
  checkModelName(name)
  const tags = checkRegistryTags(wordsOf(call.args.items('tags')))
  if (isPrompt(tags)) refusePrompts()
  const props: JsonObject = { description: call.args.text('description') ?? '', tags, properties: {} }
  try {
    const { row } = await call.store.resources.put({
      key: { scope: call.scope, kind, name },
      props,
      by: call.caller.name,
      ifNoneMatch: '*',
    })
    return { registered_model: modelWire(row, []) }
  } catch (error) {
    if (isLazError(error) && error.code === 'PreconditionFailed') fail('RegisteredModelExists', { name })
    throw error
  }
}

function refusePrompts(): never {
  fail('NotSupported', {
    what: 'The prompt registry',
    why: 'models here are assets with files',
    instead: 'Keep prompts as data assets.',
  })
}

export const getModel: Handler = async (call) => {
  const model = await needModel(call, call.args.needText('name'))
  return { registered_model: modelWire(model, await versionsOf(call, model.name)) }
}

export const updateModel: Handler = async (call) => {
  assertOwner(call, 'changes of registered models')
  const name = call.args.needText('name')
  const description = call.args.text('description') ?? ''
  const row = await changeRow(
    call,
    () => needModel(call, name),
    (props) => ({ ...props, description }),
  )
  return { registered_model: modelWire(row, await versionsOf(call, name)) }
}

export const renameModel: Handler = async (call) => {
  assertOwner(call, 'changes of registered models')
  const model = await needModel(call, call.args.needText('name'))
  const name = checkModelName(call.args.needText('new_name'))
  const table = kindByName(kind)
  const users = table && (await usersOf(call.store, table, model))
  if (users) fail('ResourceInUse', { kind, name: model.name, by: users.by, instead: users.instead })
  const key = { scope: call.scope, kind, name: model.name }
  if (name !== model.name && !(await call.store.resources.rename(key, name, call.caller.name)))
    fail('RegisteredModelExists', { name })
  return { registered_model: modelWire(await needModel(call, name), await versionsOf(call, name)) }
}

export const deleteModel: Handler = async (call) => {
  assertOwner(call, 'the deletion of registered models')
  await erase(call, await needModel(call, call.args.needText('name')))
  return undefined
}

export const searchModels: Handler = async (call) => {
  const clauses = parseFilter(call.args.text('filter'), registeredModelGrammar)
  const sorts = parseOrder(call.args.texts('order_by'), registeredModelGrammar)
  const max = call.args.maxResults({ most: 1000, standard: 100 })
  const versions = groupByName(await versionsOf(call))
  const { rows } = await call.store.resources.list({ scope: call.scope, kind })
  const known = rows.filter((row) => row.props.isAnonymous !== true && matches(clauses, modelLookup(row)))
  const named: Sort = { entity: 'attribute', key: 'name', ascending: true }
  const look = (row: Row) => modelLookup(row, versions.get(row.name))
  const sorted = known.sort((a, b) => compare([...sorts, named], look(a), look(b)))
  const { page, next } = pageOf(sorted, { max, after: call.args.pageToken().token, idOf: (row) => row.name })
  return compact({
    registered_models: page.map((row) => modelWire(row, versions.get(row.name) ?? [])),
    next_page_token: next,
  })
}

function groupByName(rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const known = groups.get(row.name)
    if (known) known.push(row)
    else groups.set(row.name, [row])
  }
  return groups
}

export const getLatestVersions: Handler = async (call) => {
  const asked = call.args.texts('stages').map(readStage)
  const model = await needModel(call, call.args.needText('name'))
  const latest = latestOf(await versionsOf(call, model.name), asked)
  return compact({ model_versions: latest.map((row) => versionWire(row, model)) })
}

function readStage(stage: string): string {
  const found = stages.find((s) => s.toLowerCase() === stage.toLowerCase())
  return (
    found ?? refuse(`Invalid Model Version stage: ${stage.slice(0, 100)}. Value must be one of ${stages.join(', ')}.`)
  )
}

export const setModelTag: Handler = (call) => tagModel(call, call.args.text('value') ?? '')
export const deleteModelTag: Handler = (call) => tagModel(call, undefined)

async function tagModel(call: Call, value: string | undefined): Promise<undefined> {
  const [name, key] = [call.args.needText('name'), call.args.needText('key')]
  const model = await needModel(call, name)
  if (model.createdBy !== call.caller.name) assertOwner(call, `registered model ${name}`)
  checkRegistryTags({ [key]: value ?? '' })
  await changeRow(
    call,
    () => needModel(call, name),
    (props) => withTag(props, key, value),
  )
  return undefined
}

export const createVersion: Handler = async (call) => {
  const name = call.args.needText('name')
  call.args.needText('source')
  const model = await needModel(call, name)
  const tags = checkRegistryTags(wordsOf(call.args.items('tags')))
  if (isPrompt(tags)) refusePrompts()
  const props: JsonObject = {
    description: call.args.text('description') ?? '',
    tags,
    ...(await settleSource(call)),
  }
  const row = await inTurn(call, `versions of ${model.name}`, () => putVersion(call, model.name, props))
  await tellModel(call, row)
  return { model_version: versionWire(row, model) }
}

/** A logged model says in a tag what it was registered as. */
async function tellModel(call: Call, row: Row): Promise<void> {
  const modelId = asString(asObject(row.props.properties)[fields.modelId])
  if (modelId === undefined) return
  const { models } = call.store.runs
  await inTurn(call, modelId, async () => {
    const model = await models.get(call.scope, modelId)
    if (!model) return
    const known = asArray(parseLoosely(model.tags[registeredTag] ?? '[]'))
    const version = /^\d+$/.test(row.version) ? Number(row.version) : row.version
    const all = [...known.map(asObject), { name: row.name, version }]
    await models.setTags(call.scope, modelId, { [registeredTag]: `[${all.map(spaced).join(', ')}]` })
  })
}

/** As Python prints it: clients compare the text. */
function spaced(one: JsonObject): string {
  return `{${Object.entries(one)
    .map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`)
    .join(', ')}}`
}

export const getVersion: Handler = async (call) => {
  const row = await needVersion(call, call.args.needText('name'), call.args.needText('version'))
  return { model_version: versionWire(row, await needModel(call, row.name)) }
}

export const updateVersion: Handler = async (call) => {
  const { name, version } = await writableVersion(call)
  const description = call.args.text('description') ?? ''
  const row = await changeRow(
    call,
    () => needVersion(call, name, version),
    (props) => ({ ...props, description }),
  )
  return { model_version: versionWire(row, await needModel(call, name)) }
}

export const deleteVersion: Handler = async (call) => {
  assertOwner(call, 'the deletion of models')
  const row = await needVersion(call, call.args.needText('name'), call.args.needText('version'))
  const gone = aliasesOf(await needModel(call, row.name)).filter(([, version]) => version === row.version)
  for (const [alias] of gone)
    await changeRow(
      call,
      () => needModel(call, row.name),
      (props) => withAlias(props, alias, undefined),
    )
  await erase(call, row)
  await touch(call, row.name)
  return undefined
}

/** With the bytes that nothing else names: those of a run stay with the run. */
async function erase(call: Call, row: Row): Promise<void> {
  await carryOut(call.store, await planErasure(call.store, await workspaceOfCall(call), { assets: [row] }))
}

export const transitionStage: Handler = async (call) => {
  assertOwner(call, 'the stages of models')
  const [name, version] = [call.args.needText('name'), call.args.needText('version')]
  const stage = readStage(call.args.needText('stage'))
  const row = await needVersion(call, name, version)
  const archive = call.args.flag('archive_existing_versions') ?? false
  if (archive && stage !== 'Staging' && stage !== 'Production') {
    refuse(
      `Model version transition cannot archive existing model versions because '${stage}' is not an Active stage. Valid stages are Staging, Production.`,
    )
  }
  const others = archive
    ? (await versionsOf(call, row.name)).filter((v) => v.version !== row.version && stageOf(v) === stage)
    : []
  for (const other of others) {
    await changeRow(
      call,
      () => needVersion(call, other.name, other.version),
      (props) => ({ ...props, stage: 'Archived' }),
    )
  }
  const moved = await changeRow(
    call,
    () => needVersion(call, row.name, row.version),
    (props) => ({ ...props, stage }),
  )
  return { model_version: versionWire(moved, await touch(call, row.name)) }
}

/** Notes that something of a model changed. */
function touch(call: Call, name: string): Promise<Row> {
  return changeRow(
    call,
    () => needModel(call, name),
    (props) => props,
  )
}

export const searchVersions: Handler = async (call) => {
  const clauses = parseFilter(call.args.text('filter'), modelVersionGrammar)
  const sorts = parseOrder(call.args.texts('order_by'), modelVersionGrammar)
  const max = call.args.maxResults({ most: 200_000, standard: 200_000 })
  const by = (key: string, ascending: boolean): Sort => ({ entity: 'attribute', key, ascending })
  const asked = new Set(sorts.map((sort) => sort.key))
  const newest = sorts.length === 0 ? [by('last_updated_timestamp', false)] : []
  const ties = [...newest, by('name', true), by('version_number', false)].filter((tie) => !asked.has(tie.key))
  const found = (await shownVersions(call)).filter((row) => matches(clauses, versionLookup(row)))
  const sorted = found.sort((a, b) => compare([...sorts, ...ties], versionLookup(a), versionLookup(b)))
  const idOf = (row: Row) => `${row.name}/${row.version}`
  const { page, next } = pageOf(sorted, { max, after: call.args.pageToken().token, idOf })
  return compact({ model_versions: page.map((row) => versionWire(row)), next_page_token: next })
}

export const getDownloadUri: Handler = async (call) => {
  const row = await needVersion(call, call.args.needText('name'), call.args.needText('version'))
  const uri = asString(row.props.modelUri) ?? ''
  return { artifact_uri: farUri(uri) ?? `mlflow-artifacts:/models/${row.name}/${row.version}` }
}

export const setVersionTag: Handler = async (call) => {
  needNames(call)
  const [key, value] = [call.args.needText('key'), call.args.text('value') ?? '']
  checkRegistryTags({ [key]: value })
  const { name, version } = await writableVersion(call)
  await changeRow(
    call,
    () => needVersion(call, name, version),
    (props) => withTag(props, key, value),
  )
  await tellWebhooks(call, 'MODEL_VERSION_TAG.SET', { name, version, key, value })
  return undefined
}

export const deleteVersionTag: Handler = async (call) => {
  needNames(call)
  const key = call.args.needText('key')
  const { name, version } = await writableVersion(call)
  await changeRow(
    call,
    () => needVersion(call, name, version),
    (props) => withTag(props, key, undefined),
  )
  await tellWebhooks(call, 'MODEL_VERSION_TAG.DELETED', { name, version, key })
  return undefined
}

/** An alias may be given by whoever made the version it will point at. */
export const setAlias: Handler = async (call) => {
  call.args.needText('name')
  const alias = call.args.needText('alias')
  const shown = alias.slice(0, 100)
  if (alias.length > 255 || !/^[\w-]*$/.test(alias))
    refuse(
      `Invalid alias name: '${shown}'. Names may only contain alphanumerics, underscores (_) and dashes (-), at most 255 of them.`,
    )
  if (/^latest$/i.test(alias)) refuse("'latest' alias name (case insensitive) is reserved.")
  if (/^v\d+$/i.test(alias)) refuse(`Version alias name '${shown}' is reserved.`)
  const { name, version } = await writableVersion(call)
  await changeRow(
    call,
    () => needModel(call, name),
    (props) => withAlias(props, alias, version),
  )
  await tellWebhooks(call, 'MODEL_VERSION_ALIAS.CREATED', { name, alias, version })
  return undefined
}

export const deleteAlias: Handler = async (call) => {
  assertOwner(call, 'the deletion of aliases')
  const [name, alias] = [call.args.needText('name'), call.args.needText('alias')]
  await changeRow(
    call,
    () => needModel(call, name),
    (props) => withAlias(props, alias, undefined),
  )
  await tellWebhooks(call, 'MODEL_VERSION_ALIAS.DELETED', { name, alias })
  return undefined
}

export const getByAlias: Handler = async (call) => {
  const model = await needModel(call, call.args.needText('name'))
  const alias = call.args.needText('alias')
  const version = /^latest$/i.test(alias)
    ? (await versionsOf(call, model.name)).at(-1)?.version
    : aliasesOf(model).find(([name]) => name === alias)?.[1]
  if (version === undefined) refuse(`Registered model alias ${alias.slice(0, 255)} not found.`)
  return { model_version: versionWire(await needVersion(call, model.name, version), model) }
}
