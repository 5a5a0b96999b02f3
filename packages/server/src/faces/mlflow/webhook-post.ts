/**
 * Sends a message to an address that a user chose: https alone, public addresses alone (each address a name stands for is
 * judged where the connection is made), no redirects, no proxies, bounded in time and size.
 */
import { createHmac, randomUUID } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { request as plainRequest } from 'node:http'
import { request as secureRequest } from 'node:https'
import { isIP } from 'node:net'
import { guardedLookup, isPublicAddress } from '@lazurite/engine'
import { refuse } from './args.ts'

const timeoutMs = 30_000
const mostAnswerBytes = 64 * 1024

export interface Posted {
  status: number
  text: string
}

/** An address that may be kept. Raises BadArgument. */
export async function checkUrl(text: string, privateHosts: boolean): Promise<string> {
  const url = parseUrl(text, privateHosts)
  const host = hostOf(url)
  if (privateHosts || isIP(host) !== 0) return text
  const found = await lookup(host, { all: true }).catch(() => [])
  if (found.length === 0) refuse(`Webhook URL hostname '${host}' cannot be resolved.`)
  if (found.some(({ address }) => !isPublicAddress(address))) refuseInner(host)
  return text
}

function parseUrl(text: string, privateHosts: boolean): URL {
  const shown = text.slice(0, 200)
  if (text.trim() === '') refuse('Webhook URL cannot be empty or just whitespace.')
  if (!URL.canParse(text)) refuse(`Invalid webhook URL '${shown}'.`)
  const url = new URL(text)
  const schemes = privateHosts ? ['https:', 'http:'] : ['https:']
  if (!schemes.includes(url.protocol))
    refuse(`Invalid webhook URL scheme: '${url.protocol.slice(0, -1)}'. Allowed schemes are: https.`)
  if (url.username !== '' || url.password !== '')
    refuse('A webhook URL holds no user and no password: sign what is sent with a secret instead.')
  const host = hostOf(url)
  if (host === '') refuse(`Webhook URL must include a hostname: '${shown}'.`)
  const inner = isIP(host) === 0 ? /(^|\.)(localhost|local|internal)\.?$/i.test(host) : !isPublicAddress(host)
  if (inner && !privateHosts) refuseInner(host)
  return url
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '')
}

function refuseInner(host: string): never {
  refuse(
    `Webhook URL hostname '${host}' is not on the public internet. Private addresses can be allowed with tracking.webhook_private_hosts in laz.toml.`,
  )
}

/** Posts one message. Raises BadArgument for an address that may not be asked, and what the network raises. */
export async function post(
  text: string,
  body: string,
  o: { secret?: string | undefined; privateHosts: boolean; signal?: AbortSignal },
): Promise<Posted> {
  const url = parseUrl(text, o.privateHosts)
  const send = url.protocol === 'https:' ? secureRequest : plainRequest
  const payload = Buffer.from(body)
  return new Promise((done, failed) => {
    const outgoing = send(
      url,
      {
        method: 'POST',
        headers: { ...headersOf(body, o.secret), 'content-length': payload.length },
        agent: false,
        signal: o.signal ? AbortSignal.any([o.signal, AbortSignal.timeout(timeoutMs)]) : AbortSignal.timeout(timeoutMs),
        ...(o.privateHosts ? {} : { lookup: guardedLookup() }),
      },
      (answer) => {
        const parts: Buffer[] = []
        let size = 0
        const end = () => done({ status: answer.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') })
        answer.on('data', (part: Buffer) => {
          parts.push(part.subarray(0, mostAnswerBytes - size))
          size += part.length
          if (size < mostAnswerBytes) return
          end()
          answer.destroy()
        })
        answer.on('end', end).on('error', failed)
      },
    )
    outgoing.on('error', failed).end(payload)
  })
}

/** The signature is over delivery, time and body, so that none of them can be another's. */
function headersOf(body: string, secret: string | undefined): Record<string, string> {
  const [delivery, time] = [randomUUID(), String(Math.floor(Date.now() / 1000))]
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'lazurite',
    'x-mlflow-delivery-id': delivery,
    'x-mlflow-timestamp': time,
  }
  if (!secret) return headers
  const signed = createHmac('sha256', secret).update(`${delivery}.${time}.${body}`).digest('base64')
  return { ...headers, 'x-mlflow-signature': `v1,${signed}` }
}
