import { describe, expect, test } from 'vitest'
import { isotonic } from './coordinates.ts'
import { acyclic, layersOf, partsOf } from './layers.ts'
import { type Box, type Link, layOut } from './layout.ts'
import { crossings, rowsOf, untangle } from './order.ts'

const box = (id: string): Box => ({ id, width: 208, height: 56 })
const links = (text: string): Link[] =>
  text.split(' ').map((word) => {
    const [from = '', to = ''] = word.split('>')
    return { from, to }
  })
const boxesOf = (all: Link[]) => [...new Set(all.flatMap(({ from, to }) => [from, to]))].map(box)

/** Numbers that are the same in every run. */
function dice(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296
    return state / 4294967296
  }
}

function random(count: number, edges: number): { boxes: Box[]; all: Link[] } {
  const roll = dice(7)
  const boxes = Array.from({ length: count }, (_, i) => box(`n${i}`))
  const all: Link[] = Array.from({ length: count - 1 }, (_, i) => {
    const to = i + 1
    return { from: `n${Math.max(0, to - 1 - Math.floor(roll() * 12))}`, to: `n${to}` }
  })
  while (all.length < edges) {
    const a = Math.floor(roll() * count)
    const b = Math.min(count - 1, a + 1 + Math.floor(roll() * 30))
    if (a !== b) all.push({ from: `n${a}`, to: `n${b}` })
  }
  return { boxes, all }
}

describe('rows', () => {
  test('stand below all that is before them', () => {
    expect([
      ...layersOf(4, [
        [0, 1],
        [1, 2],
        [0, 3],
        [2, 3],
      ]),
    ]).toEqual([0, 1, 2, 3])
  })

  test('of what nothing goes into are brought down to what needs them', () => {
    expect([
      ...layersOf(4, [
        [0, 1],
        [1, 2],
        [3, 2],
      ]),
    ]).toEqual([0, 1, 2, 1])
  })

  test('a circle is opened by turning one edge round, repetitions and loops are dropped', () => {
    const kept = acyclic(3, [
      [0, 1],
      [1, 2],
      [2, 0],
      [0, 1],
      [1, 1],
    ])
    expect(kept).toHaveLength(3)
    expect([...layersOf(3, kept)]).toEqual([0, 1, 2])
  })

  test('two nodes that point at each other are one edge', () => {
    expect(
      acyclic(2, [
        [0, 1],
        [1, 0],
      ]),
    ).toEqual([[0, 1]])
  })

  test('a chain of a hundred thousand does not run out of stack', () => {
    const edges = Array.from({ length: 99_999 }, (_, i) => [i, i + 1] as const)
    expect(layersOf(100_000, acyclic(100_000, edges)).at(-1)).toBe(99_999)
  })

  test('parts that nothing connects are told apart', () => {
    expect(
      partsOf(5, [
        [0, 1],
        [3, 4],
      ]),
    ).toEqual({ part: Int32Array.of(0, 0, 1, 2, 2), parts: 3 })
  })
})

describe('order', () => {
  test('crossings are counted, and taken away where they can be', () => {
    const edges = [
      [0, 3],
      [1, 2],
    ] as const
    const rows = rowsOf(4, layersOf(4, edges), edges)
    rows.rows = [
      [0, 1],
      [2, 3],
    ]
    expect(crossings(rows, Float64Array.of(0, 1, 0, 1))).toBe(1)
    expect(untangle(rows)).toBe(0)
  })

  test('edges between the same two rows cross as often as pairs of them do', () => {
    const edges = [
      [0, 5],
      [0, 3],
      [1, 4],
      [2, 3],
    ] as const
    const rows = rowsOf(6, layersOf(6, edges), edges)
    rows.rows = [
      [0, 1, 2],
      [3, 4, 5],
    ]
    const place = Float64Array.of(0, 1, 2, 0, 1, 2)
    let pairs = 0
    for (const [a, b] of edges) {
      for (const [c, d] of edges) if ((place[a] ?? 0) < (place[c] ?? 0) && (place[b] ?? 0) > (place[d] ?? 0)) pairs++
    }
    expect(crossings(rows, place)).toBe(pairs)
  })
})

