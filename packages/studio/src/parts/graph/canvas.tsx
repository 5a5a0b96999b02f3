// A drawing to look around in: edges on a canvas, nodes as elements where they can be read. The wheel and two fingers
// change the size, dragging moves, arrow keys walk along the edges.
import {
  type KeyboardEvent,
  type ReactNode,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react'
import { useTheme } from '../theme.ts'
import { type Camera, centred, fitted, opening, pointAt, type Rect, seen, showing, touches, zoomed } from './camera.ts'
import { CardView } from './card.tsx'
import { type Kept, readCamera, useKeptCamera, writeCamera } from './kept-camera.ts'
import type { Layout } from './layout.ts'
import { droppedType, useLinking } from './linking.tsx'
import { Minimap } from './minimap.tsx'
import { nearZoom, paint, readColours, waysOf } from './paint.ts'
import type { Scene } from './scene.ts'
import { type Arrow, nextOf, stepTo } from './walk.ts'
import '../../style/graph.css'

export interface GraphCanvasProps {
  label: string
  scene: Scene
  layout: Layout
  selected?: string | undefined
  lit?: ReadonlySet<string> | undefined
  /** The look begins anew when it changes. */
  fitKey: string
  /** Where the look is kept, when it is. */
  kept?: Kept
  select(id: string | undefined): void
  /** Enter, or a second click. */
  open?(id: string): void
  /** The Delete key. */
  remove?(id: string): void
  /** Nodes have a handle that is dragged to another node. */
  connect?(from: string, to: string): void
  /** Something was dropped, `text` of the type `droppedType`; onto a node or beside all. */
  drop?(text: string, onto: string | undefined): void
  children?: ReactNode
}

const mapFrom = 60

export function GraphCanvas(props: GraphCanvasProps) {
  const { scene, layout, selected, lit } = props
  const look = useLook(props)
  const { camera, shown, percent } = look
  const press = useKeys(props, look)
  const link = useLinking({ box: look.box, hit: look.hit, ...(props.connect ? { connect: props.connect } : {}) })
  const isNear = percent >= nearZoom * 100
  return (
    <div
      ref={look.box}
      className="graph"
      role="application"
      aria-label={`${props.label}. Arrow keys walk, Enter opens, F fits; the outline beside it is the same as a list.`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it is walked by keyboard
      tabIndex={0}
      onKeyDown={press}
      onPointerDown={(event) => link.begin(event) || look.grab(event)}
      {...dropping(props, look)}
      onDoubleClick={(event) => {
        const id = look.hit(event)
        if (id !== undefined) props.open?.(id)
      }}
    >
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: a canvas without a tabindex has no focus */}
      <canvas ref={look.canvas} aria-hidden="true" />
      <div ref={look.layer} className="layer">
        {isNear &&
          shown.map((id) => {
            const card = scene.cards.get(id)
            const node = layout.nodes.get(id)
            if (!card || !node) return null
            const isDim = lit !== undefined && !lit.has(id)
            const handle = props.connect !== undefined && !id.startsWith(':out/')
            return <CardView key={id} card={card} at={node} selected={id === selected} dim={isDim} handle={handle} />
          })}
      </div>
      {link.line}
      {props.children}
      {layout.nodes.size > mapFrom && (
        <Minimap
          picture={look.picture}
          window={() => seen(camera.current, look.view.current)}
          subscribe={look.subscribe}
          go={(point) => look.move(centred(camera.current, point, look.view.current))}
        />
      )}
      <Zoom percent={percent} by={look.zoomBy} fit={look.fit} />
    </div>
  )
}

function Zoom({ percent, by, fit }: { percent: number; by(factor: number): void; fit(): void }) {
  return (
    <div className="zoom" role="toolbar" aria-label="Size of the drawing">
      <button type="button" className="button small" onClick={() => by(1 / 1.3)} aria-label="Smaller">
        −
      </button>
      <output aria-label="Size">{percent}%</output>
      <button type="button" className="button small" onClick={() => by(1.3)} aria-label="Larger">
        +
      </button>
      <button type="button" className="button small" onClick={fit}>
        Fit
      </button>
    </div>
  )
}

/** The camera, and everything that moves it. It moves without React; React draws the nodes that come into view. */
function useLook({ scene, layout, selected, lit, fitKey, kept, select }: GraphCanvasProps) {
  const box = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const layer = useRef<HTMLDivElement>(null)
  const camera = useRef<Camera>({ left: 0, top: 0, zoom: 1 })
  const view = useRef({ width: 0, height: 0 })
  const due = useRef(0)
  const { subscribe, tell } = useListeners()
  const [shown, setShown] = useState<readonly string[]>([])
  const [percent, setPercent] = useState(100)
  const theme = useTheme()
  // biome-ignore lint/correctness/useExhaustiveDependencies: colours are other ones in another theme
  const colours = useMemo(readColours, [theme])
  const ways = useMemo(() => waysOf(layout), [layout])
  const picture = useMemo(() => ({ scene, layout, ways, selected, lit }), [scene, layout, ways, selected, lit])

  const draw = useCallback(() => {
    due.current = 0
    const ctx = canvas.current?.getContext('2d')
    if (!ctx || !layer.current) return
    const { left, top, zoom } = camera.current
    paint({ ctx, view: view.current, camera: camera.current, ratio: devicePixelRatio, colours }, picture)
    layer.current.style.transform = `translate(${left}px, ${top}px) scale(${zoom})`
    setPercent(Math.round(zoom * 100))
    setShown((old) => {
      const ids = zoom < nearZoom ? [] : inView(picture.layout, seen(camera.current, view.current))
      return same(old, ids) ? old : ids
    })
    tell()
  }, [colours, picture, tell])
  const drawing = useRef(draw)
  drawing.current = draw
  const later = useCallback(() => {
    due.current ||= requestAnimationFrame(() => drawing.current())
  }, [])
  const move = useCallback(
    (next: Camera) => {
      camera.current = next
      later()
    },
    [later],
  )
  useEffect(draw, [draw])
  useMeasure({ box, canvas, view, later })
  const size = useRef(layout)
  size.current = layout
  const usual = useRef('')
  const fit = useOpening({ size, view, camera, move, fitKey, selected, kept, usual })
  useKeptCamera({ kept, camera, view, usual, subscribe })
  const zoomBy = (factor: number) => {
    const { width, height } = view.current
    move(zoomed(camera.current, { x: width / 2, y: height / 2 }, factor))
  }
  useWheel(box, camera, move)
  const hit = useHit({ box, camera, size })
  const grab = useGrab({ camera, move, click: (event) => select(hit(event)) })
  return { box, canvas, layer, camera, view, shown, percent, picture, move, fit, zoomBy, hit, grab, subscribe }
}

interface Opening {
  size: React.RefObject<Layout>
  view: React.RefObject<{ width: number; height: number }>
  camera: React.RefObject<Camera>
  move(next: Camera): void
  fitKey: string
  selected: string | undefined
  kept: Kept | undefined
  usual: React.RefObject<string>
}

/** Where one looks at first, and when something is chosen elsewhere. Answers what shows all of it. */
function useOpening({ size, view, camera, move, fitKey, selected, kept, usual }: Opening): () => void {
  const fit = useCallback(() => move(fitted(size.current, view.current)), [move, size, view])
  const first = useRef(kept?.text ?? '')
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new drawing is looked at from its beginning
  useLayoutEffect(() => {
    const begin = opening(size.current, view.current, size.current.direction)
    usual.current = writeCamera(begin, view.current)
    move(readCamera(first.current, view.current) ?? begin)
    // the address speaks of the drawing it came with
    first.current = ''
  }, [fitKey, move])
  useEffect(() => {
    const node = selected === undefined ? undefined : size.current.nodes.get(selected)
    if (node) move(showing(camera.current, node, view.current))
  }, [selected, move, size, view, camera])
  return fit
}

/** Who wants to know when the camera moved. */
function useListeners() {
  const listeners = useRef(new Set<() => void>())
  const subscribe = useCallback((listener: () => void) => {
    listeners.current.add(listener)
    return () => listeners.current.delete(listener)
  }, [])
  const tell = useCallback(() => {
    for (const listener of listeners.current) listener()
  }, [])
  return { subscribe, tell }
}

interface Hitting {
  box: React.RefObject<HTMLDivElement | null>
  camera: React.RefObject<Camera>
  size: React.RefObject<Layout>
}

/** The node at a place of the window. */
function useHit({ box, camera, size }: Hitting) {
  return useCallback(
    (event: { clientX: number; clientY: number }) => {
      const at = pointAt(camera.current, inside(box.current, event))
      for (const node of size.current.nodes.values())
        if (touches(node, { ...at, width: 0.01, height: 0.01 })) return node.id
      return undefined
    },
    [box, camera, size],
  )
}

type Look = ReturnType<typeof useLook>

function dropping({ drop }: GraphCanvasProps, look: Look) {
  if (!drop) return {}
  return {
    onDragOver: (event: React.DragEvent) => {
      if (event.dataTransfer.types.includes(droppedType)) event.preventDefault()
    },
    onDrop: (event: React.DragEvent) => {
      event.preventDefault()
      drop(event.dataTransfer.getData(droppedType), look.hit(event))
    },
  }
}

function inside(box: HTMLElement | null, { clientX, clientY }: { clientX: number; clientY: number }) {
  const { left = 0, top = 0 } = box?.getBoundingClientRect() ?? {}
  return { x: clientX - left, y: clientY - top }
}

function inView(layout: Layout, window: Rect): string[] {
  const ids: string[] = []
  for (const node of layout.nodes.values()) if (touches(node, window)) ids.push(node.id)
  return ids
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id, i) => id === b[i])
}

