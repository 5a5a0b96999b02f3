// A pipeline that is being written, as a drawing, and what the designer does to it: each deed is values at places of the
// document, so that the text beside the drawing stays what people wrote.
import { asObject, asString, isObject, type Json, type JsonObject, type Path, refsOf, soleRef } from '@lazurite/spec'
import type { Drawing, DrawnNode, Port, Wire } from './drawing.ts'
import { reach } from './select.ts'

export type Change = readonly [Path, Json | undefined]

const plainTypes = new Set(['string', 'integer', 'number', 'boolean'])

/** Whether an input is a value and no files. */
export function isPlain(type: string | undefined): boolean {
  return type !== undefined && plainTypes.has(type)
}

/** The document as the canvas shows it: steps, data that goes in, outputs, and what connects them. */
export function drawingOf(value: JsonObject): Drawing {
  const jobs = asObject(value.jobs)
  const inputs = Object.entries(asObject(value.inputs)).filter(([, input]) => isDataInput(input))
  const nodes: DrawnNode[] = inputs.map(([key]) => dataNode(`:in/${key}`, key, 'input'))
  const edges: Wire[] = []
  for (const [key, raw] of Object.entries(jobs)) {
    const step = asObject(raw)
    const component = componentIn(step)
    nodes.push({
      id: key,
      in: '',
      key,
      kind: asString(step.type) ?? 'command',
      status: '',
      ...(component ? { component } : {}),
      inputs: portsOf(step.inputs),
      outputs: portsOf(step.outputs),
    })
    for (const [port, given] of Object.entries(asObject(step.inputs))) {
      for (const { path } of refsOf(textOf(given))) {
        const [, area, name = '', , out = ''] = path
        if (area === 'jobs') edges.push({ from: name, fromPort: out, to: key, toPort: port, kind: 'data' })
        else if (area === 'inputs')
          edges.push({ from: `:in/${name}`, fromPort: '', to: key, toPort: port, kind: 'data' })
      }
    }
    edges.push(...controlEdges(key, step))
    for (const [port, given] of Object.entries(asObject(step.outputs))) {
      const [root, area, name = ''] = soleRef(textOf(given)) ?? []
      if (root === 'parent' && area === 'outputs')
        edges.push({ from: key, fromPort: port, to: `:out/${name}`, toPort: '', kind: 'data' })
    }
  }
  for (const key of Object.keys(asObject(value.outputs))) nodes.push(dataNode(`:out/${key}`, key, 'output'))
  const known = new Set(nodes.map(({ id }) => id))
  const kept = edges.filter(({ from, to }) => known.has(from) && known.has(to))
  const hash = [...known, '', ...kept.map(({ from, to }) => `${from}>${to}`)].join('\n')
  const displayName = asString(value.display_name) || 'pipeline'
  return { name: 'draft', displayName, status: '', hash, nodes, edges: kept, truncated: false }
}

/** Who decides about whom, and who repeats whom. */
function controlEdges(key: string, step: JsonObject): Wire[] {
  const named = (given: Json | undefined) =>
    (Array.isArray(given) ? given : [given]).flatMap((one) =>
      refsOf(textOf(one ?? '')).flatMap(({ path: [, area, name, , port = ''] }) =>
        area === 'jobs' && name ? [{ name, port }] : [],
      ),
    )
  const out = (given: Json | undefined, fromPort: string, kind: Wire['kind']) =>
    named(given).map(({ name }): Wire => ({ from: key, fromPort, to: name, toPort: '', kind }))
  const into = (given: Json | undefined, toPort: string, kind: Wire['kind']) =>
    named(given).map(({ name, port }): Wire => ({ from: name, fromPort: port, to: key, toPort, kind }))
  if (step.type === 'if_else') {
    return [
      ...into(step.condition, 'condition', 'data'),
      ...out(step.true_block, 'true', 'branch'),
      ...out(step.false_block, 'false', 'branch'),
    ]
  }
  if (step.type === 'parallel_for') return [...into(step.items, 'items', 'data'), ...out(step.body, 'each', 'loop')]
  return step.type === 'do_while' ? into(step.body, 'condition', 'loop') : []
}

function dataNode(id: string, key: string, kind: 'input' | 'output'): DrawnNode {
  return { id, in: '', key, kind, status: '' }
}

function isDataInput(input: Json): boolean {
  const type = isObject(input) ? asString(input.type) : undefined
  return type === undefined ? isObject(input) && input.path !== undefined : !isPlain(type)
}

function textOf(given: Json): string {
  if (typeof given === 'string') return given
  if (!isObject(given)) return ''
  return asString(given.path) ?? asString(given.value) ?? ''
}

