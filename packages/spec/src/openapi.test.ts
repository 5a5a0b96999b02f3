import { describe, expect, it } from 'vitest'
import { asArray, asObject, isObject, type Json, type JsonObject } from './json.ts'
import { kinds } from './kinds/index.ts'
import { openApi } from './openapi.ts'

const document = openApi({ version: '1.2.3', servers: ['http://127.0.0.1:1'] })
const paths = asObject(document.paths)
const components = asObject(document.components)
const methods = ['get', 'put', 'patch', 'delete', 'post']
const operations = Object.entries(paths).flatMap(([path, item]) =>
  Object.entries(asObject(item)).flatMap(([method, op]): [string, string, JsonObject][] =>
    methods.includes(method) ? [[path, method, asObject(op)]] : [],
  ),
)

function refsIn(v: Json): string[] {
  if (Array.isArray(v)) return v.flatMap(refsIn)
  if (!isObject(v)) return []
  return [...(typeof v.$ref === 'string' ? [v.$ref] : []), ...Object.values(v).flatMap(refsIn)]
}

describe('the OpenAPI document', () => {
  it('is plain data of its version', () => {
    expect(JSON.parse(JSON.stringify(document))).toEqual(document)
    expect([document.openapi, asObject(document.info).version]).toEqual(['3.1.0', '1.2.3'])
  })
  it('leads every reference somewhere', () => {
    const lost = refsIn(document).filter((to) => {
      const [, , place = '', name = ''] = to.split('/')
      return asObject(components[place])[name] === undefined
    })
    expect([...new Set(lost)]).toEqual([])
  })
  it('names every operation once, and every word in braces is a parameter', () => {
    const ids = operations.map(([, , op]) => op.operationId)
    expect(ids.length).toBeGreaterThan(200)
    expect(new Set(ids).size).toBe(ids.length)
    for (const path of Object.keys(paths)) {
      const told = asArray(asObject(paths[path]).parameters).flatMap((p) => asObject(p).name ?? [])
      expect(told, path).toEqual([...path.matchAll(/\{([\w-]+)\}/g)].map((m) => m[1]))
      expect(new Set(told).size, path).toBe(told.length)
    }
  })
  it.each(kinds.map((k) => [k.name, k] as const))('%s has its verbs and actions', (name, kind) => {
    const own = operations.filter(([, , op]) => asArray(op.tags)[0] === name)
    const verbs = new Set(own.map(([, method]) => method))
    for (const verb of ['get', 'put', 'delete']) expect(verbs.has(verb), verb).toBe(true)
    for (const action of Object.keys(kind.actions ?? {}))
      expect(
        own.some(([path, method]) => method === 'post' && path.endsWith(`}/${action}`)),
        action,
      ).toBe(true)
    const shelved = own.some(([path]) => path.includes('/registries/{registryName}/'))
    expect(shelved).toBe(kind.registry === true)
    expect(own.some(([path]) => path.includes('/workspaces/{workspaceName}/'))).toBe(
      kind.scope === 'workspace' || name === 'workspace',
    )
  })
  it('tells the variants of a wire by their words', () => {
    const datastore = asObject(asObject(components.schemas).DatastoreProperties)
    const words = asArray(datastore.anyOf).map((v) => asObject(asObject(asObject(v).properties).datastoreType).const)
    expect(words).toContain('AzureBlob')
    expect(words).toContain('S3')
    const online = asObject(asObject(components.schemas).OnlineDeploymentProperties)
    const managed = asObject(asObject(asArray(online.anyOf)[0]).properties)
    expect(managed.environmentId).toMatchObject({ type: 'string' })
    expect(managed.endpointName).toBeUndefined()
    expect(asObject(managed.requestSettings).properties).toMatchObject({
      requestTimeout: { type: 'string', format: 'duration' },
    })
  })
})