interface Measuring {
  box: React.RefObject<HTMLDivElement | null>
  canvas: React.RefObject<HTMLCanvasElement | null>
  view: React.RefObject<{ width: number; height: number }>
  later(): void
}

function useMeasure({ box, canvas, view, later }: Measuring): void {
  useLayoutEffect(() => {
    const measure = () => {
      const { clientWidth: width = 0, clientHeight: height = 0 } = box.current ?? {}
      if (width === view.current.width && height === view.current.height) return
      view.current = { width, height }
      if (canvas.current) {
        canvas.current.width = width * devicePixelRatio
        canvas.current.height = height * devicePixelRatio
      }
      later()
    }
    measure()
    const watcher = new ResizeObserver(measure)
    if (box.current) watcher.observe(box.current)
    return () => watcher.disconnect()
  }, [box, canvas, view, later])
}

function useWheel(
  box: React.RefObject<HTMLDivElement | null>,
  camera: React.RefObject<Camera>,
  move: (next: Camera) => void,
): void {
  useEffect(() => {
    const element = box.current
    const turn = (event: WheelEvent) => {
      event.preventDefault()
      if (event.shiftKey) {
        const { left, top, zoom } = camera.current
        move({ zoom, left: left - event.deltaX - event.deltaY, top })
      } else
        move(zoomed(camera.current, inside(element, event), Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0016))))
    }
    // the page does not scroll meanwhile, and React's own listeners could not say so
    element?.addEventListener('wheel', turn, { passive: false })
    return () => element?.removeEventListener('wheel', turn)
  }, [box, camera, move])
}