describe('places', () => {
  test('neighbours that disagree are pooled', () => {
    expect(isotonic([1, 3, 2, 4], [1, 1, 1, 1])).toEqual([1, 2.5, 2.5, 4])
    expect(isotonic([5, 1], [3, 1])).toEqual([4, 4])
    expect(isotonic([], [])).toEqual([])
  })
})

describe('a layout', () => {
  test('of nothing is nothing', () => {
    expect(layOut([], [])).toMatchObject({ width: 0, height: 0, edges: [] })
  })

  test('no two nodes overlap, edges go down, and ends touch their boxes', () => {
    const { boxes, all } = random(200, 300)
    const { nodes, edges, width, height } = layOut(boxes, all)
    const placed = [...nodes.values()]
    for (const [i, a] of placed.entries()) {
      expect(a.x).toBeGreaterThanOrEqual(-1e-6)
      expect(a.x + a.width).toBeLessThanOrEqual(width + 1e-6)
      expect(a.y + a.height).toBeLessThanOrEqual(height + 1e-6)
      for (const b of placed.slice(i + 1)) {
        const apart = a.x + a.width <= b.x + 1e-6 || b.x + b.width <= a.x + 1e-6 || a.y !== b.y
        expect(apart, `${a.id} and ${b.id}`).toBe(true)
      }
    }
    for (const { from, to, points } of edges) {
      const [a, b] = [nodes.get(from), nodes.get(to)]
      expect(points[0]?.y).toBeCloseTo((a?.y ?? 0) + 56)
      expect(points.at(-1)?.y).toBeCloseTo(b?.y ?? 0)
    }
  })

  test('a diamond is symmetric', () => {
    const all = links('a>b a>c b>d c>d')
    const { nodes } = layOut(boxesOf(all), all)
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((id) => nodes.get(id)?.x ?? Number.NaN)
    expect(a).toBeCloseTo(d ?? 0)
    expect(a).toBeCloseTo(((b ?? 0) + (c ?? 0)) / 2)
  })

  test('to the right, the axes change places', () => {
    const all = links('a>b b>c')
    const { nodes, edges } = layOut(boxesOf(all), all, { direction: 'right' })
    expect(new Set([...nodes.values()].map(({ y }) => y)).size).toBe(1)
    expect(nodes.get('b')?.x).toBe(208 + 44)
    expect(edges[0]?.points[0]).toEqual({ x: 208, y: 28 })
  })

  test('an edge against the stream is told as it is, and ends where it should', () => {
    const all = links('a>b b>c c>a')
    const { edges, nodes } = layOut(boxesOf(all), all)
    const back = edges.find(({ from, to }) => from === 'c' && to === 'a')
    expect(back?.points[0]?.y).toBeCloseTo(nodes.get('c')?.y ?? 0)
  })

  test('an edge that passes a row goes round the boxes in it', () => {
    const all = links('a>b b>c a>c')
    const { edges, nodes } = layOut(boxesOf(all), all)
    const long = edges.find(({ from, to }) => from === 'a' && to === 'c')
    const b = nodes.get('b')
    for (const { x, y } of long?.points.slice(1, -1) ?? []) {
      const inside = b && x > b.x && x < b.x + b.width && y > b.y && y < b.y + b.height
      expect(inside).toBe(false)
    }
    expect(long?.points).toHaveLength(4)
  })

  test('a thousand nodes that nothing connects are no line', () => {
    const { width, height } = layOut(
      Array.from({ length: 1000 }, (_, i) => box(`n${i}`)),
      [],
    )
    expect(width / height).toBeGreaterThan(0.5)
    expect(width / height).toBeLessThan(4)
  })

  test('the same graph is drawn the same way', () => {
    const { boxes, all } = random(80, 120)
    expect(layOut(boxes, all)).toEqual(layOut(boxes, all))
  })

  test('links to nowhere are left out', () => {
    expect(layOut([box('a')], links('a>b')).edges).toEqual([])
  })
})
