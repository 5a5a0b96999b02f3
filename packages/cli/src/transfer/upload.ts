// Files of this machine into a datastore: several at once, large ones in parts with a digest each, and a journal beside
// the home folder, so that the same command goes on after it was killed.
import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { open, opendir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { asArray, asString, fail, LazError } from '@lazurite/spec'
import { inLanes, patiently } from './lanes.ts'
import type { RemoteStore } from './store.ts'

export interface Transfer {
  store: RemoteStore
  signal: AbortSignal
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
export async function upload(local: string, target: string, t: Transfer): Promise<Done> {
  const found = await stat(local).catch(() => fail('FileNotFound', { path: local }))
  const single = found.isFile()
  const journal = new Journal(t.journals, ['up', t.store.client.connection.url, t.store.name, local, target])
  const done: Done = { files: 0, sizeBytes: 0, kept: 0 }
  let sent = 0
  let total = 0
  const moved = (bytes: number) => {
    sent += bytes
    t.progress(sent, total)
  }
  await inLanes(filesOf(local), fileLanes, async (file) => {
    t.signal.throwIfAborted()
    total += file.sizeBytes
    const path = single ? target : target === '' ? file.at : `${target}/${file.at}`
    const print = `${path}|${file.sizeBytes}|${file.mtimeMs}`
    if (journal.has(print)) {
      done.kept += 1
      moved(file.sizeBytes)
    } else {
      if (file.sizeBytes <= wholeBytes) await sendWhole(file, path, t, moved)
      else await sendParts(file, path, { t, moved, journal, print })
      journal.finish(print)
    }
    done.files += 1
    done.sizeBytes += file.sizeBytes
  })
  journal.remove()
  return done
}

const md5Of = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('base64')

async function sendWhole(file: LocalFile, path: string, { store, signal }: Transfer, moved: (n: number) => void) {
  const body = await readFile(file.full)
  await patiently(signal, () => store.put(store.address('content', { path }), body, md5Of(body)))
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
  const { store, signal } = t
  const { upload, partBytes, inOrder, have } = await begin(file, path, sending)
  const sizeOf = (index: number) => Math.min(partBytes, file.sizeBytes - index * partBytes)
  const all = Array.from({ length: Math.ceil(file.sizeBytes / partBytes) }, (_, index) => index)
  for (const index of all.filter((each) => have.has(each))) moved(sizeOf(index))
  const handle = await open(file.full, 'r')
  try {
    const waiting = all.filter((index) => !have.has(index))
    await inLanes(waiting, inOrder ? 1 : partLanes, async (index) => {
      signal.throwIfAborted()
      const body = Buffer.allocUnsafe(sizeOf(index))
      const { bytesRead } = await handle.read(body, 0, body.length, index * partBytes)
      if (bytesRead !== body.length) fail('BadArgument', { what: `${file.full} changed while it was sent.` })
      const address = store.address(`uploads/${encodeURIComponent(upload)}/parts/${index}`, { path })
      await patiently(signal, () => store.put(address, body, md5Of(body)))
      moved(body.length)
    })
  } finally {
    await handle.close()
  }
  const now = await stat(file.full)
  if (now.size !== file.sizeBytes || now.mtimeMs !== file.mtimeMs) {
    fail('BadArgument', { what: `${file.full} changed while it was sent.` })
  }
  const commit = store.address(`uploads/${encodeURIComponent(upload)}/commit`, { path })
  await patiently(signal, () => store.json('POST', commit, { sizeBytes: file.sizeBytes, partBytes }))
}

/** The upload a former try began, when both sides still know it. */
async function begin(file: LocalFile, path: string, { t, journal, print }: Sending): Promise<Begun> {
  const { store, signal } = t
  const kept = journal.begun(print)
  if (kept !== undefined) {
    const address = store.address(`uploads/${encodeURIComponent(kept.upload)}`, { path })
    try {
      const { have } = await patiently(signal, () => store.json('GET', address))
      return { ...kept, have: new Set(asArray(have).map(Number)) }
    } catch (error) {
      if (!(error instanceof LazError && error.http === 404)) throw error
    }
  }
  const address = store.address('uploads', { path })
  const made = await patiently(signal, () => store.json('POST', address, { sizeBytes: file.sizeBytes }))
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
