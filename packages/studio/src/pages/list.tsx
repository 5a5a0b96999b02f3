// The list of any kind, made from its table.
import type { Kind } from '@lazurite/spec'
import { useMemo, useState } from 'react'
import { Link, useLocation, useSearchParams } from 'wouter'
import { columnsOf, type Described, shortUri, textOf, valueAt } from '../data/described.ts'
import { itemPath, newPath, systemRegistry } from '../data/kind-places.ts'
import { needKind, useKindList } from '../data/kinds.ts'
import { hrefOf, useSession } from '../data/session.ts'
import { shellWord } from '../data/shell.ts'
import { standing } from '../data/states.ts'
import { Ago, Empty, Loading, Problem, Twin, useTitle } from '../parts/bits.tsx'
import { Chosen } from '../parts/chosen.tsx'
import { type Column, Grid, type Sorting } from '../parts/grid.tsx'
import { Icon } from '../parts/icons.tsx'
import { factColumns, useAssetFacts, withFacts } from '../parts/list-facts.tsx'
import { HowMany, Pick } from '../parts/pick.tsx'
import { Status } from '../parts/status.tsx'
import { Tags } from '../parts/tags.tsx'
import '../style/kinds.css'

export function KindListPage({ kind: name }: { kind: string }) {
  const kind = needKind(name)
  const { readOnly } = useSession()
  useTitle(capital(kind.plural))
  return (
    <>
      <div className="head">
        <h1>{capital(kind.plural)}</h1>
        <p className="quiet">{kind.doc}</p>
        <div className="end">
          {!readOnly && canMake(kind) && (
            <Link href={newPath(kind.name)} className="button primary">
              <Icon name="plus" /> New {kind.name.replaceAll('-', ' ')}
            </Link>
          )}
        </div>
      </div>
      {kind.registry ? <FromWhere kind={kind} /> : <KindList kind={kind} />}
    </>
  )
}

/** Kinds that come with the server. */
const curated = new Set(['environment'])

/** Assets are of the workspace, or of a registry that workspaces share. */
function FromWhere({ kind }: { kind: Kind }) {
  const { search, put } = useWords()
  const registries = useKindList(needKind('registry'), {})
  const registry = search.get('registry') ?? ''
  const words = [
    ['', 'This workspace'],
    ...(curated.has(kind.name) ? [[systemRegistry, 'Curated']] : []),
    ...registries.rows.filter(({ name }) => name !== systemRegistry).map(({ name }) => [name, name]),
  ]
  return (
    <>
      <div className="filters" hidden={words.length === 1}>
        {words.map(([word = '', title]) => (
          <button
            key={word}
            type="button"
            className="pick"
            aria-pressed={word === registry}
            onClick={() => put('registry', word)}
          >
            {title}
          </button>
        ))}
      </div>
      <KindList key={registry} kind={kind} {...(registry === '' ? {} : { registry })} />
    </>
  )
}

/** Those that are made by others alone have no form; children are made at their parent. */
export function canMake(kind: Kind): boolean {
  return typeof kind.shape !== 'object' && kind.scope !== 'registry' && !serverMade.has(kind.name)
}
const serverMade = new Set(['private-endpoint-connection'])

export const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** Words of the address that say what is shown. */
function useWords() {
  const [search, setSearch] = useSearchParams()
  const put = (name: string, value: string) =>
    setSearch(
      (old) => {
        const next = new URLSearchParams(old)
        if (value === '') next.delete(name)
        else next.set(name, value)
        return next
      },
      { replace: true },
    )
  const clear = () =>
    setSearch((old) => {
      const next = new URLSearchParams(old)
      for (const name of ['q', 'tags', 'archived']) next.delete(name)
      return next
    })
  return {
    search,
    put,
    clear,
    text: search.get('q') ?? '',
    tags: search.get('tags') ?? '',
    archived: readView(search.get('archived')),
    order: search.get('order') ?? '',
  }
}

