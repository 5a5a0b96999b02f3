// The fields of deploying a model.
import { type Folder, filesOf } from '@lazurite/client'
import { lazy, Suspense } from 'react'
import { beginnings, codeFolder, type Plan, type Script, type Sort } from '../data/deploy-plan.ts'
import { count } from '../data/format.ts'
import { Loading } from './bits.tsx'
import { FormContext } from './form/context.ts'
import { FieldRow } from './form/field.tsx'
import { PickButton } from './form/files.tsx'
import { NameInput } from './form/names.tsx'

const Editor = lazy(() => import('./editor.tsx').then((part) => ({ default: part.Editor })))

export interface DeployFormProps {
  plan: Plan
  change(part: Partial<Plan>): void
  /** Endpoints there are, by sort. */
  names: Record<Sort, string[]>
  folder: Folder | undefined
  pick(folder: Folder): void
}

export function DeployForm(props: DeployFormProps) {
  const { plan, change, names } = props
  const online = plan.sort === 'online'
  const toSort = (sort: Sort) => {
    const isUntouched = plan.code === beginnings[plan.sort]
    change({ sort, isNew: true, ...(isUntouched ? { code: beginnings[sort] } : {}) })
  }
  return (
    <div className="table-form">
      <fieldset className="choices">
        <legend>How it is asked</legend>
        <Choice name="sort" checked={online} title="Online" pick={() => toSort('online')}>
          Answers calls at an address
        </Choice>
        <Choice name="sort" checked={!online} title="Batch" pick={() => toSort('batch')}>
          Goes through files in a job
        </Choice>
      </fieldset>
      <EndpointFields plan={plan} change={change} names={names[plan.sort]} />
      <ScriptFields {...props} />
      <Reference
        label="Environment"
        kind="environment"
        value={plan.environment}
        put={(environment) => change({ environment })}
        help="An MLflow model brings its own. azureml:host@latest is the Python of this machine."
      />
      {!online && (
        <Reference
          label="Compute"
          kind="compute"
          value={plan.compute}
          put={(compute) => change({ compute })}
          help="Where the jobs of calls run."
        />
      )}
      <label className="form-row">
        Instances
        <input
          className="field short"
          type="number"
          min={1}
          max={20}
          value={plan.instances}
          onChange={({ target }) => change({ instances: Math.max(1, Number(target.value) || 1) })}
        />
      </label>
      <label className="inline">
        <input type="checkbox" checked={plan.first} onChange={({ target }) => change({ first: target.checked })} />
        {online ? 'All calls go to this deployment' : 'Calls that name no deployment go to this one'}
      </label>
    </div>
  )
}

interface ChoiceProps {
  name: string
  title: string
  checked: boolean
  pick(): void
  children: string
}

function Choice({ name, title, checked, pick, children }: ChoiceProps) {
  return (
    <label className="inline">
      <input type="radio" name={name} checked={checked} onChange={pick} />
      <span>
        <b>{title}</b> <span className="quiet">{children}</span>
      </span>
    </label>
  )
}

function EndpointFields({ plan, change, names }: { plan: Plan; change(part: Partial<Plan>): void; names: string[] }) {
  return (
    <>
      <label className="form-row">
        Endpoint
        <select
          className="field"
          value={plan.isNew ? '' : plan.endpoint}
          onChange={({ target }) =>
            change(target.value === '' ? { isNew: true } : { isNew: false, endpoint: target.value })
          }
        >
          <option value="">A new one</option>
          {names.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      {plan.isNew && (
        <label className="form-row">
          Name of the endpoint
          <input
            className="field"
            value={plan.endpoint}
            onChange={({ target }) => change({ endpoint: target.value })}
          />
        </label>
      )}
      <label className="form-row">
        Name of the deployment
        <input
          className="field"
          value={plan.deployment}
          onChange={({ target }) => change({ deployment: target.value })}
        />
      </label>
    </>
  )
}

function ScriptFields({ plan, change, folder, pick }: DeployFormProps) {
  const to = (script: Script) =>
    change({ script, ...(script !== 'none' && plan.environment === '' ? { environment: 'azureml:host@latest' } : {}) })
  return (
    <>
      <fieldset className="choices">
        <legend>Scoring script</legend>
        <Choice name="script" checked={plan.script === 'none'} title="None" pick={() => to('none')}>
          an MLflow model needs none
        </Choice>
        <Choice name="script" checked={plan.script === 'write'} title="Written here" pick={() => to('write')}>
          one Python file
        </Choice>
        <Choice name="script" checked={plan.script === 'folder'} title="A folder" pick={() => to('folder')}>
          from this machine
        </Choice>
      </fieldset>
      {plan.script === 'write' && (
        <Suspense fallback={<Loading what="the editor" />}>
          <Editor
            label="Scoring script"
            language="python"
            value={plan.code}
            height="320px"
            change={(code) => change({ code })}
          />
        </Suspense>
      )}
      {plan.script === 'folder' && (
        <div className="inline">
          <PickButton
            title="Folder"
            what="Pick the folder of the scoring script"
            folder
            pick={(list) => {
              const files = [...(list ?? [])]
              if (files.length > 0) pick(filesOf(files, codeFolder))
            }}
          />
          <span className="quiet">{folder ? `${count(folder.files.length)} files` : 'nothing picked yet'}</span>
          {folder && (
            <label className="inline">
              File
              <select className="field" value={plan.entry} onChange={({ target }) => change({ entry: target.value })}>
                {folder.files
                  .filter(({ path }) => path.endsWith('.py'))
                  .map(({ path }) => (
                    <option key={path}>{path}</option>
                  ))}
              </select>
            </label>
          )}
        </div>
      )}
    </>
  )
}

interface ReferenceProps {
  label: string
  kind: 'environment' | 'compute'
  value: string
  put(value: string): void
  help: string
}

function Reference({ label, kind, value, put, help }: ReferenceProps) {
  const id = `deploy-${kind}`
  return (
    <div className="form-row">
      <label htmlFor={id}>{label}</label>
      <FormContext
        value={{
          put: (_, next) => put(typeof next === 'string' ? next : ''),
          folders: new Map(),
          pick: () => undefined,
          issues: [],
          Row: FieldRow,
        }}
      >
        <NameInput
          field={kind === 'compute' ? { t: 'compute' } : { t: 'asset', kind }}
          path={[kind]}
          value={value}
          id={id}
          describedBy={`${id}-help`}
          label={label}
        />
      </FormContext>
      <p className="help" id={`${id}-help`}>
        {help}
      </p>
    </div>
  )
}
