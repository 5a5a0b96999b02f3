// One batch endpoint: what its calls start, which deployment is meant when none is named, and a call.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { ask } from '../data/api.ts'
import { assetPath, type Endpoint, endpointPath, useDeployments, useEndpoint } from '../data/endpoints.ts'
import { armUrl, localPart, type Page, type Resource, useWorkspace } from '../data/queries.ts'
import { useSession } from '../data/session.ts'
import { shellWord } from '../data/shell.ts'
import { Acts, useActing } from '../parts/act.tsx'
import { Ago, Card, Empty, Loading, Problem, Twin, useTitle } from '../parts/bits.tsx'
import { EndpointHead } from '../parts/endpoint-head.tsx'
import { Icon } from '../parts/icons.tsx'
import { Status } from '../parts/status.tsx'
import { jobPath } from '../places.ts'
import '../style/grid.css'
import '../style/compute.css'
import '../style/endpoint.css'

export function BatchEndpoint({ name }: { name: string }) {
  const endpoint = useEndpoint('batch', name)
  useTitle(name)
  if (endpoint.isPending) return <Loading what="the endpoint" />
  if (endpoint.isError) return <Problem page error={endpoint.error} retry={() => void endpoint.refetch()} />
  return (
    <>
      <EndpointHead
        type="batch"
        endpoint={endpoint.data}
        about="batch endpoint"
        end={`${name} and its deployments go; jobs it started stay.`}
      />
      <div className="columns">
        <div className="stack">
          <Deployments endpoint={endpoint.data} />
          <Calls endpoint={endpoint.data} />
        </div>
        <div className="stack">
          <Call endpoint={endpoint.data} />
          <Twin command={`laz batch-endpoint show -n ${name}`} />
        </div>
      </div>
    </>
  )
}

function Deployments({ endpoint }: { endpoint: Endpoint }) {
  const { arm } = useWorkspace()
  const { readOnly } = useSession()
  const queries = useQueryClient()
  const deployments = useDeployments(endpoint)
  const makeDefault = (deploymentName: string) => async () => {
    const body = { properties: { defaults: { deploymentName } } }
    await ask(armUrl(endpointPath(arm, 'batch', endpoint.name)), { method: 'PATCH', body })
    await queries.invalidateQueries({ queryKey: ['batch-endpoint'] })
  }
  return (
    <Card title="Deployments">
      {deployments.isPending ? (
        <Loading what="deployments" />
      ) : deployments.isError ? (
        <Problem error={deployments.error} retry={() => void deployments.refetch()} />
      ) : deployments.rows.length === 0 ? (
        <Empty
          title="Nothing is deployed yet"
          command={`laz batch-deployment create -f first.yml -e ${endpoint.name} --set-default`}
        />
      ) : (
        <ul className="nodes">
          {deployments.rows.map(({ name, state, model }) => {
            const place = assetPath('models', model)
            return (
              <li key={name} className="tile">
                <header>
                  <b>{name}</b>
                  <Status state={state} />
                </header>
                <p>{place ? <Link href={place}>{model}</Link> : model}</p>
                {name === endpoint.standard ? (
                  <span className="chip">
                    <Icon name="star" /> Default
                  </span>
                ) : (
                  !readOnly && <Acts acts={[{ title: 'Make it the default', run: makeDefault(name) }]} />
                )}
              </li>
            )
          })}
        </ul>
      )}
    </Card>
  )
}

function Calls({ endpoint }: { endpoint: Endpoint }) {
  const { arm } = useWorkspace()
  const jobs = useQuery({
    queryKey: ['job', undefined, 'batch', endpoint.name],
    queryFn: ({ signal }) => ask<Page>(armUrl(`${endpointPath(arm, 'batch', endpoint.name)}/jobs`), { signal }),
  })
  return (
    <Card title="Jobs that calls started" bare>
      {jobs.isPending ? (
        <Loading what="jobs" />
      ) : jobs.isError ? (
        <Problem error={jobs.error} retry={() => void jobs.refetch()} />
      ) : jobs.data.value.length === 0 ? (
        <p className="line quiet">It was not called yet.</p>
      ) : (
        <ul>
          {jobs.data.value.map(({ name, properties, systemData }) => (
            <li key={name} className="line">
              <span className="state">
                <Status state={String(properties.status)} />
              </span>
              <Link href={jobPath(name)} className="name mono">
                {name}
              </Link>
              <span className="quiet at end">
                <Ago at={systemData?.createdAt} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

const inputTypes = { uri_folder: 'UriFolder', uri_file: 'UriFile', mltable: 'MLTable' } as const

function Call({ endpoint }: { endpoint: Endpoint }) {
  const { readOnly } = useSession()
  const [, go] = useLocation()
  const deployments = useDeployments(endpoint)
  const { busy, problem, act } = useActing()
  const [uri, setUri] = useState('')
  const [type, setType] = useState<keyof typeof inputTypes>('uri_folder')
  const [deployment, setDeployment] = useState('')
  if (readOnly) return null
  const send = (event: FormEvent) => {
    event.preventDefault()
    act({
      title: 'Start',
      run: async () => {
        const input = { jobInputType: inputTypes[type], uri }
        const made = await ask<Resource>(localPart(endpoint.scoringUri), {
          method: 'POST',
          body: { properties: { inputData: { input } } },
          headers: deployment === '' ? {} : { 'azureml-model-deployment': deployment },
        })
        go(jobPath(made.name))
      },
    })
  }
  return (
    <Card title="Call it">
      <form className="stack" style={{ gap: 10 }} onSubmit={send}>
        <label className="labelled">
          Input
          <input
            className="field mono"
            placeholder="azureml:flowers@latest"
            required
            value={uri}
            onChange={(event) => setUri(event.target.value)}
          />
        </label>
        <label className="labelled">
          It is a
          <select className="field" value={type} onChange={(event) => setType(event.target.value as typeof type)}>
            <option value="uri_folder">folder</option>
            <option value="uri_file">file</option>
            <option value="mltable">table</option>
          </select>
        </label>
        <label className="labelled">
          Deployment
          <select className="field" value={deployment} onChange={(event) => setDeployment(event.target.value)}>
            <option value="">the default{endpoint.standard && `, ${endpoint.standard}`}</option>
            {deployments.rows.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        {problem}
        <div>
          <button type="submit" className="button primary" disabled={busy !== '' || uri === ''}>
            {busy === '' ? 'Start a job' : 'Starting …'}
          </button>
        </div>
        <Twin
          command={`laz batch-endpoint invoke -n ${endpoint.name} --input ${shellWord(uri || 'azureml:DATA@latest')}`}
        />
      </form>
    </Card>
  )
}
