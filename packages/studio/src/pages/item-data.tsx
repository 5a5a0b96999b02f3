// What data has beyond its table: a look into it, what is in its columns, and how it is used.
import { asString } from '@lazurite/spec'
import { useQuery } from '@tanstack/react-query'
import { ask } from '../data/api.ts'
import { count, number } from '../data/format.ts'
import { useWorkspace } from '../data/queries.ts'
import { type ProfileColumn, type Profiled, placeOfUri, storedUrl } from '../data/stored.ts'
import { Card, Copy, Empty, Loading, Problem, Twin } from '../parts/bits.tsx'
import { Look } from '../parts/look.tsx'
import { StoredFiles } from '../parts/stored-files.tsx'
import type { Item } from './item.tsx'

const addressOf = (own: string, { row }: Item) =>
  `${own}/data/${encodeURIComponent(row.name)}/versions/${encodeURIComponent(row.version ?? '')}`

export function DataPreview({ item }: { item: Item }) {
  const { own } = useWorkspace()
  const { row, document } = item
  const place = placeOfUri(asString(document.path) ?? '')
  if (!place) return <Elsewhere path={asString(document.path) ?? ''} />
  if (row.registry !== undefined) return <StoredFiles place={place} fixed />
  if (document.type === 'uri_folder') return <StoredFiles place={place} fixed />
  const content = storedUrl(own, place.datastore, 'content', { path: place.path })
  const name = place.path.split('/').filter(Boolean).at(-1) ?? row.name
  return (
    <div className="stack">
      <Card
        title={name}
        end={
          document.type === 'uri_file' && (
            <a className="button small" href={content} download={name}>
              Download
            </a>
          )
        }
      >
        <Look url={`${addressOf(own, item)}/preview?rows=500`} content={content} name={name} of={['data', row.name]} />
      </Card>
      <Twin command={`laz data preview --name ${row.name} --version ${row.version}`} />
    </div>
  )
}

function Elsewhere({ path }: { path: string }) {
  return (
    <Empty title="This lies elsewhere">
      <p>
        The server looks into what lies in a datastore; this is at <span className="mono">{path}</span>.
      </p>
    </Empty>
  )
}

