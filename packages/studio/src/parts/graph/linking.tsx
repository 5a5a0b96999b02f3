// A line that is drawn from one node to another. Without a pointer the same is done in the panel of a node.
import { type PointerEvent as Press, type ReactNode, type RefObject, useState } from 'react'
import type { Point } from './layout.ts'

/** Type of what is dragged from the palette. */
export const droppedType = 'text/x-lazurite-component'

interface Linking {
  box: RefObject<HTMLDivElement | null>
  hit(event: { clientX: number; clientY: number }): string | undefined
  connect?(from: string, to: string): void
}

export function useLinking({ box, hit, connect }: Linking): { begin(event: Press): boolean; line: ReactNode } {
  const [line, setLine] = useState<[Point, Point]>()
  const at = ({ clientX, clientY }: { clientX: number; clientY: number }): Point => {
    const { left = 0, top = 0 } = box.current?.getBoundingClientRect() ?? {}
    return { x: clientX - left, y: clientY - top }
  }
  /** True when a line began. */
  const begin = (event: Press): boolean => {
    const handle = event.target instanceof Element ? event.target.closest<HTMLElement>('.handle') : null
    const from = handle?.dataset.node
    if (!connect || from === undefined) return false
    const start = at(event)
    const draw = (move: PointerEvent) => setLine([start, at(move)])
    const stop = (end: PointerEvent) => {
      removeEventListener('pointermove', draw)
      removeEventListener('pointerup', stop)
      removeEventListener('pointercancel', stop)
      setLine(undefined)
      const to = end.type === 'pointerup' ? hit(end) : undefined
      if (to !== undefined && to !== from) connect(from, to)
    }
    addEventListener('pointermove', draw)
    addEventListener('pointerup', stop)
    addEventListener('pointercancel', stop)
    return true
  }
  const [from, to] = line ?? []
  return {
    begin,
    line: from && to && (
      <svg className="linking" aria-hidden="true">
        <path
          d={`M${from.x} ${from.y} C${from.x} ${(from.y + to.y) / 2} ${to.x} ${(from.y + to.y) / 2} ${to.x} ${to.y}`}
        />
      </svg>
    ),
  }
}
