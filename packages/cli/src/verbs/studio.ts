// The web pages: an address that logs a browser in, once, and a browser to open it.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { asObject, asString, fail, type Kind } from '@lazurite/spec'
import { isSet, textOf } from '../args.ts'
import type { Run } from '../command.ts'
import type { Session } from '../session.ts'

export const studio: Run = async (session, args) => {
  const readOnly = isSet(args, 'read-only')
  const url = await loginAddress(session, { readOnly, to: pageOf(textOf(args, 'path')) })
  const opened = !isSet(args, 'no-browser') && openBrowser(url, session.env)
  const lines = [
    opened ? 'The browser opens' : 'Open this address; it logs in once, within two minutes:',
    `  ${url}`,
    ...(readOnly ? ['It sees everything and changes nothing.'] : []),
  ]
  return { text: `${lines.join('\n')}\n`, value: { url, readOnly, opened } }
}

/** `/jobs` and `jobs` are pages, anything else is the name of a job. */
export function pageOf(word: string | undefined): string {
  if (word === undefined || word === '') return '/'
  if (word.startsWith('/')) return word
  const isPage = pages.has(word.split(/[/?]/)[0] ?? '')
  return isPage ? `/${word}` : `/jobs/${encodeURIComponent(word)}`
}

const pages = new Set([
  ...'jobs pipelines schedules data models environments components endpoints compute datastores'.split(' '),
  ...'registries kinds settings compare new'.split(' '),
])

interface Wish {
  readOnly?: boolean
  /** Page of the site. */
  to: string
}

/** An address that logs in when it is opened, and leads to a page. Starts the server when none runs. */
export async function loginAddress(session: Session, { readOnly = false, to }: Wish): Promise<string> {
  const client = await session.client()
  const reply = await client.ask({ path: '/lazurite/v1/session/tickets', method: 'POST', body: { readOnly } })
  const path = asString(asObject(await reply.json()).path) ?? fail('InternalError', {})
  return `${client.connection.url}${path}${to === '/' ? '' : `&to=${encodeURIComponent(to)}`}`
}

/** Where the page of a resource is, by its ARM id. Deployments are shown with their endpoint. */
export function pageOfResource(kind: Kind, id: string): string {
  const names = id.split('/').map(encodeURIComponent)
  const at = (word: string) => names[names.findIndex((name) => name.toLowerCase() === word.toLowerCase()) + 1] ?? ''
  if (id.includes('/onlineEndpoints/')) return `/endpoints/${at('onlineEndpoints')}`
  if (id.includes('/batchEndpoints/')) return `/endpoints/batch/${at('batchEndpoints')}`
  return `/${kind.plural.replaceAll(' ', '-')}/${at(kind.collection)}`
}

/** What --web does: prints the address of a page, and opens it where there is a browser. */
export async function showPage(session: Session, path: string, printed?: string): Promise<void> {
  const client = await session.client()
  session.say(printed ?? client.connection.url + path)
  if (hasBrowser(session.env)) openBrowser(await loginAddress(session, { to: path }), session.env)
}

function hasBrowser(env: NodeJS.ProcessEnv): boolean {
  return browserOf(env) !== undefined
}

/** Says whether a browser was asked to open it: there is none on a machine without a screen. */
export function openBrowser(url: string, env: NodeJS.ProcessEnv): boolean {
  const [program, ...words] = browserOf(env) ?? []
  if (program === undefined) return false
  const child = spawn(program, [...words, url], { detached: true, stdio: 'ignore', env })
  // what cannot be started is told of by the address that is printed in any case
  child.on('error', () => undefined)
  child.unref()
  return true
}

function browserOf(env: NodeJS.ProcessEnv): string[] | undefined {
  if (env.SSH_CONNECTION) return undefined
  if (env.BROWSER && isThere(env.BROWSER, env)) return [env.BROWSER]
  if (process.platform === 'darwin') return ['open']
  if (!(env.DISPLAY || env.WAYLAND_DISPLAY)) return undefined
  return isThere('xdg-open', env) ? ['xdg-open'] : undefined
}

function isThere(program: string, env: NodeJS.ProcessEnv): boolean {
  if (program.includes('/')) return existsSync(program)
  return (env.PATH ?? '').split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, program)))
}
