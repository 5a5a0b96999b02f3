/**
 * Everything of a workspace by a part of what it is called: `…/search?q=taxi&top=20`. Jobs are found by their names and
 * display names (steps of a pipeline by their names alone), everything else by its description too.
 */
import { asString, fail, type JsonObject } from '@lazurite/spec'
import type { Row } from '@lazurite/store'
import type { FastifyPluginAsync } from 'fastify'
import type { FaceDeps } from '../app.ts'
import { openRoom } from './arm/room.ts'
import { printProblem } from './problem.ts'

const address =
  '/lazurite/v1/subscriptions/:subscription/resourceGroups/:group/providers/:provider/workspaces/:workspace/search'
const usualTop = 20
const mostTop = 100
const mostText = 200
/** What has no page of its own. */
const without = ['code', 'workspace']

export function searchFace(deps: FaceDeps): FastifyPluginAsync {
  return async (app) => {
    app.setErrorHandler((error, request, reply) => printProblem(deps, error, request, reply))
    app.get(address, async (request, reply) => {
      const { subscription = '', group: resourceGroup = '', workspace = '' } = request.params as Record<string, string> // the router's texts
      const room = await openRoom(deps, request, reply, { subscription, resourceGroup, workspace })
      const text = (room.query.get('q') ?? '').trim()
      if (text.length > mostText) fail('InvalidQueryParameter', { parameter: 'q', what: `${mostText} letters at most` })
      const value = text === '' ? [] : await findAll(deps, room.workspace.scope, text, topOf(room.query.get('top')))
      return { value }
    })
  }
}

function topOf(text: string | undefined): number {
  if (text === undefined) return usualTop
  const value = Number(text)
  if (!/^\d{1,9}$/.test(text) || value < 1)
    fail('InvalidQueryParameter', { parameter: 'top', what: 'a whole number above zero is needed' })
  return Math.min(value, mostTop)
}

async function findAll({ store }: FaceDeps, scope: string, text: string, top: number): Promise<JsonObject[]> {
  const named = await store.resources.find({ scope, text, without, top })
  if (named.length >= top) return named.map(print)
  const shown = await store.jobs.search({
    scope,
    parent: '',
    archived: 'active',
    clauses: [{ entity: 'attribute', key: 'display_name', op: 'ILIKE', value: `%${text}%` }],
    sorts: [],
    top,
  })
  const known = new Set(named.map(({ id }) => id))
  const has = ({ props }: Row) => asString(props.displayName)?.toLowerCase().includes(text.toLowerCase()) === true
  // names come before what people call things; signs that stand for any letter are letters here
  return [...named, ...shown.rows.filter((row) => !known.has(row.id) && has(row))].slice(0, top).map(print)
}

function print({ kind, name, version, state, props, parent, createdAt }: Row): JsonObject {
  return {
    kind,
    name,
    ...(version ? { version } : {}),
    displayName: asString(props.displayName) ?? name,
    state: state || null,
    type: asString(props.jobType) ?? asString(props.computeType) ?? null,
    parent: parent || null,
    createdAt,
  }
}
