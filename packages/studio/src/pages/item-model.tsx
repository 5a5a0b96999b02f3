// What a model has beyond its table: its signature, its files, and the way to an endpoint.
import { asObject, asString, type JsonObject, parseYaml } from '@lazurite/spec'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { send } from '../data/api.ts'
import { newPath } from '../data/kind-places.ts'
import { useWorkspace } from '../data/queries.ts'
import { type Port, portsOf } from '../data/signature.ts'
import { type Place, placeOfUri, storedUrl } from '../data/stored.ts'
import { Card, Empty } from '../parts/bits.tsx'
import { Icon } from '../parts/icons.tsx'
import { StoredFiles } from '../parts/stored-files.tsx'
import type { Item } from './item.tsx'
import type { ActionProps } from './item-specials.tsx'

const mostBytes = 1_000_000

/** The MLmodel file beside the model, when it has one. */
function useMlmodel(place: Place | undefined, enabled: boolean) {
  const { own } = useWorkspace()
  const path = `${place?.path.replace(/\/$/, '')}/MLmodel`
  return useQuery({
    queryKey: ['datastore', place?.datastore, 'files', 'MLmodel', path],
    queryFn: async ({ signal }): Promise<JsonObject> => {
      const headers = { range: `bytes=0-${mostBytes - 1}`, accept: '*/*' }
      const answer = await send(storedUrl(own, place?.datastore ?? '', 'content', { path }), { signal, headers })
      return asObject(parseYaml(await answer.text()).value)
    },
    enabled: enabled && place !== undefined,
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  })
}

export function ModelDetails({ item }: { item: Item }) {
  const { document, row } = item
  const place = row.registry === undefined ? placeOfUri(asString(document.path) ?? '') : undefined
  const file = useMlmodel(place, document.type === 'mlflow_model')
  const signature = asObject(file.data?.signature)
  const sides: [string, Port[]][] = [
    ['Inputs', portsOf(signature.inputs)],
    ['Outputs', portsOf(signature.outputs)],
    ['Parameters', portsOf(signature.params)],
  ]
  const shown = sides.filter(([, ports]) => ports.length > 0)
  if (shown.length === 0) return null
  return (
    <Card title="Signature">
      <div className="halves">
        {shown.map(([title, ports]) => (
          <table key={title} className="plain">
            <caption>{title}</caption>
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Type</th>
              </tr>
            </thead>
            <tbody>
              {ports.map(({ name, type, required }) => (
                <tr key={name}>
                  <td className="mono">{name}</td>
                  <td>
                    {type}
                    {!required && <span className="dim"> optional</span>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        ))}
      </div>
    </Card>
  )
}

export function Artifacts({ item }: { item: Item }) {
  const path = asString(item.document.path) ?? ''
  const place = placeOfUri(path)
  if (place && item.row.registry === undefined) return <StoredFiles place={place} fixed />
  return (
    <Empty title="Its files lie elsewhere">
      <p className="mono">{path}</p>
    </Empty>
  )
}

export function Deploy({ item }: ActionProps) {
  const { row } = item
  if (row.registry !== undefined) return null
  return (
    <Link href={newPath('deployment', { model: `${row.name}:${row.version}` })} className="button primary">
      <Icon name="endpoint" /> Deploy
    </Link>
  )
}
