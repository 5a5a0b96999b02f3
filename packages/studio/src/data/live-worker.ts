// One stream of events for all tabs: a browser gives an origin six connections, and each tab with its own would soon take
// them all. Tabs come and go; what they are told is what the server tells.
/// <reference lib="webworker" />
import type { LiveMessage } from './live.ts'

const tabs = new Set<MessagePort>()
let stream: EventSource | undefined
let state: 'open' | 'closed' = 'closed'

function tell(message: LiveMessage): void {
  for (const tab of tabs) tab.postMessage(message)
}

function open(): void {
  stream = new EventSource('/lazurite/v1/events')
  stream.onopen = () => {
    state = 'open'
    tell({ type: 'open' })
  }
  stream.onmessage = ({ data }) => tell({ type: 'change', change: JSON.parse(data) })
  stream.addEventListener('reset', () => tell({ type: 'reset' }))
  stream.onerror = () => {
    state = 'closed'
    tell({ type: 'closed' })
    // a refused stream is not tried again by the browser
    if (stream?.readyState === EventSource.CLOSED) setTimeout(open, 2000)
  }
}

const scope = self as unknown as SharedWorkerGlobalScope // what this file is loaded as
scope.onconnect = ({ ports }) => {
  const tab = ports[0]
  if (!tab) return
  tabs.add(tab)
  tab.onmessage = ({ data }) => {
    if (data === 'bye') tabs.delete(tab)
  }
  if (stream === undefined) open()
  else tab.postMessage({ type: state } satisfies LiveMessage)
}
