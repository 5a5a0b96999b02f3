// What makes a pipeline whole: every node has a place to run, what it requires is given, what it binds to is there.
import { asObject, at, isObject, type Json, type JsonObject, own, type Path } from '../json.ts'
import type { Look, Ports } from '../look.ts'
import { parseTemplate, soleRef } from '../template.ts'
import { checkCommand } from './expressions.ts'
import { checkGraph, textsOf } from './graph.ts'

const dataTypes = ['path', 'uri_file', 'uri_folder', 'mltable', 'custom_model', 'mlflow_model', 'triton_model']

/** Outputs every node has without declaring them: its default artifact folder. */
const implicitOutputs = ['artifacts', 'default']

/** Checks a pipeline job. */
export function checkPipelineJob(pipeline: JsonObject, look: Look): void {
  if (pipeline.component !== undefined && isFull(pipeline.jobs)) {
    look.issue(['component'], "'jobs' and 'component' exclude each other", 'keep one of the two')
  }
  const preset = asObject(pipeline.settings).default_compute
  if (pipeline.compute === undefined && (preset === undefined || preset === null))
    checkComputes(pipeline, ['jobs'], look)
  if (pipeline.component !== undefined) checkInputsOfComponent(pipeline, look)
  checkNodes(pipeline, look)
}

function isFull(v: Json | undefined): boolean {
  return isObject(v) && Object.keys(v).length > 0
}

/** Checks the graph of a pipeline job or component. */
export function checkNodes(pipeline: JsonObject, look: Look): void {
  const jobs = asObject(pipeline.jobs)
  const known = new Map<string, Ports | undefined>()
  const perItem = itemInputs(jobs)
  for (const [name, node] of Object.entries(jobs)) {
    // what a loop hands on is known when its body is
    if (isObject(node)) known.set(name, isControl(node) ? undefined : look.ports(node))
  }
  for (const [name, node] of Object.entries(jobs)) {
    if (!isObject(node) || isControl(node)) continue
    const place: Path = ['jobs', name]
    const more = own(perItem, name)
    if (more !== 'any')
      checkRequired(name, { ...node, inputs: { ...more, ...asObject(node.inputs) } }, known.get(name), look)
    checkInputs({ pipeline, known }, node, [...place, 'inputs'], look)
    checkOutputs(pipeline, node, [...place, 'outputs'], look)
    if (node.component === undefined && node.trial === undefined)
      checkCommand(node.command, node.inputs, [...place, 'command'], look)
  }
  for (const issue of checkGraph(pipeline)) {
    // bindings to what does not exist are reported where they stand
    if (!issue.message.includes('does not exist')) look.issue(issue.path, issue.message, issue.hint, 'warning')
  }
}

/** Nodes that decide about others run nothing themselves. */
function isControl(node: JsonObject): boolean {
  const type = typeof node.type === 'string' ? node.type.toLowerCase() : ''
  return type === 'if_else' || type === 'do_while' || type === 'parallel_for'
}

/** Inputs of the bodies of loops, which items and earlier iterations give; `any` where that is known when it runs. */
function itemInputs(jobs: JsonObject): Record<string, JsonObject | 'any'> {
  const found: Record<string, JsonObject | 'any'> = {}
  for (const node of Object.values(jobs).filter(isObject)) {
    const body = typeof node.body === 'string' ? soleRef(node.body)?.at(-1) : undefined
    if (body === undefined) continue
    let { items = null } = node
    try {
      if (typeof items === 'string') items = JSON.parse(items) as Json // what JSON.parse answers is JSON
    } catch {
      // a binding: what it brings is known when it runs
      items = null
    }
    const first = Object.values(Array.isArray(items) ? items : asObject(items))[0]
    const names = [...Object.keys(asObject(first)), ...Object.values(asObject(node.mapping)).flat()]
    const isKnown = items !== null || node.mapping !== undefined
    found[body] = isKnown ? Object.fromEntries(names.map((name) => [String(name), null])) : 'any'
  }
  return found
}

function checkComputes(pipeline: JsonObject, place: Path, look: Look, depth = 0): void {
  const source = own(pipeline, 'jobs') === undefined ? look.component(pipeline) : undefined
  const jobs = asObject((source?.value ?? pipeline).jobs)
  for (const [name, node] of Object.entries(jobs)) {
    if (!isObject(node)) continue
    const type = nodeType(node, look)
    if (type === 'pipeline') {
      const inner = depth < 20 ? look.component(node) : undefined
      if (inner)
        checkComputes(
          { jobs: inner.value.jobs ?? {} },
          [...place, name, 'jobs'],
          { ...inner.look, issue: look.issue },
          depth + 1,
        )
    } else if (type !== 'automl' && !isControl(node) && own(node, 'compute') === undefined && !serverless(type, node)) {
      look.issue(
        [...place, name, 'compute'],
        'Compute not set',
        'give the node a compute, or set settings.default_compute',
      )
    }
  }
}

/** Spark runs without a compute where it names its resources; imports run where the service likes. */
function serverless(type: string, node: JsonObject): boolean {
  return type === 'import' || (type === 'spark' && isObject(node.resources))
}

