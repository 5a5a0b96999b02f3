// Callers of an online endpoint: well-behaved ones on kept connections, and such that write bytes of their own.
import { Agent, request } from 'node:http'
import { connect, type Socket } from 'node:net'

export interface Door {
  url: URL
  key: string
}

export interface Scored {
  /** 0 when the connection broke or could not be made. */
  status: number
  /** What the script answered. */
  body: { who?: string; pid?: number; length?: number }
  text: string
}

export const agent = new Agent({ keepAlive: true, maxSockets: 64 })

export function score({ url, key }: Door, body: object, more: Record<string, string> = {}): Promise<Scored> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...more }
  return new Promise((resolve) => {
    const asked = request(url, { method: 'POST', headers, agent }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part) => {
        text += part
      })
      answer.on('error', () => resolve({ status: 0, body: {}, text }))
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, body: text.startsWith('{') ? JSON.parse(text) : {}, text }),
      )
    })
    asked.on('error', () => resolve({ status: 0, body: {}, text: '' }))
    asked.end(JSON.stringify(body))
  })
}

export interface Load {
  /** How often each status came. */
  statuses: Map<number, number>
  /** Who answered. */
  who: Set<string>
  /** Stops the callers, and waits for the answers under way. */
  end(): Promise<void>
}

/** Callers that call without a pause, each call with an id of its own. */
export function constantLoad(to: Door, lanes: number, body: object = {}): Load {
  const statuses = new Map<number, number>()
  const who = new Set<string>()
  let going = true
  const lane = async (name: number) => {
    for (let n = 0; going; n++) {
      const { status, body: said } = await score(to, { id: `${process.pid}-${Date.now()}-${name}-${n}`, ...body })
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      if (said.who) who.add(said.who)
      // nobody there: the server is coming back
      if (status === 0) await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  const all = Array.from({ length: lanes }, (_, name) => lane(name))
  return {
    statuses,
    who,
    async end() {
      going = false
      await Promise.all(all)
    },
  }
}

export interface Raw {
  socket: Socket
  /** All that came, when the connection is over. */
  all: Promise<string>
}

/** A connection on which the test says what is sent. */
export function open({ url }: Door, text: string): Raw {
  const socket = connect(Number(url.port), '127.0.0.1', () => socket.write(text, 'latin1'))
  let got = ''
  socket.on('data', (part) => {
    got += part.toString('latin1')
  })
  socket.on('error', () => {})
  return { socket, all: new Promise((resolve) => socket.on('close', () => resolve(got))) }
}

/** Sends bytes and answers the status that comes back; undefined when none came. */
export async function statusOf(to: Door, text: string): Promise<number | undefined> {
  const { socket, all } = open(to, text)
  socket.once('data', () => socket.end())
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(await all)?.[1]) || undefined
}
