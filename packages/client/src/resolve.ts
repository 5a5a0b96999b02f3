// From a document to what the wire carries: files are followed, folders uploaded, inline environments and components
// registered, @latest made a version. The conversion itself knows none of this: it is run again and again, each time
// answering what it asked the time before, until it asks nothing more. What is not known yet is answered with a
// placeholder, so that nothing is registered while a part of it is still open.
import {
  armId,
  asArray,
  asObject,
  asString,
  at,
  errorsOf,
  fail,
  type Issue,
  type Json,
  type JsonObject,
  type Kind,
  kindByName,
  LazError,
  type Path,
  parseRef,
  stableStringify,
  toWire,
  type UploadPurpose,
  type YamlContext,
} from '@lazurite/spec'
import { utf8 } from './bytes.ts'
import { envelopeOf } from './document.ts'
import { type FolderFile, type Include, readFileParts } from './folder.ts'
import type { Lazurite } from './lazurite.ts'
import type { UploadPlan } from './upload.ts'
import { codeOfIncludes, fileHooks, type Owner, onlyIncludes, placed, refuse, type Source } from './yaml-file.ts'

/** What a document is on the wire. */
export interface Resolved {
  properties: JsonObject
  /** What stands beside the properties: location, tags, identity, sku, kind. */
  beside: JsonObject
  warnings: Issue[]
}

/** Told of uploads as they go; `what` is the path as people would name it. */
export type UploadProgress = (what: string, sentBytes: number, totalBytes: number) => void

/** What resolving tells on its way. */
export interface Resolving {
  progress?: UploadProgress | undefined
  /** Told what an upload is going to send, before it does. */
  planned?: ((what: string, plan: UploadPlan) => void) | undefined
  /** Nothing is sent or registered: what would be is put into this list, under the ids it is referred to by. */
  dry?: JsonObject[] | undefined
  /** Raises what is wrong with the document; by default a ValidationFailed that says the first problem. */
  refuse?: ((kind: Kind, issues: readonly Issue[]) => void) | undefined
}

const mostRounds = 20
const pending = '\u0000pending:'

/** The wire properties of a document, with everything it refers to in place on the server. Raises ValidationFailed. */
export async function resolveDocument(
  client: Lazurite,
  kind: Kind,
  source: Source,
  how: Resolving = {},
): Promise<Resolved> {
  const resolving = new Walk(client, kind, source, { refuse, ...how })
  for (let round = 0; round < mostRounds; round++) {
    const { properties, beside, issues } = resolving.walk()
    const found = placed(client.platform.files, issues, source)
    resolving.refuse(kind, found)
    const warnings = found.filter((issue) => errorsOf([issue]).length === 0)
    if (!resolving.wants()) return { properties, beside: envelopeOf(beside), warnings }
    await resolving.fetch()
  }
  return fail('BadArgument', { what: 'The document refers to files that refer to each other without end.' })
}

type Work = () => Promise<string | undefined>

interface Asked {
  path: string
  where: Path
  purpose: UploadPurpose
  datastore: string | undefined
  owner: Owner
}

/** One document being resolved. Lives as long as its command. */
class Walk {
  readonly #client: Lazurite
  readonly #kind: Kind
  readonly #source: Source
  readonly #progress: UploadProgress | undefined
  readonly #planned: Resolving['planned']
  readonly #dry: JsonObject[] | undefined
  readonly refuse: NonNullable<Resolving['refuse']>
  readonly #answers = new Map<string, string | undefined>()
  #wanted = new Map<string, Work>()

  constructor(client: Lazurite, kind: Kind, source: Source, how: Resolving) {
    this.#client = client
    this.#kind = kind
    this.#source = source
    this.#progress = how.progress
    this.#planned = how.planned
    this.#dry = how.dry
    this.refuse = how.refuse ?? refuse
  }

