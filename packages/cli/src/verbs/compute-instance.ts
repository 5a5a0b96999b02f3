// What a compute instance has beside its states: a terminal, applications, logs.
import type { Lazurite } from '@lazurite/client'
import { asObject, asString, type JsonObject } from '@lazurite/spec'
import { type Args, textOf } from '../args.ts'
import type { Run } from '../command.ts'
import type { Shown } from '../output.ts'
import type { Session } from '../session.ts'

/** The address of a verb of ours about a compute. */
function computePath(client: Lazurite, args: Args, ...words: string[]): string {
  const name = textOf(args, 'name') ?? ''
  return `/lazurite/v1${[client.of('compute').path({ name }), ...words.map(encodeURIComponent)].join('/')}`
}

async function read(client: Lazurite, path: string): Promise<JsonObject> {
  return asObject(await (await client.ask({ path })).json())
}

const column = (key: string): Shown => ({ title: key, of: (row) => String(row[key] ?? '') })

export const applications: Run = async (session, args) => {
  const client = await session.client()
  const told = await read(client, computePath(client, args, 'applications'))
  const names = ['name', 'state', 'url', 'starts']
  return { value: told.value ?? [], shown: names.map(column) }
}

/** Prints the address that lets a browser in; it holds a key, so it is printed only when asked for. */
export const open: Run = async (session, args) => {
  const client = await session.client()
  const path = computePath(client, args, 'applications', textOf(args, 'application') ?? 'jupyterlab', 'open')
  const told = asObject(await (await client.ask({ method: 'POST', path })).json())
  const key = asString(told.url)?.includes(String(told.key)) ? '' : `Password: ${told.key}\n`
  return { value: told, text: `${told.url}\n${key}` }
}

export const logs: Run = async (session, args) => {
  const client = await session.client()
  const name = textOf(args, 'log')
  if (name === undefined) {
    const told = await read(client, computePath(client, args, 'logs'))
    return { value: told.value ?? [], shown: ['name', 'sizeBytes'].map(column) }
  }
  const told = await read(client, computePath(client, args, 'logs', name))
  return { value: told, text: asString(told.text) ?? '' }
}

export const terminals: Run = async (session, args) => {
  const client = await session.client()
  const told = await read(client, computePath(client, args, 'terminals'))
  return { value: told.value ?? [], shown: ['name', 'busy', 'clients', 'createdAt'].map(column) }
}

/** Ctrl-]: leaves the terminal and lets it go on. */
const leaveKey = 0x1d
/** Not Ctrl-D: what runs when it is typed would swallow it. */
const endOfInput = '\nexit\n'

/** A shell on the instance: what is typed goes there, what it prints comes here, until it ends or is left. */
export const terminal: Run = async (session, args) => {
  const client = await session.client()
  const { stdin, stdout } = process
  const size = () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 })
  const given = textOf(args, 'terminal')
  const body = { ...(given === undefined ? {} : { name: given }), ...size() }
  const made = asObject(
    await (await client.ask({ method: 'POST', path: computePath(client, args, 'terminals'), body })).json(),
  )
  const name = asString(made.name) ?? ''
  const path = (word: string) => computePath(client, args, 'terminals', name, word)
  const leave = new AbortController()
  const send = inOrder((text) => client.ask({ method: 'POST', path: path('input'), body: text }))
  const resize = () => void client.ask({ method: 'POST', path: path('resize'), body: size() }).catch(() => undefined)
  const hear = (bytes: Buffer) => {
    const at = stdin.isTTY ? bytes.indexOf(leaveKey) : -1
    if (at !== 0) send(at < 0 ? bytes : bytes.subarray(0, at))
    if (at >= 0) leave.abort()
  }
  const finish = () => send(Buffer.from(endOfInput))
  if (stdin.isTTY) {
    stdin.setRawMode(true)
    if (given !== undefined) resize()
    stdout.on('resize', resize)
    session.say(`Terminal ${name}. Ctrl-] leaves it and lets it go on.`)
  } else stdin.on('end', finish)
  stdin.on('data', hear)
  try {
    await show(session, client, { path: path('output'), signal: leave.signal })
  } finally {
    stdin.off('data', hear).off('end', finish).pause()
    stdout.off('resize', resize)
    if (stdin.isTTY) stdin.setRawMode(false)
  }
  if (leave.signal.aborted)
    session.say(`\nIt goes on: laz compute terminal -n ${textOf(args, 'name')} --terminal ${name}`)
  return {}
}

async function show(session: Session, client: Lazurite, o: { path: string; signal: AbortSignal }): Promise<void> {
  const left = new Promise<undefined>((resolve) => o.signal.addEventListener('abort', () => resolve(undefined)))
  const answer = await client.ask({ path: o.path, headers: { accept: '*/*' }, signal: o.signal })
  const parts = answer.chunks()[Symbol.asyncIterator]()
  for (;;) {
    const next = await Promise.race([parts.next(), left]).catch((error: unknown) => {
      if (o.signal.aborted) return undefined
      throw error
    })
    if (next === undefined || next.done) return
    await session.write(next.value)
  }
}

/** Sends what is typed in the order in which it was; what comes while a request is under way goes with the next. */
function inOrder(post: (bytes: Uint8Array) => Promise<unknown>): (bytes: Buffer) => void {
  let waiting: Buffer[] = []
  let sending = false
  const pump = async () => {
    while (waiting.length > 0) {
      const bytes = Buffer.concat(waiting)
      waiting = []
      await post(bytes)
    }
  }
  return (bytes) => {
    waiting.push(bytes)
    if (sending) return
    sending = true
    // a shell that ended meanwhile takes nothing any more
    void pump()
      .catch(() => undefined)
      .finally(() => {
        sending = false
      })
  }
}
