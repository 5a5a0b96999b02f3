// Edges, and what is too far away to be read: drawn on one canvas.
import type { Family } from '../../data/states.ts'
import { token } from '../theme.ts'
import { type Camera, type Rect, type Size, seen, touches } from './camera.ts'
import type { Direction, Layout, Placed, Point, Route } from './layout.ts'
import { type Card, type Scene, strandKey, type Tone } from './scene.ts'

export interface Way {
  route: Route
  path: Path2D
  box: Rect
}

export interface Picture {
  scene: Scene
  layout: Layout
  ways: readonly Way[]
  selected: string | undefined
  /** What is not dimmed; everything when undefined. */
  lit: ReadonlySet<string> | undefined
}

export type Colours = (name: string) => string

/** From here on nodes are elements of the page; nearer to 0 they are boxes with names, then blocks of colour. */
export const nearZoom = 0.6
export const nameZoom = 0.25

const families: Record<Family, string> = {
  queue: 'queue',
  prep: 'prep',
  run: 'run',
  ok: 'ok',
  fail: 'fail',
  warn: 'warn',
  cancel: 'cancel',
}
export const tones: Record<Tone, string> = { added: 'ok', removed: 'fail', changed: 'gold' }

/** Colour tokens, read once. */
export function readColours(): Colours {
  const known = new Map<string, string>()
  return (name) => {
    const colour = known.get(name) ?? token(name)
    known.set(name, colour)
    return colour
  }
}

/** Curves between rows, straight lines through them. */
export function waysOf({ edges, direction }: Layout): Way[] {
  return edges.map((route) => {
    const path = new Path2D()
    const [first, ...rest] = route.points
    if (first) path.moveTo(first.x, first.y)
    let last = first
    for (const point of rest) {
      if (last) curve(path, last, point, direction)
      last = point
    }
    const xs = route.points.map(({ x }) => x)
    const ys = route.points.map(({ y }) => y)
    const x = Math.min(...xs)
    const y = Math.min(...ys)
    return { route, path, box: { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y } }
  })
}

function curve(path: Path2D, from: Point, to: Point, direction: Direction): void {
  if (direction === 'down') {
    const middle = (from.y + to.y) / 2
    path.bezierCurveTo(from.x, middle, to.x, middle, to.x, to.y)
  } else {
    const middle = (from.x + to.x) / 2
    path.bezierCurveTo(middle, from.y, middle, to.y, to.x, to.y)
  }
}

export interface Stage {
  ctx: CanvasRenderingContext2D
  view: Size
  camera: Camera
  /** Device pixels of a pixel. */
  ratio: number
  colours: Colours
}

export function paint(stage: Stage, picture: Picture): void {
  const { ctx, view, camera, ratio, colours } = stage
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0)
  ctx.clearRect(0, 0, view.width, view.height)
  paintDots(stage)
  ctx.setTransform(ratio * camera.zoom, 0, 0, ratio * camera.zoom, ratio * camera.left, ratio * camera.top)
  const window = seen(camera, view)
  paintEdges(stage, picture, window)
  if (camera.zoom < nearZoom) {
    for (const node of picture.layout.nodes.values()) {
      const card = picture.scene.cards.get(node.id)
      if (card && touches(node, window)) paintBox(stage, picture, { node, card })
    }
  } else if (picture.selected !== undefined) paintPorts(stage, picture, window)
  ctx.globalAlpha = 1
  void colours
}

/** A paper with dots, so that a move can be seen. */
function paintDots({ ctx, view, camera, colours }: Stage): void {
  const gap = 24 * camera.zoom
  if (gap < 12) return
  ctx.fillStyle = colours('border')
  for (let x = mod(camera.left, gap); x < view.width; x += gap) {
    for (let y = mod(camera.top, gap); y < view.height; y += gap) ctx.fillRect(x, y, 1, 1)
  }
}

function mod(value: number, by: number): number {
  return ((value % by) + by) % by
}

function paintEdges({ ctx, camera, colours }: Stage, picture: Picture, window: Rect): void {
  const { scene, lit, selected, ways, layout } = picture
  const thin = Math.max(1.4, 0.9 / camera.zoom)
  for (const { route, path, box } of ways) {
    if (!touches(box, window)) continue
    const strand = scene.strands.get(strandKey(route.from, route.to))
    const touching = selected !== undefined && (route.from === selected || route.to === selected)
    const shown = !lit || (lit.has(route.from) && lit.has(route.to))
    const colour = strand?.tone ? tones[strand.tone] : touching ? 'accent' : strand?.done ? 'text3' : 'strong'
    ctx.globalAlpha = shown ? (strand?.done || touching || strand?.tone ? 0.95 : 0.5) : 0.15
    ctx.strokeStyle = colours(colour)
    ctx.lineWidth = touching ? thin * 1.4 : thin
    ctx.setLineDash(strand && strand.kind !== 'data' ? [5, 4] : [])
    ctx.stroke(path)
    if (camera.zoom >= nameZoom) paintHead(ctx, route, { direction: layout.direction, colour: colours(colour) })
  }
  ctx.setLineDash([])
  ctx.globalAlpha = 1
}

