// The drawing of a pipeline job, as it is now: states are put in as changes tell of them, the rest is asked for anew.
import { type UseQueryResult, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { ask } from '../../data/api.ts'
import { onChange } from '../../data/live.ts'
import { useWorkspace } from '../../data/queries.ts'
import { type Drawing, patched } from './drawing.ts'

const patchMs = 250
const askMs = 1500
/** Great drawings are asked for less often. */
const many = 300

export function useDrawing(name: string): UseQueryResult<Drawing> {
  const { own } = useWorkspace()
  const queries = useQueryClient()
  const query = useQuery({
    queryKey: ['job', name, 'graph'],
    queryFn: ({ signal }) => ask<Drawing>(`${own}/jobs/${encodeURIComponent(name)}/graph`, { signal }),
  })
  useEffect(() => {
    const key = ['job', name, 'graph']
    const states = new Map<string, string>()
    let patching: ReturnType<typeof setTimeout> | undefined
    let asking: ReturnType<typeof setTimeout> | undefined
    const put = () => {
      patching = undefined
      const old = queries.getQueryData<Drawing>(key)
      const next = old && patched(old, states)
      states.clear()
      if (next) queries.setQueryData(key, next)
    }
    const again = () => {
      asking = undefined
      void queries.invalidateQueries({ queryKey: key })
    }
    const stop = onChange(({ kind, name: job, what, state }) => {
      const drawing = kind === 'job' ? queries.getQueryData<Drawing>(key) : undefined
      if (!drawing) return
      const isOurs = job === name || drawing.nodes.some((node) => node.job === job)
      if (!isOurs && what !== 'created') return
      if (isOurs && state !== undefined) states.set(job, state)
      patching ??= setTimeout(put, patchMs)
      asking ??= setTimeout(again, askMs * (drawing.nodes.length > many ? 4 : 1))
    })
    return () => {
      stop()
      clearTimeout(patching)
      clearTimeout(asking)
    }
  }, [queries, name])
  return query
}

/** The drawing of a pipeline component. */
export function useComponentDrawing(name: string, version: string): UseQueryResult<Drawing> {
  const { own } = useWorkspace()
  const path = `${own}/components/${encodeURIComponent(name)}/versions/${encodeURIComponent(version)}/graph`
  return useQuery({
    queryKey: ['component', name, version, 'graph'],
    queryFn: ({ signal }) => ask<Drawing>(path, { signal }),
  })
}
