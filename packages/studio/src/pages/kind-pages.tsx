// Addresses of what is made from tables: lists, items and forms of any kind.
import { kindByName, kinds } from '@lazurite/spec'
import { Redirect, Route, Switch } from 'wouter'
import { kindPath, tabled } from '../data/kind-places.ts'
import { Empty } from '../parts/bits.tsx'
import { later } from '../parts/later.tsx'
import { canMake, KindListPage } from './list.tsx'

const Kinds = later(
  () => import('./kinds.tsx'),
  (page) => page.Kinds,
  'the page',
)
const ItemPage = later(
  () => import('./item.tsx'),
  (page) => page.ItemPage,
  'the page',
)
const NewPage = later(
  () => import('./new.tsx'),
  (page) => page.NewPage,
  'the page',
)
const NewJob = later(
  () => import('./new-job.tsx'),
  (page) => page.NewJob,
  'the page',
)
const NewSchedule = later(
  () => import('./new-schedule.tsx'),
  (page) => page.NewSchedule,
  'the page',
)
const DeployPage = later(
  () => import('./deploy.tsx'),
  (page) => page.DeployPage,
  'the page',
)
const Settings = later(
  () => import('./settings.tsx'),
  (page) => page.Settings,
  'the page',
)
const NewIndex = later(
  () => import('./new.tsx'),
  (page) => page.NewIndex,
  'the page',
)

export function KindPages() {
  return (
    <Switch>
      <Route path="/kinds" component={Kinds} />
      <Route path="/settings" component={Settings} />
      <Route path="/new">
        <NewIndex kinds={kinds.filter(canMake)} />
      </Route>
      <Route path="/new/deployment" component={DeployPage} />
      <Route path="/new/job" component={NewJob} />
      <Route path="/new/schedule">
        <NewSchedule key={location.search} />
      </Route>
      <Route path="/new/:kind">
        {({ kind }) =>
          kindByName(kind) === undefined ? <Unknown /> : <NewPage key={kind + location.search} kind={kind} />
        }
      </Route>
      {tabled.map(([kind, path]) => (
        <Route key={kind} path={path}>
          <KindListPage key={kind} kind={kind} />
        </Route>
      ))}
      <Route path="/registries/:registry/:kind/:name/:version?">
        {({ registry, kind, name, version }) =>
          kindByName(kind) === undefined ? (
            <Unknown />
          ) : (
            <ItemPage
              key={`${registry}/${kind}/${name}`}
              kind={kind}
              registry={decodeURIComponent(registry)}
              name={decodeURIComponent(name)}
              version={version === undefined ? undefined : decodeURIComponent(version)}
            />
          )
        }
      </Route>
      {tabled.map(([kind, path]) => (
        <Route key={kind} path={`${path}/:name/:version?`}>
          {({ name, version }) => (
            <ItemPage
              key={`${kind}/${name}`}
              kind={kind}
              name={decodeURIComponent(name)}
              version={version === undefined ? undefined : decodeURIComponent(version)}
            />
          )}
        </Route>
      ))}
      <Route path="/kinds/:kind">{({ kind }) => <Known kind={kind} />}</Route>
      <Route path="/kinds/:kind/:name/:tail?">
        {({ kind, name, tail }) => <Below kind={kind} name={name} tail={tail} />}
      </Route>
      <Route>
        <Unknown />
      </Route>
    </Switch>
  )
}

/** A name and perhaps a version; of a child the parent and its name. */
function Below({ kind, name, tail }: { kind: string; name: string; tail: string | undefined }) {
  const shape = kindByName(kind)?.shape
  if (shape === undefined) return <Unknown />
  const [first, last] = [decodeURIComponent(name), tail === undefined ? undefined : decodeURIComponent(tail)]
  const child = typeof shape === 'object' && last !== undefined
  return (
    <ItemPage
      key={`${kind}/${name}`}
      kind={kind}
      name={child ? last : first}
      version={child ? undefined : last}
      parent={child ? first : undefined}
    />
  )
}

function Known({ kind }: { kind: string }) {
  const shape = kindByName(kind)?.shape
  if (shape === undefined) return <Unknown />
  return typeof shape === 'object' ? <Redirect to={kindPath(kind)} replace /> : <KindListPage key={kind} kind={kind} />
}

function Unknown() {
  return <Empty page title="There is no such page" />
}
