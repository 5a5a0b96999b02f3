import { describe, expect, test } from 'vitest'
import { centred, fitted, opening, pointAt, seen, showing, zoomed } from './camera.ts'
import { type Drawing, type DrawnNode, patched } from './drawing.ts'
import { reach, selectNodes } from './select.ts'
import { stackUp } from './stack.ts'
import { criticalPath, csvOf, marks, rowsOf, secondsByStage } from './times.ts'

const node = (id: string, more: Partial<DrawnNode> = {}): DrawnNode => {
  const at = id.includes('/') ? id.slice(0, id.lastIndexOf('/')) : ''
  return { id, in: at, key: id.split('/').at(-1) ?? '', kind: 'command', status: 'Completed', ...more }
}
const links = (text: string) =>
  text.split(' ').map((word) => {
    const [from = '', to = ''] = word.split('>')
    return { from, to }
  })
const none = new Set<string>()

describe('stacks', () => {
  const fan = (count: number) => Array.from({ length: count }, (_, i) => i)

  test('a fan-out between the same two steps is one card', () => {
    const nodes = [node('split'), ...fan(998).map((i) => node(`score_${i}`)), node('merge')]
    const all = fan(998).flatMap((i) => links(`split>score_${i} score_${i}>merge`))
    const { nodes: alone, stacks, cardOf } = stackUp(nodes, all, none)
    expect(alone.map(({ id }) => id)).toEqual(['split', 'merge'])
    expect(stacks.map(({ id, title, members }) => [id, title, members.length])).toEqual([['*score_0', 'score', 998]])
    expect([cardOf('score_7'), cardOf('split')]).toEqual(['*score_0', 'split'])
  })

  test('many chains beside each other are one chain of cards', () => {
    const nodes = [node('split'), ...fan(9).flatMap((i) => [node(`a${i}`), node(`b${i}`)])]
    const all = fan(9).flatMap((i) => links(`split>a${i} a${i}>b${i}`))
    expect(stackUp(nodes, all, none).stacks.map(({ title }) => title)).toEqual(['a', 'b'])
  })

  test('one that is fed by something else stands alone', () => {
    const nodes = [node('split'), node('other'), ...fan(7).map((i) => node(`s${i}`))]
    const all = [...fan(7).flatMap((i) => links(`split>s${i}`)), ...links('other>s3')]
    const { stacks } = stackUp(nodes, all, none)
    expect(stacks[0]?.members.map(({ id }) => id)).toEqual(['s0', 's1', 's2', 's4', 's5', 's6'])
  })

  test('by component whatever the names, and not by name where components differ', () => {
    const component = (version: string) => ({ component: { name: 'score', version } })
    const names = ['north', 'south', 'east', 'west', 'up', 'down']
    expect(
      stackUp(
        names.map((name) => node(name, component('1'))),
        [],
        none,
      ).stacks[0]?.title,
    ).toBe('score')
    expect(
      stackUp(
        names.map((name, i) => node(name, component(String(i)))),
        [],
        none,
      ).stacks,
    ).toEqual([])
    expect(
      stackUp(
        names.map((name) => node(name)),
        [],
        none,
      ).stacks,
    ).toEqual([])
  })

  test('those that are opened are shown one by one, and few are never stacked', () => {
    const nodes = fan(6).map((i) => node(`s${i}`))
    expect(stackUp(nodes, [], new Set(['*s0'])).nodes).toHaveLength(6)
    expect(stackUp(nodes.slice(0, 4), [], none).stacks).toEqual([])
  })

  test('a chain of the same is no stack', () => {
    const nodes = fan(8).map((i) => node(`s${i}`))
    expect(
      stackUp(
        nodes,
        fan(7).flatMap((i) => links(`s${i}>s${i + 1}`)),
        none,
      ).stacks,
    ).toEqual([])
  })
})

describe('selection', () => {
  const nodes = [
    node('prep'),
    node('train_a', { component: { name: 'trainer', version: '7' } }),
    node('train_b', { status: 'Failed' }),
    node('join', { status: 'NotStarted' }),
    node(':in/flowers', { kind: 'input', status: '', key: 'flowers' }),
    node('last', { reusedFrom: 'x' }),
  ]
  const all = links(':in/flowers>prep prep>train_a prep>train_b train_a>join train_b>join join>last')
  const ids = (text: string) => {
    const found = selectNodes(text, { nodes, links: all })
    return found && [...found].sort()
  }

  test.each([
    ['', undefined],
    [' , ', undefined],
    ['train', ['train_a', 'train_b']],
    ['+prep', [':in/flowers', 'prep']],
    ['join+', ['join', 'last']],
    ['1+join', ['join', 'train_a', 'train_b']],
    ['2+join', ['join', 'prep', 'train_a', 'train_b']],
    ['prep+1', ['prep', 'train_a', 'train_b']],
    ['+join+', [':in/flowers', 'join', 'last', 'prep', 'train_a', 'train_b']],
    ['train_*', ['train_a', 'train_b']],
    ['*a*', ['last', 'train_a', 'train_b']],
    ['status:failed', ['train_b']],
    ['status:failed train', ['train_b']],
    ['status:completed train', ['train_a']],
    ['status:failed, last', ['last', 'train_b']],
    ['reused', ['last']],
    ['kind:data', [':in/flowers']],
    ['component:trainer', ['train_a']],
    ['component:trainer:7', ['train_a']],
    ['trainer', ['train_a']],
    ['nothing', []],
    ['colour:red', []],
    ['(((', []],
  ])('%s', (text, expected) => expect(ids(text)).toEqual(expected))

  test('circles end', () => {
    expect([...reach(['a'], links('a>b b>a'), 'down')]).toEqual(['a', 'b'])
  })
})

