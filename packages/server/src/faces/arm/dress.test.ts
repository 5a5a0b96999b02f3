import { type JsonObject, kindByName } from '@lazurite/spec'
import type { Row } from '@lazurite/store'
import { describe, expect, test } from 'vitest'
import { dress } from './dress.ts'
import type { Room } from './room.ts'

const account = 'laz0123456789ab'
const row = {
  scope: 's/g/w',
  kind: 'x',
  name: 'n',
  version: '',
  props: {},
  status: {},
  asks: {},
  state: 'Running',
  archived: false,
  createdAt: '2026-01-01T00:00:00.000Z',
} as unknown as Row // what dress reads of a row

/** A caller as the server sees one; TLS has no other way in yet. */
function room(protocol: string, agent: string): Room {
  const request = { protocol, headers: { host: 'localhost:8443', 'user-agent': agent } }
  const workspace = { storage: { account }, id: { subscription: 's', resourceGroup: 'g', workspace: 'w' } }
  return {
    request,
    workspace,
    origin: `${protocol}://localhost:8443`,
    deps: { engine: { ahead: () => undefined }, store: { clock: { now: () => Date.parse('2026-01-01T00:00:05Z') } } },
  } as unknown as Room // the parts that dress reads
}

const show = (kind: string, props: JsonObject, at: Room, of: Partial<Row> = {}) => {
  const table = kindByName(kind)
  if (!table) throw new Error(kind)
  return dress(table, props, { ...row, ...of }, at).properties
}

describe('a datastore of our own', () => {
  const props = {
    datastoreType: 'AzureBlob',
    accountName: account,
    containerName: 'c',
    credentials: { credentialsType: 'Sas' },
  }
  const sdk = 'azure-ai-ml/1.28.0 azsdk-python'

  test('has a name that leads the official client here over TLS, where there is no DNS', () => {
    const name = String(show('datastore', props, room('https', sdk)).accountName)
    const url = new URL(`https://${name}.blob.${'laz.test'}`)
    expect([url.host, url.pathname]).toEqual(['localhost:8443', `/${account}`])
  })

  test('has its plain name for everybody else, over http, and when it lies elsewhere', () => {
    expect(show('datastore', props, room('https', 'curl')).accountName).toBe(account)
    expect(show('datastore', props, room('http', sdk)).accountName).toBe(account)
    expect(show('datastore', { ...props, accountName: 'other' }, room('https', sdk)).accountName).toBe('other')
  })
})

describe('a job', () => {
  const props = { jobType: 'Command', outputs: { o: { jobOutputType: 'uri_folder' } } }

  test('shows its default output, except to clients that would sign links into it by themselves', () => {
    for (const agent of ['laz', 'azure-ai-ml/1.28.0 azsdk-python', 'azure-ai-ml/1.34.1']) {
      expect(show('job', props, room('http', agent)), agent).toHaveProperty('outputs.default')
    }
    expect(show('job', props, room('http', 'azure-ai-ml/1.35.2'))).not.toHaveProperty('outputs.default')
  })

  test('tells how long it has taken so far', () => {
    const table = kindByName('job')
    const shown = table && dress(table, props, row, room('http', 'x')).lazurite
    expect(shown).toMatchObject({ totalSeconds: 5, stages: { queued: 5, running: 0 } })
  })

  test('shows a cancel as soon as it was asked for, and its end as what it was', () => {
    const asks = { cancel: 1 }
    expect(show('job', props, room('http', 'x'), { asks, state: 'Running' }).status).toBe('CancelRequested')
    for (const state of ['Completed', 'Failed', 'Canceled']) {
      expect(show('job', props, room('http', 'x'), { asks, state }).status).toBe(state)
    }
  })
})
