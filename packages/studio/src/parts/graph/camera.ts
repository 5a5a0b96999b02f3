// What of a drawing is seen: a point of it at (x, y) is seen at (x · zoom + left, y · zoom + top).
import type { Point } from './layout.ts'

export interface Camera {
  left: number
  top: number
  zoom: number
}

export interface Size {
  width: number
  height: number
}

export interface Rect extends Size {
  x: number
  y: number
}

export const leastZoom = 0.02
export const mostZoom = 2

/** All of it, in the middle, and not larger than it is. */
export function fitted(drawing: Size, view: Size, margin = 32): Camera {
  const across = (view.width - 2 * margin) / Math.max(1, drawing.width)
  const along = (view.height - 2 * margin) / Math.max(1, drawing.height)
  const zoom = Math.max(0.001, Math.min(1, across, along))
  return {
    zoom,
    left: (view.width - drawing.width * zoom) / 2,
    top: (view.height - drawing.height * zoom) / 2,
  }
}

/** Where a look begins: all of it when it can be read then, else its beginning, as wide as there is room for. */
export function opening(drawing: Size, view: Size, direction: 'down' | 'right' = 'down', readable = 0.75): Camera {
  const whole = fitted(drawing, view)
  const across = direction === 'down' ? (view.width - 64) / drawing.width : (view.height - 64) / drawing.height
  const zoom = Math.min(readable, across)
  if (whole.zoom >= zoom) return whole
  return direction === 'down'
    ? { zoom, left: (view.width - drawing.width * zoom) / 2, top: 24 }
    : { zoom, left: 24, top: (view.height - drawing.height * zoom) / 2 }
}

/** The point under the pointer stays there. */
export function zoomed(camera: Camera, at: Point, factor: number): Camera {
  const zoom = clamp(camera.zoom * factor)
  const ratio = zoom / camera.zoom
  return { zoom, left: at.x - (at.x - camera.left) * ratio, top: at.y - (at.y - camera.top) * ratio }
}

/** The camera moved no further than needed to see a box; to the middle when it is not seen at all. */
export function showing(camera: Camera, box: Rect, view: Size, margin = 16): Camera {
  const left = box.x * camera.zoom + camera.left
  const top = box.y * camera.zoom + camera.top
  const right = left + box.width * camera.zoom
  const bottom = top + box.height * camera.zoom
  if (left >= margin && top >= margin && right <= view.width - margin && bottom <= view.height - margin) return camera
  return centred(camera, { x: box.x + box.width / 2, y: box.y + box.height / 2 }, view)
}

export function centred(camera: Camera, point: Point, view: Size): Camera {
  return {
    zoom: camera.zoom,
    left: view.width / 2 - point.x * camera.zoom,
    top: view.height / 2 - point.y * camera.zoom,
  }
}

/** What of the drawing is seen, in its own measures. */
export function seen({ left, top, zoom }: Camera, view: Size): Rect {
  return { x: -left / zoom, y: -top / zoom, width: view.width / zoom, height: view.height / zoom }
}

export function touches(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

/** A point of the view as one of the drawing. */
export function pointAt({ left, top, zoom }: Camera, { x, y }: Point): Point {
  return { x: (x - left) / zoom, y: (y - top) / zoom }
}

function clamp(zoom: number): number {
  return Math.min(mostZoom, Math.max(leastZoom, zoom))
}
