// Tags of a trace, changed in place.
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ask } from '../../data/api.ts'
import { useMlflow, type WholeTrace } from '../../data/traces.ts'
import { Card, Problem } from '../bits.tsx'
import { TagEditor } from '../tags.tsx'

export function TagsOfTrace({ trace, readOnly }: { trace: WholeTrace; readOnly: boolean }) {
  const base = useMlflow()
  const queries = useQueryClient()
  const [problem, setProblem] = useState<unknown>()
  const path = `${base}/traces/${encodeURIComponent(trace.id)}/tags`
  const save = async (tags: Record<string, string>) => {
    setProblem(undefined)
    try {
      for (const [key, value] of Object.entries(tags))
        if (trace.tags[key] !== value) await ask(path, { method: 'PATCH', body: { key, value } })
      for (const key of Object.keys(trace.tags))
        if (!Object.hasOwn(tags, key)) await ask(path, { method: 'DELETE', body: { key } })
      await queries.invalidateQueries({ queryKey: ['trace'] })
      return true
    } catch (error) {
      setProblem(error)
      return false
    }
  }
  return (
    <Card title="Tags">
      <TagEditor tags={trace.tags} save={save} readOnly={readOnly} />
      {problem !== undefined && <Problem error={problem} />}
    </Card>
  )
}
