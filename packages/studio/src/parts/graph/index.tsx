// What other pages show of graphs.
import { Loading, Problem } from '../bits.tsx'
import { Board } from './board.tsx'
import { useComponentDrawing, useDrawing } from './use-drawing.ts'

/** A pipeline job: graph, timeline and list of its steps, live. The address holds what is looked at. */
export function PipelineView({ name }: { name: string }) {
  const drawing = useDrawing(name)
  if (drawing.isPending) return <Loading what="the pipeline" />
  if (drawing.isError && !drawing.data) return <Problem error={drawing.error} retry={() => void drawing.refetch()} />
  return (
    <>
      {drawing.data.truncated && (
        <p className="notice warn">Only the first {drawing.data.nodes.length} nodes are shown.</p>
      )}
      <Board drawing={drawing.data} timed />
    </>
  )
}

/** The graph of a pipeline component. */
export function ComponentGraph({ name, version }: { name: string; version: string }) {
  const drawing = useComponentDrawing(name, version)
  if (drawing.isPending) return <Loading what="the graph" />
  if (drawing.isError && !drawing.data) return <Problem error={drawing.error} retry={() => void drawing.refetch()} />
  return <Board drawing={drawing.data} timed={false} />
}