/** The rows with what finds them; `of` = the versions of that name. */
export function KindList({ kind, ...where }: { kind: Kind } & Where) {
  const words = useWords()
  const asked = { text: words.text, tags: words.tags, archived: words.archived }
  const list = useKindList(kind, { ...asked, ...where, order: words.order })
  const isAsked = words.text !== '' || words.tags !== '' || words.archived !== 'active'
  return (
    <>
      <Finders kind={kind} words={words} named={where.of !== undefined} list={list} />
      {list.isPending ? (
        <Loading what={kind.plural} />
      ) : list.isError && list.rows.length === 0 ? (
        <Problem error={list.error} retry={() => void list.refetch()} />
      ) : list.rows.length === 0 ? (
        <Nothing kind={kind} asked={isAsked} clear={words.clear} />
      ) : (
        <>
          <Rows kind={kind} where={where} list={list} words={words} />
          <div className="below">
            <Twin command={twin(kind, words, where)} />
          </div>
        </>
      )}
    </>
  )
}

/** Whose rows: of the workspace or a registry; the versions of a name; what lies below a parent. */
interface Where {
  registry?: string | undefined
  of?: string | undefined
  parent?: string | undefined
}

type Words = ReturnType<typeof useWords>
type List = ReturnType<typeof useKindList>

/** What finds rows. */
function Finders({ kind, words, named, list }: { kind: Kind; words: Words; named: boolean; list: List }) {
  const { put, text, tags, archived } = words
  return (
    <div className="filters">
      {!named && (
        <input
          className="field search"
          type="search"
          aria-label={`Search ${kind.plural} by name`}
          placeholder="Part of a name"
          value={text}
          onChange={(event) => put('q', event.target.value)}
        />
      )}
      <TagFilter tags={tags} put={(value) => put('tags', value)} />
      <Pick title="Show" value={archived} change={(next) => put('archived', next === 'active' ? '' : next)}>
        <option value="active">active</option>
        <option value="archived">archived</option>
        <option value="all">all</option>
      </Pick>
      <HowMany list={list} />
    </div>
  )
}

function Rows({ kind, where, list, words }: { kind: Kind; where: Where; list: List; words: Words }) {
  const { readOnly } = useSession()
  const [, go] = useLocation()
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const isVersions = where.of !== undefined
  const facts = useAssetFacts(kind, isVersions || where.registry !== undefined ? [] : list.rows)
  const columns = useMemo(
    () => withFacts(gridColumns(kind, isVersions, list.rows), factColumns(kind, facts.data)),
    [kind, isVersions, list.rows, facts.data],
  )
  const chosen = list.rows.filter(({ id }) => selected.has(id))
  const mayChoose = !readOnly && where.registry !== systemRegistry
  return (
    <>
      {chosen.length > 0 && <Chosen kind={kind} rows={chosen} clear={() => setSelected(new Set())} />}
      <Grid
        label={capital(kind.plural)}
        rows={list.rows}
        columns={columns}
        keyOf={(row) => row.id}
        nameOf={(row) => `${row.name}${row.version === undefined ? '' : ` version ${row.version}`}`}
        open={(row) => go(itemPath(kind.name, row))}
        {...(mayChoose ? { selected, select: setSelected } : {})}
        sorting={readOrder(words.order)}
        sortBy={({ by, descending }: Sorting) => words.put('order', `${by} ${descending ? 'desc' : 'asc'}`)}
        more={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined}
      />
    </>
  )
}

function TagFilter({ tags, put }: { tags: string; put(value: string): void }) {
  return (
    <label className="pick">
      Tag
      <input
        key={tags}
        className="bare"
        size={12}
        placeholder="team=cv"
        defaultValue={tags}
        onBlur={(event) => put(event.target.value.trim())}
        onKeyDown={(event) => event.key === 'Enter' && put(event.currentTarget.value.trim())}
      />
    </label>
  )
}

function Nothing({ kind, asked, clear }: { kind: Kind; asked: boolean; clear(): void }) {
  if (asked) {
    return (
      <Empty title={`No ${kind.name.replaceAll('-', ' ')} is like that`}>
        <p>
          <button type="button" className="button small" onClick={clear}>
            Show all that are active
          </button>
        </p>
      </Empty>
    )
  }
  return (
    <Empty
      title={`No ${kind.plural} yet`}
      command={examples[kind.name] ?? `laz ${kind.name} create --file ${kind.name}.yml`}
    >
      <p>{kind.doc}</p>
    </Empty>
  )
}