  walk(): { properties: JsonObject; beside: JsonObject; issues: Issue[] } {
    this.#wanted = new Map()
    const yaml = codeOfIncludes(this.#source.yaml)
    const doc = { ...this.#source.doc, value: yaml }
    const files = fileHooks(this.#client.platform.files, this.#source)
    const beside: JsonObject = {}
    const context: YamlContext = {
      ...files.hooks,
      issues: files.issues,
      beside,
      numberText: (path) => doc.numberText(path),
      isDate: (path) => doc.isDate(path),
      ref: (of, text) => this.#ref(of, text),
      upload: (path, where, purpose, datastore) => {
        const owner = files.owner(path, where) ?? { doc, folder: this.#source.base }
        return this.#upload({ path, where, purpose, datastore, owner })
      },
      register: (of, props) => this.#register(of, props),
    }
    return { properties: toWire(this.#kind.name, yaml, context), beside, issues: files.issues }
  }

  wants(): boolean {
    return this.#wanted.size > 0
  }

  /** Does what the last walk asked for, all at once. */
  async fetch(): Promise<void> {
    const work = [...this.#wanted].map(async ([key, act]) => this.#answers.set(key, await act()))
    await Promise.all(work)
  }

  #answer(key: string, work: Work): string | undefined {
    if (this.#answers.has(key)) return this.#answers.get(key)
    this.#wanted.set(key, work)
    return `${pending}${key}`
  }

  /** A version is an id at once; a label or a bare name of a versioned kind asks the server for the newest. */
  #ref(of: string, text: string): string | undefined {
    const kind = kindByName(of)
    const ref = kind && !text.startsWith('azureml://') ? parseRef(text, kind.collection) : undefined
    if (!kind || !ref || ref.registry !== undefined) return undefined
    const workspace = ref.workspace ?? this.#client.workspace
    if (kind.shape !== 'versioned') return armId(workspace, kind.collection, ref.name)
    if (ref.version !== undefined) return armId(workspace, kind.collection, ref.name, ref.version)
    return this.#answer(`ref ${of} ${text}`, async () => {
      try {
        return (await this.#client.in(workspace).of(of).latest(ref.name, ref.label)).id
      } catch (error) {
        // a curated name is no row of ours: the server knows it, or says that it does not
        if (error instanceof LazError && error.http === 404) return undefined
        throw error
      }
    })
  }

  #upload(asked: Asked): string | undefined {
    const { path, where, purpose, owner } = asked
    const { files } = this.#client.platform
    const folder = this.#source.folders.get(path)
    const absolute = folder || !files ? path : files.resolve(this.#source.base, path)
    const includes = purpose === 'code' ? this.#includesOf(owner, where) : []
    const datastore = asked.datastore?.replace(/^azureml:/, '')
    const brought = includes.map((i) => [i.absolute, i.at])
    const key = stableStringify(['upload', purpose, absolute, datastore ?? null, brought])
    const what = folder?.name ?? absolute
    const progress = (sent: number, total: number) => this.#progress?.(what, sent, total)
    const planned = (plan: UploadPlan) => this.#planned?.(what, plan)
    return this.#answer(key, async () => {
      try {
        if (purpose === 'code') {
          const alone = files?.basename(path) === onlyIncludes
          const from = alone ? undefined : (folder ?? absolute)
          if (this.#dry) return await dryCode(this.#client, from, { includes, planned, into: this.#dry })
          return (await this.#client.uploadCode(from, { includes, progress, planned })).id
        }
        if (this.#dry) {
          const { planData } = await import('./upload.ts')
          const plan = await planData(this.#client, folder ?? absolute, datastore)
          return purpose === 'data' ? plan.uri : plan.longUri
        }
        const done = await this.#client.uploadData(folder ?? absolute, { datastore, progress, planned })
        return purpose === 'build' ? done.url : purpose === 'model' ? done.longUri : done.uri
      } catch (error) {
        throw this.#atPlace(error, where, owner)
      }
    })
  }

  /** Files and folders that `additional_includes` beside the code brings into the snapshot, under their own names. */
  #includesOf(owner: Owner, where: Path): Include[] {
    const { files } = this.#client.platform
    if (!files) return []
    const beside = asObject(at(owner.doc.value, where.slice(0, -1)))
    return asArray(beside.additional_includes).flatMap((entry) => {
      const text = asString(entry)
      if (text === undefined) return []
      const absolute = files.resolve(owner.folder, text)
      return [{ absolute, at: files.basename(absolute) }]
    })
  }

  /** A missing or unfit file is a problem of the document, told with its line. */
  #atPlace(error: unknown, where: Path, owner: Owner): unknown {
    const told = ['FileNotFound', 'PathNotAllowed', 'BadArgument', 'NotSupported']
    if (!(error instanceof LazError) || !told.includes(error.code)) return error
    const issue: Issue = { path: where, message: error.message, ...(error.hint ? { hint: error.hint } : {}) }
    try {
      const file = owner.doc.file ?? this.#source.file
      const source = { ...this.#source, doc: owner.doc, file }
      this.refuse(this.#kind, placed(this.#client.platform.files, [issue], source))
    } catch (refusal) {
      return refusal
    }
    return error
  }

  /** Registered under a name of its own and the hash of its content, once everything inside it is settled. */
  #register(of: string, props: JsonObject): string | undefined {
    const content = stableStringify(props)
    if (content.includes(JSON.stringify(pending).slice(1, -1))) return `${pending}inside`
    return this.#answer(`register ${of} ${content}`, async () => {
      const name = anonymousNames[of]
      if (name === undefined) {
        return fail('NotSupported', {
          what: `An inline ${of}`,
          why: 'it has no name to be kept under',
          instead: `Create it first and refer to it as azureml:<name>:<version>.`,
        })
      }
      const digest = this.#client.platform.digest('sha256')
      digest?.update(utf8(content))
      const hash = digest?.hex() ?? ''
      const version = of === 'component' ? guidOf(hash) : hash
      if (this.#dry) {
        const id = armId(this.#client.workspace, kindByName(of)?.collection ?? '', name, version)
        this.#dry.push({ id, properties: { ...props, isAnonymous: true } })
        return id
      }
      const made = await this.#client.of(of).put({ name, version }, { ...props, isAnonymous: true, isArchived: false })
      return made.id
    })
  }
}

interface DryCode {
  includes: Include[]
  planned: (plan: UploadPlan) => void
  into: JsonObject[]
}

const mostListed = 20_000

/** The id of a code that is there, or that it would have; its files go along, so that they can be compared. */
async function dryCode(client: Lazurite, from: Parameters<typeof client.uploadCode>[0], o: DryCode): Promise<string> {
  const { planCode } = await import('./upload.ts')
  const { folder, id, ...plan } = await planCode(client, from, { includes: o.includes })
  o.planned(plan)
  if (id !== undefined) return id
  const made = armId(client.workspace, 'codes', guidOf(plan.hash), '1')
  const listed = folder.files.length <= mostListed ? folder.files : []
  const files: Json[] = []
  for (const file of listed) files.push([file.path, file.sizeBytes, await sha256Of(client, file)])
  o.into.push({ id: made, properties: { properties: { hash_sha256: plan.hash } }, files })
  return made
}

async function sha256Of(client: Lazurite, file: FolderFile): Promise<string> {
  const digest = client.platform.digest('sha256') ?? fail('InternalError', {})
  for await (const part of readFileParts(file)) digest.update(part)
  return digest.hex()
}

/** Names that inline assets are kept under, as the official client keeps them. */
const anonymousNames: Readonly<Record<string, string>> = {
  environment: 'CliV2AnonymousEnvironment',
  component: 'azureml_anonymous',
  model: 'CliV2AnonymousModel',
}

function guidOf(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), `5${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  )
}
