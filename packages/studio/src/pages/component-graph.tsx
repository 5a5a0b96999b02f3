// The steps of a pipeline component as a graph.
import { ComponentGraph } from '../parts/graph/index.tsx'
import type { Item } from './item.tsx'

export function ComponentGraphTab({ item: { row } }: { item: Item }) {
  return <ComponentGraph name={row.name} version={row.version ?? ''} />
}
