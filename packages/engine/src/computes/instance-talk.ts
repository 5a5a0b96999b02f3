/**
 * Talking with the process of a compute instance over its socket: which terminals there are, what they print, what is
 * typed into them. One connection a conversation; frames are a letter, a length of four bytes, and that many bytes.
 */
import { createConnection, type Socket } from 'node:net'
import { asArray, asNumber, asObject, asString, fail, LazError } from '@lazurite/spec'
import type { Row } from '@lazurite/store'
import { type Instance, openInstance } from '../reconcile/compute-state.ts'
import { type InstanceFolder, instanceFolder } from './instance-folder.ts'

export interface TerminalInfo {
  name: string
  /** Who looks at it now. */
  clients: number
  /** Whether a command runs in it. */
  busy: boolean
  /** Epoch ms. */
  createdAt: number
}

export interface TerminalSize {
  columns: number
  rows: number
}

export interface TerminalLink {
  type(bytes: Buffer): void
  resize(size: TerminalSize): void
  resume(): void
  close(): void
}

export interface TerminalReader {
  /** What it printed; the first is what it printed last before. After false no more comes until `resume`. */
  output(bytes: Buffer): boolean
  /** The shell ended, with that code; or the link broke, with none. */
  end(exitCode: number | undefined): void
}

interface RunningInstance {
  it: Instance
  folder: InstanceFolder
}

/** The folder of an instance that runs. Raises NotSupported for another compute, NotRunning. */
export function runningInstance(home: string, row: Row): RunningInstance {
  needInstance(row)
  const it = openInstance(row)
  if (it.state !== 'Running') fail('NotRunning', { name: row.name, state: it.state.toLowerCase() })
  return { it, folder: instanceFolder(home, it) }
}

function needInstance(row: Row): void {
  if (asString(row.props.computeType)?.toLowerCase() !== 'computeinstance') {
    fail('NotSupported', {
      what: `Opening a compute of type ${asString(row.props.computeType) ?? 'unknown'}`,
      why: 'only a compute instance has terminals and applications',
      instead: 'Make one: laz compute create -n NAME --type computeinstance.',
    })
  }
}

/** The terminals that are open. Raises as `runningInstance`, Unreachable. */
export async function listTerminals(home: string, row: Row): Promise<TerminalInfo[]> {
  const answer = await ask(row.name, runningInstance(home, row).folder, { list: 1 })
  return asArray(JSON.parse(answer)).map((one) => {
    const { name, clients, busy, createdAt } = asObject(one)
    return {
      name: asString(name) ?? '',
      clients: asNumber(clients) ?? 0,
      busy: busy === true,
      createdAt: asNumber(createdAt) ?? 0,
    }
  })
}

/** Ends the shell and what runs in it. False when there was no such terminal. */
export async function endTerminal(home: string, row: Row, terminal: string): Promise<boolean> {
  return (await ask(row.name, runningInstance(home, row).folder, { end: terminal })) === 'true'
}

/** Types into a terminal or sets its size, and comes back when it has taken it. Raises ResourceNotFound. */
export async function tellTerminal(
  home: string,
  row: Row,
  { terminal, frames }: { terminal: string; frames: readonly Buffer[] },
): Promise<void> {
  const { folder } = runningInstance(home, row)
  await new Promise<void>((resolve, reject) => {
    const socket = connect(folder, () => reject(unreachable(row.name)))
    socket.write(`${JSON.stringify({ terminal, quiet: true })}\n`)
    for (const one of frames) socket.write(one)
    socket.write(frame('q', Buffer.alloc(0)))
    readFrames(socket, (kind) => {
      socket.destroy()
      if (kind === 'q') resolve()
      else reject(absent(terminal))
    })
  })
}

/** Opens a terminal, or joins the one of that name; what it prints is read until the link is closed. */
export async function joinTerminal(
  home: string,
  row: Row,
  o: { terminal: string; make: boolean; size: TerminalSize; reader: TerminalReader },
): Promise<TerminalLink> {
  const { folder } = runningInstance(home, row)
  const { terminal, make, size, reader } = o
  return new Promise<TerminalLink>((resolve, reject) => {
    let over = false
    const end = (code: number | undefined) => {
      if (over) return
      over = true
      reject(unreachable(row.name))
      reader.end(code)
      socket.destroy()
    }
    const socket = connect(folder, () => end(undefined))
    socket.on('close', () => end(undefined))
    socket.write(`${JSON.stringify({ terminal, make, ...size })}\n`)
    readFrames(socket, (kind, bytes) => {
      if (kind === 'e') {
        over = true
        socket.destroy()
        const why = bytes.toString('utf8')
        reject(why === 'gone' ? absent(terminal) : refused(why))
      } else if (kind === 'x') end(Number(bytes.toString('utf8')))
      else if (kind === 'o') {
        resolve({
          type: (text) => void socket.write(frame('i', text)),
          resize: (to) => void socket.write(sizeFrame(to)),
          resume: () => void socket.resume(),
          close: () => {
            over = true
            socket.destroy()
          },
        })
        if (!reader.output(bytes)) socket.pause()
      }
    })
  })
}

export const inputFrame = (bytes: Buffer): Buffer => frame('i', bytes)
export const sizeFrame = (size: TerminalSize): Buffer => frame('r', Buffer.from(JSON.stringify(size)))

function frame(kind: string, bytes: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.write(kind, 'latin1')
  head.writeUInt32BE(bytes.length, 1)
  return Buffer.concat([head, bytes])
}

function readFrames(socket: Socket, each: (kind: string, bytes: Buffer) => void): void {
  let unread: Buffer = Buffer.alloc(0)
  socket.on('data', (data) => {
    unread = unread.length === 0 ? data : Buffer.concat([unread, data])
    while (unread.length >= 5) {
      const length = unread.readUInt32BE(1)
      if (unread.length < 5 + length) return
      const [kind, bytes] = [unread.toString('latin1', 0, 1), unread.subarray(5, 5 + length)]
      unread = unread.subarray(5 + length)
      each(kind, bytes)
    }
  })
}

function connect({ socket }: InstanceFolder, lost: () => void): Socket {
  const link = createConnection(socket)
  link.on('error', lost)
  return link
}

/** One question, one line. */
function ask(name: string, folder: InstanceFolder, question: object): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(folder, () => reject(unreachable(name)))
    socket.setEncoding('utf8').on('data', (more) => {
      text += more
    })
    socket.on('close', () => (text.endsWith('\n') ? resolve(text.trim()) : reject(unreachable(name))))
    socket.write(`${JSON.stringify(question)}\n`)
  })
}

const unreachable = (name: string) =>
  new LazError('Unreachable', { url: `the compute ${name}`, why: 'its process does not answer' })
const absent = (terminal: string) => new LazError('ResourceNotFound', { kind: 'terminal', name: terminal })
const refused = (why: string) => new LazError('BadArgument', { what: `No terminal was opened: ${why}.` })

/** Where the logs of an instance lie, whether it runs or not. Raises NotSupported for another compute. */
export function instanceLogs(home: string, row: Row): string {
  needInstance(row)
  return instanceFolder(home, openInstance(row)).logs
}
