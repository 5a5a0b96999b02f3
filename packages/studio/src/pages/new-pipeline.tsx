// A pipeline that is drawn: components become steps, lines become bindings, and the YAML is written along.
import { asObject, errorsOf, type Issue, printYaml } from '@lazurite/spec'
import { useMemo, useState } from 'react'
import { Link, useSearchParams } from 'wouter'
import { useCreating } from '../data/creating.ts'
import { type Draft, useDraft } from '../data/draft.ts'
import { needKind, told, useClient, useItem } from '../data/kinds.ts'
import { useSession } from '../data/session.ts'
import { Empty, Loading, Problem, useTitle } from '../parts/bits.tsx'
import { GraphCanvas } from '../parts/graph/canvas.tsx'
import { ConnectDialog } from '../parts/graph/connect-dialog.tsx'
import { addStep, asWritten, type Change, closesCircle, drawingOf, removeStep } from '../parts/graph/design.ts'
import type { Drawing } from '../parts/graph/drawing.ts'
import { layOut } from '../parts/graph/layout.ts'
import { type Chosen, Palette } from '../parts/graph/palette.tsx'
import { PipelineForm } from '../parts/graph/pipeline-form.tsx'
import { sceneOf } from '../parts/graph/scene.ts'
import { StepForm } from '../parts/graph/step-form.tsx'
import { asFile, Outcome, YamlSide } from './new.tsx'
import '../style/graph.css'
import '../style/form.css'
import '../style/kinds.css'

const begin = printYaml({
  type: 'pipeline',
  display_name: 'my-pipeline',
  settings: { default_compute: 'azureml:local' },
  jobs: {},
})

export function NewPipeline() {
  useTitle('New pipeline')
  const { readOnly } = useSession()
  const [search] = useSearchParams()
  const from = search.get('from')
  if (readOnly) return <Empty title="This login is for reading alone" />
  return from === null ? <Designer begin={begin} /> : <FromJob key={from} name={from} />
}

/** Begins as a pipeline that ran. */
function FromJob({ name }: { name: string }) {
  const kind = needKind('job')
  const job = useItem(kind, { name })
  if (job.isPending) return <Loading what="the pipeline" />
  if (job.isError) return <Problem error={job.error} retry={() => void job.refetch()} />
  return <Designer begin={printYaml(asWritten(asFile(kind, job.data)))} from={name} />
}

function Designer({ begin, from }: { begin: string; from?: string }) {
  const kind = needKind('job')
  const draft = useDraft(kind, begin, from === undefined ? 'pipeline' : `pipeline/${from}`)
  const client = useClient()
  const creating = useCreating(kind, draft, { by: client.jobs })
  const checking = useCheck(draft)
  const [search, setSearch] = useSearchParams()
  const asText = search.get('view') === 'yaml'
  const hasSteps = Object.keys(asObject(draft.value.jobs)).length > 0
  return (
    <>
      <div className="head">
        <h1>{from === undefined ? 'New pipeline' : `New pipeline from ${from}`}</h1>
        <div className="end">
          <Views
            asText={asText}
            show={(text) =>
              setSearch(
                { ...(from === undefined ? {} : { from }), ...(text ? { view: 'yaml' } : {}) },
                { replace: true },
              )
            }
          />
          <Save draft={draft} />
          {draft.text !== begin && (
            <button type="button" className="button" onClick={() => draft.setText(begin)}>
              Start over
            </button>
          )}
          <button
            type="button"
            className="button"
            disabled={!hasSteps || !draft.ready || checking.busy}
            onClick={() => void checking.check()}
          >
            Check
          </button>
          <button
            type="button"
            className="button primary"
            disabled={!draft.ready || !hasSteps || creating.busy}
            onClick={() => void creating.create()}
          >
            {creating.busy ? 'Sending …' : 'Run'}
          </button>
        </div>
      </div>
      <Outcome creating={creating} />
      {checking.found && (
        <div style={{ marginBottom: 16 }}>
          <CheckOutcome {...checking.found} />
        </div>
      )}
      {draft.readable ? (
        <Drawn draft={draft} asText={asText} />
      ) : (
        <div className="writing">
          <p className="quiet">The text is no YAML yet; the drawing is back when it is.</p>
          <YamlSide kind={kind} draft={draft} />
        </div>
      )}
    </>
  )
}

function Views({ asText, show }: { asText: boolean; show(text: boolean): void }) {
  return (
    <fieldset className="segments">
      <legend className="hidden">What stands beside the drawing</legend>
      {([false, true] as const).map((text) => (
        <button key={String(text)} type="button" aria-pressed={asText === text} onClick={() => show(text)}>
          {text ? 'YAML' : 'Form'}
        </button>
      ))}
    </fieldset>
  )
}

/** The file, to be kept with the code. */
function Save({ draft }: { draft: Draft }) {
  const save = () => {
    const url = URL.createObjectURL(new Blob([draft.text], { type: 'application/yaml' }))
    const link = document.createElement('a')
    link.href = url
    link.download = 'pipeline.yml'
    link.click()
    URL.revokeObjectURL(url)
  }
  return (
    <button type="button" className="button" onClick={save}>
      Save YAML
    </button>
  )
}

interface Checked {
  /** The text that was looked at; what is said is not about another. */
  text: string
  error?: unknown
  issues?: Issue[]
  said?: string
}

