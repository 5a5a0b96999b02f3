// Files of this machine into a datastore: several at once, large ones in parts with a digest each, and a journal beside
// the home folder, so that the same command goes on after it was killed.
import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { open, opendir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { asArray, asString, fail, inLanes, LazError } from '@lazurite/spec'
import { type Patient, patiently } from './lanes.ts'
import type { RemoteStore } from './store.ts'

export interface Transfer extends Patient {
  store: RemoteStore
  /** Called with bytes done and bytes known of so far. */
  progress: (done: number, total: number) => void
  /** Folder for journals. */
  journals: string
}

export interface Done {
  files: number
  sizeBytes: number
  /** How many were there already from a try before. */
  kept: number
}

const wholeBytes = 16 << 20
const fileLanes = 8
const partLanes = 4
/** How often what the storage has forgotten is sent again. */
const rounds = 3

interface LocalFile {
  full: string
  /** Below what is sent, `/` between segments. */
  at: string
  sizeBytes: number
  mtimeMs: number
}

/** Every file of a folder, or the one file, folders that are links followed nowhere. */
async function* filesOf(path: string, at = ''): AsyncGenerator<LocalFile> {
  const found = await stat(path)
  if (found.isFile()) {
    yield { full: path, at: at === '' ? basename(path) : at, sizeBytes: found.size, mtimeMs: found.mtimeMs }
    return
  }
  for await (const entry of await opendir(path)) {
    const below = at === '' ? entry.name : `${at}/${entry.name}`
    const full = join(path, entry.name)
    if (entry.isDirectory()) yield* filesOf(full, below)
    else if (entry.isFile() || (entry.isSymbolicLink() && (await stat(full).catch(() => undefined))?.isFile())) {
      yield* filesOf(full, below)
    }
  }
}

/** Sends a file, or everything below a folder, to `target`. */
export async function upload(local: string, target: string, transfer: Transfer): Promise<Done> {
  const found = await stat(local).catch(() => fail('FileNotFound', { path: local }))
  const { store } = transfer
  const journal = new Journal(transfer.journals, ['up', store.client.connection.url, store.name, local, target])
  let doubtful = journal.resumed
  const t: Transfer = {
    ...transfer,
    troubled: () => {
      doubtful = true
    },
  }
  const done: Done = { files: 0, sizeBytes: 0, kept: 0 }
  let sent = 0
  let total = 0
  const moved = (bytes: number) => {
    sent += bytes
    t.progress(sent, total)
  }
  const pathOf = ({ at }: LocalFile) => (found.isFile() ? target : target === '' ? at : `${target}/${at}`)
  const send = async (file: LocalFile, path: string, print: string) => {
    if (file.sizeBytes <= wholeBytes) await sendWhole(file, path, t, moved)
    else await sendParts(file, path, { t, moved, journal, print })
    journal.finish(print)
  }
  await inLanes(filesOf(local), fileLanes, async (file) => {
    t.signal.throwIfAborted()
    total += file.sizeBytes
    const path = pathOf(file)
    const print = `${path}|${file.sizeBytes}|${file.mtimeMs}`
    if (journal.has(print)) {
      done.kept += 1
      moved(file.sizeBytes)
    } else await send(file, path, print)
    done.files += 1
    done.sizeBytes += file.sizeBytes
  })
  for (let round = 0; doubtful && round < rounds; round++) {
    doubtful = false
    const there = await sizesBelow(target, t)
    await inLanes(filesOf(local), fileLanes, async (file) => {
      const path = pathOf(file)
      if (there.get(path) === file.sizeBytes) return
      doubtful = true
      moved(-file.sizeBytes)
      await send(file, path, `${path}|${file.sizeBytes}|${file.mtimeMs}`)
    })
  }
  journal.remove()
  return done
}

/** What the storage has now: one that was down may have forgotten files it had taken. */
async function sizesBelow(target: string, t: Transfer): Promise<Map<string, number>> {
  const there = new Map<string, number>()
  try {
    for await (const file of t.store.files(target, t)) there.set(file.path, file.sizeBytes)
  } catch (error) {
    if (!(error instanceof LazError && error.http === 404)) throw error
  }
  return there
}

const md5Of = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('base64')

async function sendWhole(file: LocalFile, path: string, t: Transfer, moved: (n: number) => void) {
  const { store } = t
  const body = await readFile(file.full)
  await patiently(t, () => store.put(store.address('content', { path }), body, md5Of(body)))
  moved(body.length)
}

interface Sending {
  t: Transfer
  moved: (bytes: number) => void
  journal: Journal
  print: string
}

interface Begun {
  upload: string
  partBytes: number
  inOrder: boolean
  have: Set<number>
}

async function sendParts(file: LocalFile, path: string, sending: Sending): Promise<void> {
  const { t, moved } = sending
  const { store } = t
  const begun = await begin(file, path, sending)
  for (const index of begun.have) moved(Math.min(begun.partBytes, file.sizeBytes - index * begun.partBytes))
  for (let round = 1; ; round++) {
    await sendMissing(file, path, sending, begun)
    const commit = store.address(`uploads/${encodeURIComponent(begun.upload)}/commit`, { path })
    const { partBytes } = begun
    try {
      await patiently(t, () => store.json('POST', commit, { sizeBytes: file.sizeBytes, partBytes }))
      return
    } catch (error) {
      // a storage that was down may have forgotten parts it had taken
      if (!(error instanceof LazError && error.code === 'InvalidBlockList') || round === rounds) throw error
      begun.have = await partsThere(begun.upload, path, t)
    }
  }
}

async function sendMissing(
  file: LocalFile,
  path: string,
  { t, moved }: Sending,
  { upload, partBytes, inOrder, have }: Begun,
): Promise<void> {
  const { store, signal } = t
  const all = Array.from({ length: Math.ceil(file.sizeBytes / partBytes) }, (_, index) => index)
  const waiting = all.filter((index) => !have.has(index))
  const handle = await open(file.full, 'r')
  try {
    await inLanes(waiting, inOrder ? 1 : partLanes, async (index) => {
      signal.throwIfAborted()
      const body = Buffer.allocUnsafe(Math.min(partBytes, file.sizeBytes - index * partBytes))
      const { bytesRead } = await handle.read(body, 0, body.length, index * partBytes)
      if (bytesRead !== body.length) fail('BadArgument', { what: `${file.full} changed while it was sent.` })
      const address = store.address(`uploads/${encodeURIComponent(upload)}/parts/${index}`, { path })
      await patiently(t, () => store.put(address, body, md5Of(body)))
      moved(body.length)
    })
  } finally {
    await handle.close()
  }
  const now = await stat(file.full)
  if (now.size !== file.sizeBytes || now.mtimeMs !== file.mtimeMs) {
    fail('BadArgument', { what: `${file.full} changed while it was sent.` })
  }
}

async function partsThere(upload: string, path: string, t: Transfer): Promise<Set<number>> {
  const address = t.store.address(`uploads/${encodeURIComponent(upload)}`, { path })
  const { have } = await patiently(t, () => t.store.json('GET', address))
  return new Set(asArray(have).map(Number))
}

/** The upload a former try began, when both sides still know it. */
async function begin(file: LocalFile, path: string, { t, journal, print }: Sending): Promise<Begun> {
  const { store } = t
  const kept = journal.begun(print)
  if (kept !== undefined) {
    try {
      return { ...kept, have: await partsThere(kept.upload, path, t) }
    } catch (error) {
      if (!(error instanceof LazError && error.http === 404)) throw error
    }
  }
  const address = store.address('uploads', { path })
  const made = await patiently(t, () => store.json('POST', address, { sizeBytes: file.sizeBytes }))
  const begun = {
    upload: asString(made.upload) ?? '',
    partBytes: Number(made.partBytes),
    inOrder: made.inOrder === true,
  }
  journal.begin(print, begun)
  return { ...begun, have: new Set() }
}

type Kept = Omit<Begun, 'have'>

/** Lines of what was sent and of what was begun; a line that was cut off is none. */
class Journal {
  readonly #file: string
  readonly #sent = new Set<string>()
  readonly #begun = new Map<string, Kept>()

  constructor(folder: string, of: string[]) {
    const name = createHash('sha256').update(JSON.stringify(of)).digest('hex').slice(0, 32)
    this.#file = join(folder, `${name}.journal`)
    if (!existsSync(this.#file)) return
    for (const line of readFileSync(this.#file, 'utf8').split('\n')) this.#read(line)
  }

  #read(line: string): void {
    try {
      const [print, begun] = JSON.parse(line) as [string, Kept | undefined] // written below and by nobody else
      if (begun) this.#begun.set(print, begun)
      else this.#sent.add(print)
    } catch {
      // the line in which the last try ended
    }
  }

  /** Something was sent by a try before. */
  get resumed(): boolean {
    return this.#sent.size > 0
  }

  has(print: string): boolean {
    return this.#sent.has(print)
  }

  begun(print: string): Kept | undefined {
    return this.#begun.get(print)
  }

  begin(print: string, begun: Kept): void {
    this.#write([print, begun])
  }

  finish(print: string): void {
    this.#write([print])
  }

  #write(line: unknown[]): void {
    mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 })
    // a new line first: what is before it may have been cut off
    appendFileSync(this.#file, `\n${JSON.stringify(line)}`)
  }

  remove(): void {
    rmSync(this.#file, { force: true })
  }
}