export function DataProfile({ item }: { item: Item }) {
  const { own } = useWorkspace()
  const { row } = item
  const profile = useQuery({
    queryKey: ['data', row.name, 'profile', row.version],
    queryFn: ({ signal }) => ask<Profiled>(`${addressOf(own, item)}/profile`, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  })
  if (profile.isPending) return <Loading what="the profile: every row is read" />
  if (profile.isError) return <Problem error={profile.error} retry={() => void profile.refetch()} />
  const { rows, columns } = profile.data
  return (
    <div className="stack">
      <p className="quiet">
        {count(rows)} rows, {count(columns.length)} columns, {profile.data.format}
      </p>
      <ul className="profile">
        {columns.map((column) => (
          <li key={column.name}>
            <ColumnCard column={column} rows={rows} />
          </li>
        ))}
      </ul>
      <Twin command={`laz data profile --name ${row.name} --version ${row.version}`} />
    </div>
  )
}

function ColumnCard({ column, rows }: { column: ProfileColumn; rows: number }) {
  const { name, type, missing, distinct, min, max, mean, std, quantiles } = column
  const share = rows === 0 ? 0 : (100 * missing) / rows
  const facts: [string, string][] = [
    ['Distinct', count(distinct)],
    ['Missing', missing === 0 ? 'none' : `${count(missing)} (${number(share)} %)`],
    ...(mean === undefined ? [] : ([['Mean ± sd', `${number(mean)} ± ${number(std)}`]] as [string, string][])),
    ...(min === undefined ? [] : ([['From, to', `${short(min)}, ${short(max)}`]] as [string, string][])),
  ]
  return (
    <Card title={name} end={<span className="chip">{type}</span>}>
      <div className="stack" style={{ gap: 10 }}>
        {quantiles ? (
          <Range quantiles={quantiles} min={Number(min)} max={Number(max)} name={name} />
        ) : (
          <Top column={column} rows={rows} />
        )}
        <dl className="facts">
          {facts.map(([title, text]) => (
            <div key={title} className="fact">
              <dt>{title}</dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      </div>
    </Card>
  )
}

const short = (value: number | string | undefined) =>
  typeof value === 'number' ? number(value) : (value ?? '').slice(0, 24).replace(/\.000Z$/, 'Z')

/** The quarters of the values on one line: where most of them lie. */
function Range({
  quantiles,
  min,
  max,
  name,
}: {
  quantiles: Record<string, number>
  min: number
  max: number
  name: string
}) {
  const at = (value: number | undefined) => (max > min ? (100 * ((value ?? min) - min)) / (max - min) : 50)
  const [low, left, middle, right, high] = ['5%', '25%', '50%', '75%', '95%'].map((key) => quantiles[key])
  const words = `${name}: half of the values between ${number(left)} and ${number(right)}, median ${number(middle)}`
  return (
    <div>
      <svg className="range" viewBox="0 0 100 20" preserveAspectRatio="none" role="img" aria-label={words}>
        <rect className="range-all" x={0} y={9} width={100} height={2} />
        <rect className="range-most" x={at(low)} y={7} width={Math.max(0.5, at(high) - at(low))} height={6} />
        <rect className="range-half" x={at(left)} y={4} width={Math.max(0.5, at(right) - at(left))} height={12} />
        <rect className="range-middle" x={at(middle) - 0.4} y={2} width={0.8} height={16} />
      </svg>
      <p className="dim">
        median {number(middle)}, half between {number(left)} and {number(right)}
      </p>
    </div>
  )
}

function Top({ column: { top = [] }, rows }: { column: ProfileColumn; rows: number }) {
  return (
    <ul className="top">
      {top.slice(0, 5).map(({ value, count: times }) => (
        <li key={value}>
          <span className="top-bar" style={{ width: `${rows === 0 ? 0 : (100 * times) / rows}%` }} />
          <span className="top-name" title={value}>
            {value === '' ? '(empty)' : value}
          </span>
          <span className="dim">{count(times)}</span>
        </li>
      ))}
    </ul>
  )
}

export function DataConsume({ item }: { item: Item }) {
  const { row, document } = item
  const type = asString(document.type) ?? 'uri_folder'
  const reference = `azureml:${row.name}:${row.version}`
  const read = type === 'uri_file' ? 'pd.read_csv(args.data)' : 'Path(args.data).iterdir()'
  const snippets: [string, string][] = [
    ['As the input of a job', `inputs:\n  data:\n    type: ${type}\n    path: ${reference}\n    mode: ro_mount\n`],
    ['On the command line', `laz data download --name ${row.name} --version ${row.version} --download-path .`],
    [
      'In Python, with azure-ai-ml',
      `data = ml_client.data.get("${row.name}", version="${row.version}")\njob = command(\n    command="python train.py --data \${{inputs.data}}",\n    inputs={"data": Input(type="${type}", path=data.id)},\n    …\n)\n`,
    ],
    ['In the script of the job', `parser.add_argument("--data")\nargs = parser.parse_args()\n${read}\n`],
    [
      'In TypeScript',
      `const data = await laz.data.get('${row.name}', '${row.version}')\nconst rows = await laz.data.preview('${row.name}', '${row.version}')\n`,
    ],
  ]
  return (
    <div className="halves">
      {snippets.map(([title, text]) => (
        <Card key={title} title={title} end={<Copy text={text} label={`Copy: ${title}`} />}>
          <Snippet text={text} />
        </Card>
      ))}
    </div>
  )
}

export function Snippet({ text }: { text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region is reached by keyboard
    <pre className="block" tabIndex={0}>
      {text}
    </pre>
  )
}
