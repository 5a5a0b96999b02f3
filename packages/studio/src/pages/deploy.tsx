// A model behind an endpoint: a new endpoint or one that is there, and the deployment that serves it.
import { ChildOperations, type Folder, filesOf, PlainOperations, parse, YamlFile } from '@lazurite/client'
import { checkName, type JsonObject, printYaml } from '@lazurite/spec'
import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useEffect, useState } from 'react'
import { Link, useLocation, useSearchParams } from 'wouter'
import type { Arrival } from '../data/creating.ts'
import {
  beginnings,
  codeFolder,
  commandsOf,
  deploymentOf,
  endpointNameOf,
  endpointOf,
  type Plan,
} from '../data/deploy-plan.ts'
import { itemPath } from '../data/kind-places.ts'
import { needKind, told, useClient, useItem, useKindList } from '../data/kinds.ts'
import { useSession } from '../data/session.ts'
import { Card, Copy, Empty, Problem, Twin, useTitle } from '../parts/bits.tsx'
import { DeployForm } from '../parts/deploy-form.tsx'
import { Snippet } from './item-data.tsx'
import '../style/form.css'
import '../style/kinds.css'

export function DeployPage() {
  const { readOnly } = useSession()
  const [search] = useSearchParams()
  const model = search.get('model') ?? ''
  useTitle('Deploy')
  const online = useKindList(needKind('online-endpoint'), {})
  const batch = useKindList(needKind('batch-endpoint'), {})
  const { plan, change } = usePlan(model)
  const [folder, setFolder] = useState<Folder>()
  const { busy, step, error, deploy } = useDeploy(plan, folder)
  if (readOnly) return <Empty title="This login is for reading alone" page />
  const names = { online: online.rows.map(({ name }) => name), batch: batch.rows.map(({ name }) => name) }
  const wrong = objectionTo(plan, { folder, names: names[plan.sort] })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void deploy()
  }
  return (
    <form onSubmit={submit}>
      <div className="head">
        <h1>Deploy {model}</h1>
        <div className="end">
          <Link href="/models" className="button">
            Leave
          </Link>
          <button type="submit" className="button primary" disabled={busy || wrong !== undefined}>
            {busy ? step : 'Deploy'}
          </button>
        </div>
      </div>
      {error !== undefined && <Problem error={error} />}
      <div className="writing">
        <Card title="Where and how">
          <DeployForm
            plan={plan}
            change={change}
            names={names}
            folder={folder}
            pick={(picked) => {
              setFolder(picked)
              const first = picked.files.find(({ path }) => path.endsWith('.py'))?.path
              change({ entry: picked.files.some(({ path }) => path === 'score.py') ? 'score.py' : (first ?? '') })
            }}
          />
          {wrong && (
            <p className="wrong" role="status">
              {wrong}
            </p>
          )}
        </Card>
        <Files plan={plan} />
      </div>
    </form>
  )
}

/** What a model needs is known by its type, unless somebody has chosen. */
function usePlan(model: string) {
  const [name = '', version] = model.split(':')
  const item = useItem(needKind('model'), { name, version })
  const type = item.data?.properties.modelType
  const [plan, setPlan] = useState<Plan>({
    model,
    sort: 'online',
    endpoint: endpointNameOf(model),
    isNew: true,
    deployment: 'blue',
    instances: 1,
    environment: '',
    script: 'none',
    code: beginnings.online,
    entry: 'score.py',
    compute: 'azureml:local',
    first: true,
  })
  useEffect(() => {
    if (typeof type !== 'string' || /^(?:mlflow|triton)/i.test(type)) return
    setPlan((old) => ({ ...old, script: 'write', environment: old.environment || 'azureml:host@latest' }))
  }, [type])
  return { plan, change: (part: Partial<Plan>) => setPlan((old) => ({ ...old, ...part })) }
}

function objectionTo(plan: Plan, o: { folder: Folder | undefined; names: readonly string[] }): string | undefined {
  const { folder, names } = o
  const { sort, endpoint, deployment, script, environment } = plan
  const name = checkName(`${sort}-endpoint`, endpoint) ?? checkName(`${sort}-deployment`, deployment)
  if (name) return name.message
  if (plan.isNew && names.includes(endpoint))
    return `There is an endpoint ${endpoint}: choose it above, or name another.`
  if (script === 'folder' && !folder) return 'Pick the folder of the scoring script.'
  if (script === 'folder' && plan.entry === '') return 'The folder has no Python file.'
  if (script !== 'none' && environment === '') return 'A scoring script needs an environment.'
  return undefined
}

function Files({ plan }: { plan: Plan }) {
  const deployment = printYaml(deploymentOf(plan))
  const endpoint = printYaml(endpointOf(plan))
  return (
    <div className="stack yaml-side">
      {plan.isNew && (
        <Card title="endpoint.yml" end={<Copy text={endpoint} />}>
          <Snippet text={endpoint} />
        </Card>
      )}
      <Card title={`${plan.deployment}.yml`} end={<Copy text={deployment} />}>
        <Snippet text={deployment} />
      </Card>
      {commandsOf(plan).map((command) => (
        <Twin key={command} command={command} />
      ))}
    </div>
  )
}

function useDeploy(plan: Plan, folder: Folder | undefined) {
  const client = useClient()
  const queries = useQueryClient()
  const [, go] = useLocation()
  const [step, setStep] = useState('')
  const [error, setError] = useState<unknown>()
  const deploy = async () => {
    setError(undefined)
    const { sort, endpoint, deployment } = plan
    const endpoints = new PlainOperations<JsonObject>(client, `${sort}-endpoint`)
    const deployments = new ChildOperations<JsonObject>(client, `${sort}-deployment`)
    const warnings: string[] = []
    try {
      setStep('Making the endpoint …')
      if (plan.isNew) await told(endpoints.createOrUpdate(parse(printYaml(endpointOf(plan)))))
      setStep('Starting the deployment …')
      const warn = ({ message }: { message: string }) => warnings.push(message)
      await told(deployments.createOrUpdate(fileOf(plan, folder), { warn }))
      setStep(sort === 'online' ? 'Setting the traffic …' : 'Making it the default …')
      const properties: JsonObject =
        sort === 'online' ? { traffic: { [deployment]: 100 } } : { defaults: { deploymentName: deployment } }
      if (plan.first) await told(client.of(`${sort}-endpoint`).patch({ name: endpoint }, { properties }))
      await queries.invalidateQueries()
      go(itemPath(`${sort}-endpoint`, { name: endpoint }), { state: { warnings } satisfies Arrival })
    } catch (problem) {
      setError(problem)
    } finally {
      setStep('')
    }
  }
  return { busy: step !== '', step, error, deploy }
}

/** The file of the deployment, with the script beside it. */
function fileOf(plan: Plan, folder: Folder | undefined): YamlFile {
  const read = parse(printYaml(deploymentOf(plan)))
  const code =
    plan.script === 'write'
      ? filesOf({ [plan.entry]: plan.code }, codeFolder)
      : plan.script === 'folder'
        ? folder
        : undefined
  return code === undefined ? read : new YamlFile({ ...read.source, folders: new Map([[codeFolder, code]]) })
}
