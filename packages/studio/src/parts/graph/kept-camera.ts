// Where in a drawing one looks, in the address: the point in the middle, and the size.
import { useEffect, useRef } from 'react'
import { type Camera, centred, leastZoom, mostZoom, pointAt, type Size } from './camera.ts'

export interface Kept {
  text: string
  put(text: string): void
}

/** `x,y,zoom`; the same look in a window of another size. */
export function writeCamera(camera: Camera, view: Size): string {
  const { x, y } = pointAt(camera, { x: view.width / 2, y: view.height / 2 })
  return `${Math.round(x)},${Math.round(y)},${+camera.zoom.toFixed(3)}`
}

export function readCamera(text: string, view: Size): Camera | undefined {
  const found = /^(-?\d{1,7}),(-?\d{1,7}),(\d(?:\.\d{1,3})?)$/.exec(text)
  const zoom = Number(found?.[3])
  if (!found || zoom < leastZoom || zoom > mostZoom) return undefined
  return centred({ zoom, left: 0, top: 0 }, { x: Number(found[1]), y: Number(found[2]) }, view)
}

const waitMs = 500

interface Keeping {
  kept: Kept | undefined
  camera: React.RefObject<Camera>
  view: React.RefObject<Size>
  /** The look that needs no words. */
  usual: React.RefObject<string>
  subscribe(listener: () => void): () => void
}

/** Writes the look down once it stands still. */
export function useKeptCamera({ kept, camera, view, usual, subscribe }: Keeping): void {
  const now = useRef(kept)
  now.current = kept
  const on = kept !== undefined
  useEffect(() => {
    if (!on) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const write = () => {
      const text = writeCamera(camera.current, view.current)
      const told = text === usual.current ? '' : text
      if (told !== now.current?.text) now.current?.put(told)
    }
    const stop = subscribe(() => {
      clearTimeout(timer)
      timer = setTimeout(write, waitMs)
    })
    return () => {
      clearTimeout(timer)
      stop()
    }
  }, [on, camera, view, usual, subscribe])
}
