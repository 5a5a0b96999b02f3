// All of a drawing in a corner of it; a press there goes there. The keyboard walks from node to node instead.
import { useEffect, useRef } from 'react'
import { useTheme } from '../theme.ts'
import { fitted, pointAt, type Rect } from './camera.ts'
import type { Point } from './layout.ts'
import { type Picture, paintMap, readColours } from './paint.ts'

const size = { width: 176, height: 120 }

interface MinimapProps {
  picture: Picture
  window(): Rect
  subscribe(listener: () => void): () => void
  go(point: Point): void
}

export function Minimap({ picture, window, subscribe, go }: MinimapProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const theme = useTheme()
  const latest = useRef({ window, go })
  latest.current = { window, go }
  // biome-ignore lint/correctness/useExhaustiveDependencies: colours are other ones in another theme
  useEffect(() => {
    const ctx = canvas.current?.getContext('2d')
    if (!ctx) return
    const colours = readColours()
    const camera = fitted(picture.layout, size, 6)
    const draw = () =>
      paintMap({ ctx, view: size, camera, ratio: devicePixelRatio, colours }, picture, latest.current.window())
    draw()
    return subscribe(draw)
  }, [picture, subscribe, theme])
  const press = (event: React.PointerEvent<HTMLCanvasElement>) => {
    if (event.buttons !== 1) return
    const { left, top } = event.currentTarget.getBoundingClientRect()
    const camera = fitted(picture.layout, size, 6)
    latest.current.go(pointAt(camera, { x: event.clientX - left, y: event.clientY - top }))
  }
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a canvas without a tabindex has no focus
    <canvas
      ref={canvas}
      className="minimap"
      aria-hidden="true"
      width={size.width * devicePixelRatio}
      height={size.height * devicePixelRatio}
      onPointerDown={press}
      onPointerMove={press}
    />
  )
}
