// Addresses and their pages. A page is loaded when somebody goes there.
import { useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useCallback, useEffect, useState, useSyncExternalStore } from 'react'
import { Redirect, Route, Router, Switch, useLocation, useSearch } from 'wouter'
import { ApiError, onStranger, tellKnown } from './data/api.ts'
import { fromAzurePath } from './data/azure-links.ts'
import { startLive } from './data/live.ts'
import { fromMlflowHash } from './data/mlflow-links.ts'
import { openSession, type Session, siteBase } from './data/session.ts'
import { Loading, Problem } from './parts/bits.tsx'
import { Boundary } from './parts/boundary.tsx'
import { useKeys } from './parts/keys.ts'
import { later } from './parts/later.tsx'
import { Shell } from './parts/shell.tsx'

const Home = later(
  () => import('./pages/home.tsx'),
  (page) => page.Home,
  'the page',
)
const Jobs = later(
  () => import('./pages/jobs.tsx'),
  (page) => page.Jobs,
  'the page',
)
const JobPage = later(
  () => import('./pages/job.tsx'),
  (page) => page.JobPage,
  'the page',
)
const KindPages = later(
  () => import('./pages/kind-pages.tsx'),
  (page) => page.KindPages,
  'the page',
)
const Compare = later(
  () => import('./pages/compare.tsx'),
  (page) => page.Compare,
  'the page',
)
const Experiments = later(
  () => import('./pages/experiments.tsx'),
  (page) => page.Experiments,
  'the page',
)
const ExperimentPage = later(
  () => import('./pages/experiment.tsx'),
  (page) => page.ExperimentPage,
  'the page',
)
const Traces = later(
  () => import('./pages/traces.tsx'),
  (page) => page.Traces,
  'the page',
)
const TracePage = later(
  () => import('./pages/trace.tsx'),
  (page) => page.TracePage,
  'the page',
)
const Compute = later(
  () => import('./pages/compute.tsx'),
  (page) => page.Compute,
  'the page',
)
const ComputeItem = later(
  () => import('./pages/compute-item.tsx'),
  (page) => page.ComputeItem,
  'the page',
)
const Endpoints = later(
  () => import('./pages/endpoints.tsx'),
  (page) => page.Endpoints,
  'the page',
)
const OnlineEndpoint = later(
  () => import('./pages/endpoint.tsx'),
  (page) => page.OnlineEndpoint,
  'the page',
)
const BatchEndpoint = later(
  () => import('./pages/batch-endpoint.tsx'),
  (page) => page.BatchEndpoint,
  'the page',
)
const Palette = lazy(() => import('./parts/palette.tsx').then((part) => ({ default: part.Palette })))
const KeyHelp = lazy(() => import('./parts/key-help.tsx').then((part) => ({ default: part.KeyHelp })))
const Lineage = later(
  () => import('./pages/lineage.tsx'),
  (page) => page.Lineage,
  'the page',
)
const NewPipeline = later(
  () => import('./pages/new-pipeline.tsx'),
  (page) => page.NewPipeline,
  'the page',
)
const Login = lazy(() => import('./pages/login.tsx').then((page) => ({ default: page.Login })))
const LoginAbove = lazy(() => import('./pages/login-above.tsx').then((page) => ({ default: page.LoginAbove })))

type State = { at: 'opening' } | { at: 'stranger' } | { at: 'in'; session: Session } | { at: 'broken'; error: unknown }

export function Site() {
  const [state, setState] = useState<State>({ at: 'opening' })
  const queries = useQueryClient()
  useEffect(() => {
    openSession().then(
      (session) => setState({ at: 'in', session }),
      (error) =>
        setState(error instanceof ApiError && error.status === 401 ? { at: 'stranger' } : { at: 'broken', error }),
    )
  }, [])
  const isIn = state.at === 'in'
  useEffect(() => {
    if (isIn) startLive(queries)
  }, [isIn, queries])
  if (state.at === 'opening') return null
  if (state.at === 'broken') return <Problem error={state.error} retry={() => location.reload()} />
  if (state.at === 'stranger') {
    return (
      <Suspense>
        <Login done={(session) => setState({ at: 'in', session })} />
      </Suspense>
    )
  }
  return (
    <Router base={siteBase()}>
      <Pages />
    </Router>
  )
}

/** A login that ran out while the pages were open is asked for above them: what was typed stays. */
function Pages() {
  const [stranger, setStranger] = useState(false)
  const [above, setAbove] = useState<'jump' | 'keys'>()
  const queries = useQueryClient()
  const [path] = useLocation()
  const search = useSearch()
  useEffect(() => onStranger(() => setStranger(true)), [])
  useKeys(setAbove)
  const jump = useCallback(() => setAbove('jump'), [])
  const keys = useCallback(() => setAbove('keys'), [])
  return (
    <>
      <Shell jump={jump}>
        <Elsewhere />
        <Boundary place={`${path}?${search}`}>
          <Suspense fallback={<Loading what="the page" />}>
            <Switch>
              <Route path="/" component={Home} />
              <Route path="/jobs">
                <Jobs />
              </Route>
              <Route path="/pipelines">
                <Jobs type="pipeline" />
              </Route>
              <Route path="/jobs/:name">{({ name }) => <JobPage key={name} name={decodeURIComponent(name)} />}</Route>
              <Route path="/experiments" component={Experiments} />
              <Route path="/experiments/:name">
                {({ name }) => <ExperimentPage key={name} name={decodeURIComponent(name)} />}
              </Route>
              <Route path="/traces" component={Traces} />
              <Route path="/traces/:id">{({ id }) => <TracePage key={id} id={decodeURIComponent(id)} />}</Route>
              <Route path="/endpoints">
                <Endpoints sort="online" />
              </Route>
              <Route path="/endpoints/batch">
                <Endpoints sort="batch" />
              </Route>
              <Route path="/endpoints/batch/:name">
                {({ name }) => <BatchEndpoint key={name} name={decodeURIComponent(name)} />}
              </Route>
              <Route path="/endpoints/:name">
                {({ name }) => <OnlineEndpoint key={name} name={decodeURIComponent(name)} />}
              </Route>
              <Route path="/compare" component={Compare} />
              <Route path="/compute" component={Compute} />
              <Route path="/compute/:name">
                {({ name }) => <ComputeItem key={name} name={decodeURIComponent(name)} />}
              </Route>
              <Route path="/lineage" component={Lineage} />
              <Route path="/new/pipeline" component={NewPipeline} />
              <Route component={KindPages} />
            </Switch>
          </Suspense>
        </Boundary>
      </Shell>
      <Suspense>
        {above === 'jump' && <Palette close={() => setAbove(undefined)} keys={keys} />}
        {above === 'keys' && <KeyHelp close={() => setAbove(undefined)} />}
      </Suspense>
      {stranger && (
        <Suspense>
          <LoginAbove
            done={() => {
              setStranger(false)
              tellKnown()
              void queries.invalidateQueries()
            }}
          />
        </Suspense>
      )}
    </>
  )
}

function onHash(changed: () => void): () => void {
  addEventListener('hashchange', changed)
  return () => removeEventListener('hashchange', changed)
}

/** Addresses of Azure's studio and of MLflow's pages, which clients print and people have kept, lead to the pages of the same things. */
function Elsewhere() {
  const [path] = useLocation()
  const hash = useSyncExternalStore(onHash, () => location.hash)
  const page = fromAzurePath(path, `?${useSearch()}`) ?? fromMlflowHash(hash)
  return page === undefined ? null : <Redirect to={page} replace />
}
