// A new thing of any kind: a form made from its table, beside the YAML it writes. Either side may be edited.

import { asString, isObject, type JsonObject, jobStates, type Kind, printYaml } from '@lazurite/spec'
import { lazy, type ReactNode, Suspense, useMemo } from 'react'
import { Link, useSearchParams } from 'wouter'
import { type Creating, useCreating } from '../data/creating.ts'
import { describe, fieldsOf, withShortIds } from '../data/described.ts'
import { type Draft, useDraft } from '../data/draft.ts'
import { bytes } from '../data/format.ts'
import { kindPath } from '../data/kind-places.ts'
import { needKind, useItem } from '../data/kinds.ts'
import { likeRun } from '../data/like-run.ts'
import type { Resource } from '../data/queries.ts'
import { useSession } from '../data/session.ts'
import { shellWord } from '../data/shell.ts'
import { Card, Copy, Empty, Loading, Problem, Twin, useTitle } from '../parts/bits.tsx'
import { completeKeys } from '../parts/form/complete.ts'
import { FormContext } from '../parts/form/context.ts'
import { FieldRow } from '../parts/form/field.tsx'
import { FieldRows, VariantInput } from '../parts/form/structures.tsx'
import { Missing } from '../parts/missing.tsx'
import { capital } from './list.tsx'
import '../style/kinds.css'
import '../style/form.css'

const Editor = lazy(() => import('../parts/editor.tsx').then((part) => ({ default: part.Editor })))

export function NewPage({ kind: name }: { kind: string }) {
  const kind = needKind(name)
  const { readOnly } = useSession()
  const [search] = useSearchParams()
  const from = search.get('from') ?? ''
  const registry = search.get('registry') ?? undefined
  if (readOnly) return <Empty title="This login is for reading alone" />
  if (from !== '') return <FromOne kind={kind} from={from} registry={registry} edit={search.get('edit') === '1'} />
  const given = Object.fromEntries([...search].filter(([key]) => key !== 'registry'))
  const begin = beginOf(kind, given)
  return <Writing kind={kind} begin={Object.keys(begin).length > 0 ? printYaml(begin) : ''} registry={registry} />
}

/** What the address says already: `/new/model?path=azureml://…&type=mlflow_model`. */
function beginOf(kind: Kind, given: Record<string, string>): JsonObject {
  const { fields } = kind
  const by = fields.t === 'oneOf' && fields.by !== undefined ? fields.by : undefined
  const word = by === undefined ? undefined : (given[by] ?? fields.otherwise ?? Object.keys(fields.variants ?? {})[0])
  return { ...(by === undefined || word === undefined ? {} : { [by]: word }), ...given }
}

function FromOne(props: { kind: Kind; from: string; registry: string | undefined; edit: boolean }) {
  const { kind, from, registry, edit } = props
  const parts = from.split('/')
  const last = parts.at(-1) ?? ''
  const cut = kind.shape === 'versioned' ? last.lastIndexOf(':') : -1
  const name = cut < 0 ? last : last.slice(0, cut)
  const version = cut < 0 ? undefined : last.slice(cut + 1)
  const parent = parts.length > 1 ? parts[0] : undefined
  const item = useItem(kind, { name, version, parent, registry })
  if (item.isPending) return <Loading what={`the ${kind.name}`} />
  if (item.isError)
    return (
      <Missing
        kind={kind}
        of={{ name, version, parent, registry }}
        error={item.error}
        retry={() => void item.refetch()}
      />
    )
  const begin = printYaml(asFile(kind, item.data))
  return <Writing kind={kind} begin={begin} registry={registry} {...(edit ? { edited: { name, parent } } : { from })} />
}

/** What one would have written: without what the server filled in. */
export function asFile(kind: Kind, resource: Resource): JsonObject {
  const row = describe(kind, resource)
  const isRun = kind.states === jobStates
  const home = /^.*\/workspaces\/[^/]+\//i.exec(resource.id)?.[0]
  const table = fieldsOf(kind.fields, row.document)
  const own = Object.entries(row.document).filter(([key, value]) => {
    const empty = value === '' || (isObject(value) && Object.keys(value).length === 0)
    return !table[key]?.out && !empty
  })
  const under = typeof kind.shape === 'object' && row.parent !== undefined ? { endpoint_name: row.parent } : {}
  const file = { name: row.name, ...under, ...withShortIds(Object.fromEntries(own), home) }
  // a run is made once, under a name of its own
  return isRun ? likeRun(file, row.name) : file
}

interface WritingProps {
  kind: Kind
  begin: string
  registry: string | undefined
  /** What is changed. */
  edited?: { name: string; parent: string | undefined }
  /** What a new version begins as. */
  from?: string
}

function Writing({ kind, begin, registry, edited, from }: WritingProps) {
  const draft = useDraft(kind, begin, `${kind.name}/${registry ?? ''}/${edited?.name ?? from ?? ''}`)
  const word = kind.name.replaceAll('-', ' ')
  const title =
    edited !== undefined
      ? `Edit ${edited.name}`
      : from !== undefined
        ? kind.shape === 'versioned'
          ? `New version of ${from}`
          : `New ${word} like ${from}`
        : `New ${word}`
  useTitle(title)
  const creating = useCreating(kind, draft, { registry, edits: edited })
  return (
    <>
      <div className="head">
        <h1>{title}</h1>
        <p className="quiet">{kind.doc}</p>
        <div className="end">
          {draft.text !== begin && (
            <button type="button" className="button" onClick={() => draft.setText(begin)}>
              Start over
            </button>
          )}
          <Link href={kindPath(kind.name, registry)} className="button">
            Leave
          </Link>
          <button
            type="button"
            className="button primary"
            disabled={!draft.ready || creating.busy}
            onClick={() => void creating.create()}
          >
            {creating.busy ? 'Sending …' : edited === undefined ? 'Create' : 'Save'}
          </button>
        </div>
      </div>
      <Outcome creating={creating} />
      {edited !== undefined && kind.secrets && (
        <p className="notice" style={{ marginBottom: 16 }}>
          Secrets are not shown. What is not filled in again stays as it is.
        </p>
      )}
      <div className="writing">
        <Card title="Form">
          <DraftForm draft={draft}>
            <TableForm kind={kind} draft={draft} />
          </DraftForm>
        </Card>
        <YamlSide kind={kind} draft={draft} registry={registry} verb={edited === undefined ? 'create' : 'update'} />
      </div>
    </>
  )
}

