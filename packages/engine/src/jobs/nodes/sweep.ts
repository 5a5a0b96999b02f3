/**
 * A node that is a sweep: the inputs of its component that are in the search space get their values from there. A node
 * spells in snake case and counts seconds; the job it becomes is written as any sweep is.
 */
import {
  asNumber,
  asObject,
  asString,
  errorsOf,
  fail,
  type Issue,
  type Json,
  type JsonObject,
  type Path,
  secondsToIso,
} from '@lazurite/spec'
import { printSpace, readSpace } from '../../sweep/space.ts'
import { readSweep } from '../../sweep/spec.ts'
import { bindingsOf, field } from '../graph.ts'
import { command } from './command.ts'
import { camelKeys, fillDeep } from './fill.ts'
import type { NodeCase, NodeType } from './type.ts'

export const sweep: NodeType = {
  async props(around, shared, node, spec) {
    const wire = asObject(await fillDeep(around.sources, partsOf(node.wire)))
    const { jobType: _, limits: __, services: ___, ...trial } = await command.props(around, shared, node, spec)
    const parts = sweepOf(wire)
    // what was bound to an input of the pipeline is known only now
    const [problem] = errorsOf(readSweep(parts).issues)
    if (problem) fail('BadArgument', { what: `${snakePath(problem.path).join('.')}: ${problem.message}` })
    const { searchSpace, ...rest } = parts
    return { jobType: 'Sweep', trial, searchSpace: printSpace(readSpace(searchSpace).space), ...rest }
  },
  async admit(draft, one) {
    return [...(await command.admit(draft, one)), ...checkSweep(one)]
  },
}

const names = [
  'search_space',
  'sampling_algorithm',
  'objective',
  'early_termination',
  'limits',
  'queue_settings',
] as const

/** What makes the node a sweep, under its snake case names. */
function partsOf(wire: JsonObject): JsonObject {
  const parts: JsonObject = {}
  for (const name of names) {
    const value = field(wire, name, camel(name))
    if (value !== undefined) parts[name] = value
  }
  return parts
}

/** The same as wire properties of a job. */
function sweepOf(parts: JsonObject): JsonObject & { searchSpace: Json } {
  const limits = camelKeys(parts.limits) ?? {}
  const objective = camelKeys(parts.objective) ?? {}
  const policy = camelKeys(parts.early_termination)
  const queueSettings = camelKeys(parts.queue_settings)
  return {
    searchSpace: parts.search_space ?? {},
    samplingAlgorithm: samplingOf(parts.sampling_algorithm),
    objective: { ...objective, goal: pascal(asString(objective.goal) ?? '') },
    limits: {
      jobLimitsType: 'Sweep',
      ...limits,
      ...durations(limits, 'timeout', 'trialTimeout'),
    },
    ...(policy ? { earlyTermination: { ...policy, ...policyType(policy) } } : {}),
    ...(queueSettings ? { queueSettings } : {}),
  }
}

function samplingOf(raw: Json | undefined): JsonObject {
  const { type, ...rest } = camelKeys(raw) ?? {}
  const word = asString(raw) ?? asString(type) ?? asString(rest.samplingAlgorithmType) ?? 'random'
  return { ...rest, samplingAlgorithmType: pascal(word) }
}

function policyType({ type, policyType: known }: JsonObject): JsonObject {
  const word = asString(known) ?? asString(type)
  return word === undefined ? {} : { policyType: pascal(word) }
}

function durations(limits: JsonObject, ...keys: string[]): JsonObject {
  return Object.fromEntries(
    keys.flatMap((key): [string, Json][] => {
      const seconds = asNumber(limits[key]) ?? Number(asString(limits[key]) ?? Number.NaN)
      return seconds > 0 ? [[key, secondsToIso(seconds)]] : []
    }),
  )
}

/** What is wrong with it, as far as nothing in it waits for a value of the pipeline. */
function checkSweep({ node, spec }: NodeCase): Issue[] {
  const parts = partsOf(node.wire)
  const issues: Issue[] = []
  for (const name of Object.keys(asObject(parts.search_space))) {
    if (!spec.declared || Object.hasOwn(asObject(spec.spec.inputs), name)) continue
    const has = Object.keys(asObject(spec.spec.inputs)).join(', ') || 'none'
    const message = `The search space has ${name}, which is no input of the trial's component.`
    issues.push({ path: ['search_space', name], message, hint: `Its inputs: ${has}.` })
  }
  if (bindingsOf(parts).length > 0) return issues
  const found = errorsOf(readSweep(sweepOf(parts)).issues)
  return [...issues, ...found.map((issue) => ({ ...issue, path: snakePath(issue.path) }))]
}

function snakePath([first = '', ...rest]: Path): Path {
  const snake = (key: string | number) =>
    typeof key === 'string' ? key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) : key
  // names of parameters stay as they are
  return first === 'searchSpace' ? [snake(first), ...rest] : [first, ...rest].map(snake)
}

function camel(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

function pascal(name: string): string {
  return name.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
