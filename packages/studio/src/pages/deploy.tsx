// A model behind an endpoint: a new endpoint or one that is there, and the deployment that serves it.
import { ChildOperations, PlainOperations, parse } from '@lazurite/client'
import { checkName, type JsonObject, printYaml } from '@lazurite/spec'
import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Link, useLocation, useSearchParams } from 'wouter'
import { itemPath } from '../data/kind-places.ts'
import { needKind, told, useClient, useKindList } from '../data/kinds.ts'
import { useSession } from '../data/session.ts'
import { Card, Copy, Empty, Problem, Twin, useTitle } from '../parts/bits.tsx'
import { FormContext } from '../parts/form/context.ts'
import { FieldRow } from '../parts/form/field.tsx'
import { NameInput } from '../parts/form/names.tsx'
import { Snippet } from './item-data.tsx'
import '../style/form.css'
import '../style/kinds.css'

interface Plan {
  model: string
  endpoint: string
  isNew: boolean
  deployment: string
  instances: number
  environment: string
  allTraffic: boolean
}

export function deploymentOf(plan: Plan): JsonObject {
  return {
    name: plan.deployment,
    endpoint_name: plan.endpoint,
    model: `azureml:${plan.model}`,
    ...(plan.environment === '' ? {} : { environment: plan.environment }),
    instance_type: 'Standard_DS3_v2',
    instance_count: plan.instances,
  }
}

const endpointOf = ({ endpoint }: Plan): JsonObject => ({ name: endpoint, auth_mode: 'key' })

export function DeployPage() {
  const { readOnly } = useSession()
  const [search] = useSearchParams()
  const model = search.get('model') ?? ''
  useTitle('Deploy')
  const endpoints = useKindList(needKind('online-endpoint'), {})
  const [plan, setPlan] = useState<Plan>({
    model,
    endpoint:
      model
        .split(':')[0]
        ?.replace(/[^a-zA-Z0-9-]/g, '-')
        .slice(0, 32) ?? '',
    isNew: true,
    deployment: 'blue',
    instances: 1,
    environment: '',
    allTraffic: true,
  })
  const { busy, step, error, deploy } = useDeploy(plan)
  if (readOnly) return <Empty title="This login is for reading alone" />
  const change = (part: Partial<Plan>) => setPlan((old) => ({ ...old, ...part }))
  const wrong = checkName('online-endpoint', plan.endpoint) ?? checkName('online-deployment', plan.deployment)
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
          <PlanForm plan={plan} change={change} names={endpoints.rows.map(({ name }) => name)} />
          {wrong && <p className="wrong">{wrong.message}</p>}
        </Card>
        <Files plan={plan} />
      </div>
    </form>
  )
}

function PlanForm({ plan, change, names }: { plan: Plan; change(part: Partial<Plan>): void; names: string[] }) {
  return (
    <div className="table-form">
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
      <EnvironmentField plan={plan} change={change} />
      <label className="inline">
        <input
          type="checkbox"
          checked={plan.allTraffic}
          onChange={({ target }) => change({ allTraffic: target.checked })}
        />
        All calls go to this deployment
      </label>
    </div>
  )
}

function EnvironmentField({ plan, change }: { plan: Plan; change(part: Partial<Plan>): void }) {
  return (
    <div className="form-row">
      <label htmlFor="deploy-environment">Environment</label>
      <FormContext
        value={{
          put: (_, value) => change({ environment: typeof value === 'string' ? value : '' }),
          folders: new Map(),
          pick: () => undefined,
          issues: [],
          Row: FieldRow,
        }}
      >
        <NameInput
          field={{ t: 'asset', kind: 'environment' }}
          path={['environment']}
          value={plan.environment}
          id="deploy-environment"
          describedBy={undefined}
          label="Environment"
        />
      </FormContext>
      <p className="help">An MLflow model brings its own; anything else needs one, and a scoring script.</p>
    </div>
  )
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
      {plan.isNew && <Twin command="laz online-endpoint create --file endpoint.yml" />}
      <Twin
        command={`laz online-deployment create --file ${plan.deployment}.yml${plan.allTraffic ? ' --all-traffic' : ''}`}
      />
    </div>
  )
}

function useDeploy(plan: Plan) {
  const client = useClient()
  const queries = useQueryClient()
  const [, go] = useLocation()
  const [step, setStep] = useState('')
  const [error, setError] = useState<unknown>()
  const deploy = async () => {
    setError(undefined)
    const endpoints = new PlainOperations<JsonObject>(client, 'online-endpoint')
    const deployments = new ChildOperations<JsonObject>(client, 'online-deployment')
    try {
      setStep('Making the endpoint …')
      if (plan.isNew) await told(endpoints.createOrUpdate(parse(printYaml(endpointOf(plan)))))
      setStep('Starting the deployment …')
      await told(deployments.createOrUpdate(parse(printYaml(deploymentOf(plan)))))
      setStep('Setting the traffic …')
      if (plan.allTraffic)
        await told(
          client
            .of('online-endpoint')
            .patch({ name: plan.endpoint }, { properties: { traffic: { [plan.deployment]: 100 } } }),
        )
      await queries.invalidateQueries()
      go(itemPath('online-endpoint', { name: plan.endpoint }))
    } catch (problem) {
      setError(problem)
    } finally {
      setStep('')
    }
  }
  return { busy: step !== '', step, error, deploy }
}