/** The shortest way to a first one, where that is no file. */
const examples: Record<string, string> = {
  model: 'laz model create -n NAME -p azureml://jobs/JOB/outputs/artifacts/paths/model/ --type mlflow_model',
  data: 'laz data create -n NAME --type uri_folder -p ./data',
  compute: 'laz compute create -n cpu-cluster --type amlcompute --max-instances 4',
  registry: 'laz registry create -n team --location local',
}

/** What no row fills is left out: registries and kinds fill different columns. */
function gridColumns(kind: Kind, versions: boolean, rows: readonly Described[]): Column<Described>[] {
  const isVersioned = kind.shape === 'versioned'
  return [
    {
      id: 'name',
      title: versions ? 'Version' : 'Name',
      width: versions ? '120px' : 'minmax(200px, 2fr)',
      ...(versions ? { sort: 'createdtime' } : { sort: 'name' }),
      cell: (row) => <ItemName kind={kind} row={row} versions={versions} />,
    },
    ...(isVersioned && !versions
      ? [{ id: 'latest', title: 'Latest', width: '84px', cell: (row: Described) => row.latest ?? '' }]
      : []),
    ...columnsOf(kind)
      .filter(({ key }) => rows.some((row) => textOf(valueAt(row, key)) !== ''))
      .map(
        ({ key, title, state }): Column<Described> => ({
          id: key,
          title,
          width: state ? '130px' : /uri|path|image/.test(key) ? 'minmax(180px, 2fr)' : 'minmax(110px, 1fr)',
          cell: (row) => {
            const text = textOf(valueAt(row, key))
            if (state) return <Status state={standing(text)} />
            return (
              <span title={text} className={/uri|path|image/.test(key) ? 'mono quiet' : undefined}>
                {shortUri(text)}
              </span>
            )
          },
        }),
      ),
    ...(rows.some(({ document }) => textOf(document.description) !== '')
      ? [{ id: 'description', title: 'Description', width: 'minmax(140px, 2fr)', cell: descriptionOf }]
      : []),
    { id: 'tags', title: 'Tags', width: 'minmax(120px, 1fr)', cell: (row) => <Tags tags={row.tags} /> },
    {
      id: 'created',
      title: 'Created',
      width: '120px',
      sort: 'createdtime',
      cell: ({ createdAt }) => <Ago at={createdAt} />,
    },
    { id: 'by', title: 'By', width: '100px', cell: ({ createdBy }) => createdBy },
  ]
}

const descriptionOf = ({ document }: Described) => {
  const text = textOf(document.description)
  return (
    <span className="quiet" title={text}>
      {text.slice(0, 200)}
    </span>
  )
}

function ItemName({ kind, row, versions }: { kind: Kind; row: Described; versions: boolean }) {
  const title = textOf(row.document.display_name)
  const path = itemPath(kind.name, row)
  return (
    <>
      <a className="name" href={hrefOf(path)} tabIndex={-1} onClick={(event) => event.preventDefault()}>
        {versions ? row.version : row.name}
      </a>{' '}
      {!versions && title !== '' && title !== row.name && <span className="dim">{title}</span>}
      {row.archived && <span className="chip">archived</span>}
    </>
  )
}

function readView(word: string | null): 'active' | 'archived' | 'all' {
  return word === 'archived' || word === 'all' ? word : 'active'
}

function readOrder(order: string): Sorting | undefined {
  const found = /^(\w+) (asc|desc)$/.exec(order)
  return found?.[1] ? { by: found[1], descending: found[2] === 'desc' } : undefined
}

function twin(kind: Kind, { archived }: Pick<Words, 'archived'>, { registry, of, parent }: Where): string {
  return [
    `laz ${kind.name} list`,
    ...(of === undefined ? [] : [`--name ${shellWord(of)}`]),
    ...(parent === undefined ? [] : [`--endpoint-name ${shellWord(parent)}`]),
    ...(registry === undefined ? [] : [`--registry-name ${shellWord(registry)}`]),
    ...(archived === 'all' ? ['--include-archived'] : archived === 'archived' ? ['--archived-only'] : []),
  ].join(' ')
}
