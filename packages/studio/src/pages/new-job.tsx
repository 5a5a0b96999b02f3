// A job by steps, each with what it needs and no more; the YAML it writes stands beside it all the while.
import { asNumber, asObject, asString, at, type Field, type JsonObject, printYaml } from '@lazurite/spec'
import { lazy, type ReactNode, Suspense } from 'react'
import { Link, useSearchParams } from 'wouter'
import { useCreating } from '../data/creating.ts'
import { describe, textOf } from '../data/described.ts'
import { type Draft, useDraft } from '../data/draft.ts'
import { needKind, useClient, useItem, useKindList } from '../data/kinds.ts'
import { useSession } from '../data/session.ts'
import { pipelineOf } from '../data/try-component.ts'
import { Card, Empty, Loading, Problem, useTitle } from '../parts/bits.tsx'
import { FieldRow } from '../parts/form/field.tsx'
import { referenceTo } from '../parts/form/names.tsx'
import { DraftForm, Outcome, TableForm, YamlSide } from './new.tsx'
import '../style/form.css'
import '../style/kinds.css'

const NewPage = lazy(() => import('./new.tsx').then((page) => ({ default: page.NewPage })))

const begin = printYaml({ type: 'command' })

interface StepProps {
  draft: Draft
  fields: Record<string, Field>
}

const steps: { id: string; title: string; keys: string[]; Step(props: StepProps): ReactNode }[] = [
  {
    id: 'basics',
    title: 'Basics',
    keys: ['display_name', 'experiment_name', 'description', 'tags', 'limits'],
    Step: Basics,
  },
  { id: 'script', title: 'Script and inputs', keys: ['code', 'command', 'inputs', 'outputs'], Step: Script },
  { id: 'environment', title: 'Environment', keys: ['environment'], Step: Environment },
  { id: 'compute', title: 'Compute', keys: ['compute', 'resources'], Step: Compute },
  { id: 'review', title: 'Review', keys: [], Step: Review },
]

export function NewJob() {
  const { readOnly } = useSession()
  const [search] = useSearchParams()
  // other types and copies have the whole form
  if (search.has('from') || search.has('type'))
    return (
      <Suspense fallback={<Loading what="the form" />}>
        <NewPage kind="job" />
      </Suspense>
    )
  if (readOnly) return <Empty title="This login is for reading alone" />
  const component = search.get('component')
  return component === null ? <Wizard begin={begin} /> : <TryComponent key={component} named={component} />
}

function TryComponent({ named }: { named: string }) {
  const kind = needKind('component')
  const cut = named.lastIndexOf(':')
  const [name, version] = [named.slice(0, cut), named.slice(cut + 1)]
  const item = useItem(kind, { name, version })
  if (item.isPending) return <Loading what="the component" />
  if (item.isError) return <Problem error={item.error} retry={() => void item.refetch()} />
  return <Wizard begin={printYaml(pipelineOf(name, version, describe(kind, item.data).document))} named={named} />
}

function Wizard({ begin, named = 'wizard' }: { begin: string; named?: string }) {
  useTitle('New job')
  const kind = needKind('job')
  const draft = useDraft(kind, begin, `job/${named}`)
  const client = useClient()
  const creating = useCreating(kind, draft, { by: client.jobs })
  const [search] = useSearchParams()
  const index = Math.max(
    0,
    steps.findIndex(({ id }) => id === (search.get('step') ?? 'basics')),
  )
  const step = steps[index] ?? steps[0]
  const next = steps[index + 1]
  const fields = kind.fields.variants?.command?.fields ?? {}
  const isWhole = search.get('step') === 'all' || (draft.value.type ?? 'command') !== 'command'
  return (
    <>
      <div className="head">
        <h1>New job</h1>
        <div className="end">
          <Link href={isWhole ? '/new/job' : '/new/job?step=all'} className="button">
            {isWhole ? 'By steps' : 'All fields'}
          </Link>
          <button
            type="button"
            className="button primary"
            disabled={!draft.ready || creating.busy}
            onClick={() => void creating.create()}
          >
            {creating.busy ? 'Sending …' : 'Run'}
          </button>
        </div>
      </div>
      <Outcome creating={creating} />
      <div className="writing">
        <div className="stack">
          {!isWhole && <Steps draft={draft} now={step?.id ?? ''} />}
          <Card title={isWhole ? 'All fields' : (step?.title ?? '')}>
            <DraftForm draft={draft}>
              {isWhole ? <TableForm kind={kind} draft={draft} /> : step && <step.Step draft={draft} fields={fields} />}
              {!isWhole && next && (
                <div className="inline ends">
                  <Link href={`/new/job?step=${next.id}`} className="button">
                    Next: {next.title}
                  </Link>
                </div>
              )}
            </DraftForm>
          </Card>
        </div>
        <YamlSide kind={kind} draft={draft} />
      </div>
    </>
  )
}

/** Where one is, and which steps have something to mend. */
function Steps({ draft, now }: { draft: Draft; now: string }) {
  return (
    <nav aria-label="Steps">
      <ol className="steps">
        {steps.map(({ id, title, keys }, index) => {
          const wrong = draft.issues.some(
            ({ path, severity }) => severity !== 'warning' && keys.includes(String(path[0])),
          )
          const filled = keys.some((key) => textOf(draft.value[key]) !== '')
          return (
            <li key={id}>
              <Link href={`/new/job?step=${id}`} aria-current={id === now ? 'step' : undefined}>
                <span className="step-mark">{wrong ? '!' : filled && id !== now ? '✓' : index + 1}</span>
                {title}
                {wrong && <span className="hidden">, something is missing</span>}
              </Link>
            </li>
          )
        })}
      </ol>
    </nav>
  )
}

