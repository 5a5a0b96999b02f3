// From a document to what the wire carries: files are followed, folders uploaded, inline environments and components
// registered, @latest made a version. The conversion itself knows none of this: it is run again and again, each time
// answering what it asked the time before, until it asks nothing more. What is not known yet is answered with a
// placeholder, so that nothing is registered while a part of it is still open.
import { createHash } from 'node:crypto'
import { basename, isAbsolute, resolve } from 'node:path'
import type { Include, Lazurite } from '@lazurite/client'
import {
  armId,
  asArray,
  asObject,
  asString,
  at,
  errorsOf,
  fail,
  type Issue,
  type JsonObject,
  kindByName,
  LazError,
  type Path,
  parseRef,
  stableStringify,
  toWire,
  type UploadPurpose,
  type YamlContext,
  type YamlDoc,
} from '@lazurite/spec'
import { type Document, envelopeOf, placed, refuse, shownPath } from './document.ts'
import { codeOfIncludes, fileHooks, onlyIncludes } from './files.ts'
import { progressBar } from './paint.ts'
import type { Session } from './session.ts'

export interface Loaded {
  properties: JsonObject
  /** What stands beside the properties: name, version, location, tags … */
  beside: JsonObject
  warnings: Issue[]
}

const mostRounds = 20
const pending = '\u0000pending:'

/** The wire properties of a document, with everything they refer to in place on the server. Raises ValidationFailed. */
export async function load(session: Session, client: Lazurite, document: Document): Promise<Loaded> {
  const resolving = new Resolving(session, client, document)
  for (let round = 0; round < mostRounds; round++) {
    const { properties, beside, issues } = resolving.walk()
    const found = placed(issues, document)
    refuse(document.kind, found)
    if (!resolving.wants())
      return {
        properties,
        beside: envelopeOf(beside),
        warnings: found.filter((issue) => errorsOf([issue]).length === 0),
      }
    await resolving.fetch()
  }
  return fail('BadArgument', { what: 'The document refers to files that refer to each other without end.' })
}

type Work = () => Promise<string | undefined>

/** One document being resolved. Lives as long as its command. */
class Resolving {
  readonly #session: Session
  readonly #client: Lazurite
  readonly #document: Document
  readonly #answers = new Map<string, string | undefined>()
  #wanted = new Map<string, Work>()

  constructor(session: Session, client: Lazurite, document: Document) {
    this.#session = session
    this.#client = client
    this.#document = document
  }

  walk(): { properties: JsonObject; beside: JsonObject; issues: Issue[] } {
    this.#wanted = new Map()
    const { kind, base } = this.#document
    const yaml = codeOfIncludes(this.#document.yaml)
    const doc = { ...this.#document.doc, value: yaml }
    const files = fileHooks(this.#document)
    const beside: JsonObject = {}
    const context: YamlContext = {
      ...files.hooks,
      issues: files.issues,
      beside,
      numberText: (path) => doc.numberText(path),
      isDate: (path) => doc.isDate(path),
      ref: (of, text) => this.#ref(of, text),
      upload: (path, where, purpose, datastore) => {
        const owner = files.owner(path, where) ?? { doc, folder: base }
        return this.#upload({ path, where, purpose, datastore, owner })
      },
      register: (of, props) => this.#register(of, props),
    }
    return { properties: toWire(kind.name, yaml, context), beside, issues: files.issues }
  }

  wants(): boolean {
    return this.#wanted.size > 0
  }

  /** Does what the last walk asked for, all at once. */
  async fetch(): Promise<void> {
    await Promise.all(
      [...this.#wanted].map(async ([key, work]) => {
        this.#answers.set(key, await work())
      }),
    )
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

  #upload(asked: {
    path: string
    where: Path
    purpose: UploadPurpose
    datastore: string | undefined
    owner: Owner
  }): string | undefined {
    const { path, where, purpose, owner } = asked
    const absolute = resolve(this.#document.base, path)
    const includes = purpose === 'code' ? includesOf(owner, where) : []
    const datastore = asked.datastore?.replace(/^azureml:/, '')
    const key = stableStringify([
      'upload',
      purpose,
      absolute,
      datastore ?? null,
      includes.map((i) => [i.absolute, i.at]),
    ])
    return this.#answer(key, async () => {
      const bar = progressBar(`Uploading ${shownPath(absolute, this.#session.cwd)}`)
      try {
        if (purpose === 'code') {
          const folder = basename(path) === onlyIncludes ? undefined : absolute
          return (await this.#client.uploadCode(folder, { includes, progress: bar.update })).id
        }
        const done = await this.#client.uploadData(absolute, { datastore, progress: bar.update })
        return purpose === 'build' ? done.url : purpose === 'model' ? done.longUri : done.uri
      } catch (error) {
        throw this.#atPlace(error, where, owner)
      } finally {
        bar.end()
      }
    })
  }

  /** A missing or unfit file is a problem of the document, told with its line. */
  #atPlace(error: unknown, where: Path, owner: Owner): unknown {
    if (!(error instanceof LazError) || !['FileNotFound', 'PathNotAllowed', 'BadArgument'].includes(error.code))
      return error
    const issue: Issue = { path: where, message: error.message, ...(error.hint ? { hint: error.hint } : {}) }
    try {
      const file = owner.doc.file ?? this.#document.file
      refuse(this.#document.kind, placed([issue], { ...this.#document, doc: owner.doc, file }))
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
          instead: `Create it with laz ${of} create and refer to it.`,
        })
      }
      const hash = createHash('sha256').update(content).digest('hex')
      const version = of === 'component' ? guidOf(hash) : hash
      const made = await this.#client.of(of).put({ name, version }, { ...props, isAnonymous: true, isArchived: false })
      return made.id
    })
  }
}

/** The file that a path was read from. */
interface Owner {
  doc: YamlDoc
  folder: string
}

/** Files and folders that `additional_includes` beside the code brings into the snapshot, under their own names. */
function includesOf(owner: Owner, where: Path): Include[] {
  const beside = asObject(at(owner.doc.value, where.slice(0, -1)))
  return asArray(beside.additional_includes).flatMap((entry) => {
    const text = asString(entry)
    if (text === undefined) return []
    const absolute = isAbsolute(text) ? text : resolve(owner.folder, text)
    return [{ absolute, at: basename(absolute) }]
  })
}

/** Names that inline assets are kept under, as the official client keeps them. */
const anonymousNames: Readonly<Record<string, string>> = {
  environment: 'CliV2AnonymousEnvironment',
  component: 'azureml_anonymous',
}

function guidOf(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), `5${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  )
}
