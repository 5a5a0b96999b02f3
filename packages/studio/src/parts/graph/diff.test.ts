import { expect, test } from 'vitest'
import { diffDrawings, withMarks } from './diff.ts'
import type { Drawing, DrawnNode, Wire } from './drawing.ts'
import { sceneOf } from './scene.ts'

const node = (id: string, more: Partial<DrawnNode> = {}): DrawnNode => ({
  id,
  in: id.includes('/') ? id.slice(0, id.lastIndexOf('/')) : '',
  key: id,
  kind: 'command',
  status: 'Completed',
  ...more,
})
const wire = (from: string, to: string, port = 'i'): Wire => ({ from, to, fromPort: 'o', toPort: port, kind: 'data' })
const drawing = (nodes: DrawnNode[], edges: Wire[]): Drawing => ({
  name: 'p',
  displayName: 'p',
  status: '',
  hash: String(nodes.length),
  nodes,
  edges,
  truncated: false,
})
const of = (version: string) => ({ component: { name: 'c', version } })

const a = drawing(
  [
    node('prep', of('1')),
    node('train', {
      ...of('1'),
      inputs: [
        { name: 'lr', value: '0.1' },
        { name: 'i', value: 'azureml://run/1' },
      ],
    }),
    node('old'),
    node('box', { kind: 'pipeline' }),
    node('box/x', of('1')),
  ],
  [wire('prep', 'train'), wire('prep', 'old')],
)
const b = drawing(
  [
    node('prep', of('2')),
    node('new'),
    node('train', {
      ...of('1'),
      inputs: [
        { name: 'lr', value: '0.2' },
        { name: 'i', value: 'azureml://run/2' },
      ],
    }),
    node('box', { kind: 'pipeline' }),
    node('box/x', of('9')),
  ],
  [wire('prep', 'new'), wire('new', 'train')],
)

test('what only one has, and what both have differently', () => {
  const { nodes, wires, drawing: both } = diffDrawings(a, b)
  expect(both.nodes.map(({ id }) => id)).toEqual(['prep', 'new', 'train', 'box', 'box/x', 'old'])
  expect(Object.fromEntries(nodes)).toEqual({
    prep: { tone: 'changed', changes: [{ is: 'component', what: 'component', a: 'c:1', b: 'c:2' }] },
    new: { tone: 'added', changes: [] },
    train: {
      tone: 'changed',
      changes: [
        { is: 'source', what: 'i', a: 'prep / o', b: 'new / o' },
        { is: 'parameter', what: 'lr', a: '0.1', b: '0.2' },
      ],
    },
    'box/x': { tone: 'changed', changes: [{ is: 'component', what: 'component', a: 'c:1', b: 'c:9' }] },
    old: { tone: 'removed', changes: [] },
  })
  expect([...wires].map(([key, tone]) => `${key.replace('\n', '>')} ${tone}`)).toEqual([
    'prep>new added',
    'new>train added',
    'prep>train removed',
    'prep>old removed',
  ])
})

test('where the outputs of two runs lie is no difference', () => {
  const again = drawing(
    a.nodes.map((one) => ({
      ...one,
      inputs: one.inputs?.map((port) => (port.name === 'i' ? { ...port, value: 'x' } : port)) ?? [],
    })),
    a.edges,
  )
  expect(diffDrawings(a, again).nodes.size).toBe(0)
})

test('cards say what differs, without states; changes inside a pipeline are told on it', () => {
  const diff = diffDrawings(a, b)
  const { cards, strands } = withMarks(sceneOf(diff.drawing, '', 'all'), diff)
  expect(cards.get('prep')).toMatchObject({ tone: 'changed', note: '~ component', state: '' })
  expect(cards.get('old')).toMatchObject({ tone: 'removed', note: '− only in A' })
  expect(cards.get('box')).toMatchObject({ tone: 'changed', note: '~ 1 inside' })
  expect(cards.get('prep')?.family).toBeUndefined()
  expect(strands.get('prep\nold')).toMatchObject({ tone: 'removed' })
})
