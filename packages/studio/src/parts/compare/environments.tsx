// What jobs ran with: images, packages, and what the server made of them.
import { useQueries } from '@tanstack/react-query'
import { ask } from '../../data/api.ts'
import { sideBySide } from '../../data/compare.ts'
import { environmentFields } from '../../data/packages.ts'
import { armUrl, type Resource } from '../../data/queries.ts'
import { Empty, Loading, Problem, Twin } from '../bits.tsx'
import { type CompareProps, FieldTable } from './table.tsx'

export function Environments(props: CompareProps) {
  const ids = props.jobs.map(({ resource }) => resource.properties.environmentId)
  const found = useQueries({
    queries: ids.map((id) => ({
      queryKey: ['environment', id],
      enabled: typeof id === 'string' && id.startsWith('/'),
      staleTime: 60_000,
      queryFn: ({ signal }: { signal: AbortSignal }) => ask<Resource>(armUrl(String(id)), { signal }),
    })),
  })
  if (found.some(({ isPending, isEnabled }) => isPending && isEnabled)) return <Loading what="the environments" />
  const broken = found.find(({ isError }) => isError)
  const told = props.jobs.map(({ resource }, index) =>
    environmentFields(found[index]?.data?.properties ?? {}, resource.lazurite?.environment ?? {}),
  )
  const sections = [...new Set(told.flatMap((one) => Object.keys(one)))]
  const fields = sections.flatMap((section) =>
    sideBySide(
      section,
      told.map((one) => one[section] ?? {}),
    ),
  )
  return (
    <div className="stack">
      {broken?.error && <Problem error={broken.error} />}
      {fields.length === 0 ? (
        <Empty title="None of them has an environment" />
      ) : (
        <FieldTable {...props} title="Environments" fields={fields} same="they ran with the same." />
      )}
      {typeof ids[0] === 'string' && ids[0].startsWith('/') && <Twin command={showOf(ids[0])} />}
    </div>
  )
}

function showOf(id: string): string {
  const [, name = '', version = ''] = /\/environments\/([^/]+)\/versions\/([^/]+)$/i.exec(id) ?? []
  return `laz environment show --name ${name} --version ${version}`
}