function Rows({ draft, fields, names }: StepProps & { names: string[] }) {
  return names.map((name) => {
    const field = fields[name]
    return field && <FieldRow key={name} name={name} field={field} path={[name]} value={draft.value[name]} />
  })
}

function Basics(props: StepProps) {
  const timeout = at(props.draft.value, ['limits', 'timeout'])
  return (
    <>
      <Rows {...props} names={['display_name', 'experiment_name', 'description', 'tags']} />
      <FieldRow
        name="timeout"
        field={{ t: 'seconds', doc: 'Seconds after which it is stopped; no end when empty.' }}
        path={['limits', 'timeout']}
        value={timeout}
      />
    </>
  )
}

function Script(props: StepProps) {
  const { draft } = props
  const names = [
    ...Object.keys(asObject(draft.value.inputs)).map((name) => `\${{inputs.${name}}}`),
    ...Object.keys(asObject(draft.value.outputs)).map((name) => `\${{outputs.${name}}}`),
  ]
  const command = asString(draft.value.command) ?? ''
  return (
    <>
      <Rows {...props} names={['code', 'command']} />
      {names.length > 0 && (
        <div className="more-fields">
          <span className="dim">Put in:</span>
          {names.map((name) => (
            <button
              key={name}
              type="button"
              className="button small mono"
              onClick={() =>
                draft.put(['command'], `${command}${command === '' || command.endsWith(' ') ? '' : ' '}${name}`)
              }
            >
              {name}
            </button>
          ))}
        </div>
      )}
      <Rows {...props} names={['inputs', 'outputs', 'environment_variables']} />
    </>
  )
}

interface CardChoice {
  value: string
  title: string
  text: string
}

function Choices({
  legend,
  all,
  now,
  put,
}: {
  legend: string
  all: CardChoice[]
  now: string
  put(value: string): void
}) {
  return (
    <fieldset className="choices">
      <legend>{legend}</legend>
      {all.map(({ value, title, text }) => (
        <label key={value} className="choice">
          <input type="radio" name={legend} checked={now === value} onChange={() => put(value)} />
          <b>{title}</b>
          <span className="help">{text}</span>
        </label>
      ))}
    </fieldset>
  )
}

function Environment(props: StepProps) {
  const { draft } = props
  const kind = needKind('environment')
  const own = useKindList(kind, {})
  const curated = useKindList(kind, { registry: 'azureml', order: 'name asc' })
  const now = asString(draft.value.environment) ?? ''
  const put = (value: string) => draft.put(['environment'], value)
  const host: CardChoice = {
    value: 'azureml:host@latest',
    title: 'host',
    text: 'The Python of this machine, as it is: nothing is installed, it starts at once.',
  }
  const mine = own.rows.map((row) => ({
    value: referenceTo(row),
    title: `${row.name}:${row.latest}`,
    text: textOf(row.document.description) || textOf(row.document.image),
  }))
  const ready = curated.rows
    .filter(({ name }) => name !== 'host')
    .map(({ name, document }) => ({
      value: `azureml://registries/azureml/environments/${name}/labels/latest`,
      title: name,
      text: textOf(document.description)
        .replace(/^On this machine: /, '')
        .slice(0, 140),
    }))
  return (
    <>
      <Choices legend="Yours" all={[host, ...mine]} now={now} put={put} />
      {own.isPending && <Loading what="environments" />}
      <details>
        <summary>Curated · {ready.length}</summary>
        <Choices legend="Curated" all={ready} now={now} put={put} />
      </details>
      <Rows {...props} names={['environment']} />
    </>
  )
}

function Compute(props: StepProps) {
  const { draft } = props
  const list = useKindList(needKind('compute'), {})
  const now = asString(draft.value.compute) ?? ''
  const all: CardChoice[] = [
    { value: '', title: 'Serverless', text: 'Wherever there is room; on this server it is this machine.' },
    ...list.rows.map((row) => ({
      value: `azureml:${row.name}`,
      title: row.name,
      text: [row.document.type, row.document.size, row.document.state].map(textOf).filter(Boolean).join(' · '),
    })),
  ]
  const count = at(draft.value, ['resources', 'instance_count'])
  return (
    <>
      <Choices
        legend="Where it runs"
        all={all}
        now={now}
        put={(value) => draft.put(['compute'], value === '' ? undefined : value)}
      />
      <FieldRow
        name="instance_count"
        field={{ t: 'int', doc: 'Number of nodes; 1 when empty.' }}
        path={['resources', 'instance_count']}
        value={count}
      />
      {(asNumber(count) ?? 1) > 1 && <Rows {...props} names={['distribution']} />}
    </>
  )
}

function Review({ draft }: StepProps) {
  const parts = steps.filter(({ keys }) => keys.length > 0)
  return (
    <>
      {parts.map(({ id, title, keys }) => {
        const said = Object.fromEntries(
          keys.flatMap((key) => (textOf(draft.value[key]) === '' ? [] : [[key, draft.value[key] ?? null]])),
        ) as JsonObject // values of the document
        return (
          <section key={id} className="review">
            <h3>
              {title}{' '}
              <Link href={`/new/job?step=${id}`} className="button bare small">
                Change
              </Link>
            </h3>
            <pre className="block">{Object.keys(said).length === 0 ? 'As usual.' : printYaml(said)}</pre>
          </section>
        )
      })}
      {draft.issues.length === 0 && <p className="quiet">All there: Run sends the files and starts it.</p>}
    </>
  )
}