interface Grabbing {
  camera: React.RefObject<Camera>
  move(next: Camera): void
  click(event: PointerEvent): void
}

/** Dragging moves the drawing; a press that goes nowhere is a click. */
function useGrab({ camera, move, click }: Grabbing) {
  return (event: React.PointerEvent) => {
    if (event.button !== 0 || (event.target instanceof Element && event.target.closest('.zoom,.minimap,.over'))) return
    const from = { x: event.clientX, y: event.clientY, ...camera.current }
    let moved = false
    const drag = ({ clientX, clientY }: PointerEvent) => {
      moved ||= Math.hypot(clientX - from.x, clientY - from.y) > 4
      if (moved)
        move({ zoom: camera.current.zoom, left: from.left + clientX - from.x, top: from.top + clientY - from.y })
    }
    const stop = (end: PointerEvent) => {
      removeEventListener('pointermove', drag)
      removeEventListener('pointerup', stop)
      removeEventListener('pointercancel', stop)
      if (!moved && end.type === 'pointerup') click(end)
    }
    addEventListener('pointermove', drag)
    addEventListener('pointerup', stop)
    addEventListener('pointercancel', stop)
  }
}

const arrows = new Set<string>(['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight'])

function useKeys({ scene, layout, selected, select, open, remove }: GraphCanvasProps, look: Look) {
  const nextFailed = () => {
    const failed = [...scene.cards.values()].filter(({ family }) => family === 'fail').map(({ id }) => id)
    const next = nextOf(failed, selected)
    if (next !== undefined) select(next)
  }
  const keys = new Map<string, () => void>([
    ['f', look.fit],
    ['+', () => look.zoomBy(1.3)],
    ['=', () => look.zoomBy(1.3)],
    ['-', () => look.zoomBy(1 / 1.3)],
    ['0', () => look.zoomBy(1 / look.camera.current.zoom)],
    ['e', nextFailed],
    ['Enter', () => selected !== undefined && open?.(selected)],
    ['Delete', () => selected !== undefined && remove?.(selected)],
    ['Escape', () => select(undefined)],
  ])
  return (event: KeyboardEvent) => {
    if (event.target !== look.box.current || event.ctrlKey || event.metaKey || event.altKey) return
    if (arrows.has(event.key)) {
      const next = stepTo(layout, selected, event.key as Arrow) // one of the four
      if (next !== undefined) select(next)
    } else if (keys.has(event.key)) keys.get(event.key)?.()
    else return
    event.preventDefault()
  }
}
