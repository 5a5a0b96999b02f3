import { expect, test } from 'vitest'
import { mermaidOf } from './looks.ts'

test('a pipeline is drawn as Mermaid reads it, whatever its names are', () => {
  const node = (id: string, kind = 'command', status = 'Completed') => ({ id, in: '', key: id, kind, status })
  const text = mermaidOf({
    name: 'p',
    displayName: 'p',
    status: 'Completed',
    hash: '',
    truncated: false,
    nodes: [node(':in/rows', 'input', ''), node('a"] --> x["'), node('b', 'command', 'Failed')],
    edges: [
      { from: ':in/rows', to: 'a"] --> x["', fromPort: '', toPort: 'rows', kind: 'data' },
      { from: 'a"] --> x["', to: 'b', fromPort: 'out', toPort: 'in', kind: 'after' },
    ],
  })
  expect(text.split('\n')).toEqual([
    'flowchart TD',
    '  n0([":in/rows"])',
    '  n1["a#quot;] --> x[#quot; (Completed)"]',
    '  n2["b (Failed)"]',
    '  n0 --> n1',
    '  n1 -.->|"out"| n2',
    '',
  ])
})