function portsOf(written: Json | undefined): Port[] {
  return Object.entries(asObject(written)).map(([name, given]) => ({ name, value: textOf(given) || String(given) }))
}

/** The component of a step: `azureml:name:version`, or the id of one that is registered. */
export function componentIn(step: JsonObject): { name: string; version: string } | undefined {
  const text = asString(step.component) ?? ''
  const id = /\/components\/([^/]+)\/versions\/([^/]+)$/i.exec(text)
  if (id?.[1] && id[2]) return { name: id[1], version: id[2] }
  const found = /^azureml:([^/:@]+)(?:[:@]([^/:@]+))?$/.exec(text)
  return found?.[1] ? { name: found[1], version: found[2] ?? 'latest' } : undefined
}

/** A key that no step has: the name, else the name with a number. */
export function freshKey(taken: JsonObject, name: string): string {
  const stem = name.replace(/\W+/g, '_').replace(/^(\d)/, '_$1') || 'step'
  let key = stem
  for (let number = 2; Object.hasOwn(taken, key); number++) key = `${stem}_${number}`
  return key
}

/** A step made of a component. Answers its key too. */
export function addStep(
  value: JsonObject,
  component: { name: string; version: string; type: string },
): { key: string; changes: Change[] } {
  const key = freshKey(asObject(value.jobs), component.name)
  const step = { type: component.type, component: `azureml:${component.name}:${component.version}` }
  return { key, changes: [[['jobs', key], step]] }
}

/** An output of one step into an input of another. */
export function connect(from: { node: string; port: string }, to: { node: string; port: string }): Change[] {
  const source = from.node.startsWith(':in/')
    ? `\${{parent.inputs.${from.node.slice(4)}}}`
    : `\${{parent.jobs.${from.node}.outputs.${from.port}}}`
  if (to.node.startsWith(':out/'))
    return [[['jobs', from.node, 'outputs', from.port], `\${{parent.outputs.${to.node.slice(5)}}}`]]
  return [[['jobs', to.node, 'inputs', to.port], source]]
}

/** Whether a step would wait for itself. */
export function closesCircle({ edges }: Drawing, from: string, to: string): boolean {
  return from === to || reach([to], edges, 'down').has(from)
}

/** Without a step, and without what was fed by it. */
export function removeStep(value: JsonObject, key: string): Change[] {
  const changes: Change[] = []
  for (const [other, raw] of Object.entries(asObject(value.jobs))) {
    for (const [port, given] of Object.entries(asObject(asObject(raw).inputs))) {
      const names = refsOf(textOf(given)).some(({ path }) => path[1] === 'jobs' && path[2] === key)
      if (other !== key && names) changes.push([['jobs', other, 'inputs', port], undefined])
    }
  }
  return [...changes, [['jobs', key], undefined]]
}

/** A step under another key, at its place, and everything that names it. */
export function renameStep(value: JsonObject, from: string, to: string): Change[] {
  const jobs = asObject(value.jobs)
  if (from === to || Object.hasOwn(jobs, to) || !/^[A-Za-z_]\w*$/.test(to)) return []
  const pattern = new RegExp(`(\\$\\{\\{\\s*parent\\.jobs\\.)${from}(?=\\.)`, 'g')
  const renamed = Object.entries(jobs).map(([key, step]): [string, Json] => [key === from ? to : key, step])
  const text = JSON.stringify(Object.fromEntries(renamed)).replace(pattern, `$1${to}`)
  return [[['jobs'], JSON.parse(text) as Json]] // what was JSON is JSON
}

/** A value of a field as its type has it; a text that is no number stays a text, for the checker to say so. */
export function valueFor(type: string | undefined, text: string): Json | undefined {
  if (text === '') return undefined
  if ((type === 'integer' || type === 'number') && text.trim() !== '' && Number.isFinite(Number(text)))
    return Number(text)
  if (type === 'boolean') return text === 'true'
  return text
}

/** What somebody would have written to get a pipeline that ran: without what only its run says. */
export function asWritten(file: JsonObject): JsonObject {
  const { name: _, services: __, status: ___, properties: ____, ...rest } = file
  const { default: artifacts, ...outputs } = asObject(rest.outputs)
  const { _source, ...settings } = asObject(rest.settings)
  const own = /ExperimentRun\/dcid\./.test(asString(asObject(artifacts).path) ?? '')
  return {
    ...rest,
    ...(rest.settings === undefined ? {} : { settings }),
    ...(rest.outputs === undefined ? {} : { outputs: own ? outputs : asObject(rest.outputs) }),
  }
}