/** Asks the server what would happen, without doing it. */
function useCheck(draft: Draft) {
  const { jobs } = useClient()
  const [found, setFound] = useState<Checked>()
  const [busy, setBusy] = useState(false)
  const check = async () => {
    const { text } = draft
    setBusy(true)
    try {
      const planned = await told(jobs.dryRun(draft.file()))
      const { issues = [], steps = [] } = planned as { issues?: Issue[]; steps?: { decision: string }[] } // see dry-run
      const reused = steps.filter(({ decision }) => decision === 'reused').length
      const some = reused > 0 ? `, ${reused} of them from what was done before` : ''
      setFound({ text, issues, said: `It is right: ${steps.length} steps${some}.` })
    } catch (error) {
      setFound({ text, error })
    } finally {
      setBusy(false)
    }
  }
  return { check, busy, found: found?.text === draft.text ? found : undefined }
}

function CheckOutcome({ error, issues = [], said }: Checked) {
  if (error !== undefined) return <Problem error={error} />
  const isWrong = errorsOf(issues).length > 0
  return (
    <div className={isWrong ? 'notice fail' : 'notice'} role="status">
      {issues.map(({ path, message, hint }) => (
        <p key={`${path.join('.')} ${message}`}>
          <b>{path.join('.')}</b> {message}
          {hint ? ` (${hint})` : ''}
        </p>
      ))}
      {!isWrong && <p>{said}</p>}
    </div>
  )
}

function Drawn({ draft, asText }: { draft: Draft; asText: boolean }) {
  const { value, putAll } = draft
  const [selected, setSelected] = useState<string>()
  const [line, setLine] = useState<{ from: string; to: string }>()
  const [problem, setProblem] = useState('')
  const drawing = useMemo(() => drawingOf(value), [value])
  const scene = useMemo(() => marked(sceneOf(drawing, '', 'all'), draft.issues), [drawing, draft.issues])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the hash says all that places depend on
  const layout = useMemo(() => layOut([...scene.cards.values()], [...scene.strands.values()]), [drawing.hash])
  const add = (chosen: Chosen, onto?: string) => {
    const { key, changes } = addStep(value, chosen)
    putAll(changes)
    setSelected(key)
    // dropped onto a step: what comes out of that one goes in here
    if (onto !== undefined && !onto.startsWith(':out/')) setLine({ from: onto, to: key })
  }
  const link = (from: string, to: string) => {
    const wrong = from.startsWith(':out/') || to.startsWith(':in/') || closesCircle(drawing, from, to)
    setProblem(wrong ? `${from} cannot go into ${to}: a step would wait for itself.` : '')
    if (wrong) return
    if (from.startsWith(':in/') && to.startsWith(':out/')) return
    setLine({ from, to })
  }
  const change = (changes: readonly Change[]) => putAll(changes)
  const step = selected !== undefined && Object.hasOwn(asObject(value.jobs), selected) ? selected : undefined
  return (
    <div className={asText ? 'board designer as-text' : 'board designer with-panel'}>
      <Palette add={add} />
      <div className="middle">
        {problem && (
          <p className="notice warn" role="alert">
            {problem}
          </p>
        )}
        <GraphCanvas
          label="The pipeline that is being written"
          {...{ scene, layout, selected }}
          fitKey={drawing.hash}
          select={setSelected}
          connect={link}
          remove={(id) => {
            if (!Object.hasOwn(asObject(value.jobs), id)) return
            putAll(removeStep(value, id))
            setSelected(undefined)
          }}
          drop={(text, onto) => {
            const chosen = readChosen(text)
            if (chosen) add(chosen, onto)
          }}
        >
          {drawing.nodes.length === 0 && <Hint />}
        </GraphCanvas>
      </div>
      <Side {...{ draft, drawing, asText, change }} step={step} select={setSelected} />
      {line && <ConnectDialog {...line} value={value} change={change} close={() => setLine(undefined)} />}
    </div>
  )
}

function Hint() {
  return (
    <div className="over hint">
      <Empty title="Drag a component here">
        <p>
          or press its plus. <Link href="/new/component">New component</Link>
        </p>
      </Empty>
    </div>
  )
}

interface SideProps {
  draft: Draft
  drawing: Drawing
  asText: boolean
  step: string | undefined
  change(changes: readonly Change[]): void
  select(id: string | undefined): void
}

/** The text, the step that is looked at, or the pipeline as a whole. */
function Side({ draft, drawing, asText, step, change, select }: SideProps) {
  const { value } = draft
  if (asText) return <YamlSide kind={needKind('job')} draft={draft} />
  if (step === undefined) return <PipelineForm value={value} change={change} />
  return <StepForm key={step} {...{ value, drawing, step, change, select }} />
}

/** Steps that the checker has something to say about. */
function marked(scene: ReturnType<typeof sceneOf>, issues: readonly Issue[]): ReturnType<typeof sceneOf> {
  const wrong = new Set(errorsOf([...issues]).flatMap(({ path }) => (path[0] === 'jobs' ? [String(path[1])] : [])))
  for (const id of wrong) {
    const card = scene.cards.get(id)
    if (card) scene.cards.set(id, { ...card, tone: 'removed', note: `${card.note} · to mend` })
  }
  return scene
}

function readChosen(text: string): Chosen | undefined {
  try {
    const { name, version, type } = JSON.parse(text) as Partial<Chosen> // what our palette put there, or anything
    return typeof name === 'string' && typeof version === 'string' && typeof type === 'string'
      ? { name, version, type }
      : undefined
  } catch {
    return undefined
  }
}
