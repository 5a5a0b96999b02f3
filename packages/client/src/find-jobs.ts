// Jobs by what they are and what they recorded, looked for by the server.
import type { Lazurite } from './lazurite.ts'
import { itemsOf } from './pages.ts'
import { type Resource, readResource } from './resource.ts'

/** What jobs are looked for by; everything given must be so. In names and texts `*` stands for anything. */
export interface JobQuery {
  status?: readonly string[]
  /** `command`, `pipeline`, `sweep` … */
  type?: readonly string[]
  experiment?: string
  name?: string
  compute?: string
  /** `key`, `key=value`, `key!=value`. */
  tag?: readonly string[]
  /** Parameters logged or literal inputs: `lr`, `lr=0.1`, `lr<0.1`. */
  param?: readonly string[]
  /** By the latest value: `acc`, `acc>0.9`. */
  metric?: readonly string[]
  /** The filter language of MLflow: `metrics.acc > 0.9 and tags.team = 'red'`. */
  filter?: string
  /** `metrics.acc desc`, `name`, `created desc` … */
  order?: string
  /** Made after an instant, or so long ago: `12h`, `7d`. */
  since?: string
  until?: string
  /**
   * What to tell with every job, in `lazurite`: metrics by key (`metrics` with the latest values, `least`, `greatest`),
   * `params.NAME` (`params`), `tags.NAME` (`runTags`).
   */
  show?: readonly string[]
  /** The steps of this job. */
  parent?: string | undefined
  /** Steps of other jobs too. */
  allDepths?: boolean
  archived?: 'active' | 'archived' | 'all'
  max?: number | undefined
}

const largestPage = 1000

/** Newest first unless `order` says otherwise, page by page. Raises InvalidQueryParameter, BadArgument. */
export async function* findJobs(client: Lazurite, query: JobQuery): AsyncGenerator<Resource> {
  const { allDepths, max, show, ...rest } = query
  const words = new URLSearchParams()
  for (const [name, value] of Object.entries(rest)) {
    for (const text of [value].flat()) if (text !== undefined) words.append(name, text)
  }
  if (allDepths) words.set('depth', 'all')
  for (const name of show ?? []) words.append('show', name)
  words.set('top', String(Math.min(max ?? largestPage, largestPage)))
  for await (const item of itemsOf(client, `/lazurite/v1${client.of('job').path()}?${words}`, max))
    yield readResource(item)
}