describe('the camera', () => {
  const view = { width: 800, height: 600 }

  test('fits all of it in the middle, never larger than it is', () => {
    expect(fitted({ width: 100, height: 100 }, view)).toEqual({ zoom: 1, left: 350, top: 250 })
    const { zoom, left } = fitted({ width: 7360, height: 100 }, view)
    expect(zoom).toBeCloseTo(0.1)
    expect(left).toBeCloseTo(32)
  })

  test('opens where it can be read', () => {
    expect(opening({ width: 600, height: 4000 }, view)).toMatchObject({ zoom: 0.75, top: 24 })
    expect(opening({ width: 9000, height: 4000 }, view).zoom).toBeLessThan(0.1)
    expect(opening({ width: 4000, height: 600 }, view, 'right')).toMatchObject({ zoom: 0.75, left: 24 })
  })

  test('zooms about a point, which stays where it is', () => {
    const camera = { left: 10, top: 20, zoom: 1 }
    const at = { x: 100, y: 50 }
    const next = zoomed(camera, at, 1.5)
    expect(pointAt(next, at)).toEqual(pointAt(camera, at))
    expect(zoomed(camera, at, 1e9).zoom).toBe(2)
  })

  test('moves only when it has to', () => {
    const camera = { left: 0, top: 0, zoom: 1 }
    expect(showing(camera, { x: 100, y: 100, width: 50, height: 50 }, view)).toBe(camera)
    const box = { x: 2000, y: 100, width: 50, height: 50 }
    expect(showing(camera, box, view)).toEqual(centred(camera, { x: 2025, y: 125 }, view))
    expect(seen({ left: -100, top: -10, zoom: 2 }, view)).toEqual({ x: 50, y: 5, width: 400, height: 300 })
  })
})

describe('times', () => {
  const ran = (id: string, from: number, to: number, more: Partial<DrawnNode> = {}) =>
    node(id, { createdAt: from, startedAt: from, endedAt: to, ...more })
  const nodes = [
    ran('prep', 0, 10_000),
    ran('fast', 10_000, 12_000),
    ran('slow', 10_000, 60_000),
    ran('join', 60_000, 61_000),
    ran('box', 0, 40_000, { kind: 'pipeline' }),
    ran('box/in', 1000, 39_000),
  ]
  const all = links('prep>fast prep>slow fast>join slow>join')

  test('the path that decided goes back to whoever ended last', () => {
    expect([...criticalPath({ nodes, links: all }, 0)]).toEqual(['join', 'slow', 'prep'])
  })

  test('it goes on inside pipelines, and through what never runs itself', () => {
    const some = [
      ran('box', 0, 9, { kind: 'pipeline' }),
      ran('box/a', 1, 8),
      node('cond', { kind: 'if_else' }),
      ran('z', 10, 20),
    ]
    expect([...criticalPath({ nodes: some, links: links('box>cond cond>z') }, 0)]).toEqual(['z', 'box', 'box/a'])
  })

  test('views show what their names say', () => {
    const ids = (preset: Parameters<typeof rowsOf>[1]) =>
      rowsOf({ nodes, links: all }, preset, 0).map((row) => `${'.'.repeat(row.depth)}${row.node.id}`)
    expect(ids('critical')).toEqual(['prep', 'slow', 'join'])
    expect(ids('flat')).toEqual(['prep', 'box/in', 'fast', 'slow', 'join'])
    expect(ids('compact')).toEqual(['box/in', 'slow'])
    expect(ids('hierarchical')).toEqual(['prep', 'box', '.box/in', 'fast', 'slow', 'join'])
  })

  test('what never started has no row', () => {
    expect(rowsOf({ nodes: [node('a')], links: [] }, 'flat', 0)).toEqual([])
  })

  test('seconds are told by stage, up to now for what goes on', () => {
    const phases = [
      { name: 'Queued', stage: 'queued', from: 0, to: 2000 },
      { name: 'Running', stage: 'running', from: 2000 },
      { name: 'Odd', stage: 'odd', from: 0, to: 9 },
    ]
    expect(secondsByStage(node('a', { phases }), 5000)).toEqual({ queued: 2, preparing: 0, running: 3, finalizing: 0 })
  })

  test('marks are few and round', () => {
    expect(marks(0, 61_000, 8).map(({ label }) => label)).toEqual(['0', '10s', '20s', '30s', '40s', '50s', '1m'])
    expect(marks(0, 5 * 3_600_000, 8).map(({ label }) => label)).toEqual(['0', '1h', '2h', '3h', '4h', '5h'])
    expect(marks(0, 0, 8).length).toBeGreaterThan(0)
    expect(marks(0, 40 * 86_400_000, 8).length).toBeLessThan(10)
  })

  test('a table as a file keeps formulas texts', () => {
    const rows = rowsOf({ nodes: [ran('=cmd|x,"y"', 0, 1000)], links: [] }, 'flat', 0)
    expect(csvOf(rows).split('\r\n')[1]).toMatch(/^"'=cmd\|x,""y""",Completed,,1970/)
  })
})

describe('changes', () => {
  const drawing: Drawing = {
    name: 'p',
    displayName: 'p',
    status: 'Running',
    hash: 'h',
    nodes: [node('a', { job: 'j1', status: 'Queued' }), node('b')],
    edges: [],
    truncated: false,
  }
  test('of states are put in, and nothing else makes a new drawing', () => {
    expect(patched(drawing, new Map([['j1', 'Running']]))?.nodes[0]?.status).toBe('Running')
    expect(
      patched(
        drawing,
        new Map([
          ['j1', 'Queued'],
          ['j9', 'Failed'],
        ]),
      ),
    ).toBeUndefined()
    expect(patched(drawing, new Map([['p', 'Completed']]))?.status).toBe('Completed')
  })
})