/** The parts of a form speak of this draft. */
export function DraftForm({ draft, children }: { draft: Draft; children: ReactNode }) {
  const { put, folders, pick, issues } = draft
  return (
    <FormContext value={{ put, folders, pick, issues, Row: FieldRow }}>
      {draft.readable ? (
        <form className="table-form" onSubmit={(event) => event.preventDefault()}>
          {children}
        </form>
      ) : (
        <p className="quiet">The text is no YAML yet; the form is back when it is.</p>
      )}
    </FormContext>
  )
}

export function TableForm({ kind, draft }: { kind: Kind; draft: Draft }) {
  const { fields } = kind
  if (fields.t !== 'oneOf')
    return <FieldRows fields={fields.fields ?? {}} path={[]} value={draft.value} first={kind.columns} />
  return <Variants kind={kind} draft={draft} />
}

/** A kind of several types: the type is chosen first. */
function Variants({ kind, draft }: { kind: Kind; draft: Draft }) {
  const { fields } = kind
  const by = fields.by ?? 'type'
  const word = asString(draft.value[by]) ?? fields.otherwise ?? ''
  const variant = fields.variants?.[word]
  const doc = [variant?.doc].filter(Boolean).join(' ')
  return (
    <>
      <FieldRow
        name={by}
        field={{ t: 'enum', values: Object.keys(fields.variants ?? {}), required: true, ...(doc ? { doc } : {}) }}
        path={[by]}
        value={draft.value[by]}
      />
      {variant?.whole ? (
        <VariantInput field={variant.whole} path={[]} value={draft.value} id="" describedBy={undefined} label={word} />
      ) : (
        variant && <FieldRows key={word} fields={variant.fields} path={[]} value={draft.value} first={kind.columns} />
      )}
    </>
  )
}

interface SideProps {
  kind: Kind
  draft: Draft
  registry?: string | undefined
  /** What the command does with the file. */
  verb?: 'create' | 'update'
}

export function YamlSide({ kind, draft, registry, verb = 'create' }: SideProps) {
  const { value } = draft
  const complete = useMemo(() => completeKeys(kind.fields), [kind])
  const file = `${asString(value.name) || kind.name}.yml`
  const problems = draft.issues.length
  return (
    <div className="stack yaml-side">
      <Card
        title="YAML"
        end={
          <span className="inline">
            <span className={draft.ready ? (problems > 0 ? 'remark' : 'dim') : 'wrong'} role="status">
              {problems === 0 ? 'Nothing to mend' : problems === 1 ? '1 remark' : `${problems} remarks`}
            </span>
            <Copy text={draft.text} label="Copy the YAML" />
          </span>
        }
        bare
      >
        <Suspense fallback={<Loading what="the editor" />}>
          <Editor
            label={`YAML of the ${kind.name}`}
            value={draft.text}
            change={draft.setText}
            remarks={draft.remarks}
            complete={complete}
          />
        </Suspense>
      </Card>
      {draft.remarks.length > 0 && (
        <ul className="remarks" aria-label="Remarks">
          {draft.remarks.slice(0, 12).map((remark) => (
            <li key={`${remark.line}:${remark.message}`} className={remark.warning ? 'remark' : 'wrong'}>
              <span className="mono">{remark.line}</span> {remark.message}
            </li>
          ))}
        </ul>
      )}
      <Twin
        command={`laz ${kind.name} ${verb} --file ${shellWord(file)}${registry === undefined ? '' : ` --registry-name ${shellWord(registry)}`}`}
      />
    </div>
  )
}

export function Outcome({ creating: { busy, progress, error } }: { creating: Creating }) {
  return (
    <>
      {busy && progress && (
        <p className="sending" role="status">
          <span>
            Sending {progress.what}: {bytes(progress.sentBytes)} of {bytes(progress.totalBytes)}
          </span>
          <progress aria-label={`Sending ${progress.what}`} max={progress.totalBytes} value={progress.sentBytes} />
        </p>
      )}
      {error !== undefined && (
        <div style={{ marginBottom: 16 }}>
          <Problem error={error} />
        </div>
      )}
    </>
  )
}

/** All kinds that can be made. */
export function NewIndex({ kinds }: { kinds: readonly Kind[] }) {
  const { readOnly } = useSession()
  useTitle('New')
  if (readOnly) return <Empty title="This login is for reading alone" />
  return (
    <>
      <div className="head">
        <h1>New</h1>
      </div>
      <ul className="kinds">
        {kinds.map((kind) => (
          <li key={kind.name} className="card kind">
            <h2>
              <Link href={`/new/${kind.name}`}>{capital(kind.name.replaceAll('-', ' '))}</Link>
            </h2>
            <p className="quiet">{kind.doc}</p>
          </li>
        ))}
      </ul>
    </>
  )
}