function paintHead(
  ctx: CanvasRenderingContext2D,
  { points }: Route,
  { direction, colour }: { direction: Direction; colour: string },
): void {
  const end = points.at(-1)
  const before = points.at(-2)
  if (!end || !before) return
  const sign = direction === 'down' ? Math.sign(end.y - before.y) || 1 : Math.sign(end.x - before.x) || 1
  ctx.fillStyle = colour
  ctx.beginPath()
  ctx.moveTo(end.x, end.y)
  if (direction === 'down') {
    ctx.lineTo(end.x - 4, end.y - 6 * sign)
    ctx.lineTo(end.x + 4, end.y - 6 * sign)
  } else {
    ctx.lineTo(end.x - 6 * sign, end.y - 4)
    ctx.lineTo(end.x - 6 * sign, end.y + 4)
  }
  ctx.fill()
}

function paintBox(
  { ctx, camera, colours }: Stage,
  { selected, lit }: Picture,
  { node, card }: { node: Placed; card: Card },
): void {
  const colour = colours(card.tone ? tones[card.tone] : card.family ? families[card.family] : 'strong')
  const isSelected = node.id === selected
  ctx.globalAlpha = !lit || lit.has(node.id) ? 1 : 0.25
  if (camera.zoom < nameZoom) {
    ctx.fillStyle = colour
    ctx.fillRect(node.x, node.y, node.width, node.height)
    if (isSelected) outline(ctx, node, { colour: colours('text'), width: 3 / camera.zoom })
    return
  }
  ctx.fillStyle = colours('surface')
  ctx.strokeStyle = colours(isSelected ? 'accent' : 'strong')
  ctx.lineWidth = isSelected ? 3 : 1
  ctx.beginPath()
  ctx.roundRect(node.x, node.y, node.width, node.height, card.shape === 'pill' ? node.height / 2 : 8)
  ctx.fill()
  ctx.stroke()
  if (card.family || card.tone) {
    ctx.fillStyle = colour
    ctx.fillRect(node.x, node.y + 4, 6, node.height - 8)
  }
  ctx.fillStyle = colours('text')
  const size = Math.min(26, 11 / camera.zoom)
  ctx.font = `550 ${size}px "Inter Variable", sans-serif`
  ctx.textBaseline = 'middle'
  ctx.textAlign = 'left'
  ctx.fillText(cut(ctx, card.title, node.width - 24), node.x + 14, node.y + node.height / 2)
}

function outline(ctx: CanvasRenderingContext2D, box: Rect, o: { colour: string; width: number }): void {
  ctx.strokeStyle = o.colour
  ctx.lineWidth = o.width
  ctx.strokeRect(box.x, box.y, box.width, box.height)
}

/** Names of the ports at the edges of what is selected. */
function paintPorts({ ctx, colours }: Stage, { scene, ways, selected }: Picture, window: Rect): void {
  ctx.globalAlpha = 1
  ctx.font = '11px "Inter Variable", sans-serif'
  ctx.textBaseline = 'middle'
  ctx.textAlign = 'center'
  for (const { route, box } of ways) {
    if ((route.from !== selected && route.to !== selected) || !touches(box, window)) continue
    const ports = scene.strands.get(strandKey(route.from, route.to))?.ports ?? []
    const text = ports.length > 2 ? `${ports.slice(0, 2).join(', ')} +${ports.length - 2}` : ports.join(', ')
    if (text === '') continue
    const [a, b] = route.from === selected ? route.points.slice(-2) : route.points
    if (!a || !b) continue
    const at = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }
    const width = ctx.measureText(text).width + 10
    ctx.fillStyle = colours('surface')
    ctx.strokeStyle = colours('border')
    ctx.lineWidth = 1
    ctx.beginPath()
    ctx.roundRect(at.x - width / 2, at.y - 9, width, 18, 9)
    ctx.fill()
    ctx.stroke()
    ctx.fillStyle = colours('text2')
    ctx.fillText(text, at.x, at.y)
  }
}

/** As much of a text as there is room for. */
function cut(ctx: CanvasRenderingContext2D, text: string, width: number): string {
  if (ctx.measureText(text).width <= width) return text
  let short = text
  while (short.length > 1 && ctx.measureText(`${short}…`).width > width) short = short.slice(0, -1)
  return `${short}…`
}

/** All of it, small, with what is seen. */
export function paintMap(stage: Stage, picture: Picture, seenNow: Rect): void {
  const { ctx, view, camera, ratio, colours } = stage
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0)
  ctx.clearRect(0, 0, view.width, view.height)
  ctx.setTransform(ratio * camera.zoom, 0, 0, ratio * camera.zoom, ratio * camera.left, ratio * camera.top)
  const least = 2 / camera.zoom
  for (const node of picture.layout.nodes.values()) {
    const card = picture.scene.cards.get(node.id)
    ctx.globalAlpha = !picture.lit || picture.lit.has(node.id) ? 1 : 0.3
    ctx.fillStyle = colours(card?.tone ? tones[card.tone] : card?.family ? families[card.family] : 'strong')
    ctx.fillRect(node.x, node.y, Math.max(least, node.width), Math.max(least, node.height))
  }
  ctx.globalAlpha = 1
  outline(ctx, seenNow, { colour: colours('accent'), width: 1.5 / camera.zoom })
}