function nodeType(node: JsonObject, look: Look): string {
  if (typeof node.type === 'string') return node.type.toLowerCase()
  const type = node.component === undefined ? undefined : look.component(node)?.value.type
  return typeof type === 'string' ? type : 'command'
}

function checkRequired(name: string, node: JsonObject, ports: Ports | undefined, look: Look): void {
  if (node.component === undefined && node.trial === undefined) return
  const given = { ...asObject(node.search_space), ...asObject(node.inputs) }
  for (const [input, port] of Object.entries(ports?.inputs ?? {})) {
    const value = own(given, input)
    const data = port.type !== undefined && dataTypes.includes(port.type)
    if (data && (typeof value === 'number' || typeof value === 'boolean')) {
      look.issue(['jobs', name, 'inputs', input], `only path input is supported now but get ${JSON.stringify(value)}`)
    }
    if (port.optional || port.default !== undefined || own(given, input) !== undefined) continue
    look.issue(['jobs', name, 'inputs', input], `Required input '${input}' for component '${name}' not provided.`)
  }
}

function checkInputsOfComponent(pipeline: JsonObject, look: Look): void {
  const component = look.component(pipeline)
  const given = asObject(pipeline.inputs)
  const used = new Set(textsOf(component?.value.jobs ?? null).flatMap(parentInputs))
  for (const [name, declared] of Object.entries(asObject(component?.value.inputs))) {
    const port = asObject(declared)
    if (!used.has(name) || port.optional === true || (port.default ?? null) !== null || own(given, name) !== undefined)
      continue
    look.issue(['inputs', name], `Required input '${name}' for pipeline not provided.`)
  }
}

function parentInputs(text: string): string[] {
  return parseTemplate(text).flatMap((p) =>
    p.is === 'ref' && p.path[0] === 'parent' && p.path[1] === 'inputs' ? [p.path.slice(2).join('.')] : [],
  )
}

/** Bindings once did without `parent`. */
function checkLegacy(text: string, where: Path, look: Look): void {
  const legacy = /\$\{\{\s*((?:jobs|inputs|outputs)\.\S*?)\s*\}\}/.exec(text)?.[1]
  if (legacy)
    look.issue(where, `\${{${legacy}}} has changed to \${{parent.${legacy}}}, please change to use new format.`)
}

interface Around {
  readonly pipeline: JsonObject
  readonly known: ReadonlyMap<string, Ports | undefined>
}

function checkInputs(around: Around, node: JsonObject, place: Path, look: Look): void {
  const texts: [Path, string][] = Object.entries(asObject(node.inputs)).flatMap(([name, v]): [Path, string][] => {
    const path = asObject(v).path
    if (typeof v === 'string') return [[[...place, name], v]]
    return typeof path === 'string' ? [[[...place, name, 'path'], path]] : []
  })
  for (const [where, text] of texts) {
    checkLegacy(text, where, look)
    for (const part of parseTemplate(text))
      if (part.is === 'ref') checkBinding(around, part.path, part.source, [where, look])
  }
}

function checkBinding({ pipeline, known }: Around, path: string[], source: string, [where, look]: [Path, Look]): void {
  const [root, section, ...rest] = path
  if (root !== 'parent') return
  if (section === 'inputs') {
    const names = asObject(pipeline.inputs)
    const whole = rest.join('.')
    const group = Object.keys(names).some((n) => n.startsWith(`${whole}.`))
    if (own(names, whole) === undefined && !group) {
      look.issue(
        where,
        `Failed to find top level definition for input binding ${source}.`,
        `add ${whole} to the inputs of the pipeline`,
      )
    }
    return
  }
  if (section !== 'jobs') return
  const [job = '', side, ...port] = rest
  if (own(asObject(pipeline.jobs), job) === undefined) {
    look.issue(where, `Failed to find referenced source for input binding ${source}`, `there is no node named ${job}`)
    return
  }
  const ports = known.get(job)
  if (!ports || (side !== 'outputs' && side !== 'inputs')) return
  const name = port.join('.')
  if (own({ ...ports[side] }, name) !== undefined || (side === 'outputs' && implicitOutputs.includes(name))) return
  look.issue(
    where,
    `Failed to find referenced source for input binding ${source}`,
    `the node ${job} has no ${side.slice(0, -1)} named ${name}`,
  )
}

function checkOutputs(pipeline: JsonObject, node: JsonObject, place: Path, look: Look): void {
  for (const [name, v] of Object.entries(asObject(node.outputs))) {
    const text = typeof v === 'string' ? v : at(v, ['path'])
    const path = typeof text === 'string' ? soleRef(text) : undefined
    if (typeof text !== 'string' || !path) continue
    checkLegacy(text, [...place, name], look)
    if (path[0] !== 'parent') continue
    if (path[1] !== 'outputs') {
      look.issue([...place, name], `${text} is no output of the pipeline`, 'bind it to ${{parent.outputs.<name>}}')
      continue
    }
    if (own(asObject(pipeline.outputs), path[2] ?? '') !== undefined) continue
    const hint = `add ${path[2]} to the outputs of the pipeline`
    look.issue([...place, name], `Failed to find top level definition for output binding ${text}.`, hint)
  }
}
